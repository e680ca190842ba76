"""`probe --debug` of every kind at its real peer, passing and failing: it explains itself, and betrays no secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from tests.probers.debug_page import PAGE, section
from tests.probers.debugging import COMMANDS, ENVIRONMENT, EXAMPLES, SECRETS, TELEPHONY, Example, World, world
from uptime_daemon.__main__ import _Servants
from uptime_daemon.cli.main import command_line
from uptime_daemon.probers.registry import PROBERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import trustme

PROGRAM = command_line(_Servants())
ASKS_NOBODY = {"exec", "push"}
"""Kinds that themselves see no peer."""


@pytest.fixture(scope="module")
def peers(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """All peers at work."""
    with world(tmp_path_factory.mktemp("debug"), authority) as made:
        yield made


def told(peers: World, example: Example, *, debug: bool = True) -> tuple[int, str]:
    """Exit code and output of the command, in this process unless it must be in a network of its own."""
    if example.fenced:
        return peers.told(example)
    command = [word for word in peers.command(example) if debug or word != "--debug"]
    done = CliRunner().invoke(PROGRAM, command, env=ENVIRONMENT)
    assert not done.stderr, done.stderr
    return done.exit_code, peers.shown(done.stdout)


def labels(output: str) -> list[str]:
    """The form of an explanation: its first line without the time, and what each other line is about."""
    first, *rest = output.splitlines()
    return [re.sub(r" after .*", "", first), *(line[2:13].strip() for line in rest if line[2:3].strip())]


def test_every_kind_is_tried() -> None:
    """Each passes once, and does not once."""
    for passes in (True, False):
        assert {each.kind for each in EXAMPLES if (each.outcome == "pass") is passes} == {*PROBERS}
    assert len({each.id for each in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.id)
@pytest.mark.needs_root
@pytest.mark.needs_command(*COMMANDS)
def test_attempt_explains_itself(peers: World, example: Example) -> None:
    """Outcome, reason, whose it is, phases with their times, peer, checks, answer, votes; the page shows the same."""
    code, output = told(peers, example)
    assert code == (0 if example.outcome == "pass" else 1)
    assert output.startswith(example.says[0]), output
    for text in example.says:
        assert text in output, output
    assert [secret for secret in SECRETS if secret in output] == [], output
    lines = labels(output)
    assert ("whose" in lines, "why" in lines) == (example.outcome != "pass",) * 2, output
    assert ("sentinel" in lines) is (example.outcome == "fail" or "sentinels" in lines[0]), output
    assert re.search(r"^  (name|answer) +[\d.]+ s", output, re.MULTILINE), output
    assert ("peer" in lines) is (example.kind not in ASKS_NOBODY and not example.fenced), output
    assert max(map(len, output.splitlines())) < 600
    assert labels(section(PAGE.read_text(encoding="utf-8"), example)[1]) == lines, "make explanations"


@pytest.mark.parametrize("example", TELEPHONY, ids=lambda each: each.id)
@pytest.mark.needs_root
@pytest.mark.needs_command(*COMMANDS)
def test_every_request_over_all_that_carries_sip(peers: World, example: Example) -> None:
    """OPTIONS, REGISTER and INVITE pass over UDP, TCP, TLS and both sorts of WebSocket, and tell the same."""
    code, output = told(peers, example)
    assert code == 0, output
    for text in example.says:
        assert text in output, output
    assert [secret for secret in SECRETS if secret in output] == [], output


@pytest.mark.needs_root
@pytest.mark.needs_command(*COMMANDS)
def test_without_debug_there_is_one_line(peers: World) -> None:
    """The outcome is the same, that of the sentinels included."""
    for name in ("http", "http-status", "blind"):
        example = next(each for each in EXAMPLES if each.id == name)
        (line,) = told(peers, example, debug=False)[1].splitlines()
        assert line.startswith(example.says[0])


def test_the_page_is_made_of_the_examples() -> None:
    """Every example stands there as it is tried now, none too many, without a secret."""
    page = PAGE.read_text(encoding="utf-8")
    assert page.count("\n### ") == len(EXAMPLES)
    for example in EXAMPLES:
        definition, _ = section(page, example)
        assert definition == example.page_text(), "make explanations"
    assert [secret for secret in SECRETS if secret in page] == []
