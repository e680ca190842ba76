"""A configuration with two agreements over one imported month, and commands on it: October 2026, down for three hours.

The outage lies on Saturday 10 October 2026 from 11:00 to 14:00 in Prague, outside every window.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from typer.testing import CliRunner

from uptime_daemon.cli.main import command_line
from uptime_daemon.core.facts.attempt import Attempt, Failure
from uptime_daemon.core.facts.observation import Observation, Outcome, Phase, Reason
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND, parse_instant
from uptime_daemon.settings.reading import load
from uptime_daemon.settings.values import Settings
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTRACTS = Path(__file__).parents[2] / "contracts"
CONFIGURATION = """\
database: sqlite:///uptime.db
contracts: {contracts}/
listen: 127.0.0.1:0
vantage:
  name: here
  loopback: true
  sentinels: [{{tcp: "127.0.0.1:9", place: one}}, {{tcp: "127.0.0.1:9", place: two}}]
agreements:
  - id: acme
    contract: daktela
    plan: business
    groups: {{service: stand-in/web}}
    starts: 2026-01-01
    fees: [{{from: 2026-01-01, amount: "980.00", currency: EUR, per: month}}]
    parameters: {{claims_address: credits@vendor.example, holidays: CZ}}
    people: {{owner: ana, finance: finance@acme.example, technical: sre@acme.example}}
  - id: oki
    contract: oki-toki
    groups: {{inbound: stand-in/web, autodial: stand-in/web}}
    primary_group: inbound
    starts: 2026-01-01
    parameters: {{holidays: []}}
    people: {{technical: sre@acme.example}}
"""
PROBES = """\
vendor: stand-in
groups: {web: {title: Web, up: all, probes: [{id: tcp, kind: tcp, host: 127.0.0.1, port: 9}]}}
"""
HISTORY = """\
time,target,status
2026-09-30T22:00:00Z,web,up
2026-10-10T09:00:00Z,web,down
2026-10-10T12:00:00Z,web,up
2026-10-31T23:00:00Z,web,up
"""


GONE_AT: Final = parse_instant("2026-10-20T08:00:00Z")
GONE_FOR: Final = 7 * HOUR
_EVERY: Final = 30 * SECOND


class Servants:
    """Nothing runs for long here."""

    def run(self, settings: Settings) -> int:
        """Not asked for."""
        raise NotImplementedError(settings)

    def demo(self, folder: Path | None, port: int) -> int:
        """Not asked for."""
        raise NotImplementedError(folder, port)


APP: Final = command_line(Servants())


@dataclass(frozen=True)
class Acme:
    """The commands of one configuration."""

    folder: Path

    @property
    def config(self) -> Path:
        """`uptime.yaml`."""
        return self.folder / "uptime.yaml"

    @property
    def settings(self) -> Settings:
        """What is configured. The files are read once for all tests: contracts take a third of a second."""
        return replace(_settings(), file=self.config, database=f"sqlite:///{self.folder / 'uptime.db'}")

    def run(self, line: str, *more: str) -> tuple[int, str]:
        """A command, words separated by blanks and `more` as it is: its exit code and what it prints."""

        def loaded(_: Path, __: Mapping[str, str]) -> Settings:
            return self.settings

        words = [*line.split(), *more, "--config", str(self.config)]
        with patch("uptime_daemon.settings.reading.load", loaded):
            done = CliRunner().invoke(APP, words, catch_exceptions=False)
        return done.exit_code, done.output

    def said(self, line: str, *more: str) -> str:
        """What a command prints that must succeed."""
        code, output = self.run(line, *more)
        assert code == 0, output
        return output

    def json(self, line: str) -> Any:
        """What a command prints as JSON."""
        return json.loads(self.said(f"{line} --format json"))

    def statement(self, *more: str) -> Any:
        """October's statement of the first agreement."""
        return self.json(" ".join(("report --agreement acme --period 2026-10", *more)))[0]["statements"][0]

    def counted(self, *more: str) -> int:
        """The counted seconds of October under the first agreement."""
        return int(self.statement(*more)["counted_seconds"])


_READ: Final[list[Settings]] = []


def _settings() -> Settings:
    if not _READ:
        with TemporaryDirectory() as name:
            _READ.append(load(_written(Path(name)), {}))
    return _READ[0]


def _written(folder: Path) -> Path:
    (folder / "probes").mkdir()
    (folder / "probes" / "stand-in.yaml").write_text(PROBES, encoding="utf-8")
    (folder / "uptime.yaml").write_text(CONFIGURATION.format(contracts=CONTRACTS), encoding="utf-8")
    return folder / "uptime.yaml"


def acme(folder: Path, history: str = HISTORY) -> Acme:
    """Written, with a database and the history in it."""
    _written(folder)
    made = Acme(folder)
    open_store(made.settings.database, create=True).close()
    imported(made, history)
    return made


def gone_for_good(own: Acme) -> None:
    """Let our own probe find no such page (404) for seven hours from `GONE_AT` on, each half minute."""
    store = open_store(own.settings.database, create=False)
    store.open_session("here", GONE_AT - MINUTE)
    for number in range(-1, GONE_FOR // _EVERY + 2):
        at = GONE_AT + number * _EVERY
        failure = None
        seen = Observation("stand-in/tcp", "here", at, Outcome.PASS)
        if 0 <= at - GONE_AT <= GONE_FOR:
            seen = Observation("stand-in/tcp", "here", at, Outcome.FAIL, Reason.STATUS)
            failure = Failure(seen, Attempt(seen.outcome, seen.reason, 1, Phase.ANSWER, status=404))
        store.observe(seen, 75 * SECOND, failure)
    store.close()


def imported(own: Acme, history: str) -> None:
    """Take history into the database."""
    (own.folder / "history.csv").write_text(history, encoding="utf-8")
    own.said(f"import csv {own.folder / 'history.csv'} --kind changes --hold 800h --map web=stand-in/tcp")
