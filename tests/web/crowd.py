"""Thousands of probes as the daemon keeps them, for what must hold at that size; also used by the benchmarks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from uptime_daemon.core.facts.attempt import Attempt, Failure
from uptime_daemon.core.facts.observation import Observation, Outcome, Phase, Reason
from uptime_daemon.core.facts.probe import Group, Probe
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.terms.need import Need, NeedKind
from uptime_daemon.core.time.instants import DAY, Duration, Instant, parse_instant
from uptime_daemon.definitions.probes.vendor import ProbeDefinition, Vendor
from uptime_daemon.desk.measure import Measure
from uptime_daemon.desk.showing.board import Board, Build
from uptime_daemon.desk.showing.board_keeper import BoardKeeper
from uptime_daemon.probers.endpoints.web import HttpEndpoint
from uptime_daemon.settings.values import ClaimSettings, Listen, Settings, StatusPage, VantageSettings

BEGIN: Instant = parse_instant("2026-06-21T12:00:00Z")
PROBES_OF_A_GROUP = 10


class Forgetful:
    """A record that keeps nothing: only the live side is looked at."""

    def observe(self, observation: Observation, stale_after: Duration, failure: Failure | None) -> None:
        """Not kept."""


def settings_of(probes: int, *, first: int = 0) -> Settings:
    """So many HTTPS probes in groups of ten."""
    names = [f"{number:05}" for number in range(first, first + probes)]
    chunks = [names[start : start + PROBES_OF_A_GROUP] for start in range(0, probes, PROBES_OF_A_GROUP)]
    groups = tuple(
        Group(f"vendor/group-{chunk[0]}", f"Group {chunk[0]}", Need(NeedKind.ALL), tuple(map(_probe_id, chunk)))
        for chunk in chunks
    )
    definitions = tuple(
        ProbeDefinition(
            Probe(_probe_id(name), f"vendor/group-{chunk[0]}"),
            HttpEndpoint(f"https://host-{name}.vendor.example/health"),
            "https",
        )
        for chunk in chunks
        for name in chunk
    )
    return Settings(
        file=Path("uptime.yaml"),
        database="sqlite:///uptime.db",
        listen=Listen("127.0.0.1", 8990),
        public_listen=None,
        vantage=VantageSettings("prague-1", (), loopback=False),
        mail=None,
        users=(),
        tokens=(),
        money_metrics=True,
        vantage_metrics=True,
        agreements=(),
        vendors=(Vendor("vendor", groups, definitions),),
        status_page=StatusPage(),
        claims=ClaimSettings(),
        signing_key=None,
        texts={},
    )


def _probe_id(name: str) -> str:
    return f"vendor/probe-{name}"


@dataclass
class Crowd:
    """The live side of a daemon with many probes."""

    settings: Settings
    chance: Random = field(default_factory=lambda: Random(7))
    at: Instant = BEGIN

    def __post_init__(self) -> None:
        """Every probe was tried once and is up."""
        self.measure = Measure(Forgetful(), self.settings.vantage.name)  # type: ignore[arg-type]
        self.keeper = BoardKeeper(self.settings, self.measure, Build("0.1.0", "", "3.11"), ZoneInfo("UTC"))
        self.define(self.settings)
        self.names: Sequence[str] = tuple(self.settings.probes)
        self.tried(self.names)
        self.now = self.refreshed()

    def define(self, settings: Settings) -> None:
        """Take other settings, as a reload does."""
        self.settings = self.keeper.settings = settings
        self.names = tuple(settings.probes)
        self.measure.define(settings.groups, {name: each.probe for name, each in settings.probes.items()})
        for name in self.names:
            self.measure.stand(name, State.UP, BEGIN - DAY)

    def tried(self, names: Iterable[str], reason: Reason = Reason.NONE) -> None:
        """These probes were tried once more."""
        outcome = Outcome.PASS if reason is Reason.NONE else Outcome.FAIL
        for name in names:
            duration = self.chance.randrange(1_000, 400_000)
            observation = Observation(name, self.settings.vantage.name, self.at, outcome, reason, duration)
            attempt = Attempt(outcome, reason, duration, Phase.ANSWER, certificate_end=BEGIN + 61 * DAY)
            self.measure.measured(observation, attempt)

    def passed(self, duration: Duration) -> None:
        """Time goes on."""
        self.at += duration
        self.measure.count_time(self.at)

    def some(self, number: int) -> Sequence[str]:
        """So many probes by chance."""
        return self.chance.sample(self.names, number)

    def refreshed(self) -> Board:
        """A fresh board, made at once."""
        for _ in self.keeper.freshen():
            pass
        self.now = self.keeper.board(self.at)
        return self.now

    def board(self) -> Board:
        """The latest board."""
        return self.now
