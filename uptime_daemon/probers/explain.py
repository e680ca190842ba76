"""An attempt in lines for people: outcome, phases, peer, certificate, each check with expected and actual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.core.time.instants import format_instant, seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.facts.attempt import Attempt, CheckResult


def explained(attempt: Attempt) -> list[str]:
    """What one attempt saw, line by line; durations in seconds."""
    return list(_lines(attempt))


def _lines(attempt: Attempt) -> Iterator[str]:
    why = "" if attempt.reason is Reason.NONE else f": {attempt.reason}"
    slow = " (degraded)" if attempt.degraded else ""
    yield f"{attempt.outcome}{slow}{why} after {seconds_text(attempt.duration)} s, came as far as {attempt.phase}"
    if attempt.detail:
        yield f"  {attempt.detail}"
    for phase, duration in attempt.phases:
        yield f"  {phase:<6} {seconds_text(duration)} s"
    if attempt.peer:
        yield f"  peer {attempt.peer}"
    if attempt.certificate_subject:
        yield f"  certificate {attempt.certificate_subject}, {_end(attempt)}"
    if attempt.status is not None:
        yield f"  status {attempt.status}"
    for check in attempt.checks:
        yield f"  {_verdict(check):<6} {check.check}: expected {check.expected}, got {_line(check.actual)}"
    if attempt.excerpt:
        yield f"  answer: {_line(attempt.excerpt)}"


def _end(attempt: Attempt) -> str:
    end = attempt.certificate_end
    return "its end cannot be read" if end is None else f"valid until {format_instant(end)}"


def _verdict(check: CheckResult) -> str:
    return "holds" if check.holds else check.means.value


def _line(text: str) -> str:
    """A text of the other side on one line, without what could steer a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
