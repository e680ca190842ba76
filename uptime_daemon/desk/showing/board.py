"""The board: one snapshot of everything that metrics and pages show, made ahead so that showing costs nothing.

It is only values. Whoever refreshes it keeps the objects of what did not change: a page re-renders only what is not the
same object as before. Nothing here is an authority; every figure of a contract comes from a statement.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from uptime_daemon.core.claims.claim import ClaimId, ClaimState
    from uptime_daemon.core.facts.observation import Observation, Phase, Reason
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.periods import PeriodKind
    from uptime_daemon.desk.showing.incidents import Incident
    from uptime_daemon.desk.showing.works import PlannedWork

DAYS_SHOWN: Final = 90
"""How many days of history a group shows: the usual length of status pages, a quarter of a year."""

MONTHS_SHOWN: Final = 12
"""How many months a group shows, the current one among them."""

DURATION_BOUNDS: Final[tuple[Duration, ...]] = tuple(
    milliseconds * 1_000 for milliseconds in (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000)
)
"""Upper bounds of the attempts' duration in microseconds: two or three a decade, up to three default timeouts."""


@dataclass(frozen=True, slots=True)
class Build:
    """What software runs."""

    version: str
    revision: str
    """The commit it was built from, empty if unknown."""
    python: str


@dataclass(frozen=True, slots=True)
class Durations:
    """How long attempts took, counted by the bounds of `DURATION_BOUNDS` and beyond the last one."""

    counts: tuple[int, ...] = (0,) * (len(DURATION_BOUNDS) + 1)
    """Attempts of each bucket alone, not summed up."""
    total: Duration = 0

    def __post_init__(self) -> None:
        """One count a bound, and one more."""
        if len(self.counts) != len(DURATION_BOUNDS) + 1:
            raise ValueError(f"{len(self.counts)} counts for {len(DURATION_BOUNDS)} bounds")

    @staticmethod
    def bucket(duration: Duration) -> int:
        """The index of the count that an attempt of this length belongs to; a bound belongs to its own bucket."""
        return bisect_left(DURATION_BOUNDS, duration)


@dataclass(frozen=True, slots=True)
class Trace:
    """What an attempt showed on its way."""

    phases: tuple[tuple[Phase, Duration], ...] = ()
    """How long each phase took that was left."""
    status: int | None = None
    """The protocol's status code."""
    version: str = ""
    """Of HTTP, empty for other protocols."""
    tls_version: str = ""
    redirects: int = 0
    ip_version: int | None = None
    """4 or 6; None where no address was reached."""
    failed_checks: tuple[str, ...] = ()
    """What was checked and did not hold, where that means down."""


@dataclass(frozen=True, slots=True)
class ViewEntry:
    """What one vantage saw of a probe; its counters start with the daemon."""

    vantage: str
    last: Observation | None = None
    """The last observation, whatever its outcome."""
    trace: Trace = Trace()
    """Of the last attempt."""
    attempts: int = 0
    """Attempts finished."""
    failures: Mapping[Reason, int] = field(default_factory=dict)
    errors: Mapping[Reason, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Attempts that were due and not made, by reason."""


@dataclass(frozen=True, slots=True)
class ProbeEntry:
    """One probe, seen from every vantage that tries it."""

    id: str
    group: str
    kind: str
    target: str
    """What is tried, for people: never a secret, never a query string."""
    state: State = State.UNKNOWN
    """What the vantages agree on after confirmation."""
    since: Instant | None = None
    """From when the state holds."""
    degraded: bool = False
    paused: bool = False
    certificate_end: Instant | None = None
    """When the earliest certificate of the chain last seen expires."""
    views: tuple[ViewEntry, ...] = ()
    former: tuple[str, ...] = ()
    """What it was called before, the oldest first."""

    @property
    def first_id(self) -> str:
        """What the world knows it by, whatever it is called now."""
        return self.former[0] if self.former else self.id

    @property
    def last(self) -> Observation | None:
        """The latest observation of any vantage."""
        return None if (view := self.last_view) is None else view.last

    @property
    def last_view(self) -> ViewEntry | None:
        """The vantage with the latest observation."""
        seen = [(view.last.at, view) for view in self.views if view.last]
        return max(seen, key=lambda each: each[0])[1] if seen else None


@dataclass(frozen=True, slots=True)
class DayShare:
    """How much of one calendar day a group was in each state; the rest of the day is still to come."""

    date: date
    up: Duration
    down: Duration
    unknown: Duration

    def __post_init__(self) -> None:
        """A day has at most 25 hours, where clocks are set back."""
        if min(self.up, self.down, self.unknown) < 0 or self.total > DAY + HOUR:
            raise ValueError(f"impossible day: {self}")

    @property
    def total(self) -> Duration:
        """How much of the day has passed."""
        return self.up + self.down + self.unknown


@dataclass(frozen=True, slots=True)
class MonthShare:
    """How much of one calendar month a group was in each state; the rest of the month is still to come."""

    first: date
    """The first day of the month."""
    up: Duration
    down: Duration
    unknown: Duration

    @property
    def measured(self) -> Duration:
        """How much of it was seen."""
        return self.up + self.down

    @property
    def total(self) -> Duration:
        """How much of it has passed."""
        return self.measured + self.unknown


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """One functional group of probes: its raw state, before any contract."""

    id: str
    title: str
    state: State
    probes: tuple[ProbeEntry, ...]
    since: Instant | None = None
    """From when the state holds."""
    degraded: bool = False
    quorum: bool = True
    """Whether enough vantages see it to decide its state."""
    observed: Duration = 0
    """Time in a known state since the daemon started, never restated."""
    down: Duration = 0
    """Of this, time seen down, before any exclusion."""
    durations: Mapping[str, Durations] = field(default_factory=dict)
    """By vantage."""
    days: tuple[DayShare, ...] = ()
    """In date order, without a hole, the last one today; empty until history is computed."""
    months: tuple[MonthShare, ...] = ()
    """In order, from the first one of which anything was measured to the current one."""
    former: tuple[str, ...] = ()
    """What it was called before, the oldest first."""

    @property
    def first_id(self) -> str:
        """What the world knows it by, whatever it is called now."""
        return self.former[0] if self.former else self.id


@dataclass(frozen=True, slots=True)
class JudgedEntry:
    """One group of an agreement over one kind of period."""

    agreement: str
    group: str
    """The contract's name for it."""
    kind: PeriodKind
    current: Statement | None
    last: Statement | None
    """The period before the current one."""


@dataclass(frozen=True, slots=True)
class StatedEntry:
    """One measured group of an agreement's contract: how it stands, and what was stated about it as it bears on now."""

    agreement: str
    group: str
    """The contract's name for it."""
    observed: Duration = 0
    """Time in a known state since the daemon started, by the operator that binds it to groups of probes."""
    down: Duration = 0
    """Of this, time seen down, before any exclusion."""
    in_maintenance: bool = False
    """Whether announced work is to go on now."""
    next_maintenance: Instant | None = None
    """When the next announced work begins."""
    tickets: Mapping[str, int] = field(default_factory=dict)
    """Open tickets by severity."""
    deadlines: Mapping[str, Instant | None] = field(default_factory=dict)
    """By clock: when the first one that runs for a ticket is due, None if none does."""
    missed: Mapping[str, int] = field(default_factory=dict)
    """By clock: how many ran out, as far as the daemon has seen since it started."""
    reports: Mapping[str, bool] = field(default_factory=dict)
    """By the channels that the contract names: whether an outage is going on that was not reported on any of them."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How judging an agreement goes."""

    watermark: Instant | None = None
    """Facts up to here are in the statements shown."""
    duration: Duration = 0
    """Of the last run."""
    runs: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class AgreementEntry:
    """One agreement with its statements."""

    id: str
    contract: str
    version: str
    """The contract's version in force."""
    title: str
    vendor: str
    zone: ZoneInfo
    plan: str | None = None
    currency: str | None = None
    """Of the fee in force, None where no fee is known."""
    measured_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The probe groups behind each group of the contract."""
    judged: tuple[JudgedEntry, ...] = ()
    stated: tuple[StatedEntry, ...] = ()
    """One for each group of the contract that is measured."""
    evaluation: Evaluation = Evaluation()


@dataclass(frozen=True, slots=True)
class ClaimEntry:
    """One claim and where it stands."""

    id: ClaimId
    state: ClaimState
    deadline: Instant | None
    """The first instant that is too late; None where the contract sets none."""
    amount: Money | None
    """None under a contract without credit."""


@dataclass(frozen=True, slots=True)
class DeliveryEntry:
    """One way out of the house, such as smtp."""

    integration: str
    attempts: int = 0
    failures: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VantageEntry:
    """One place that probes."""

    name: str
    up: bool
    """Whether it sees enough of the world to vote."""
    last_seen: Instant | None = None
    clock_offset: Duration | None = None
    """Its wall clock less its sentinels'; None until one of them told the time."""


@dataclass(frozen=True, slots=True)
class StoreEntry:
    """How the store does."""

    last_commit: Instant | None = None
    pending: int = 0
    """Records taken in and not yet durable."""
    write_failures: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class ReloadEntry:
    """How the last load of the configuration went."""

    successful: bool = True
    last_success: Instant | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that is shown, as of one instant."""

    at: Instant
    build: Build
    vantage: str
    demonstration: bool = False
    """Whether sentinels are on loopback: then nothing shown is a measurement of the outside world."""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """The zone of times and days on the public page."""
    groups: tuple[GroupEntry, ...] = ()
    agreements: tuple[AgreementEntry, ...] = ()
    claims: tuple[ClaimEntry, ...] = ()
    incidents: tuple[Incident, ...] = ()
    """What the public page tells of, in order of beginning."""
    works: tuple[PlannedWork, ...] = ()
    """Planned work, past and to come, in order of beginning."""
    deliveries: tuple[DeliveryEntry, ...] = ()
    vantages: tuple[VantageEntry, ...] = ()
    store: StoreEntry = StoreEntry()
    reload: ReloadEntry = ReloadEntry()
    loop_lag: Duration = 0
    """How much later than asked the event loop's last timer came."""

    @property
    def probes(self) -> Iterator[ProbeEntry]:
        """The probes of all groups."""
        return (probe for group in self.groups for probe in group.probes)

    def agreement(self, name: str) -> AgreementEntry | None:
        """The agreement with this id."""
        return next((each for each in self.agreements if each.id == name), None)
