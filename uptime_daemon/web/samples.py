"""How each part of the board becomes samples: label values and exact decimals, one entry at a time.

Values are written from integers and fractions; what a scraper rounds to a binary number, it rounds once. What is not
known has no sample: an absent series is honest, a 0 would be a statement.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from uptime_daemon.core.claims.claim import FOLLOWS, ClaimState
from uptime_daemon.core.facts.observation import OWN_REASONS, Outcome, Reason
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.facts.timeline import NO_DATA
from uptime_daemon.core.judging.downtime import NotCounted
from uptime_daemon.core.terms.money import Money, ratio_text
from uptime_daemon.core.time.instants import SECOND, seconds_text
from uptime_daemon.desk.board import DURATION_BOUNDS, longest_allowed, objective

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from fractions import Fraction

    from uptime_daemon.core.judging.availability import Measure
    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.board import (
        AgreementEntry,
        Board,
        ClaimEntry,
        DeliveryEntry,
        GroupEntry,
        JudgedEntry,
        ProbeEntry,
        StatedEntry,
        VantageEntry,
        ViewEntry,
    )

_RATIO_DIGITS: Final = 17
"""As many as a scraper's binary number (IEEE 754 double) can tell apart; a microsecond of a year is 3e-14."""
_SECONDS_DIGITS: Final = 6

FAIL_REASONS: Final = tuple(reason for reason in Reason if reason not in OWN_REASONS and reason is not Reason.NONE)
ERROR_REASONS: Final = tuple(reason for reason in Reason if reason in OWN_REASONS)
CAN_EXPIRE: Final = FOLLOWS[ClaimState.EXPIRED]
"""The states of a claim that has not left the house, in which its deadline still matters."""


class Sample(NamedTuple):
    """One line: the values of the family's labels and the value as text."""

    labels: tuple[str, ...]
    value: str
    suffix: str = ""
    """Only of a histogram: `_bucket`, `_sum`, `_count`."""
    bound: str | None = None
    """Only of a histogram's bucket: its label `le`."""


AgreementClaims: TypeAlias = "tuple[str, tuple[ClaimEntry, ...]]"
"""An agreement's id and its claims."""


# --- values as text ---------------------------------------------------------------------------------------------------


def flag_text(holds: bool) -> str:  # noqa: FBT001 - the value itself
    """1 or 0."""
    return "1" if holds else "0"


def instant_text(at: Instant | None) -> str | None:
    """Seconds since 1970, exact to the microsecond."""
    return None if at is None else seconds_text(at)


def exact_ratio_text(exact: Fraction | None) -> str | None:
    """A share from 0 to 1."""
    return None if exact is None else ratio_text(exact, _RATIO_DIGITS)


def exact_seconds_text(microseconds: Fraction | None) -> str | None:
    """Exact microseconds as seconds, rounded to whole microseconds."""
    return None if microseconds is None else ratio_text(microseconds / SECOND, _SECONDS_DIGITS)


# --- the parts of the board that have samples -------------------------------------------------------------------------


def whole(board: Board) -> Sequence[Board]:
    """The board itself, for what there is once."""
    return (board,)


def groups(board: Board) -> Sequence[GroupEntry]:
    """Every group of probes."""
    return board.groups


def probes(board: Board) -> Sequence[ProbeEntry]:
    """Every probe."""
    return tuple(board.probes)


def vantages(board: Board) -> Sequence[VantageEntry]:
    """Every vantage."""
    return board.vantages


def deliveries(board: Board) -> Sequence[DeliveryEntry]:
    """Every way out of the house."""
    return board.deliveries


def agreements(board: Board) -> Sequence[AgreementEntry]:
    """Every agreement."""
    return board.agreements


def contracts(board: Board) -> Sequence[AgreementEntry]:
    """One agreement of each contract and version."""
    return tuple({(each.contract, each.version): each for each in board.agreements}.values())


def judged(board: Board) -> Sequence[JudgedEntry]:
    """Every judged group of every agreement."""
    return tuple(judged for agreement in board.agreements for judged in agreement.judged)


def stated(board: Board) -> Sequence[StatedEntry]:
    """Every measured group of every agreement's contract with what was stated about it."""
    return tuple(entry for agreement in board.agreements for entry in agreement.stated)


def claims(board: Board) -> Sequence[AgreementClaims]:
    """Every agreement with its claims; one without any has counts of 0."""
    return tuple(
        (agreement.id, tuple(claim for claim in board.claims if claim.id.agreement == agreement.id))
        for agreement in board.agreements
    )


# --- how samples are made ---------------------------------------------------------------------------------------------


def one(value: Callable[[Any], str | None], *names: str) -> Callable[[Any], Iterator[Sample]]:
    """One sample an entry, labelled by these attributes of the entry; none where there is no value."""

    def samples(entry: Any) -> Iterator[Sample]:
        if (text := value(entry)) is not None:
            yield Sample(tuple(getattr(entry, name) for name in names), text)

    return samples


def viewed(value: Callable[[ViewEntry], str | None]) -> Callable[[ProbeEntry], Iterator[Sample]]:
    """One sample a view of a probe."""

    def samples(probe: ProbeEntry) -> Iterator[Sample]:
        for view in probe.views:
            if (text := value(view)) is not None:
                yield Sample((probe.id, probe.group, view.vantage), text)

    return samples


def by_reason(attribute: str, reasons: Sequence[str]) -> Callable[[ProbeEntry], Iterator[Sample]]:
    """One sample a view and reason; reasons that are known ahead start at 0."""

    def samples(probe: ProbeEntry) -> Iterator[Sample]:
        for view in probe.views:
            for reason, count in {**dict.fromkeys(reasons, 0), **getattr(view, attribute)}.items():
                yield Sample((probe.id, probe.group, view.vantage, reason), str(count))

    return samples


def counted(attribute: str) -> Callable[[ProbeEntry], object]:
    """What `by_reason` tells of a probe."""

    def told(probe: ProbeEntry) -> object:
        return probe.id, probe.group, [(view.vantage, getattr(view, attribute)) for view in probe.views]

    return told


def current(value: Callable[[Statement], str | None]) -> Callable[[JudgedEntry], Iterator[Sample]]:
    """One sample for the running period of a judged group."""

    def samples(entry: JudgedEntry) -> Iterator[Sample]:
        if entry.current is not None and (text := value(entry.current)) is not None:
            yield Sample((entry.agreement, entry.group, entry.kind), text)

    return samples


def labelled(values: Callable[[Judgement], dict[str, Duration]]) -> Callable[[JudgedEntry], Iterator[Sample]]:
    """One sample a label of time for the running period of a judged group."""

    def samples(entry: JudgedEntry) -> Iterator[Sample]:
        if entry.current is not None:
            for label, duration in values(entry.current.judgement).items():
                yield Sample((entry.agreement, entry.group, entry.kind, label), seconds_text(duration))

    return samples


# --- measuring --------------------------------------------------------------------------------------------------------


def success(view: ViewEntry) -> str | None:
    """Whether the last attempt passed; nothing where our own side could not measure."""
    if view.last is None or view.last.outcome is Outcome.ERROR:
        return None
    return flag_text(view.last.outcome is Outcome.PASS)


def up(entry: ProbeEntry | GroupEntry) -> str | None:
    """Whether it is up; nothing while unknown."""
    return None if entry.state is State.UNKNOWN else flag_text(entry.state is State.UP)


def durations(group: GroupEntry) -> Iterator[Sample]:
    """The cumulative buckets, the sum and the count of each vantage."""
    for vantage, counted in group.durations.items():
        labels = (group.id, vantage)
        sums = list(accumulate(counted.counts))
        for bound, count in zip(_BOUNDS, sums, strict=True):
            yield Sample(labels, str(count), "_bucket", bound)
        yield Sample(labels, seconds_text(counted.total), "_sum")
        yield Sample(labels, str(sums[-1]), "_count")


def _bound_text(bound: Duration) -> str:
    """OpenMetrics 1.0 wants bounds as floats in canonical form: 1.0, never 1."""
    text = seconds_text(bound)
    return text if "." in text else f"{text}.0"


_BOUNDS: Final = (*map(_bound_text, DURATION_BOUNDS), "+Inf")


# --- judging ----------------------------------------------------------------------------------------------------------


def measured_by(agreement: AgreementEntry) -> Iterator[Sample]:
    """One sample a group of the contract and group of probes."""
    for group, probe_groups in agreement.measured_by.items():
        for probe_group in probe_groups:
            yield Sample((agreement.id, group, probe_group), "1")


def excluded(judgement: Judgement) -> dict[str, Duration]:
    """Excluded time by cause; every cause that the contract knows is named."""
    known = {cause.id: 0 for cause in judgement.terms.exclusions.causes}
    return known | {cause: spans.total for cause, spans in judgement.labels.excluded}


def unmeasured(judgement: Judgement) -> dict[str, Duration]:
    """Unmeasured time by reason; that nothing was lost is said, too."""
    return {NO_DATA: 0} | {reason: spans.total for reason, spans in judgement.labels.unmeasured}


def not_counted(judgement: Judgement) -> dict[str, Duration]:
    """Down time that does not count, by reason."""
    known: dict[str, Duration] = dict.fromkeys(NotCounted, 0)
    return known | {reason: spans.total for reason, spans in judgement.labels.not_counted}


def availability(bracket: str) -> Callable[[Statement], str | None]:
    """The availability of the whole period under one bracket: `shortest`, `point` or `longest`."""

    def text(statement: Statement) -> str | None:
        judgement = statement.judgement
        measure: Measure = judgement.measure(getattr(judgement, bracket))
        return exact_ratio_text(measure.availability)

    return text


def so_far(statement: Statement) -> str | None:
    """The availability of what has passed of the period."""
    measure = statement.so_far
    return None if measure is None else exact_ratio_text(measure.availability)


def objective_ratio(statement: Statement) -> str | None:
    """The agreed availability."""
    result = objective(statement)
    return None if result is None else exact_ratio_text(result.target.limit / 100)


def last_availability(entry: JudgedEntry) -> Iterator[Sample]:
    """The availability of the period before the running one."""
    if entry.last is not None and (text := availability("point")(entry.last)) is not None:
        yield Sample((entry.agreement, entry.group, entry.kind), text)


def longest_limit(statement: Statement) -> str | None:
    """How long one outage may be."""
    limit = longest_allowed(statement)
    return None if limit is None else seconds_text(limit)


def credit_ratio(statement: Statement) -> str | None:
    """The credit as a share of the fee."""
    percent = statement.judgement.credit.percent
    return None if percent is None else exact_ratio_text(percent / 100)


def credit_amount(entry: JudgedEntry) -> Iterator[Sample]:
    """The credit in major units."""
    if entry.current is not None and (amount := entry.current.judgement.credit.amount) is not None:
        yield Sample((entry.agreement, entry.group, entry.kind, amount.currency), str(amount))


# --- what was stated --------------------------------------------------------------------------------------------------


def open_tickets(entry: StatedEntry) -> Iterator[Sample]:
    """How many tickets are open, by severity."""
    for severity, number in entry.tickets.items():
        yield Sample((entry.agreement, entry.group, severity), str(number))


def ticket_deadlines(entry: StatedEntry) -> Iterator[Sample]:
    """When the first running clock of each kind is due."""
    for clock, due in entry.deadlines.items():
        if due is not None:
            yield Sample((entry.agreement, entry.group, clock), seconds_text(due))


def missed_deadlines(entry: StatedEntry) -> Iterator[Sample]:
    """How many clocks of each kind ran out."""
    for clock, number in entry.missed.items():
        yield Sample((entry.agreement, entry.group, clock), str(number))


def missing_reports(entry: StatedEntry) -> Iterator[Sample]:
    """Whether a report is missing, by the channels it may come on."""
    for channel, missing in entry.reports.items():
        yield Sample((entry.agreement, entry.group, channel), flag_text(missing))


# --- claims, deliveries -----------------------------------------------------------------------------------------------


def claims_by_state(entry: AgreementClaims) -> Iterator[Sample]:
    """How many claims are in each state."""
    agreement, members = entry
    for state in ClaimState:
        yield Sample((agreement, state), str(sum(claim.state is state for claim in members)))


def claim_deadline(entry: AgreementClaims) -> Iterator[Sample]:
    """The earliest deadline of what has not been sent."""
    agreement, members = entry
    deadlines = [claim.deadline for claim in members if claim.state in CAN_EXPIRE and claim.deadline is not None]
    if deadlines:
        yield Sample((agreement,), seconds_text(min(deadlines)))


def claim_amounts(entry: AgreementClaims) -> Iterator[Sample]:
    """The sum of the claims of each state and currency."""
    agreement, members = entry
    sums: dict[tuple[str, str], Money] = {}
    for claim in members:
        if (amount := claim.amount) is not None:
            key = (claim.state.value, amount.currency)
            sums[key] = sums.get(key, Money(0, amount.currency)) + amount
    for (state, currency), total in sums.items():
        yield Sample((agreement, state, currency), str(total))


def delivery_failures(delivery: DeliveryEntry) -> Iterable[Sample]:
    """Failed attempts by reason."""
    return (Sample((delivery.integration, reason), str(count)) for reason, count in delivery.failures.items())
