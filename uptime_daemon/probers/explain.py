"""An attempt in lines for people: outcome, phases, peer, certificate, each check with expected and actual."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.time.instants import DAY, format_instant, seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.facts.attempt import Attempt, CheckResult
    from uptime_daemon.core.time.instants import Instant

CHECK_CHARACTERS_MAX: Final = 80
"""How much of an actual value stands beside its check: what decided stands above, and the answer below, at length."""
_LABEL_CHARACTERS: Final = len("certificate")


def headline(outcome: Outcome, reason: Reason, attempt: Attempt) -> str:
    """The one line that says it all, with the outcome as it was judged in the end."""
    why = "" if reason is Reason.NONE else f": {reason}"
    slow = " (degraded)" if attempt.degraded else ""
    return f"{outcome}{slow}{why} after {seconds_text(attempt.duration)} s, came as far as {attempt.phase}"


def line(label: str, text: str) -> str:
    """A text of any side on one line behind its label, without what could steer a terminal."""
    return f"  {label:<{_LABEL_CHARACTERS}} {''.join(sign if sign.isprintable() else ' ' for sign in text)}".rstrip()


def sights(attempt: Attempt, at: Instant | None) -> Iterator[str]:
    """Everything that was seen, without what was made of it."""
    for step in attempt.course:
        yield line("on the way", step)
    yield from _phases(attempt)
    if attempt.peer:
        yield line("peer", attempt.peer)
    if attempt.certificate_subject or attempt.certificate_end is not None:
        subject = attempt.certificate_subject or "of nobody named"
        yield line("certificate", f"{subject}, {_end(attempt.certificate_end, at)}")
    if attempt.status is not None:
        yield line("status", f"{attempt.status}{f', HTTP/{attempt.version}' if attempt.version else ''}")
    for check in attempt.checks:
        actual = textwrap.shorten(check.actual, CHECK_CHARACTERS_MAX, placeholder=" ...")
        yield line(_verdict(check), f"{check.check}: expected {check.expected}, got {actual}")
    label = "said"
    for part in attempt.excerpt.splitlines():
        if part.strip():
            yield line(label, part)
            label = ""


def _phases(attempt: Attempt) -> Iterator[str]:
    """Every phase with its time, also the one in which an attempt ended early."""
    spent = dict(attempt.phases)
    rest = attempt.duration - sum(spent.values())
    for phase, duration in spent.items():
        secured = f", {attempt.tls_version}" if phase == "tls" and attempt.tls_version else ""
        yield line(phase, f"{seconds_text(duration)} s{secured}")
    if rest > 0 and attempt.outcome is not Outcome.PASS:
        yield line(attempt.phase, f"{seconds_text(rest)} s, and not done")


def _end(end: Instant | None, at: Instant | None) -> str:
    """When a certificate, or one that vouches for it, ends."""
    if end is None:
        return "its end cannot be read"
    if at is None:
        return f"valid until {format_instant(end)}"
    if end <= at:
        return f"expired {format_instant(end)}"
    return f"valid until {format_instant(end)}, for {(end - at) // DAY} days"


def _verdict(check: CheckResult) -> str:
    return "holds" if check.holds else check.means.value
