"""Kinds that other packages bring: an installed entry point is read, tried and explained like any other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from uptime_daemon.definitions.probes.kinds import KINDS

PACKAGE = """
from dataclasses import dataclass
from functools import partial

from uptime_daemon.core.facts.observation import Phase
from uptime_daemon.probers.foreign import Kind, Setting
from uptime_daemon.probers.progress import tried


@dataclass(frozen=True, slots=True)
class Endpoint:
    host: str
    words: tuple
    loud: bool
    kind: str = "echo"
    checks: tuple = ()

    def __post_init__(self):
        if self.host == "nobody":
            raise ValueError("nobody has no echo; write somebody")

    @property
    def place(self):
        return {"host": self.host}


async def attempt(endpoint, within, equipment):
    return await tried(partial(spoken, endpoint), endpoint.checks, within, equipment.clock)


async def spoken(endpoint, progress):
    progress.enter(Phase.ANSWER)
    text = " ".join(endpoint.words)
    progress.answer.body += (text.upper() if endpoint.loud else text).encode()


KIND = Kind(
    {
        "host": Setting(str, required=True),
        "words": Setting(list[str], default=()),
        "loud": Setting(bool, default=False),
    },
    Endpoint,
    attempt,
)
NOTHING = object()
FLOAT = Kind({"limit": Setting(float)}, Endpoint, attempt)
CLASH = Kind({"interval": Setting(str)}, Endpoint, attempt)
ARGUMENT = Kind({}, Endpoint, attempt)
BARE = Kind({}, object, attempt)


async def break_off(endpoint, within, equipment):
    raise KeyError("a secret")


BREAKS = Kind(KIND.settings, Endpoint, break_off)
"""
LEAVES = "raise SystemExit('no licence')"
POINTS = """[uptime_daemon.probers]
echo = echo_kind:KIND
broken = nowhere_at_all:KIND
nothing = echo_kind:NOTHING
float = echo_kind:FLOAT
clash = echo_kind:CLASH
argument = echo_kind:ARGUMENT
bare = echo_kind:BARE
breaks = echo_kind:BREAKS
leaves = leaving:KIND
"""


def told(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """What the program says in that folder, the package beside it."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(Path(__file__).parents[2])])}
    return subprocess.run(
        [sys.executable, "-m", "uptime_daemon", *command],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An installed package of somebody else."""
    (tmp_path / "echo_kind.py").write_text(PACKAGE, encoding="utf-8")
    (tmp_path / "leaving.py").write_text(LEAVES, encoding="utf-8")
    info = tmp_path / "echo_kind-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: echo-kind\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(POINTS, encoding="utf-8")
    return tmp_path


def probes(folder: Path, *written: str) -> None:
    """A configuration with these probes, one a line from line 6 on."""
    for name in ("probes", "contracts"):
        (folder / name).mkdir()
    lines = ["vendor: acme", "groups:", "  it:", "    title: It", "    up: all", "    probes:"]
    text = "\n".join([*lines, *(f"      - {each}" for each in written), ""])
    (folder / "probes" / "acme.yaml").write_text(text, encoding="utf-8")
    (folder / "uptime.yaml").write_text(
        "database: sqlite:///uptime.db\nprobes: probes/\ncontracts: contracts/\nlisten: 127.0.0.1:8990\n"
        'vantage: {name: here, sentinels: [{tcp: "192.0.2.1:53", place: a}, {tcp: "192.0.2.2:53", place: b}]}\n',
        encoding="utf-8",
    )


def test_kind_of_another_package_is_tried(folder: Path) -> None:
    """Its keys are checked, its attempt is explained."""
    probes(folder, "{id: e, kind: echo, host: vendor.example, words: [hello, there], loud: true, timeout: 30s}")
    seen = told(folder, "probe", "acme/e", "--debug")
    assert seen.returncode == 0, seen.stderr
    assert "said        HELLO THERE" in seen.stdout


def test_attempt_that_breaks_is_told(folder: Path) -> None:
    """By hand as in the daemon: our error, with its place and without its words."""
    probes(folder, "{id: e, kind: breaks, host: vendor.example}")
    seen = told(folder, "probe", "acme/e", "--debug")
    assert seen.returncode == 1, seen.stderr
    assert "KeyError at echo_kind.py:" in seen.stdout
    assert "Traceback" not in seen.stderr
    assert "a secret" not in seen.stdout + seen.stderr


MISTAKES = {
    "{id: a, kind: echo}": "probes[0].host: is missing; write host",
    "{id: b, kind: echo, host: nobody}": "nobody has no echo; write somebody",
    "{id: c, kind: echo, host: x, volume: 3}": "unknown key 'volume'",
    "{id: d, kind: broken}": (
        "the kind 'broken' cannot be loaded from nowhere_at_all:KIND: ModuleNotFoundError: "
        "No module named 'nowhere_at_all'; mend the package"
    ),
    "{id: e, kind: nothing}": "echo_kind:NOTHING is no kind of probe",
    "{id: f, kind: nobodys}": f"write one of: {', '.join(KINDS)}, echo, broken, nothing",
    "{id: g, kind: leaves}": "the kind 'leaves' cannot be loaded from leaving:KIND: SystemExit: no licence",
    "{id: h, kind: float}": "echo_kind:FLOAT has a setting 'limit' of no type of ours",
    "{id: i, kind: clash}": "the kind 'clash' has a setting 'interval', a key of every probe",
    "{id: j, kind: argument}": "the package of the kind 'argument' broke: TypeError: ",
    "{id: k, kind: bare}": "the package of the kind 'bare' makes an endpoint without kind",
}


def test_mistake_in_such_a_kind_is_told(folder: Path) -> None:
    """Its definition is held to its keys; a package that is broken is a mistake with a place, and no crash."""
    probes(folder, *MISTAKES)
    seen = told(folder, "check")
    assert seen.returncode == 2, seen.stdout + seen.stderr
    lines = (seen.stdout + seen.stderr).splitlines()
    for number, why in enumerate(MISTAKES.values(), start=7):
        assert any(f"acme.yaml:{number}:" in line and why in line for line in lines), (why, lines)
