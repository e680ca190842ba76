"""What an exec attempt says of plugins of every end, of programs that hang, flood, flee or are not there."""

from __future__ import annotations

import asyncio
import resource
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.probers.explaining import explained
from tests.probers.test_http import GRACE_SECONDS, PATIENT_SECONDS
from uptime_daemon.core.facts.attempt import Attempt, Means
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.conditions import PerfdataSecondsBelow, SecondsBelow
from uptime_daemon.probers.endpoints.programs import ExecEndpoint
from uptime_daemon.probers.perfdata import measured
from uptime_daemon.probers.plugin import attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from uptime_daemon.probers.equipment import Equipment

    Plugin = Callable[[str], str]

pytestmark = pytest.mark.usefixtures("no_leak")

STARTED_SECONDS = 2
"""The limit of a program that is to have begun its work by then, on a busy machine as well."""


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    """Writes a plugin; its path."""

    def write(script: str) -> str:
        path = tmp_path / "check_it"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(stat.S_IRWXU)
        return str(path)

    return write


async def tried(equipment: Equipment, *command: str, seconds: float = PATIENT_SECONDS, **rest: Any) -> Attempt:
    """One attempt, which must end in time."""
    began = time.monotonic()
    seen = await attempt(ExecEndpoint(command, **rest), round(seconds * SECOND), equipment)
    assert time.monotonic() - began < seconds + GRACE_SECONDS
    return seen


@pytest.mark.parametrize(
    ("code", "warning", "outcome", "degraded", "reason"),
    [
        (0, Means.SLOW, Outcome.PASS, False, Reason.NONE),
        (1, Means.SLOW, Outcome.PASS, True, Reason.NONE),
        (1, Means.NOTICE, Outcome.PASS, False, Reason.NONE),
        (1, Means.DOWN, Outcome.FAIL, False, Reason.CHECK),
        (2, Means.SLOW, Outcome.FAIL, False, Reason.CHECK),
        (3, Means.SLOW, Outcome.ERROR, False, Reason.PROBER),
        (4, Means.SLOW, Outcome.ERROR, False, Reason.PROBER),
        (127, Means.SLOW, Outcome.ERROR, False, Reason.PROBER),
    ],
)
async def test_exit_code_decides(
    equipment: Equipment, plugin: Plugin, code: int, warning: Means, outcome: Outcome, degraded: bool, reason: Reason
) -> None:
    """OK passes, WARNING means what the file says, CRITICAL fails, all else is that the plugin could not see."""
    seen = await tried(equipment, plugin(f"echo 'IT is so'; echo 'long text'; exit {code}"), warning=warning)
    assert (seen.outcome, seen.degraded, seen.reason, seen.phase) == (outcome, degraded, reason, Phase.ANSWER)
    assert seen.excerpt == "IT is so\nlong text\n"
    assert seen.detail.endswith("IT is so") is (outcome is not Outcome.PASS)


async def test_first_line_is_the_detail_and_is_explained(equipment: Equipment, plugin: Plugin) -> None:
    """A CRITICAL says why in its first line; the plugin's own time can be checked."""
    script = plugin("echo \"IT CRITICAL - no answer|time=0.750s;1;2 'other time'=30ms\"; exit 2")
    checks = (PerfdataSecondsBelow("time", SECOND // 2, Means.SLOW), PerfdataSecondsBelow("other time", SECOND // 2))
    seen = await tried(equipment, script, checks=checks)
    assert seen.detail.startswith("plugin: expected better than CRITICAL, got CRITICAL: IT CRITICAL - no answer")
    lines = explained(seen)
    assert "  slow        perfdata_seconds time: expected 0.5, got 0.75" in lines
    assert "  holds       perfdata_seconds other time: expected 0.5, got 0.03" in lines


async def test_no_shell_and_nothing_of_our_environment(
    equipment: Equipment, plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arguments arrive as written; of our environment nothing does; standard input is empty."""
    monkeypatch.setenv("OURS", "secret-of-the-daemon")
    script = plugin('echo "$#:$1:$2:$OURS:$THEIRS:$(pwd):$(cat)"')
    seen = await tried(equipment, script, "$(x); *", "b c", environment=(("THEIRS", "yes"),))
    assert seen.excerpt == "2:$(x); *:b c::yes:/:\n"


async def test_secrets_are_cut_out(equipment: Equipment, plugin: Plugin) -> None:
    """A plugin that repeats a password does not get it into the evidence."""
    script = plugin('echo "wrong: $1 $PASSWORD"; exit 2')
    seen = await tried(equipment, script, "--user=hunter2hunter2", environment=(("PASSWORD", "hunter3hunter3"),))
    assert "hunter" not in repr(seen)
    assert seen.excerpt.endswith("***\n")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'Traceback: no module' >&2; exit 1", "without a line on standard output: Traceback: no module"),
        ("exit 0", "without a line"),
        ("echo so far; kill -SEGV $$", "SIGSEGV: so far"),
        ("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done", "more than"),
    ],
    ids=["crash", "silent", "signal", "flood"],
)
async def test_broken_plugin_is_ours(equipment: Equipment, plugin: Plugin, script: str, words: str) -> None:
    """A plugin that breaks, says nothing or never stops talking says nothing about the vendor."""
    seen = await tried(equipment, plugin(script))
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.PROBER)
    assert words in seen.detail


async def test_endless_complaint_is_cut(equipment: Equipment, plugin: Plugin) -> None:
    """What comes on standard error is drained, and the verdict counts."""
    seen = await tried(equipment, plugin("head -c 1000000 /dev/zero >&2; echo fine"))
    assert (seen.outcome, seen.excerpt) == (Outcome.PASS, "fine\n")


async def test_late_plugin_is_killed_with_all_that_it_started(
    equipment: Equipment, plugin: Plugin, tmp_path: Path
) -> None:
    """A plugin that hangs ends in time and leaves nothing."""
    noted = tmp_path / "child"
    script = plugin(f"trap '' TERM; sleep 60 & echo $! > {noted}; echo hangs; wait")
    seen = await tried(equipment, script, seconds=STARTED_SECONDS)
    assert (seen.outcome, seen.reason, seen.excerpt) == (Outcome.ERROR, Reason.PROBER, "hangs\n")
    assert "did not end in time" in seen.detail
    await ended(noted.read_text(encoding="ascii").strip())


@pytest.mark.parametrize("output", ["", "> /dev/null 2>&1"], ids=["its pipe", "nothing"])
async def test_what_a_plugin_leaves_behind_ends_with_it(
    equipment: Equipment, plugin: Plugin, tmp_path: Path, output: str
) -> None:
    """Something that runs on, whether it holds the output or not, does not keep the verdict from being heard."""
    noted = tmp_path / "child"
    script = plugin(f"trap '' TERM; sleep 60 {output} & echo $! > {noted}; echo IT CRITICAL; exit 2")
    seen = await tried(equipment, script)
    assert (seen.outcome, seen.reason, seen.excerpt) == (Outcome.FAIL, Reason.CHECK, "IT CRITICAL\n")
    assert seen.duration < PATIENT_SECONDS * SECOND
    await ended(noted.read_text(encoding="ascii").strip())


async def ended(number: str) -> None:
    """Wait until the process of that number is no more."""
    for _ in range(100 * GRACE_SECONDS):
        try:
            status = (Path("/proc") / number / "stat").read_text(encoding="utf-8")
        except (FileNotFoundError, ProcessLookupError):
            return
        if " Z " in status:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the plugin's child still runs")


async def test_cancelled_attempt_leaves_nothing(equipment: Equipment, plugin: Plugin, tmp_path: Path) -> None:
    """A daemon that stops does not leave its plugins behind."""
    noted = tmp_path / "own"
    task = asyncio.create_task(tried(equipment, plugin(f"echo $$ > {noted}; sleep 60")))
    while not noted.exists() or not noted.read_text(encoding="ascii"):  # noqa: ASYNC110 - the plugin is another process
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    own = Path("/proc") / noted.read_text(encoding="ascii").strip()
    assert not own.exists()


@pytest.mark.parametrize("missing", ["nowhere", "a directory", "no program"])
async def test_program_that_cannot_be_started_is_ours(equipment: Equipment, tmp_path: Path, missing: str) -> None:
    """No file, no right to run it, no program in it: our mistake."""
    path = tmp_path / "check_it"
    if missing == "a directory":
        path.mkdir()
    if missing == "no program":
        path.write_bytes(b"\x00\x01\x02")
        path.chmod(stat.S_IRWXU)
    seen = await tried(equipment, str(path))
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.PROBER)
    assert seen.detail.startswith("the plugin cannot be started: ")


async def test_no_descriptors_left_is_ours(equipment: Equipment, plugin: Plugin) -> None:
    """A machine that has no pipe left says so."""
    script = plugin("echo fine")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        seen = await tried(equipment, script)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.DESCRIPTORS)


async def test_whole_run_can_be_checked(equipment: Equipment, plugin: Plugin) -> None:
    """How long the program ran is a check as everywhere."""
    seen = await tried(equipment, plugin("sleep 0.05; echo slow"), checks=(SecondsBelow(SECOND // 25, Means.SLOW),))
    assert (seen.outcome, seen.degraded) == (Outcome.PASS, True)


@pytest.mark.parametrize(
    ("output", "label", "microseconds"),
    [
        ("OK|time=0.012s", "time", 12_000),
        ("OK | time=12ms;;;0 size=5B", "time", 12_000),
        ("OK|size=5B time=7us", "time", 7),
        ("OK|'total time'=1.5s;2;3", "total time", 1_500_000),
        ("OK|'it''s'=1s", "it's", 1_000_000),
        ("OK|time=1.2e-2s", "time", 12_000),
        ("OK|a=1s\nmore\ntext|time=2s\nb=3s", "b", 3_000_000),
        ("OK time=1s", "time", None),
        ("OK|uptime=1s", "time", None),
        ("OK|time=U", "time", None),
        ("OK|time=5", "time", None),
        ("OK|time=-1s", "time", None),
        ("OK|time=5%", "time", None),
        ("", "time", None),
    ],
)
def test_times_in_performance_data(output: str, label: str, microseconds: int | None) -> None:
    """A label's time is read exactly, in seconds and their parts; what is none is not guessed."""
    assert measured(output, label) == microseconds


@pytest.mark.parametrize(
    ("command", "rest", "words"),
    [
        ((), {}, "no absolute path"),
        (("check_it",), {}, "no absolute path"),
        (("/check_it", "a\0b"), {}, "NUL"),
        (("/check_it",), {"environment": (("A=B", "c"),)}, "is no name of a variable"),
    ],
)
def test_what_could_never_be_started_is_refused(command: tuple[str, ...], rest: dict[str, Any], words: str) -> None:
    """A program that cannot be named is a mistake that says what to write."""
    with pytest.raises(ValueError, match=words):
        ExecEndpoint(command, **rest)


def test_place_shows_no_arguments() -> None:
    """What evidence shows is the program; its arguments may be secrets."""
    endpoint = ExecEndpoint(("/check_it", "--password=hush"), (("TOKEN", "hush"),))
    assert endpoint.place == {"command": ["/check_it"]}
    assert "hush" not in repr(endpoint)
