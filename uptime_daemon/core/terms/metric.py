"""What availability is measured by where counts of requests or users decide instead of up and down."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from fractions import Fraction

    from uptime_daemon.core.time.instants import Duration


class MetricKind(StrEnum):
    """By which rule counts become availability."""

    ERROR_WINDOWS = "error_windows"
    MINUTE_RULE = "minute_rule"
    MEAN_ERROR_RATE = "mean_error_rate"
    SUCCESS_RATIO = "success_ratio"
    USER_MINUTES = "user_minutes"
    AFFECTED_RATIO = "affected_ratio"


class RateComparison(StrEnum):
    """Whether an error rate of exactly the threshold makes a window down."""

    AT_LEAST = "at_least"
    MORE_THAN = "more_than"


class EmptyWindow(StrEnum):
    """What a window without a request is."""

    UP = "up"
    """Its error rate is 0."""
    LEFT_OUT = "left_out"
    """It counts neither as up nor as down: unmeasured time, or no part of the mean."""


@dataclass(frozen=True, slots=True)
class ErrorWindows:
    """Windows whose error rate passes a threshold are down."""

    window: Duration
    threshold: Fraction
    """Percent of the window's requests."""
    comparison: RateComparison
    min_requests: int
    """With fewer requests a window is up."""
    empty: EmptyWindow
    clause: str
    kind: ClassVar = MetricKind.ERROR_WINDOWS


@dataclass(frozen=True, slots=True)
class MinuteRule:
    """A minute is down if every attempt in it failed."""

    empty: EmptyWindow
    clause: str
    kind: ClassVar = MetricKind.MINUTE_RULE


@dataclass(frozen=True, slots=True)
class MeanErrorRate:
    """Availability is 100 % less the mean of the windows' error rates."""

    window: Duration
    min_requests: int
    """With fewer requests the error rate of a window is 0."""
    empty: EmptyWindow
    clause: str
    kind: ClassVar = MetricKind.MEAN_ERROR_RATE


@dataclass(frozen=True, slots=True)
class SuccessRatio:
    """Availability is the share of requests that did not fail."""

    clause: str
    kind: ClassVar = MetricKind.SUCCESS_RATIO


@dataclass(frozen=True, slots=True)
class UserMinutes:
    """Availability is the share of the users' time in which they could work."""

    clause: str
    kind: ClassVar = MetricKind.USER_MINUTES


@dataclass(frozen=True, slots=True)
class AffectedRatio:
    """Lost time counts by the share of users that it affects."""

    clause: str
    kind: ClassVar = MetricKind.AFFECTED_RATIO


WindowMetric = ErrorWindows | MinuteRule
"""Counts that make down time."""
ShareMetric = MeanErrorRate | SuccessRatio | UserMinutes | AffectedRatio
"""Counts that make a share of their own."""
Metric = WindowMetric | ShareMetric


def can_recover(metric: Metric) -> bool:
    """Whether the availability of a running period can still rise: then a credit of it is no lower bound."""
    match metric:
        case SuccessRatio() | UserMinutes():
            return True
        case MeanErrorRate(empty=empty):
            return empty is EmptyWindow.LEFT_OUT
        case _:
            return False
