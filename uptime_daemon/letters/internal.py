"""Mails to our own people: what finance can claim and by when, what the technical contact must report and where.

They carry what never leaves the house: both readings, what has to be reviewed, the next command to type.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.core.judging.step import local_text
from uptime_daemon.core.terms.claim import Channel
from uptime_daemon.core.terms.credit import NoCredit
from uptime_daemon.core.terms.downtime import StartEvent
from uptime_daemon.core.time.instants import clock_text
from uptime_daemon.letters import figures
from uptime_daemon.letters.content import EligibleContent, Letter, OutageContent
from uptime_daemon.letters.rendering import one_line, rendered
from uptime_daemon.letters.report import ReportSheet, report_sheet
from uptime_daemon.letters.tasks import tasks

if TYPE_CHECKING:
    from uptime_daemon.core.terms.money import Money


@dataclass(frozen=True, slots=True)
class EligibleFigures:
    """What the mail to finance shows, as text."""

    demonstration: bool
    claim: str
    agreement: str
    vendor: str
    contract: str
    plan: str
    contract_no: str
    group: str
    period: str
    stage: str
    status: str
    zone: str
    as_of: str
    has_credit: bool
    measured: str
    proven: str
    recommended: str
    conservative: str
    differs_by: tuple[tuple[str, str], ...]
    targets: tuple[figures.TargetFigures, ...]
    conditions: tuple[tuple[str, str, str, str], ...]
    claimable: str
    deadline: figures.DeadlineFigures | None
    stages: tuple[tuple[str, figures.DeadlineFigures | None], ...]
    hindrances: tuple[str, ...]
    related: tuple[str, ...]
    """Claims about the same outage under other agreements."""
    needs_review: tuple[str, ...]
    coverage: str
    tasks: tuple[str, ...]
    """What a person has to see to before it leaves."""
    by_hand: str
    """The channel on which a person posts the claim; empty where it leaves by mail."""
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutageFigures:
    """What the mail to the technical contact shows, as text."""

    demonstration: bool
    agreement: str
    vendor: str
    group: str
    since: str
    until: str
    length: str
    zone: str
    shown_as: str
    counts_from_ticket: bool
    clause: str
    sheet: ReportSheet
    link: str
    commands: tuple[str, ...]


def eligible(content: EligibleContent) -> Letter:
    """The mail that tells finance of a claim they can make."""
    statement, agreement = content.statement, content.agreement
    judgement = statement.judgement
    terms, zone = judgement.terms, judgement.terms.zone
    due = content.due
    shown = EligibleFigures(
        demonstration=content.demonstration,
        claim=one_line(content.claim),
        agreement=one_line(agreement.id),
        vendor=one_line(agreement.vendor.name or terms.vendor),
        contract=one_line(terms.title),
        plan=one_line(terms.plan or ""),
        contract_no=figures.reference(agreement, "contract_no"),
        group=figures.group_title(judgement),
        period=figures.period_title(statement.period, zone),
        stage=due.stage.id,
        status=statement.status.value,
        zone=zone.key,
        as_of=local_text(figures.whole_seconds(statement.as_of), zone),
        has_credit=not isinstance(terms.credit, NoCredit),
        measured=_money(judgement.credit.amount),
        proven=_money(judgement.credit_proven.amount),
        recommended=_figure(statement.recommended.text, judgement.credit.amount),
        conservative=_figure(statement.conservative.text, judgement.credit.amount),
        differs_by=tuple(
            (name, _figure(figure.text, judgement.credit.amount)) for name, figure in statement.differs_by.items()
        ),
        targets=figures.target_figures(judgement),
        conditions=figures.all_conditions(judgement),
        claimable=judgement.claimable.value,
        deadline=figures.deadline_figures(due.deadline, due.stage.id, due.stage.clause, zone),
        stages=tuple(
            (each.stage.id, figures.deadline_figures(each.deadline, each.stage.id, each.stage.clause, zone))
            for each in content.stages
        ),
        hindrances=tuple(one_line(each) for each in content.hindrances),
        related=tuple(one_line(each) for each in content.related),
        needs_review=tuple(one_line(each) for each in statement.needs_review),
        coverage=figures.coverage_text(judgement),
        tasks=tuple(tasks(terms.claim, due, zone)),
        by_hand="" if terms.claim.channel is Channel.MAIL else terms.claim.channel.value,
        commands=content.commands,
    )
    text, html = rendered("eligible", mail=shown)
    worth = (shown.proven or "amount unknown") if shown.has_credit else "breach notice"
    return Letter(
        f"{_mark(content.demonstration)}Claim eligible: {worth}, {shown.vendor}, {shown.period} [{shown.claim}]",
        text,
        html,
    )


def outage(content: OutageContent) -> Letter:
    """The mail that tells the technical contact of an outage that starts or has ended."""
    terms, zone = content.contract, content.contract.zone
    titles = {group.id: group.title for group in terms.groups}
    since = figures.whole_seconds(content.since)
    until = None if content.until is None else figures.whole_seconds(content.until)
    shown = OutageFigures(
        demonstration=content.demonstration,
        agreement=one_line(content.agreement.id),
        vendor=one_line(content.agreement.vendor.name or terms.vendor),
        group=one_line(titles.get(content.group, content.group)),
        since=local_text(since, zone),
        until="" if until is None else local_text(until, zone),
        length="" if until is None else clock_text(until - since),
        zone=zone.key,
        shown_as=content.outage_class or "",
        counts_from_ticket=terms.downtime.starts is StartEvent.TICKET,
        clause=terms.downtime.clause,
        sheet=report_sheet(content.agreement, terms, content.group, content.since, content.outage_class),
        link=content.link,
        commands=content.commands,
    )
    text, html = rendered("outage", mail=shown)
    words = "Outage started" if until is None else "Outage ended"
    when = f"since {shown.since}" if until is None else f"after {shown.length}"
    return Letter(
        f"{_mark(content.demonstration)}{words}: {shown.vendor}, {shown.group}, {when} [{shown.agreement}]", text, html
    )


def _money(amount: Money | None) -> str:
    return "" if amount is None else f"{amount} {amount.currency}"


def _figure(text: str, amount: Money | None) -> str:
    """What a reading comes to; the currency is that of the agreement's fee."""
    return text if amount is None else f"{text} {amount.currency}"


def _mark(demonstration: bool) -> str:  # noqa: FBT001 - one flag, one word
    return "DEMONSTRATION " if demonstration else ""
