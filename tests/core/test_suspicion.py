"""An endpoint that is gone for good is told from one that is down."""

from __future__ import annotations

import pytest

from uptime_daemon.core.facts.attempt import Attempt, Failure
from uptime_daemon.core.facts.observation import OWN_REASONS, Observation, Outcome, Phase, Reason
from uptime_daemon.core.facts.suspicion import GONE_AFTER, is_suspect
from uptime_daemon.core.time.instants import HOUR, MINUTE
from uptime_daemon.core.time.spans import Span

START = 1_000 * HOUR
OUTAGE = Span(START, START + 12 * HOUR)


def failed(at: int, reason: Reason, status: int | None = None, probe: str = "acme/web") -> Failure:
    """One attempt that did not pass."""
    outcome = Outcome.ERROR if reason in OWN_REASONS else Outcome.FAIL
    return Failure(
        Observation(probe, "here", START + at, outcome, reason),
        Attempt(outcome, reason, 1, Phase.ANSWER, status=status),
    )


@pytest.mark.parametrize(
    ("reason", "status", "suspect"),
    [
        (Reason.NAME_NOT_FOUND, None, True),
        (Reason.REDIRECT, 301, True),
        (Reason.STATUS, 404, True),
        (Reason.STATUS, 410, True),
        (Reason.STATUS, 503, False),
        (Reason.CONNECT_TIMEOUT, None, False),
        (Reason.CERTIFICATE, None, False),
        (Reason.ACCESS_REFUSED, 403, False),
    ],
)
def test_six_hours_of_being_gone(reason: Reason, status: int | None, suspect: bool) -> None:
    """Gone is no name, not found, gone, or elsewhere; anything else is an outage however long."""
    assert is_suspect(OUTAGE, [failed(0, reason, status), failed(GONE_AFTER, reason, status)]) is suspect
    assert not is_suspect(OUTAGE, [failed(0, reason, status), failed(GONE_AFTER - 1, reason, status)])


def test_anything_else_in_between_is_an_outage() -> None:
    """A service that sometimes answers with an error is there; an error of ours says nothing about that."""
    gone = [failed(0, Reason.STATUS, 404), failed(8 * HOUR, Reason.STATUS, 404)]
    assert is_suspect(OUTAGE, [*gone, failed(HOUR, Reason.RESOLVER)])
    assert not is_suspect(OUTAGE, [*gone, failed(HOUR, Reason.STATUS, 503)])


def test_one_probe_that_is_gone_is_enough() -> None:
    """Each probe is looked at by itself: another one that is down makes it no less suspect."""
    down = [failed(minute * MINUTE, Reason.CONNECT_TIMEOUT, probe="acme/api") for minute in range(3)]
    gone = [failed(0, Reason.NAME_NOT_FOUND), failed(7 * HOUR, Reason.NAME_NOT_FOUND)]
    assert is_suspect(OUTAGE, [*down, *gone])
    assert not is_suspect(OUTAGE, down)
    assert not is_suspect(Span(START, START + HOUR), gone)
    assert not is_suspect(OUTAGE, [])
