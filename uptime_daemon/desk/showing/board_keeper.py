"""Keeps the board fresh from live states, judgings and the past; what does not change stays the same object."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.desk.members import combined
from uptime_daemon.desk.showing.board import (
    AgreementEntry,
    Board,
    Build,
    ClaimEntry,
    DeliveryEntry,
    GroupEntry,
    JudgedEntry,
    ProbeEntry,
    ReloadEntry,
    StatedEntry,
    StoreEntry,
    VantageEntry,
    ViewEntry,
)
from uptime_daemon.desk.showing.judgings import Judged, Judgings
from uptime_daemon.desk.showing.past import Past
from uptime_daemon.desk.showing.standing import missing_reports

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.facts.probe import Group
    from uptime_daemon.core.terms.need import Binding
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.definitions.probes.vendor import ProbeDefinition
    from uptime_daemon.desk.claims.views import ClaimView
    from uptime_daemon.desk.judging.turns import Live
    from uptime_daemon.desk.measure import Measure
    from uptime_daemon.desk.members import GroupState
    from uptime_daemon.settings.values import Settings, SignedAgreement
    from uptime_daemon.store.kept import Stats

VANTAGE_LOST_AFTER: Final = 10 * SECOND
"""A vantage writes its sign of life every second; ten without one are no hiccup of the disk."""
INTEGRATIONS: Final = ("smtp", "webhook", "heartbeat")
"""The ways out of the house."""
_PROBES_OF_A_STEP: Final = 20
"""Entries of probes made in one step: each takes some 15 us."""
_MEMBERS_OF_A_STEP: Final = 200
"""Probes of groups looked at in one step, some 1 us each; a group of its own counts as ten of them."""
_GROUP_OF_ITS_OWN: Final = 10


@dataclass(frozen=True, slots=True)
class _Defined:
    """What the settings define, gathered from all files once."""

    settings: Settings | None
    groups: Mapping[str, Group]
    probes: Mapping[str, ProbeDefinition]


@dataclass(slots=True)
class BoardKeeper:
    """Makes boards, on the event loop."""

    settings: Settings
    measure: Measure
    build: Build
    zone: ZoneInfo
    reload: ReloadEntry = field(default_factory=ReloadEntry)
    deliveries: Mapping[str, Counter[str]] = field(default_factory=lambda: {way: Counter() for way in INTEGRATIONS})
    """By way out of the house: attempts under an empty name, failures by reason."""
    loop_lag: Duration = 0
    clock_offset: Duration | None = None
    claims: tuple[ClaimEntry, ...] = ()
    stats: Stats | None = None
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
    judgings: Judgings = field(default_factory=Judgings)
    past: Past = field(init=False)

    def __post_init__(self) -> None:
        self.past = Past(self.measure, self.zone)

    def live(self) -> Live:
        """By agreement how its groups stand now; belongs to the event loop."""
        return {
            signed.agreement.id: tuple(self._bound(binding) for binding in signed.agreement.bindings.values())
            for signed in self.settings.agreements
        }

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
        looked = 0
        for group in defined.groups.values():
            entry, known = self._group(group), self.groups.get(group.id)
            self.groups[group.id] = entry if known is None or entry != known else known
            looked += len(group.probes) + _GROUP_OF_ITS_OWN
            if looked >= _MEMBERS_OF_A_STEP:
                looked = 0
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
            incidents=self.past.incidents,
            works=self.past.works,
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
            degraded=state.state is State.UP and any(probe.degraded for probe in probes),
            quorum=state.state is not State.UNKNOWN,
            observed=observed,
            down=down,
            durations={self.measure.vantage: durations},
            days=self.past.days.get(group.id, ()),
            months=self.past.months.get(group.id, ()),
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
            degraded=tally.state is State.UP and tally.degraded,
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
        own = self.judgings.by_agreement.get(agreement.id, Judged())
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
