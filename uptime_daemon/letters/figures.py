"""A judgement as rows of text in one language: what every form of a letter shows, written once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import OutageClass
from uptime_daemon.core.facts.records import Answer
from uptime_daemon.core.judging.availability import Breach
from uptime_daemon.core.judging.derivation import SHORTEST_TO_LONGEST, derivation
from uptime_daemon.core.judging.outage_table import outage_rows
from uptime_daemon.core.terms.money import decimal_text, ratio_text
from uptime_daemon.core.terms.target import OnLimit, TargetKind
from uptime_daemon.core.time.instants import MINUTE, SECOND, local_date, local_instant, moment
from uptime_daemon.core.time.periods import PeriodKind
from uptime_daemon.letters.lines import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.judging.availability import TargetResult
    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.judging.outage_table import OutageRow
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.judging.step import Step
    from uptime_daemon.core.terms.agreement import Agreement, Party
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.periods import Period
    from uptime_daemon.letters.wording import Wording


_RATE_DIGITS: Final = 2
"""Of attempts an hour, for reading: an interval of seven seconds gives 514.29."""


@dataclass(frozen=True, slots=True)
class PartyFigures:
    """A party's name and the lines of its address."""

    name: str
    address: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetFigures:
    """One promise beside what was delivered."""

    title: str
    promised: str
    """`at least 99.95%`."""
    delivered: str
    """With its unit."""
    verdict: str
    """`missed`, `noted` (missed, nothing is claimed), `met` or `open`."""
    clause: str


@dataclass(frozen=True, slots=True)
class ReasonFigures:
    """Why some time does not count as downtime."""

    what: str
    clause: str
    length: str


@dataclass(frozen=True, slots=True)
class OutageFigures:
    """One outage on the contract's clock."""

    number: str
    start: str
    end: str
    shortest: str
    """Proven: from the first failed check to the last."""
    length: str
    longest: str
    counted: str
    shown_as: str
    """How it showed itself; empty where nobody knows."""
    ticket: str
    ticket_received: str
    reasons: tuple[ReasonFigures, ...]


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step of the computation."""

    title: str
    clause: str
    value: str


@dataclass(frozen=True, slots=True)
class ConditionFigures:
    """A condition of the contract and what shows that it holds."""

    title: str
    clause: str
    state: str
    evidence: str


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


def group_title(judgement: Judgement, words: Wording) -> str:
    """The contract's title of the judged group or groups."""
    titles = {group.id: group.title for group in judgement.terms.groups}
    return " + ".join(words.title(titles.get(name, name)) for name in judgement.group.name.split("+"))


def period_title(period: Period, zone: ZoneInfo, words: Wording) -> str:
    """`June 2026`, `2nd quarter 2026`, `2026`; two instants are shown as they are."""
    first, spelled = local_date(period.span.start, zone), words.formats
    match period.kind:
        case PeriodKind.MONTH:
            return spelled.month(first)
        case PeriodKind.QUARTER:
            return spelled.quarter(first) if first.month % 3 == 1 else period.name
        case PeriodKind.YEAR | None:
            return period.name
        case PeriodKind.BILLING_CYCLE | PeriodKind.ROLLING | PeriodKind.EVENT:
            return f"{spelled.day(period.span.start, zone)} – {spelled.day(period.span.end - 1, zone)}"


def target_figures(judgement: Judgement, words: Wording) -> tuple[TargetFigures, ...]:
    """Every promise with its verdict: only what is missed even by the shortest bracket is called missed."""
    return tuple(_target(result, judgement, words) for result in judgement.targets)


def _target(result: TargetResult, judgement: Judgement, words: Wording) -> TargetFigures:
    target, say = result.target, words.catalogue.gettext
    if result.breach is Breach.PROVEN:
        verdict = "missed" if target.claimable else "noted"
    else:
        verdict = "met" if result.met else "open"
    limit, is_strict = decimal_text(target.limit), target.on_limit is OnLimit.MISSED
    if target.kind is TargetKind.AVAILABILITY:
        promised = say("more than %(limit)s") if is_strict else say("at least %(limit)s")
        shown = words.formats.percent(limit)
        availability = judgement.measure(judgement.point).availability
        delivered = "–" if availability is None else words.formats.percent(ratio_text(availability * 100))
    else:
        promised = say("less than %(limit)s") if is_strict else say("at most %(limit)s")
        shown = words.formats.minutes(limit)
        bracket = judgement.point
        length = bracket.downtime if target.kind is TargetKind.TOTAL_DOWNTIME else bracket.longest
        delivered = words.formats.minutes(ratio_text(Fraction(length, MINUTE)))
    return TargetFigures(
        _first_large(words.word(target.kind)), promised % {"limit": shown}, delivered, verdict, target.clause
    )


def outage_figures(statement: Statement, classes: Mapping[Instant, str], words: Wording) -> tuple[OutageFigures, ...]:
    """The outages of the period in time order."""
    judgement = statement.judgement
    rows = outage_rows(judgement, statement.period.span)
    return tuple(_outage(row, judgement, classes.get(row.outage.span.start, ""), words) for row in rows)


def _outage(row: OutageRow, judgement: Judgement, shown_as: str, words: Wording) -> OutageFigures:
    zone, outage = judgement.terms.zone, row.outage
    return OutageFigures(
        number=str(row.number),
        start=words.instant(outage.span.start, zone),
        end=words.instant(outage.span.end, zone),
        shortest=words.clock(row.shortest),
        length=words.clock(outage.span.length),
        longest=words.clock(row.longest),
        counted=words.clock(row.counted),
        shown_as=words.word(OutageClass(shown_as)) if shown_as else "",
        ticket=one_line(outage.ticket.id) if outage.ticket else "",
        ticket_received="" if outage.receipt is None else words.instant(outage.receipt, zone),
        reasons=tuple(_reasons(row, judgement, words)),
    )


def _reasons(row: OutageRow, judgement: Judgement, words: Wording) -> Iterator[ReasonFigures]:
    causes = {cause.id: cause for cause in judgement.terms.exclusions.causes}
    say, clock = words.catalogue.gettext, words.clock
    for cause, length in row.excluded:
        yield ReasonFigures(_excluded(causes[cause].title, words), causes[cause].clause, clock(length))
    for reason, length in row.not_counted:
        what = say("not counted: %(reason)s") % {"reason": words.word(reason)}
        yield ReasonFigures(what, judgement.terms.downtime.clause, clock(length))
    for why, length in row.unmeasured:
        yield ReasonFigures(_not_measured(why, words), "", clock(length))
    if row.elsewhere:
        elsewhere = say("with another group's outage, or the service as a whole was not down")
        yield ReasonFigures(elsewhere, "", clock(row.elsewhere))
    if row.outside:
        yield ReasonFigures(say("outside the period"), "", clock(row.outside))


def _excluded(title: str, words: Wording) -> str:
    return words.catalogue.gettext("excluded: %(cause)s") % {"cause": words.title(title)}


def _not_measured(reason: str, words: Wording) -> str:
    return words.catalogue.gettext("not measured (%(reason)s)") % {"reason": words.unmeasured(reason)}


def label_figures(judgement: Judgement, words: Wording) -> tuple[ReasonFigures, ...]:
    """Excluded time by cause, time that does not count by reason, unmeasured time by reason and what it is taken as."""
    causes = {cause.id: cause for cause in judgement.terms.exclusions.causes}
    labels, say = judgement.labels, words.catalogue.gettext
    taken = say("%(reason)s, taken as %(state)s")
    state = words.word(judgement.terms.downtime.unmeasured)
    return (
        *(
            ReasonFigures(_excluded(causes[cause].title, words), causes[cause].clause, words.clock(spans.total))
            for cause, spans in labels.excluded
        ),
        *(
            ReasonFigures(
                say("not counted: %(reason)s") % {"reason": words.word(reason)},
                judgement.terms.downtime.clause,
                words.clock(spans.total),
            )
            for reason, spans in labels.not_counted
        ),
        *(
            ReasonFigures(taken % {"reason": _not_measured(why, words), "state": state}, "", words.clock(spans.total))
            for why, spans in labels.unmeasured
        ),
    )


def kept_conditions(judgement: Judgement, words: Wording) -> tuple[ConditionFigures, ...]:
    """The conditions that are known to hold; the others are no vendor's business."""
    return tuple(
        each
        for each, condition in zip(all_conditions(judgement, words), judgement.conditions, strict=True)
        if condition.state is Answer.YES
    )


def all_conditions(judgement: Judgement, words: Wording) -> tuple[ConditionFigures, ...]:
    """Every condition with its state and evidence."""
    return tuple(
        ConditionFigures(
            words.title(condition.terms.title),
            condition.terms.clause,
            words.word(condition.state),
            one_line(condition.evidence or ""),
        )
        for condition in judgement.conditions
    )


def coverage_text(judgement: Judgement, words: Wording) -> str:
    """The measured share of the elapsed time in percent; empty before the period starts."""
    return "" if judgement.coverage is None else words.formats.percent(ratio_text(judgement.coverage * 100, 4))


def sight_text(judgement: Judgement, words: Wording) -> str:
    """How often was looked, and the shortest outage that this surely shows; that it is not on record where it is not.

    Figures that may be fractions stand beside no word that would have to agree with them in number.
    """
    sight, say = judgement.sight, words.catalogue.gettext
    if sight is None:
        return say("How often the service was checked is not on record for this period.")
    text = say(
        "Checks an hour at each vantage point: %(number)s; at each endpoint one every %(interval)s or sooner. An outage"
        " of %(shortest)s or more is seen for sure, a shorter one may be missed."
    ) % {
        "number": words.formats.number(ratio_text(sight.attempts_per_hour, _RATE_DIGITS)),
        "interval": words.formats.length(sight.interval),
        "shortest": words.formats.length(sight.shortest),
    }
    history = say("For a part of the period, which others recorded, this is not on record.")
    return f"{text} {history}" if sight.with_history else text


def claimed_derivation(statement: Statement) -> tuple[Step, ...]:
    """The derivation under the claimed reading, without a word on which of its limits rest on a reading."""
    judgement = statement.judgement
    targets = tuple(replace(result, target=replace(result.target, rests_on=())) for result in judgement.targets)
    return derivation(replace(statement, judgement=replace(judgement, targets=targets)))


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
    return tuple(step for step in steps[first:] if step.title != SHORTEST_TO_LONGEST)


def step_figures(steps: tuple[Step, ...], words: Wording) -> tuple[StepFigures, ...]:
    """Steps of a computation in the words of a language."""
    return tuple(StepFigures(_first_large(words.of(each.title)), each.clause, words.of(each.says)) for each in steps)


def _first_large(text: str) -> str:
    return text[:1].upper() + text[1:]


def deadline_figures(
    at: Instant | None, stage: str, clause: str, zone: ZoneInfo, words: Wording
) -> DeadlineFigures | None:
    """A deadline with the last day that keeps it; None where the contract sets none."""
    if at is None:
        return None
    is_midnight = local_instant(local_date(at, zone), 0, zone) == at
    last_day = words.formats.calendar_date(moment(at - SECOND, zone).date(), "full") if is_midnight else ""
    return DeadlineFigures(stage, clause, words.instant(at, zone), last_day)


def whole_seconds(at: Instant) -> Instant:
    """The start of the second: enough wherever nothing is computed from it."""
    return at - at % SECOND
