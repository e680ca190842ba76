"""What the pages show, as values ready to print: every choice of words and every position of a bar is made here."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from uptime_daemon.core.claims.claim import FOLLOWS, ClaimState
from uptime_daemon.core.facts.observation import Outcome
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.judging.availability import Breach
from uptime_daemon.core.judging.statement import Status
from uptime_daemon.core.terms.target import OnLimit, TargetKind
from uptime_daemon.core.time.instants import MINUTE, SECOND, clock_text
from uptime_daemon.desk.board import allowed, longest_allowed, next_step, objective, remaining
from uptime_daemon.web.words import (
    amount_text,
    exact_length_text,
    instant_text,
    length_text,
    limit_text,
    minute_text,
    percent_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.judging.availability import TargetResult
    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.judging.statement import Figure, Statement
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.spans import Spans
    from uptime_daemon.desk.board import (
        AgreementEntry,
        Board,
        ClaimEntry,
        DayShare,
        GroupEntry,
        JudgedEntry,
        ProbeEntry,
    )

DAY_WIDTH: Final = 10
"""Units of the picture that one day takes, its gap included."""
BAR_WIDTH: Final = 7
BAR_HEIGHT: Final = 36
_SLIVER: Final = 4
"""The least height of what there was at all: a minute of a day would be a fortieth of a unit and vanish."""
RANGE_WIDTH: Final = 1000
_LOW_BUDGET_PERCENT: Final = 25
"""Below a quarter of the budget a single usual outage can use up the rest: the share at which alerts warn."""

CLAIM_MARKS: Final = {
    ClaimState.ELIGIBLE: "slow",
    ClaimState.DRAFTED: "slow",
    ClaimState.APPROVED: "slow",
    ClaimState.CREDITED: "up",
    ClaimState.SETTLED: "up",
    ClaimState.EXPIRED: "down",
    ClaimState.REJECTED: "down",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of a history: heights from the bottom up, in units of the picture."""

    x: int
    down: int
    unknown: int
    up: int
    title: str


@dataclass(frozen=True, slots=True)
class History:
    """The days of a group as bars with what they come to."""

    bars: tuple[Bar, ...]
    width: int
    first: str
    up: str
    """Share of the measured time that it was up."""
    measured: str
    """Share of the time that was measured."""


@dataclass(frozen=True, slots=True)
class ProbeView:
    """One probe in one line."""

    name: str
    target: str
    mark: str
    """The class of its colour."""
    words: str
    """Its state and, if there is something to say, why."""
    tried: str
    tried_ago: str
    took: str


@dataclass(frozen=True, slots=True)
class GroupView:
    """One group with its probes and its history."""

    id: str
    title: str
    mark: str
    words: str
    since: str
    lasting: str
    probes: tuple[ProbeView, ...]
    history: History | None


@dataclass(frozen=True, slots=True)
class TargetView:
    """One target held against what was measured."""

    name: str
    clause: str
    limit: str
    measured: str
    mark: str
    verdict: str


@dataclass(frozen=True, slots=True)
class RangeView:
    """Where the three figures and the target stand on one line, in units of `RANGE_WIDTH`; 100 % is its right end."""

    longest: int
    point: int
    shortest: int
    target: int
    left: str
    """What the left end of the line stands for."""
    limit: str


@dataclass(frozen=True, slots=True)
class BudgetView:
    """The error budget and what is left of it."""

    left: str
    whole: str
    share: int
    """Percent that is left, 0 to 100."""
    mark: str


@dataclass(frozen=True, slots=True)
class CreditView:
    """The credit, or where there is no amount whether a target is missed, under both readings."""

    name: str
    recommended: str
    conservative: str
    next_step: str
    """Further downtime until the next step, empty if there is none."""


@dataclass(frozen=True, slots=True)
class LastView:
    """The period before in one line."""

    period: str
    availability: str
    mark: str
    verdict: str
    credit: str
    """Empty under a contract without credit."""
    link: str


@dataclass(frozen=True, slots=True)
class JudgedView:
    """One judged group in the running period."""

    group: str
    period: str
    ends: str
    ends_in: str
    status: str
    mark: str
    verdict: str
    best_case: str
    so_far: str
    shortest: str
    longest: str
    range: RangeView | None
    budget: BudgetView | None
    downtime: str
    outages: str
    longest_outage: str
    coverage: str
    apart: tuple[tuple[str, str], ...]
    """Time that is neither up nor counted: label and length."""
    targets: tuple[TargetView, ...]
    credit: CreditView
    claimable: str
    reviews: tuple[str, ...]
    last: LastView | None
    link: str


@dataclass(frozen=True, slots=True)
class AgreementView:
    """One agreement with its judged groups."""

    id: str
    title: str
    details: tuple[str, ...]
    judged: tuple[JudgedView, ...]


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim in one line."""

    id: str
    agreement: str
    state: str
    mark: str
    amount: str
    deadline: str
    left: str


def summary(groups: Sequence[GroupEntry]) -> tuple[str, str]:
    """The class and the words of the state of everything together, the worst first."""
    if not groups:
        return "unknown", "Nothing is watched yet"
    down = [group.title for group in groups if group.state is State.DOWN]
    unseen = [group.title for group in groups if group.state is State.UNKNOWN]
    slow = [group.title for group in groups if group.degraded]
    if down or unseen:
        parts = [f"{', '.join(titles)}: {what}" for titles, what in ((down, "down"), (unseen, "not known")) if titles]
        return "down" if down else "unknown", "; ".join(parts)
    return ("slow", f"All up; slow: {', '.join(slow)}") if slow else ("up", "All up")


def group_view(group: GroupEntry, at: Instant, zone: ZoneInfo) -> GroupView:
    """A group as of an instant."""
    slow = group.degraded and group.state is State.UP
    return GroupView(
        id=group.id,
        title=group.title,
        mark="slow" if slow else group.state.value,
        words="up, slow" if slow else group.state.value,
        since="" if group.since is None else instant_text(group.since, zone),
        lasting="" if group.since is None else length_text(at - group.since),
        probes=tuple(_probe(probe, at, zone) for probe in group.probes),
        history=_history(group.days) if group.days else None,
    )


def _probe(probe: ProbeEntry, at: Instant, zone: ZoneInfo) -> ProbeView:
    mark, words = _probe_state(probe)
    last = probe.last
    return ProbeView(
        name=probe.id.rpartition("/")[2],
        target=probe.target if "://" in probe.target else f"{probe.kind} {probe.target}",
        mark=mark,
        words=words,
        tried="" if last is None else instant_text(last.at, zone),
        tried_ago="not tried yet" if last is None else _ago(at - last.at),
        took="" if last is None else length_text(last.duration),
    )


def _ago(duration: Duration) -> str:
    return f"{length_text(duration)} ago" if duration >= SECOND else "just now"


def _probe_state(probe: ProbeEntry) -> tuple[str, str]:
    """The class and the words; a state that is not the last attempt's waits for its confirmation, and says so."""
    if probe.paused:
        return "unknown", "paused"
    reason = "" if probe.last is None else probe.last.reason.replace("_", " ")
    outcome = None if probe.last is None else probe.last.outcome
    match probe.state, outcome:
        case State.UP, Outcome.FAIL:
            return "slow", f"up; last attempt failed: {reason}"
        case State.UP, _ if probe.degraded:
            return "slow", "up, slow"
        case State.UP, _:
            return "up", "up"
        case State.DOWN, Outcome.PASS:
            return "down", "down; last attempt passed"
        case State.DOWN, _:
            return "down", f"down: {reason}"
        case _, Outcome.ERROR:
            return "unknown", f"not measured: {reason}"
        case _:
            return "unknown", "unknown"


def _history(days: Sequence[DayShare]) -> History:
    up, down, unknown = (sum(getattr(day, name) for day in days) for name in ("up", "down", "unknown"))
    measured, whole = up + down, up + down + unknown
    return History(
        bars=tuple(_bar(index, day) for index, day in enumerate(days)),
        width=len(days) * DAY_WIDTH - (DAY_WIDTH - BAR_WIDTH),
        first=days[0].date.isoformat(),
        up=percent_text(Fraction(up, measured)) if measured else "",
        measured=percent_text(Fraction(measured, whole)) if whole else "",
    )


def _bar(index: int, day: DayShare) -> Bar:
    """Down at the bottom, unmeasured above it, up on top; what is there at all is at least a sliver."""
    lengths = {name: getattr(day, name) for name in ("down", "unknown", "up")}
    present = [name for name, length in lengths.items() if length]
    spare = BAR_HEIGHT - _SLIVER * len(present)
    heights = dict.fromkeys(lengths, 0) | {name: _SLIVER + spare * lengths[name] // day.total for name in present}
    if present:
        heights[max(present, key=lambda name: lengths[name])] += BAR_HEIGHT - sum(heights.values())
    words = ", ".join(f"{name} {clock_text(getattr(day, name))}" for name in ("up", "down", "unknown"))
    return Bar(
        x=index * DAY_WIDTH,
        down=heights["down"],
        unknown=heights["unknown"],
        up=heights["up"],
        title=f"{day.date.isoformat()}: {words.replace('unknown', 'unmeasured')}",
    )


def agreement_view(entry: AgreementEntry, at: Instant) -> AgreementView:
    """An agreement as of an instant; times are on its contract's clock."""
    plan = f", plan {entry.plan}" if entry.plan else ""
    return AgreementView(
        id=entry.id,
        title=entry.title,
        details=tuple(filter(None, (entry.vendor, f"{entry.contract} {entry.version}{plan}", entry.zone.key))),
        judged=tuple(
            judged_view(judged, judged.current, entry, at) for judged in entry.judged if judged.current is not None
        ),
    )


def judged_view(entry: JudgedEntry, statement: Statement, agreement: AgreementEntry, at: Instant) -> JudgedView:
    """A judged group over the period of a statement, as of an instant."""
    judgement, period = statement.judgement, statement.period
    limit = _objective_ratio(statement)
    mark, verdict = _verdict(judgement)
    so_far = statement.so_far
    return JudgedView(
        group=entry.group,
        period=period.name,
        ends=minute_text(period.span.end, agreement.zone),
        ends_in=length_text(period.span.end - at) if period.span.end > at else "",
        status=statement.status.value,
        mark=mark,
        verdict=verdict,
        best_case=_availability(judgement, "point", limit),
        so_far="" if so_far is None or so_far.availability is None else percent_text(so_far.availability, limit),
        shortest=_availability(judgement, "shortest", limit),
        longest=_availability(judgement, "longest", limit),
        range=_range(judgement, limit),
        budget=_budget(statement),
        downtime=clock_text(judgement.point.downtime),
        outages=str(judgement.point.number),
        longest_outage=_longest(statement),
        coverage="" if judgement.coverage is None else percent_text(judgement.coverage),
        apart=tuple(_apart(judgement)),
        targets=tuple(_target(result, judgement) for result in judgement.targets),
        credit=_credit(statement, agreement.currency),
        claimable=judgement.claimable.value,
        reviews=statement.needs_review,
        last=None if entry.last is None else _last(entry.last, agreement, entry.group),
        link=_link(agreement.id, entry.group, period.name),
    )


def _link(agreement: str, group: str, period: str) -> str:
    return f"/api/v1/statements?{urlencode({'agreement': agreement, 'group': group, 'period': period})}"


def _objective_ratio(statement: Statement) -> Fraction | None:
    result = objective(statement)
    return None if result is None else result.target.limit / 100


def _availability(judgement: Judgement, bracket: str, limit: Fraction | None) -> str:
    exact = judgement.measure(getattr(judgement, bracket)).availability
    return "" if exact is None else percent_text(exact, limit)


def _verdict(judgement: Judgement) -> tuple[str, str]:
    """The class and the words for all targets of a group together."""
    binding = [result for result in judgement.targets if result.target.claimable] or list(judgement.targets)
    if not judgement.group.counts:
        return "unknown", "shown, not counted"
    missed = [result for result in binding if result.exceeded]
    if any(result.breach is Breach.PROVEN for result in missed):
        return "down", "breach proven"
    if missed:
        return "down", "missed, not proven"
    # With too little measured almost every breach is possible: that says nothing about the vendor.
    if any(result.met is None for result in binding):
        return "unknown", "too little measured"
    if any(result.breach is Breach.POSSIBLE for result in binding):
        return "slow", "breach possible"
    return "up", "within target"


def _range(judgement: Judgement, limit: Fraction | None) -> RangeView | None:
    """The line reaches left beyond the lowest of the figures by a third of what is shown, right to 100 %."""
    figures = [
        judgement.measure(part).availability for part in (judgement.longest, judgement.point, judgement.shortest)
    ]
    longest, point, shortest = figures
    if longest is None or point is None or shortest is None or limit is None or min(longest, limit) == 1:
        return None
    left = max(Fraction(0), 1 - (1 - min(longest, limit)) * Fraction(4, 3))

    def place(ratio: Fraction) -> int:
        return round(RANGE_WIDTH * (ratio - left) / (1 - left))

    return RangeView(
        longest=place(longest),
        point=place(point),
        shortest=place(shortest),
        target=place(limit),
        left=percent_text(left),
        limit=limit_text(limit * 100, "percent"),
    )


def _budget(statement: Statement) -> BudgetView | None:
    whole, left = allowed(statement), remaining(statement)
    if whole is None or left is None:
        return None
    share = max(0, min(100, (left * 100 / whole).__floor__())) if whole > 0 else 0
    mark = "down" if left < 0 else ("slow" if share < _LOW_BUDGET_PERCENT else "up")
    return BudgetView(exact_length_text(left), exact_length_text(whole), share, mark)


def _longest(statement: Statement) -> str:
    text = clock_text(statement.judgement.point.longest)
    limit = longest_allowed(statement)
    return text if limit is None else f"{text} of {clock_text(limit)}"


def _apart(judgement: Judgement) -> Iterable[tuple[str, str]]:
    parts: tuple[tuple[str, Sequence[tuple[str, Spans]]], ...] = (
        ("excluded", judgement.labels.excluded),
        ("unmeasured", judgement.labels.unmeasured),
        ("not counted", judgement.labels.not_counted),
    )
    for name, labelled in parts:
        for label, spans in labelled:
            yield f"{name}: {label.replace('_', ' ')}", clock_text(spans.total)


_STRICT = {"at least": "more than", "at most": "less than"}
"""What a limit is called on which a figure is already a miss."""


def _target(result: TargetResult, judgement: Judgement) -> TargetView:
    target = result.target
    measure = judgement.measure(judgement.point)
    match target.kind:
        case TargetKind.AVAILABILITY:
            exact = measure.availability
            measured = "" if exact is None else percent_text(exact, target.limit / 100)
            relation = "at least"
        case TargetKind.TOTAL_DOWNTIME:
            measured, relation = _minutes(measure.downtime), "at most"
        case TargetKind.SINGLE_OUTAGE:
            measured, relation = _minutes(measure.longest), "at most"
    if target.on_limit is OnLimit.MISSED:
        relation = _STRICT[relation]
    if result.exceeded:
        mark, verdict = "down", "missed" if result.breach is not Breach.PROVEN else "missed, proven"
    elif result.met is None:
        mark, verdict = "unknown", "too little measured"
    else:
        mark, verdict = ("slow", "possibly missed") if result.breach is Breach.POSSIBLE else ("up", "met")
    notes = [] if target.claimable else ["not claimable"]
    notes += [f"rests on {', '.join(target.rests_on)}"] if target.rests_on else []
    return TargetView(
        name=target.id.replace("_", " "),
        clause=target.clause,
        limit=f"{relation} {limit_text(target.limit, target.unit)}",
        measured=measured,
        mark=mark,
        verdict="; ".join([verdict, *notes]),
    )


def _minutes(duration: Duration) -> str:
    exact = Fraction(duration, MINUTE)
    return limit_text(exact, "minutes") if exact.denominator == 1 else clock_text(duration)


def _credit(statement: Statement, currency: str | None) -> CreditView:
    further = next_step(statement)
    return CreditView(
        name="Breached" if statement.recommended.amount is None else "Credit",
        recommended=_figure(statement.recommended, currency),
        conservative=_figure(statement.conservative, currency),
        next_step="" if further is None else exact_length_text(further),
    )


def _figure(figure: Figure, currency: str | None) -> str:
    if figure.amount is None:
        return "yes" if figure.breached else "no"
    return amount_text(figure.amount, currency)


def _last(statement: Statement, agreement: AgreementEntry, group: str) -> LastView:
    mark, verdict = _verdict(statement.judgement)
    status = "" if statement.status is Status.CLOSED else f", {statement.status}"
    return LastView(
        period=statement.period.name,
        availability=_availability(statement.judgement, "point", _objective_ratio(statement)),
        mark=mark,
        verdict=verdict + status,
        credit="" if statement.recommended.amount is None else _figure(statement.recommended, agreement.currency),
        link=_link(agreement.id, group, statement.period.name),
    )


def claim_view(claim: ClaimEntry, board: Board) -> ClaimView:
    """A claim as of the board; its deadline is on the contract's clock, and is the first minute that is too late."""
    agreement = board.agreement(claim.id.agreement)
    zone = board.zone if agreement is None else agreement.zone
    open_deadline = claim.deadline if claim.state in FOLLOWS[ClaimState.EXPIRED] else None
    late = open_deadline is not None and open_deadline <= board.at
    return ClaimView(
        id=str(claim.id),
        agreement=claim.id.agreement,
        state=claim.state.value,
        mark=CLAIM_MARKS.get(claim.state, "unknown"),
        amount="breach notice" if claim.amount is None else amount_text(str(claim.amount), claim.amount.currency),
        deadline="none stated" if claim.deadline is None else f"before {minute_text(claim.deadline, zone)} {zone.key}",
        left="" if open_deadline is None else ("too late" if late else f"{length_text(open_deadline - board.at)} left"),
    )
