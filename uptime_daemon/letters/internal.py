"""Mails to our own people: what finance can claim and by when, what the technical contact must report and where.

They carry what never leaves the house: both readings, what has to be reviewed, the next command to type.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.observation import OutageClass
from uptime_daemon.core.terms.claim import Channel
from uptime_daemon.core.terms.credit import NoCredit
from uptime_daemon.core.terms.downtime import StartEvent
from uptime_daemon.core.terms.money import parse_money
from uptime_daemon.letters import figures
from uptime_daemon.letters.lines import one_line
from uptime_daemon.letters.rendering import written
from uptime_daemon.letters.report import ReportSheet, report_sheet
from uptime_daemon.letters.tasks import tasks
from uptime_daemon.letters.wording import wording

if TYPE_CHECKING:
    from uptime_daemon.core.judging.statement import Figure
    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.letters.content import EligibleContent, Letter, OutageContent
    from uptime_daemon.letters.wording import Wording


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
    conditions: tuple[figures.ConditionFigures, ...]
    claimable: str
    stages: tuple[tuple[str, figures.DeadlineFigures | None], ...]
    hindrances: tuple[str, ...]
    related: tuple[str, ...]
    """Claims about the same outage under other agreements."""
    needs_review: tuple[str, ...]
    coverage: str
    sight: str
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
    due, words = content.due, wording(content.style.language, terms)
    shown = EligibleFigures(
        demonstration=content.demonstration,
        claim=one_line(content.claim),
        agreement=one_line(agreement.id),
        vendor=one_line(agreement.vendor.name or terms.vendor),
        contract=words.title(terms.title),
        plan=one_line(terms.plan or ""),
        contract_no=figures.reference(agreement, "contract_no"),
        group=figures.group_title(judgement, words),
        period=figures.period_title(statement.period, zone, words),
        stage=words.stage(due.stage.id),
        status=words.word(statement.status),
        zone=zone.key,
        as_of=words.instant(figures.whole_seconds(statement.as_of), zone),
        has_credit=not isinstance(terms.credit, NoCredit),
        measured=_money(judgement.credit.amount, words),
        proven=_money(judgement.credit_proven.amount, words),
        recommended=_figure(statement.recommended, judgement.credit.amount, words),
        conservative=_figure(statement.conservative, judgement.credit.amount, words),
        differs_by=tuple(
            (name, _figure(figure, judgement.credit.amount, words)) for name, figure in statement.differs_by.items()
        ),
        targets=figures.target_figures(judgement, words),
        conditions=figures.all_conditions(judgement, words),
        claimable=words.word(judgement.claimable),
        stages=tuple(
            (
                words.stage(each.stage.id),
                figures.deadline_figures(each.deadline, each.stage.id, each.stage.clause, zone, words),
            )
            for each in content.stages
        ),
        hindrances=tuple(one_line(each) for each in content.hindrances),
        related=tuple(one_line(each) for each in content.related),
        needs_review=tuple(one_line(each) for each in statement.needs_review),
        coverage=figures.coverage_text(judgement, words),
        sight=figures.sight_text(judgement, words),
        tasks=tuple(tasks(terms.claim, due, zone, words)),
        by_hand="" if terms.claim.channel is Channel.MAIL else words.channel(terms.claim.channel.value),
        commands=content.commands,
    )
    say = words.catalogue.gettext
    worth = (shown.proven or say("amount unknown")) if shown.has_credit else say("breach notice")
    subject = say("Claim eligible: %(worth)s, %(vendor)s, %(period)s") % {
        "worth": worth,
        "vendor": shown.vendor,
        "period": shown.period,
    }
    return written("eligible", marked(subject, shown.claim, content.demonstration), content.style, mail=shown)


def outage(content: OutageContent) -> Letter:
    """The mail that tells the technical contact of an outage that starts or has ended."""
    terms, zone = content.contract, content.contract.zone
    words = wording(content.style.language, terms)
    titles = {group.id: group.title for group in terms.groups}
    since = figures.whole_seconds(content.since)
    until = None if content.until is None else figures.whole_seconds(content.until)
    shown = OutageFigures(
        demonstration=content.demonstration,
        agreement=one_line(content.agreement.id),
        vendor=one_line(content.agreement.vendor.name or terms.vendor),
        group=words.title(titles.get(content.group, content.group)),
        since=words.instant(since, zone),
        until="" if until is None else words.instant(until, zone),
        length="" if until is None else words.clock(until - since),
        zone=zone.key,
        shown_as=words.word(OutageClass(content.outage_class)) if content.outage_class else "",
        counts_from_ticket=terms.downtime.starts is StartEvent.TICKET,
        clause=terms.downtime.clause,
        sheet=report_sheet(
            content.agreement, terms, content.group, content.since, content.outage_class, words, content.said_in
        ),
        link=content.link,
        commands=content.commands,
    )
    named = {"vendor": shown.vendor, "group": shown.group}
    say = words.catalogue.gettext
    if until is None:
        subject = say("Outage started: %(vendor)s, %(group)s, since %(at)s") % {**named, "at": shown.since}
    else:
        subject = say("Outage ended: %(vendor)s, %(group)s, after %(length)s") % {**named, "length": shown.length}
    return written("outage", marked(subject, shown.agreement, content.demonstration), content.style, mail=shown)


def marked(subject: str, matter: str, is_demonstration: bool) -> str:  # noqa: FBT001 - one flag, one word
    """A subject with what it is about in brackets, and with the mark of a demonstration before it."""
    return f"{'DEMONSTRATION ' if is_demonstration else ''}{one_line(subject)} [{matter}]"


def _money(amount: Money | None, words: Wording) -> str:
    return "" if amount is None else words.formats.money(amount)


def _figure(figure: Figure, amount: Money | None, words: Wording) -> str:
    """What a reading comes to; the currency is that of the agreement's fee."""
    if amount is not None and figure.amount is not None:
        return words.formats.money(parse_money(figure.amount, amount.currency))
    say = words.catalogue.gettext
    return say("a target is missed") if figure.breached else say("every target is kept")
