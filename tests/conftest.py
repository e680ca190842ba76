"""What all tests share: how hard to search, which time zones hold, and an honest list of what could not run here."""

import functools
import os
import shutil
import zoneinfo
from pathlib import Path
from typing import Any

import pytest
import typer.testing
from hypothesis import HealthCheck, settings

from uptime_daemon.definitions import documents
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.problems import Problems

# Fast keeps the whole suite within minutes on two cores, and its examples are the same each time: a change is judged by
# what it does, not by who is lucky. Thorough is for `make prove`, takes new ones and runs as long as it takes. Neither
# holds how fast this machine is against a test.
settings.register_profile(
    "fast",
    max_examples=60,
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough",
    max_examples=5_000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))

# Expected figures rest on the pinned tzdata, not on the one of this machine.
zoneinfo.reset_tzpath(())

# Debian keeps the programs of PostgreSQL's server off the path.
os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))])

# A command line is built once and not at each call: that takes longer than most commands.
typer.testing.__dict__["_get_command"] = functools.cache(typer.testing.__dict__["_get_command"])

# A file that many tests read, as those of contracts are, is taken apart once; the tree of a text never changes.
_taken_apart: dict[tuple[str, str], Node] = {}
_yaml = documents._yaml


def _remembered_yaml(text: str, file: str, problems: Problems, *, lines: bool) -> Node:
    if (text, file) not in _taken_apart:
        _taken_apart[text, file] = _yaml(text, file, problems, lines=lines)  # raises where there is a problem
    return _taken_apart[text, file]


documents.__dict__["_yaml"] = _remembered_yaml

COMMANDS_OF_MARKERS = {"browser": ("chromium",), "prometheus": ("prometheus",)}

# What is not run: the need ("root", a command) and the tests that have it, collected by each worker.
_not_run = pytest.StashKey[dict[str, list[str]]]()


def _needs(item: pytest.Item) -> list[str]:
    """What this test needs and this machine lacks."""
    needs = ["root"] if item.get_closest_marker("needs_root") and os.geteuid() != 0 else []
    commands = [
        name for marker, names in COMMANDS_OF_MARKERS.items() if item.get_closest_marker(marker) for name in names
    ]
    commands += [name for marker in item.iter_markers("needs_command") for name in marker.args]
    return needs + [name for name in commands if shutil.which(name) is None]


def pytest_configure(config: pytest.Config) -> None:
    """Start with an empty list of what is not run."""
    config.stash[_not_run] = {}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take away the tests whose needs this machine lacks, and remember them."""
    lacking = [(item, needs) for item in items if (needs := _needs(item))]
    for item, needs in lacking:
        config.stash[_not_run].setdefault(", ".join(needs), []).append(item.nodeid)
        items.remove(item)
    if lacking:
        config.hook.pytest_deselected(items=[item for item, _ in lacking])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:  # noqa: ARG001 - the hook's signature
    """Take over the list of a worker; every worker collects the same tests."""
    node.config.stash[_not_run].update(getattr(node, "workeroutput", {}).get("not_run", {}))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the list to the controller; in continuous integration a test that could not run is a failure."""
    not_run = session.config.stash[_not_run]
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["not_run"] = not_run
    elif not_run and os.environ.get("CI") == "true" and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """List what was not run and why."""
    for needs, tests in sorted(config.stash[_not_run].items()):
        terminalreporter.section(f"not run: needs {needs}", sep="-")
        for test in tests:
            terminalreporter.line(test)
    if config.stash[_not_run] and os.environ.get("CI") == "true":
        terminalreporter.line("CI=true: the run fails, because continuous integration must run every test", red=True)
