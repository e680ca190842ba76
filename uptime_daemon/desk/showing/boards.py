"""Keeps the board fresh: live states at once, statements on a beat, each object kept while it does not change."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.state import State
from uptime_daemon.core.judging.clocks import ClockState, rounds
from uptime_daemon.core.time.instants import MINUTE, SECOND, local_date
from uptime_daemon.core.time.periods import midnight
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.desk.judging.turns import Turns
from uptime_daemon.desk.measure import combined
from uptime_daemon.desk.showing.board import (
    DAYS_SHOWN,
    MONTHS_SHOWN,
    AgreementEntry,
    Board,
    Build,
    ClaimEntry,
    DayShare,
    DeliveryEntry,
    Evaluation,
    GroupEntry,
    JudgedEntry,
    MonthShare,
    ProbeEntry,
    ReloadEntry,
    StatedEntry,
    StoreEntry,
    VantageEntry,
    ViewEntry,
)
from uptime_daemon.desk.showing.incidents import FACT_KIND, incidents
from uptime_daemon.desk.showing.standing import clocks_of, missing_reports, stated_entry
from uptime_daemon.desk.showing.works import known_works
from uptime_daemon.store.errors import TooMuchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.facts.probe import Group
    from uptime_daemon.core.facts.timeline import Timeline
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.need import Binding
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.periods import Period
    from uptime_daemon.definitions.probes.vendor import ProbeDefinition
    from uptime_daemon.desk.claims.desk import ClaimView
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.judging.turns import Live
    from uptime_daemon.desk.measure import GroupState, Measure
    from uptime_daemon.desk.showing.incidents import Incident
    from uptime_daemon.desk.showing.works import PlannedWork
    from uptime_daemon.settings.values import Settings, SignedAgreement
    from uptime_daemon.store.kept import Stats

LAST_PERIOD_EVERY: Final = 10 * MINUTE
"""How often the period before the current one is judged anew while nothing is stated about its agreement: only what
concerns everybody, imported history, and a vantage that was cut off change it then."""
KNOWN_FOR: Final[Duration] = 15 * MINUTE
"""How long statements may be relied upon that have their turn again and again: longer than the last period keeps, with
the two minutes that the turns of a thousand groups take."""
DAYS_EVERY: Final = MINUTE
"""How often the days' bars and the incidents are made anew while no outage begins or ends that makes news: a bar moves
by a pixel in a quarter of an hour, and what people write may come a minute late."""
MONTHS_EVERY: Final = 10 * MINUTE
"""How often the months are summed up anew: only history that is imported, or voided, changes one that is over."""
VANTAGE_LOST_AFTER: Final = 10 * SECOND
"""A vantage writes its sign of life every second; ten without one are no hiccup of the disk."""
INTEGRATIONS: Final = ("smtp", "webhook", "heartbeat")
"""The ways out of the house."""
_PROBES_OF_A_STEP: Final = 50
"""Entries of probes made in one step: each takes less than 10 us."""
_GROUPS_OF_A_STEP: Final = 20
"""Entries of groups made in one step: that of some ten probes takes less than 20 us."""


@dataclass(slots=True)
class Judged:
    """What was judged of one agreement, and when."""

    current: tuple[Statement, ...] = ()
    last: tuple[Statement, ...] = ()
    last_at: Instant | None = None
    missed: set[tuple[str, str, str, int]] = field(default_factory=set)
    """Rounds seen to run out: group, clock, ticket, number. A fact recorded later may take one back, but a counter
    never goes down: that would look like a restart, and all misses like new ones."""
    standing: dict[str, StatedEntry] = field(default_factory=dict)
    """What stands about each group, but for what its live state makes of it."""
    missed_before: frozenset[tuple[str, str, str, int]] | None = None
    """Those that had run out when the daemon first looked: told after each start, they would look like new ones."""
    evaluation: Evaluation = field(default_factory=Evaluation)


@dataclass(frozen=True, slots=True)
class _Defined:
    """What the settings define, gathered from all files once."""

    settings: Settings | None
    groups: Mapping[str, Group]
    probes: Mapping[str, ProbeDefinition]


@dataclass(slots=True)
class BoardKeeper:
    """Makes boards. `judge` may run on another thread; `board` belongs to the event loop."""

    settings: Settings
    measure: Measure
    build: Build
    zone: ZoneInfo
    reload: ReloadEntry = field(default_factory=ReloadEntry)
    deliveries: Mapping[str, Counter[str]] = field(default_factory=lambda: {way: Counter() for way in INTEGRATIONS})
    """By way out of the house: attempts under an empty name, failures by reason."""
    loop_lag: Duration = 0
    clock_offset: Duration | None = None
    turns: Turns = field(default_factory=Turns)
    judged: dict[str, Judged] = field(default_factory=dict)
    unjudged: dict[str, str] = field(default_factory=dict)
    """Agreements that could not be judged last, and why."""
    claims: tuple[ClaimEntry, ...] = ()
    stats: Stats | None = None
    days: dict[str, tuple[DayShare, ...]] = field(default_factory=dict)
    months: dict[str, tuple[MonthShare, ...]] = field(default_factory=dict)
    months_at: Instant | None = None
    incidents: tuple[Incident, ...] = ()
    works: tuple[PlannedWork, ...] = ()
    days_at: Instant | None = None
    were_down: set[str] = field(default_factory=set)
    """The groups that were down when the days were counted."""
    probes: dict[str, ProbeEntry] = field(default_factory=dict)
    groups: dict[str, GroupEntry] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    """What each probe tries, for people: an address is not taken apart again at every attempt."""
    defined: _Defined = field(default_factory=lambda: _Defined(None, {}, {}))
    agreements: tuple[AgreementEntry, ...] = ()
    observed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Time in a known state since the start of each agreement's groups."""
    down: Counter[tuple[str, str]] = field(default_factory=Counter)
    counted_at: Duration | None = None

    def live(self) -> Live:
        """By agreement how its groups stand now; belongs to the event loop."""
        return {
            signed.agreement.id: tuple(self._bound(binding) for binding in signed.agreement.bindings.values())
            for signed in self.settings.agreements
        }

    def judge(self, judge: Judge, live: Live, at: Instant, enough: Callable[[], bool]) -> tuple[str, ...]:
        """Judge what has changed, then in turn what has not until it is enough; returns which agreements were judged.

        The caller tells with `took` or `failed` how it went.
        """
        for name in self.judged.keys() - {signed.agreement.id for signed in judge.settings.agreements}:
            del self.judged[name]
        done: list[str] = []
        for signed, changed in self.turns.order(judge, live, at):
            if not changed and enough():
                break
            try:
                self._judge_one(judge, signed, at, stated=self.turns.is_stated(signed.agreement.id))
            except TooMuchError as too_much:  # the others are judged all the same
                self.unjudged[signed.agreement.id] = str(too_much)
                self._missed(self.judged[signed.agreement.id])
            else:
                self.unjudged.pop(signed.agreement.id, None)
                done.append(signed.agreement.id)
            self.turns.judged(signed.agreement.id, live, at)
        return tuple(done)

    def _judge_one(self, judge: Judge, signed: SignedAgreement, at: Instant, *, stated: bool) -> None:
        own = self.judged.setdefault(signed.agreement.id, Judged())
        own.current = judge.statements(signed.agreement.id, "current", at)
        if stated or own.last_at is None or at - own.last_at >= LAST_PERIOD_EVERY:
            own.last = judge.statements(signed.agreement.id, "last", at)
            own.last_at = at
        known = judge.stated(signed.agreement.id, at)
        ticking = tuple(rounds(signed.readings.chosen, known.tickets, at))
        missed = frozenset(
            (each.ticket.group, each.terms.id, each.ticket.id, each.number)
            for each in ticking
            if each.state is ClockState.MISSED
        )
        if own.missed_before is None:
            own.missed_before = missed
        own.missed |= missed - own.missed_before
        # Every ticket is looked at here and not on the event loop, which the board is made on.
        own.standing = {
            name: replace(
                stated_entry(signed.agreement.id, name, known, signed.readings.chosen, ticking, at),
                missed={
                    clock: sum(each[:2] == (name, clock) for each in own.missed)
                    for clock in clocks_of(signed.readings.chosen, name)
                },
            )
            for name in signed.agreement.bindings
        }
        own.evaluation = replace(own.evaluation, watermark=at)

    def known(self, agreement_id: str, period: Period, at: Instant) -> Sequence[Statement]:
        """What was judged of the current or the last period, if that is not too long ago."""
        own = self.judged.get(agreement_id)
        for statements in () if own is None else (own.current, own.last):
            if statements and statements[0].period == period and 0 <= at - statements[0].as_of < KNOWN_FOR:
                return statements
        return ()

    def took(self, elapsed: Duration, agreements: Sequence[str]) -> None:
        """A judging of some agreements took this long."""
        share = elapsed // max(1, len(agreements))
        for own in (self.judged[name] for name in agreements if name in self.judged):
            own.evaluation = replace(own.evaluation, duration=share, runs=own.evaluation.runs + 1)

    def failed(self) -> None:
        """A judging did not come to its end; the statements shown stay the last good ones."""
        for own in self.judged.values():
            self._missed(own)

    @staticmethod
    def _missed(own: Judged) -> None:
        evaluation = own.evaluation
        own.evaluation = replace(evaluation, runs=evaluation.runs + 1, failures=evaluation.failures + 1)

    def count_days(self, judge: Judge, at: Instant) -> None:
        """The days' bars of every group, and what the public page tells of."""
        if not self.days_are_due(at):
            return
        judge.store.flush()  # what makes the news is on disk, or it would be missed until the next minute
        today = local_date(at, self.zone)
        first = today - timedelta(days=DAYS_SHOWN - 1)
        window = Span(midnight(first, self.zone), at)
        timelines = judge.group_timelines(window)
        self.days = {name: days_of(timeline, first, today, self.zone, at) for name, timeline in timelines.items()}
        self.works = known_works(judge, window.start)
        written = judge.store.facts(kind=FACT_KIND)
        self.incidents = incidents(judge.settings.groups, timelines, written, judge.settings.status_page.incident_hold)
        if self.months_at is None or at - self.months_at >= MONTHS_EVERY:
            self._count_months(judge, today, at)
        self.days_at = at
        self.were_down = {name for name in timelines if self.measure.group_state(name).state is State.DOWN}

    def _count_months(self, judge: Judge, today: date, at: Instant) -> None:
        first = today.replace(day=1)
        for _ in range(MONTHS_SHOWN - 1):
            first = (first - timedelta(days=1)).replace(day=1)
        timelines = judge.group_timelines(Span(midnight(first, self.zone), at))
        self.months = {name: months_of(timeline, first, self.zone, at) for name, timeline in timelines.items()}
        self.months_at = at

    def days_are_due(self, at: Instant) -> bool:
        """Whether days and incidents are to be looked at anew; asked often, so it looks at live states alone."""
        return self.days_at is None or at - self.days_at >= DAYS_EVERY or self._has_news(self.days_at, at)

    def _has_news(self, since: Instant, at: Instant) -> bool:
        """Whether an outage has lasted long enough to be an incident since an instant, or one has ended."""
        hold = self.settings.status_page.incident_hold
        for name in self.defined.groups:
            group = self.measure.group_state(name)
            begun = group.since if group.state is State.DOWN else None
            if begun is not None and since < begun + hold <= at:
                return True
            if name in self.were_down and group.state is State.UP:
                return True
        return False

    def count_time(self, reading: Duration) -> None:
        """Add the time since the last call to what contracts' groups were seen up and down, as they stand now.

        A contract's group that is up while any of several groups of probes is up is not down when one of them is.
        `reading` is the monotonic clock's.
        """
        elapsed = 0 if self.counted_at is None else reading - self.counted_at
        self.counted_at = reading
        for signed in self.settings.agreements:
            for name, binding in signed.agreement.bindings.items():
                state = self._bound(binding).state
                if state is not State.UNKNOWN:
                    self.observed[signed.agreement.id, name] += elapsed
                if state is State.DOWN:
                    self.down[signed.agreement.id, name] += elapsed

    def attempted(self, integration: str, fate: str) -> None:
        """Something was tried to be handed over, and ended like this."""
        self.deliveries[integration][""] += 1
        if fate != "sent":
            self.deliveries[integration][fate] += 1

    def claimed(self, views: Sequence[ClaimView]) -> None:
        """The claims as they stand."""
        self.claims = tuple(ClaimEntry(view.id, view.state, view.deadline, view.claimed) for view in views)

    def freshen(self) -> Iterator[None]:
        """Make the entries of what changed anew, a step at each `next`: the caller lets others run between two steps.

        An entry of which nothing changed stays the same object, so that a page can see at a glance what is new.
        """
        while True:
            settings = self.settings
            if settings is not self.defined.settings:
                self.defined = _Defined(settings, settings.groups, settings.probes)
                self.probes, self.groups, self.targets = {}, {}, {}
            for _ in self._freshened(self.defined):
                yield
                # A reload meanwhile: what it defines is looked at from the beginning.
                if settings is not self.settings:
                    break
            if settings is self.settings:
                return

    def _freshened(self, defined: _Defined) -> Iterator[None]:
        for number, name in enumerate(self.measure.taken_touched()):
            self.probes[name] = self._probe(defined.probes[name])
            if number % _PROBES_OF_A_STEP == 0:
                yield
        for number, group in enumerate(defined.groups.values()):
            entry, known = self._group(group), self.groups.get(group.id)
            self.groups[group.id] = entry if known is None or entry != known else known
            if number % _GROUPS_OF_A_STEP == 0:
                yield

    def board(self, at: Instant) -> Board:
        """Everything that is shown, as of now; groups and probes as they were freshened last."""
        stats = self.stats
        known = {entry.id: entry.judged for entry in self.agreements}
        self.agreements = tuple(
            self._agreement(signed, known.get(signed.agreement.id, ()), at) for signed in self.settings.agreements
        )
        return Board(
            at=at,
            build=self.build,
            vantage=self.settings.vantage.name,
            demonstration=self.settings.vantage.loopback,
            zone=self.zone,
            groups=tuple(self.groups[name] for name in self.defined.groups),
            agreements=self.agreements,
            claims=self.claims,
            incidents=self.incidents,
            works=self.works,
            deliveries=tuple(
                DeliveryEntry(way, counts[""], {reason: number for reason, number in counts.items() if reason})
                for way, counts in self.deliveries.items()
            ),
            vantages=(VantageEntry(self.settings.vantage.name, self._sees(at), at, self.clock_offset),),
            store=StoreEntry()
            if stats is None
            else StoreEntry(stats.durable_until, stats.pending, stats.write_failures, stats.size_bytes),
            reload=self.reload,
            loop_lag=self.loop_lag,
        )

    def _sees(self, at: Instant) -> bool:
        """Whether this vantage's observations reach the disk."""
        until = self.stats.durable_until if self.stats else None
        return until is None or at - until < VANTAGE_LOST_AFTER

    def _group(self, group: Group) -> GroupEntry:
        state = self.measure.group_state(group.id)
        observed, down, durations = self.measure.observed(group.id)
        probes = tuple(self.probes[probe] for probe in group.probes)
        return GroupEntry(
            id=group.id,
            title=group.title,
            state=state.state,
            probes=probes,
            since=state.since,
            degraded=any(probe.degraded for probe in probes),
            quorum=state.state is not State.UNKNOWN,
            observed=observed,
            down=down,
            durations={self.measure.vantage: durations},
            days=self.days.get(group.id, ()),
            months=self.months.get(group.id, ()),
            former=group.replaces,
        )

    def _probe(self, definition: ProbeDefinition) -> ProbeEntry:
        tally = self.measure.tally(definition.probe.id)
        if (target := self.targets.get(definition.probe.id)) is None:
            target = self.targets[definition.probe.id] = shown_target(definition)
        return ProbeEntry(
            id=definition.probe.id,
            group=definition.probe.group,
            kind=definition.kind,
            target=target,
            state=tally.state,
            since=tally.since,
            degraded=tally.degraded,
            paused=tally.paused,
            certificate_end=tally.certificate_end,
            former=definition.probe.replaces,
            views=(
                ViewEntry(
                    vantage=self.measure.vantage,
                    last=tally.last,
                    trace=tally.trace,
                    attempts=tally.attempts,
                    failures=dict(tally.failures),
                    errors=dict(tally.errors),
                    skipped=dict(tally.skipped),
                ),
            ),
        )

    def _agreement(self, signed: SignedAgreement, known: Sequence[JudgedEntry], at: Instant) -> AgreementEntry:
        agreement, terms = signed.agreement, signed.readings.chosen
        own = self.judged.get(agreement.id, Judged())
        fee = agreement.fee_at(at)
        last = {statement.judgement.group.name: statement for statement in own.last}
        current = {statement.judgement.group.name: statement for statement in own.current}
        return AgreementEntry(
            id=agreement.id,
            contract=terms.id,
            version=terms.version,
            title=terms.title,
            vendor=agreement.vendor.name,
            zone=terms.zone,
            plan=signed.readings.at(at).chosen.plan,
            currency=None if fee is None else fee.amount.currency,
            measured_by={name: binding.groups for name, binding in agreement.bindings.items()},
            judged=tuple(
                _kept(JudgedEntry(agreement.id, name, terms.period, current.get(name), last.get(name)), known)
                for name in dict.fromkeys([*current, *last])
            ),
            stated=tuple(
                replace(
                    own.standing.get(name, StatedEntry(agreement.id, name)),
                    observed=self.observed[agreement.id, name],
                    down=self.down[agreement.id, name],
                    reports=missing_reports(terms, own.current, name, self._bound(binding), at),
                )
                for name, binding in agreement.bindings.items()
            ),
            evaluation=own.evaluation,
        )

    def _bound(self, binding: Binding) -> GroupState:
        """How a group of a contract stands now."""
        return combined([self.measure.group_state(group) for group in binding.groups], binding.need)


def _kept(entry: JudgedEntry, known: Sequence[JudgedEntry]) -> JudgedEntry:
    """The known entry with the very same statements; to compare them part by part would cost more than to show them."""
    for each in known:
        if each.group == entry.group and each.current is entry.current and each.last is entry.last:
            return each
    return entry


def shown_target(definition: ProbeDefinition) -> str:
    """What is tried, for people: no user, no query, no header."""
    parts = definition.endpoint.place.values()
    return ":".join(" ".join(part) if isinstance(part, list) else str(part) for part in parts)


def days_of(timeline: Timeline, first: date, today: date, zone: ZoneInfo, at: Instant) -> tuple[DayShare, ...]:
    """How much of each day from the first to today was up, down and unknown, on a zone's calendar."""
    shares = []
    day = first
    up, unknown = timeline.up, timeline.unknown_total
    while day <= today:
        whole = Span(midnight(day, zone), min(midnight(day + timedelta(days=1), zone), at))
        shares.append(DayShare(day, _within(up, whole), _within(timeline.point, whole), _within(unknown, whole)))
        day += timedelta(days=1)
    return tuple(shares)


def months_of(timeline: Timeline, first: date, zone: ZoneInfo, at: Instant) -> tuple[MonthShare, ...]:
    """How much of each month was up, down and unknown; those before anything was measured are left out."""
    shares: list[MonthShare] = []
    up, unknown = timeline.up, timeline.unknown_total
    while (start := midnight(first, zone)) < at:
        following = (first + timedelta(days=31)).replace(day=1)
        whole = Span(start, min(midnight(following, zone), at))
        share = MonthShare(first, _within(up, whole), _within(timeline.point, whole), _within(unknown, whole))
        if shares or share.measured:
            shares.append(share)
        first = following
    return tuple(shares)


def _within(spans: Spans, window: Span) -> Duration:
    return spans.clip(window).total
