"""What reads well and yet cannot be meant: a window that never occurs, a clause that promises one thing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from uptime_daemon.definitions.nodes import ABSENT, Node
from uptime_daemon.definitions.tables import table_lints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.terms.target import Target
    from uptime_daemon.core.time.windows import WeeklyWindow
    from uptime_daemon.definitions.problems import Problem

_LOOKED_AT: Final = (date(2024, 1, 1), date(2052, 1, 1))
"""After 28 years weekdays and dates meet again: what does not occur in them is no recurring window."""


def lints(contract: Contract, closed: Node) -> Iterator[Problem]:
    """What a person should look at in one set of terms that was read without a mistake."""
    windows = _items(closed, "exclusions", "windows")
    for (index, node), window in zip(windows, contract.exclusions.windows, strict=True):
        if not _occurs(window.window):
            message = "never occurs; write weekdays, places, months and hours that exist and are not all void"
            yield node.problem(f"exclusions.windows[{index}]", message)
    promises: dict[Target, str] = {}
    for (index, node), target in zip(_items(closed, "targets"), contract.targets, strict=True):
        promise = replace(target, id="", limit=Fraction(0), rests_on=(), claimable=True)
        if promise in promises:
            message = f"clause {target.clause} promises what {promises[promise]} does already; keep one"
            yield node.problem(f"targets[{index}]", message)
        promises[promise] = target.id
    yield from table_lints(contract, closed)


def _occurs(window: WeeklyWindow) -> bool:
    """Whether some occurrence has a length."""
    day, beyond = _LOOKED_AT
    while day < beyond:
        if window.occurs_on(day):
            opens, closes = window.of_day(day)
            if opens < closes:
                return True
        day += timedelta(days=1)
    return False


def _items(closed: Node, *keys: str) -> Iterator[tuple[int, Node]]:
    """The items of a list with their places in the file, without those that a reading leaves out."""
    node: Node | None = closed
    for key in keys:
        node = node.value.get(key) if node is not None and isinstance(node.value, dict) else None
    if node is not None and isinstance(node.value, list):
        yield from ((index, item) for index, item in enumerate(node.value) if item.value is not ABSENT)
