"""The period of a case: a name on the contract's calendar, or two instants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.core.time.periods import DAY_PATTERN, NAME_PATTERN, Period
from uptime_daemon.core.time.spans import Span
from uptime_daemon.definitions.cases.facts import stretch
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.records import Record, required
from uptime_daemon.definitions.shapes import Shape, Text, Whole, named, refuse
from uptime_daemon.definitions.times import YEARS, Moment

if TYPE_CHECKING:
    from uptime_daemon.core.terms.contract import Contract

_BETWEEN: Final = Record(stretch, {"from": required(Moment()), "to": required(Moment())})


class PeriodName:
    """`2026-06`, `2026-Q2`, `2026`, or `{from, to}`."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """A year, a name, or two instants."""
        return (
            Whole(YEARS.start, YEARS.stop - 1),
            Text("period", f"({NAME_PATTERN}|{DAY_PATTERN})", "2026-06"),
            _BETWEEN,
        )

    def read(self, node: Node, path: str, problems: Problems) -> str | Span:
        """The name, or the time between the instants."""
        match node.value:
            case int() as year if not isinstance(year, bool):
                return str(year)
            case str() as text:
                return text
            case dict():
                return _BETWEEN.read(node, path, problems)
        raise refuse(node, path, problems, f"{named(node)} is no period; write 2026-06, 2026-Q2, 2026 or {{from, to}}")


def periods_named(name: str, contract: Contract) -> tuple[Period, ...]:
    """The contract's periods that a name covers; a coarser name lists its periods. `ValueError` for a finer one."""
    try:
        return contract.cycle.named(name)
    except ValueError as error:
        raise ValueError(str(error).replace("over which it is", f"over which {contract.id} is")) from error


def periods_of(name: str | Span, contract: Contract, node: Node, problems: Problems) -> tuple[Period, ...]:
    """The periods of a case, whose tree is `node`. Raises `RefusedError` for a name finer than they are."""
    if isinstance(name, Span):
        return (Period(None, f"{format_instant(name.start)}/{format_instant(name.end)}", name),)
    try:
        return periods_named(name, contract)
    except ValueError as error:
        raise refuse(node.at("period"), "period", problems, str(error)) from error
