"""`metric`: by which counts availability is measured instead of by time up and down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.terms.metric import (
    AffectedRatio,
    EmptyWindow,
    ErrorWindows,
    MeanErrorRate,
    Metric,
    MetricKind,
    MinuteRule,
    RateComparison,
    SuccessRatio,
    UserMinutes,
)
from uptime_daemon.core.time.instants import DAY
from uptime_daemon.definitions.records import ByKind, Key, Record, optional, required
from uptime_daemon.definitions.shapes import PERCENT, Choice, OneOf, Shape, Whole, named, refuse
from uptime_daemon.definitions.terms.common import CLAUSE
from uptime_daemon.definitions.times import Length

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.definitions.nodes import Node
    from uptime_daemon.definitions.problems import Problems

_REQUESTS_MAX: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _WindowLength:
    """A length of which a day has a whole number."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """A duration."""
        return (Length(DAY),)

    def read(self, node: Node, path: str, problems: Problems) -> Duration:
        length = Length(DAY).read(node, path, problems)
        if DAY % length:
            raise refuse(node, path, problems, f"{named(node)} does not divide a day; write one such as 1m, 5m or 60m")
        return length


def _metric(kind: MetricKind, build: Callable[..., Metric], keys: Mapping[str, Key[Any]]) -> Record[Metric]:
    def made(kind: str, **terms: Any) -> Metric:  # noqa: ARG001 - it chose this shape
        return build(**terms)

    return Record(made, {"kind": required(OneOf((kind.value,))), "clause": required(CLAUSE), **keys})


_EMPTY: Final = optional(Choice(EmptyWindow), EmptyWindow.UP)
_FLOOR: Final = optional(Whole(1, _REQUESTS_MAX), 1)
SHAPES: Final[Mapping[str, Record[Metric]]] = {
    MetricKind.ERROR_WINDOWS: _metric(
        MetricKind.ERROR_WINDOWS,
        ErrorWindows,
        {
            "window": required(_WindowLength()),
            "threshold": required(PERCENT),
            "comparison": required(Choice(RateComparison)),
            "min_requests": _FLOOR,
            "empty": _EMPTY,
        },
    ),
    MetricKind.MINUTE_RULE: _metric(MetricKind.MINUTE_RULE, MinuteRule, {"empty": _EMPTY}),
    MetricKind.MEAN_ERROR_RATE: _metric(
        MetricKind.MEAN_ERROR_RATE,
        MeanErrorRate,
        {"window": required(_WindowLength()), "min_requests": _FLOOR, "empty": _EMPTY},
    ),
    MetricKind.SUCCESS_RATIO: _metric(MetricKind.SUCCESS_RATIO, SuccessRatio, {}),
    MetricKind.USER_MINUTES: _metric(MetricKind.USER_MINUTES, UserMinutes, {}),
    MetricKind.AFFECTED_RATIO: _metric(MetricKind.AFFECTED_RATIO, AffectedRatio, {}),
}
"""The shape of each kind."""
METRIC: Final = ByKind("metric", "kind: success_ratio", SHAPES)
