"""What one attempt tells: slow is not down, and every fault of an endpoint has its class."""

import pytest

from uptime_daemon.core.facts.attempt import Attempt, CheckResult, Means
from uptime_daemon.core.facts.observation import OUTAGE_CLASS, OWN_REASONS, OutageClass, Outcome, Phase, Reason


def attempt(outcome: Outcome, reason: Reason, *checks: CheckResult) -> Attempt:
    """An attempt with these checks."""
    return Attempt(outcome, reason, 1_000, Phase.ANSWER, checks=checks)


SLOW = CheckResult("seconds_below", "5", "7", holds=False, means=Means.SLOW)


@pytest.mark.parametrize(
    ("tried", "degraded"),
    [
        (attempt(Outcome.PASS, Reason.NONE, SLOW), True),
        (attempt(Outcome.PASS, Reason.NONE), False),
        (attempt(Outcome.PASS, Reason.NONE, CheckResult("seconds_below", "5", "4", True, Means.SLOW)), False),
        (attempt(Outcome.PASS, Reason.NONE, CheckResult("header", "x", "y", False, Means.NOTICE)), False),
        (attempt(Outcome.FAIL, Reason.CHECK, SLOW), False),
    ],
)
def test_degraded_is_not_down(tried: Attempt, degraded: bool) -> None:
    """A passed attempt is degraded when a check that means slow does not hold; a failed one is down instead."""
    assert tried.degraded is degraded


def test_every_fault_of_an_endpoint_has_a_class() -> None:
    """Each reason is either ours or classed, and none is both."""
    assert set(OUTAGE_CLASS) | OWN_REASONS | {Reason.NONE} == set(Reason)
    assert not set(OUTAGE_CLASS) & OWN_REASONS
    assert set(OUTAGE_CLASS.values()) == set(OutageClass)


@pytest.mark.parametrize(
    ("reason", "of_class"),
    [
        (Reason.STATUS, "answered_with_error"),
        (Reason.CERTIFICATE, "answered_with_error"),
        (Reason.CONNECTION_REFUSED, "refused"),
        (Reason.NAME_NOT_FOUND, "refused"),
        (Reason.CONNECT_TIMEOUT, "silent"),
        (Reason.ANSWER_TIMEOUT, "silent"),
    ],
)
def test_classes_of_outages(reason: Reason, of_class: str) -> None:
    """How far an attempt came says whether the vendor answered with an error, refused, or was silent."""
    assert OUTAGE_CLASS[reason].value == of_class
