"""The letter to the vendor: a claim of credit, or a breach notice where the contract names no amount.

Only the claimed reading leaves the house: nothing here looks at other readings, at what a person has to review, or at
conditions that are not known to hold. What is claimed is what even the shortest outages prove.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from uptime_daemon.core.judging.availability import Breach
from uptime_daemon.core.terms.credit import NoCredit
from uptime_daemon.letters import figures
from uptime_daemon.letters.lines import one_line
from uptime_daemon.letters.pictures import pictures
from uptime_daemon.letters.rendering import written
from uptime_daemon.letters.wording import wording

if TYPE_CHECKING:
    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.letters.content import ClaimContent, Letter
    from uptime_daemon.letters.wording import Wording


class NothingProvenError(ValueError):
    """There is nothing that a letter could claim; the message says why."""


@dataclass(frozen=True, slots=True)
class ClaimFigures:
    """What the templates show, as text."""

    demonstration: bool
    late: bool
    provisional: bool
    follows: str
    words: str
    """The contract's exact words for such a letter."""
    claim: str
    customer: figures.PartyFigures
    vendor: figures.PartyFigures
    contract_no: str
    customer_no: str
    service: str
    group: str
    contract: str
    version: str
    plan: str
    period: str
    period_title: str
    start: str
    end: str
    zone: str
    as_of: str
    dated: str
    targets: tuple[figures.TargetFigures, ...]
    outages: tuple[figures.OutageFigures, ...]
    labels: tuple[figures.ReasonFigures, ...]
    coverage: str
    sight: str
    """How often was looked, and the shortest outage that this surely shows."""
    has_budget: bool
    """Whether a picture shows how the allowed downtime was used up."""
    amount: str
    """Claimed, with its currency; empty in a breach notice."""
    measured_amount: str
    """What the point figure comes to, where it differs from what is claimed."""
    credit_clause: str
    invoice: str
    steps: tuple[figures.StepFigures, ...]
    proven_steps: tuple[figures.StepFigures, ...]
    conditions: tuple[figures.ConditionFigures, ...]
    deadline: figures.DeadlineFigures | None
    attachments: tuple[tuple[str, str, str], ...]
    """Name, size, digest."""
    signed_by: str
    signatory: str
    reply_to: str


def letter(content: ClaimContent) -> Letter:
    """The letter of a claim; `NothingProvenError` where even the shortest outages prove nothing."""
    hindrance = not_provable(content.statement)
    if hindrance:
        raise NothingProvenError(hindrance)
    is_notice = isinstance(content.statement.judgement.terms.credit, NoCredit)
    words = wording(content.style.language, content.statement.judgement.terms)
    shown = _figures(content, words)
    seen = pictures(content.statement, words)
    name = "breach_notice" if is_notice else "claim"
    return written(
        name, subject(content), content.style, seen, letter=replace(shown, has_budget=seen.budget is not None)
    )


def subject(content: ClaimContent) -> str:
    """The contract's exact words first, the claim's number in brackets last.

    The separator is a plain hyphen: a vendor's filter that looks at the raw header finds the words unencoded.
    """
    agreement, statement = content.agreement, content.statement
    words = wording(content.style.language, statement.judgement.terms)
    service = figures.reference(agreement, "service") or figures.group_title(statement.judgement, words)
    parts = [
        statement.judgement.terms.claim.subject,
        "DEMONSTRATION" if content.demonstration else "",
        service,
        figures.reference(agreement, "contract_no"),
        statement.period.name,
    ]
    return f"{' - '.join(one_line(part) for part in parts if part)} [{one_line(content.claim)}]"


def fields(content: ClaimContent) -> tuple[tuple[str, str], ...]:
    """What a portal's form or a ticket asks for, name and value, in the letter's language; its text is the letter."""
    words = wording(content.style.language, content.statement.judgement.terms)
    shown, say = _figures(content, words), words.catalogue.gettext
    tickets = dict.fromkeys(each.ticket for each in shown.outages if each.ticket)
    found = (
        (say("Subject"), subject(content)),
        (say("Contract number"), shown.contract_no),
        (say("Customer number"), shown.customer_no),
        (say("Service"), shown.service or shown.group),
        (say("Period"), f"{shown.period_title}: {shown.start} – {shown.end} ({shown.zone})"),
        (say("Tickets"), ", ".join(tickets)),
        (say("Amount"), shown.amount),
        (say("Invoice"), shown.invoice),
        (say("Reply to"), shown.reply_to),
        (say("Attach"), ", ".join(file.name for file in content.attachments)),
    )
    return tuple((name, value) for name, value in found if value)


def not_provable(statement: Statement) -> str:
    """Why nothing can be claimed; empty where something can."""
    judgement = statement.judgement
    if isinstance(judgement.terms.credit, NoCredit):
        missed = [each for each in judgement.targets if each.target.claimable and each.breach is Breach.PROVEN]
        return "" if missed else "no target is missed by the shortest outages alone, and only those are claimed"
    proven = judgement.credit_proven.amount
    if proven is None:
        return "no fee is in force, so no amount can be claimed; add the fee to the agreement"
    if proven.minor <= 0:
        measured = judgement.credit.amount
        return (
            f"the shortest outages alone earn {proven} {proven.currency}, and only that is claimed"
            f" (the measured figure is {measured} {proven.currency})"
        )
    return ""


def _figures(content: ClaimContent, words: Wording) -> ClaimFigures:
    agreement, statement = content.agreement, content.statement
    judgement, period = statement.judgement, statement.period
    terms = judgement.terms
    zone, due = terms.zone, content.due
    amount, measured = _amounts(judgement, words)
    fee = judgement.credit.fee
    customer = figures.party(agreement.customer, agreement.id)
    return ClaimFigures(
        demonstration=content.demonstration,
        late=content.late,
        provisional=statement.as_of < period.span.end,
        follows=content.follows or "",
        words=one_line(terms.claim.subject),
        claim=one_line(content.claim),
        customer=customer,
        vendor=figures.party(agreement.vendor, terms.vendor),
        contract_no=figures.reference(agreement, "contract_no"),
        customer_no=figures.reference(agreement, "customer_no"),
        service=figures.reference(agreement, "service"),
        group=figures.group_title(judgement, words),
        contract=words.title(terms.title),
        version=words.title(terms.version),
        plan=one_line(terms.plan or ""),
        period=period.name,
        period_title=figures.period_title(period, zone, words),
        start=words.instant(period.span.start, zone),
        end=words.instant(period.span.end, zone),
        zone=zone.key,
        as_of=words.instant(figures.whole_seconds(statement.as_of), zone),
        dated=words.formats.day(statement.as_of, zone),
        targets=figures.target_figures(judgement, words),
        outages=figures.outage_figures(statement, content.classes, words),
        labels=figures.label_figures(judgement, words),
        coverage=figures.coverage_text(judgement, words),
        sight=figures.sight_text(judgement, words),
        has_budget=False,
        amount=amount,
        measured_amount=measured,
        credit_clause=terms.credit.clause,
        invoice=one_line(fee.invoice) if fee else "",
        steps=figures.step_figures(figures.claimed_derivation(statement), words),
        proven_steps=figures.step_figures(figures.proven_derivation(statement), words),
        conditions=figures.kept_conditions(judgement, words),
        deadline=figures.deadline_figures(due.deadline, due.stage.id, due.stage.clause, zone, words),
        attachments=tuple(
            (file.name, words.formats.bytes(file.size_bytes), file.digest) for file in content.attachments
        ),
        signed_by=content.signed_by,
        signatory=figures.reference(agreement, "signatory") or one_line(agreement.people.owner) or customer.name,
        reply_to=content.reply_to,
    )


def _amounts(judgement: Judgement, words: Wording) -> tuple[str, str]:
    """What is claimed, and what was measured where that differs."""
    claimed, measured = judgement.credit_proven.amount, judgement.credit.amount
    if claimed is None or measured is None:
        return "", ""
    return words.formats.money(claimed), "" if claimed == measured else words.formats.money(measured)
