"""Patterns end in linear time, whatever the pattern and whatever the answer."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import cast

import pytest

from tests.probers.servers import http
from tests.probers.test_http import OK, SHORT_SECONDS, tried
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.checks import ASIDE_BYTES_MIN
from uptime_daemon.probers.endpoints.conditions import BodyMatches, SecondsBelow
from uptime_daemon.probers.equipment import Equipment
from uptime_daemon.probers.patterns import Pattern

CATASTROPHIC = ["(a+)+$", "^(a|a)*$", "(a|aa)+$", "(.*a){12}$", "(a+a+)+b"]
"""What takes a backtracking engine exponential time on a row of the letter a that ends with another."""


@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_catastrophic_pattern_ends_at_once(pattern: str) -> None:
    """A mebibyte of what such a pattern is worst at takes less than a second."""
    began = time.process_time()
    assert Pattern(pattern).search("a" * (1 << 20) + "!") is None
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("pattern", "why"),
    [("(", "missing"), ("(?=a)", "look-around"), (r"(a)\1", "look-around"), ("a{1000}b{1000}c{1000}", "repeat less")],
)
def test_pattern_that_cannot_be_bounded_is_refused(pattern: str, why: str) -> None:
    """What is no regular expression, needs backtracking or becomes too long is a mistake in the file."""
    with pytest.raises(ValueError, match=why):
        Pattern(pattern)


def test_group_is_what_is_captured() -> None:
    """The first group, all of it without one, nothing where nothing fits."""
    assert Pattern('"id": *"([^"]+)"').captured('{"id": "a-7"}') == "a-7"
    assert Pattern("a-[0-9]").captured("is a-7.") == "a-7"
    assert Pattern("a-[0-9]").captured("none") is None


def test_bytes_that_are_no_text_can_be_searched() -> None:
    """A header in another charset comes with lone surrogates, which RE2 does not take."""
    header = b"caf\xe9 ready".decode(errors="surrogateescape")
    assert Pattern("ready$").search(header) == "ready"
    assert Pattern("f(.)").captured(header) == "?"


async def test_long_answer_is_searched_while_the_loop_goes_on(equipment: Equipment) -> None:
    """The pattern is looked for aside, and the thinking is not counted as the endpoint's slowness."""
    body = b"a" * (4 * ASIDE_BYTES_MIN) + b"!"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0)
            beats += 1

    beating = asyncio.create_task(beat())
    async with http(answer) as server:
        seen = await tried(equipment, server.url(), checks=(BodyMatches(Pattern("(a+)+$")), SecondsBelow(30 * SECOND)))
    beating.cancel()
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.CHECK)
    assert [check.holds for check in seen.checks] == [True, False, True]
    assert beats > 0


async def test_short_answer_is_searched_at_once(equipment: Equipment) -> None:
    """What was found is the actual value."""
    async with http(OK) as server:
        seen = await tried(equipment, server.url(), checks=(BodyMatches(Pattern("^[a-z]*")),))
    assert seen.outcome is Outcome.PASS


class Endless:
    """A pattern whose search ends when a test says so."""

    pattern = "endless"

    def __init__(self) -> None:
        self.released = threading.Event()

    def search(self, text: str) -> None:
        """Think."""
        del text
        self.released.wait(120)


async def test_thinking_that_does_not_end_is_ours(equipment: Equipment) -> None:
    """The answer came in time; that we did not get through with it is an error."""
    body = b"a" * (ASIDE_BYTES_MIN + 1)
    endless = Endless()
    async with http(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body) as server:
        try:
            checks = (BodyMatches(cast("Pattern", endless)),)
            seen = await tried(equipment, server.url(), seconds=SHORT_SECONDS, checks=checks)
        finally:
            endless.released.set()
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.PROBER)
    assert "simpler" in seen.detail
