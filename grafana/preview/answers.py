"""What a Prometheus answers to the queries of dashboards, each with the variables set to all."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlencode
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

STEPS: Final = 240
"""Points of a course."""
RATE_INTERVAL: Final = "30s"
"""What stands for `$__rate_interval`: long enough for scrapes every few seconds."""
_TIMEOUT_SECONDS: Final = 30


class Series(NamedTuple):
    """One series of an answer: its name by the query's legend, and its points of time and value."""

    labels: Mapping[str, str]
    name: str
    points: Sequence[tuple[float, float]]

    @property
    def last(self) -> float:
        """The latest value."""
        return self.points[-1][1]


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A Prometheus, asked as of one moment about a stretch before it; both in seconds since 1970."""

    address: str
    start: float
    end: float

    def now(self, expression: str, legend: str = "") -> list[Series]:
        """Each series as it is at the end."""
        found = self._asked("query", expression, time=self.end)
        return [_series(each["metric"], legend, [each["value"]]) for each in found]

    def course(self, expression: str, legend: str = "") -> list[Series]:
        """How each series went; points that are no number are left out."""
        step = max(1, (self.end - self.start) / STEPS)
        found = self._asked("query_range", expression, start=self.start, end=self.end, step=step)
        return [_series(each["metric"], legend, each["values"]) for each in found]

    def panel(self, panel: Any) -> Iterator[list[Series]]:
        """The answer to each query of a panel."""
        for target in panel["targets"]:
            ask = self.now if target["instant"] else self.course
            yield ask(target["expr"], target["legendFormat"])

    def _asked(self, kind: str, expression: str, **when: float) -> list[Any]:
        query = {"query": filled(expression), **{key: str(value) for key, value in when.items()}}
        with urlopen(f"{self.address}/api/v1/{kind}?{urlencode(query)}", timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - the address that was given
            return list(json.load(answer)["data"]["result"])


def filled(expression: str) -> str:
    """The expression with every variable set to all; `$1` is PromQL's own."""
    return re.sub(r"\$(?!__)[a-z]\w*", ".+", expression.replace("$__rate_interval", RATE_INTERVAL))


def _series(labels: Mapping[str, str], legend: str, points: Sequence[Any]) -> Series:
    name = re.sub(r"\{\{(\w+)\}\}", lambda match: labels.get(match[1], ""), legend)
    return Series(labels, name.strip(), [(float(at), float(value)) for at, value in points if value != "NaN"])
