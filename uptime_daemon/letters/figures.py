"""A judgement as rows of text: what both forms of a letter show, written once."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from babel.dates import format_date

from uptime_daemon.core.facts.records import Answer
from uptime_daemon.core.judging.availability import Breach
from uptime_daemon.core.judging.derivation import derivation
from uptime_daemon.core.judging.downtime import NotCounted
from uptime_daemon.core.judging.outage_table import outage_rows
from uptime_daemon.core.judging.step import Step, local_text
from uptime_daemon.core.terms.money import Rounding, decimal_text, ratio_text
from uptime_daemon.core.terms.target import OnLimit, TargetKind
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND, clock_text, local_date, local_instant, moment
from uptime_daemon.core.time.periods import PeriodKind
from uptime_daemon.letters.rendering import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.judging.availability import TargetResult
    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.judging.outage_table import OutageRow
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.agreement import Agreement, Party
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.periods import Period

LOCALE: Final = "en_GB"
_CODES: Final = re.compile(
    rf"\b({'|'.join(code for codes in (Rounding, NotCounted) for code in codes)})\b|unmeasured: \w+"
)


@dataclass(frozen=True, slots=True)
class PartyFigures:
    """A party's name and the lines of its address."""

    name: str
    address: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetFigures:
    """One promise beside what was delivered."""

    kind: str
    limit: str
    delivered: str
    verdict: str
    """`missed`, `noted` (missed, nothing is claimed), `met` or `open`."""
    clause: str
    strict: bool = False
    """Whether a figure exactly on the limit is a miss."""


@dataclass(frozen=True, slots=True)
class OutageFigures:
    """One outage on the contract's clock."""

    number: str
    start: str
    end: str
    length: str
    shortest: str
    longest: str
    counted: str
    shown_as: str
    """`answered_with_error`, `refused`, `silent` or empty."""
    ticket: str
    ticket_received: str
    reasons: tuple[tuple[str, str, str, str], ...]
    """Why time of it does not count: `excluded`, `not_counted`, `unmeasured`, `elsewhere` or `outside`; what; clause;
    length."""


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """Time of the period that does not count as downtime."""

    kind: str
    what: str
    clause: str
    length: str


@dataclass(frozen=True, slots=True)
class DeadlineFigures:
    """An exclusive deadline on the contract's clock."""

    stage: str
    clause: str
    at: str
    last_day: str
    """The last whole day on which it is kept; empty where it ends within a day."""


def party(of: Party, fallback: str) -> PartyFigures:
    """A party as the letter's head shows it; an address is broken at line ends and after commas."""
    lines = (one_line(line) for line in of.address.replace(",", "\n").splitlines())
    return PartyFigures(one_line(of.name) or one_line(fallback), tuple(line for line in lines if line))


def reference(agreement: Agreement, key: str) -> str:
    """An entry of the agreement's reference, empty where it has none."""
    return one_line(agreement.reference.get(key, ""))


def group_title(judgement: Judgement) -> str:
    """The contract's title of the judged group or groups."""
    titles = {group.id: group.title for group in judgement.terms.groups}
    return " + ".join(one_line(titles.get(name, name)) for name in judgement.group.name.split("+"))


def period_title(period: Period, zone: ZoneInfo) -> str:
    """`June 2026`, `Q2 2026`, `2026`; two instants are shown as they are."""
    first = local_date(period.span.start, zone)
    match period.kind:
        case PeriodKind.MONTH:
            return format_date(first, "LLLL y", locale=LOCALE)
        case PeriodKind.QUARTER:
            year, _, quarter = period.name.partition("-")
            return f"{quarter} {year}"
        case PeriodKind.YEAR | None:
            return period.name
        case PeriodKind.BILLING_CYCLE | PeriodKind.ROLLING | PeriodKind.EVENT:
            return f"{long_date(period.span.start, zone)} to {long_date(period.span.end - 1, zone)}"


def availability_text(judgement: Judgement) -> str:
    """The delivered availability in percent without the sign; empty where the denominator is empty."""
    availability = judgement.measure(judgement.point).availability
    return "" if availability is None else ratio_text(availability * 100)


def target_figures(judgement: Judgement) -> tuple[TargetFigures, ...]:
    """Every promise with its verdict: only what is missed even by the shortest bracket is called missed."""
    return tuple(_target(result, judgement) for result in judgement.targets)


def _target(result: TargetResult, judgement: Judgement) -> TargetFigures:
    target = result.target
    delivered = {
        TargetKind.AVAILABILITY: availability_text(judgement),
        TargetKind.TOTAL_DOWNTIME: _minutes(judgement.point.downtime),
        TargetKind.SINGLE_OUTAGE: _minutes(judgement.point.longest),
    }[target.kind]
    if result.breach is Breach.PROVEN:
        verdict = "missed" if target.claimable else "noted"
    else:
        verdict = "met" if result.met else "open"
    strict = target.on_limit is OnLimit.MISSED
    return TargetFigures(target.kind.value, decimal_text(target.limit), delivered, verdict, target.clause, strict)


def _minutes(duration: int) -> str:
    return ratio_text(Fraction(duration, MINUTE))


def outage_figures(statement: Statement, classes: Mapping[Instant, str]) -> tuple[OutageFigures, ...]:
    """The outages of the period in time order."""
    judgement = statement.judgement
    rows = outage_rows(judgement, statement.period.span)
    return tuple(_outage(row, judgement, classes.get(row.outage.span.start, "")) for row in rows)


def _outage(row: OutageRow, judgement: Judgement, shown_as: str) -> OutageFigures:
    zone, outage = judgement.terms.zone, row.outage
    return OutageFigures(
        number=str(row.number),
        start=local_text(outage.span.start, zone),
        end=local_text(outage.span.end, zone),
        length=clock_text(outage.span.length),
        shortest=clock_text(row.shortest),
        longest=clock_text(row.longest),
        counted=clock_text(row.counted),
        shown_as=shown_as,
        ticket=one_line(outage.ticket.id) if outage.ticket else "",
        ticket_received="" if outage.receipt is None else local_text(outage.receipt, zone),
        reasons=tuple(_reasons(row, judgement)),
    )


def _reasons(row: OutageRow, judgement: Judgement) -> Iterator[tuple[str, str, str, str]]:
    causes = {cause.id: cause for cause in judgement.terms.exclusions.causes}
    for cause, length in row.excluded:
        yield "excluded", one_line(causes[cause].title), causes[cause].clause, clock_text(length)
    for reason, length in row.not_counted:
        yield "not_counted", reason.value, judgement.terms.downtime.clause, clock_text(length)
    for why, length in row.unmeasured:
        yield "unmeasured", why, "", clock_text(length)
    if row.elsewhere:
        yield "elsewhere", "", "", clock_text(row.elsewhere)
    if row.outside:
        yield "outside", "", "", clock_text(row.outside)


def label_figures(judgement: Judgement) -> tuple[LabelFigures, ...]:
    """Excluded time by cause, time that does not count by reason, unmeasured time by reason."""
    causes = {cause.id: cause for cause in judgement.terms.exclusions.causes}
    labels = judgement.labels
    return (
        *(
            LabelFigures("excluded", one_line(causes[cause].title), causes[cause].clause, clock_text(spans.total))
            for cause, spans in labels.excluded
        ),
        *(
            LabelFigures("not_counted", reason.value, judgement.terms.downtime.clause, clock_text(spans.total))
            for reason, spans in labels.not_counted
        ),
        *(LabelFigures("unmeasured", why, "", clock_text(spans.total)) for why, spans in labels.unmeasured),
    )


def kept_conditions(judgement: Judgement) -> tuple[tuple[str, str, str], ...]:
    """Title, clause and evidence of the conditions that are known to hold; the others are no vendor's business."""
    return tuple(
        (one_line(condition.terms.title), condition.terms.clause, one_line(condition.evidence or ""))
        for condition in judgement.conditions
        if condition.state is Answer.YES
    )


def all_conditions(judgement: Judgement) -> tuple[tuple[str, str, str, str], ...]:
    """Title, clause, state and evidence of every condition."""
    return tuple(
        (
            one_line(condition.terms.title),
            condition.terms.clause,
            condition.state.value,
            one_line(condition.evidence or ""),
        )
        for condition in judgement.conditions
    )


def coverage_text(judgement: Judgement) -> str:
    """The measured share of the elapsed time in percent; empty before the period starts."""
    return "" if judgement.coverage is None else ratio_text(judgement.coverage * 100, 4)


def claimed_derivation(statement: Statement) -> tuple[Step, ...]:
    """The derivation under the claimed reading, without a word on which of its limits rest on a reading."""
    judgement = statement.judgement
    targets = tuple(replace(result, target=replace(result.target, rests_on=())) for result in judgement.targets)
    steps = derivation(replace(statement, judgement=replace(judgement, targets=targets)))
    titles = {f"excluded: {cause.id}": f"excluded: {cause.title}" for cause in judgement.terms.exclusions.causes}
    return tuple(
        Step(one_line(_spelled(titles.get(step.step, step.step))), step.clause, one_line(_spelled(step.value)))
        for step in steps
    )


def _spelled(text: str) -> str:
    """The text with the codes of closed sets as words: `half_up` is for programs."""
    return _CODES.sub(lambda match: match[0].replace("_", " "), text)


def proven_derivation(statement: Statement) -> tuple[Step, ...]:
    """The same from the shortest outages alone, from the counted time on; empty where nothing changes the amount."""
    judgement = statement.judgement
    if judgement.credit_proven.amount == judgement.credit.amount:
        return ()
    shortest = replace(
        judgement,
        point=judgement.shortest,
        labels=replace(judgement.labels, counted=judgement.shortest.counted),
        credit=judgement.credit_proven,
    )
    steps = claimed_derivation(replace(statement, judgement=shortest))
    first = next(index for index, step in enumerate(steps) if step.step == "counted")
    return tuple(step for step in steps[first:] if step.step != "downtime, shortest to longest")


def deadline_figures(at: Instant | None, stage: str, clause: str, zone: ZoneInfo) -> DeadlineFigures | None:
    """A deadline with the last day that keeps it; None where the contract sets none."""
    if at is None:
        return None
    is_midnight = local_instant(local_date(at, zone), 0, zone) == at
    last_day = format_date(moment(at - SECOND, zone).date(), "full", locale=LOCALE) if is_midnight else ""
    return DeadlineFigures(stage, clause, local_text(at, zone), last_day)


def days_text(length: Duration) -> str:
    """A length in whole days, below two days in whole hours, rounded down: `7 days`, `36 hours`, `1 hour`."""
    unit, name = (DAY, "day") if length >= 2 * DAY else (HOUR, "hour")
    number = length // unit
    return f"{number} {name}{'' if number == 1 else 's'}"


def whole_seconds(at: Instant) -> Instant:
    """The start of the second: enough wherever nothing is computed from it."""
    return at - at % SECOND


def long_date(at: Instant, zone: ZoneInfo) -> str:
    """`2 July 2026` on the zone's calendar."""
    return format_date(local_date(at, zone), "long", locale=LOCALE)
