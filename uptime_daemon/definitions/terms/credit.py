"""`credit`: one shape a kind."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from uptime_daemon.core.terms.credit import Credit, NoCredit, Steps
from uptime_daemon.core.terms.money import Rounding
from uptime_daemon.definitions.documents import Node
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.shapes import (
    IDENTIFIER,
    PERCENT,
    Choice,
    OneOf,
    Quoted,
    Record,
    Shape,
    named,
    optional,
    refuse,
    required,
)
from uptime_daemon.definitions.terms.common import CLAUSE


@dataclass(frozen=True, slots=True)
class CreditShape:
    """One of the credit kinds, told apart by `kind`."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """The keys of each kind."""
        return (_NONE, _STEPS)

    def read(self, node: Node, path: str, problems: Problems) -> Credit:
        """The credit's terms."""
        if not isinstance(node.value, dict):
            raise refuse(node, path, problems, "is no mapping; write kind: none or kind: steps with its keys")
        kind_node = node.value.get("kind")
        kind = None if kind_node is None else kind_node.value
        match kind:
            case "none":
                return _NONE.read(node, path, problems)
            case "steps":
                return _STEPS.read(node, path, problems)
            case _:
                what = "is missing" if kind_node is None else f"{named(kind_node)} is no kind of credit"
                raise refuse(kind_node or node, f"{path}.kind", problems, f"{what}; write one of: none, steps")


def _no_credit(kind: str, clause: str) -> NoCredit:  # noqa: ARG001 - the key is read and refused elsewhere
    return NoCredit(clause)


def _steps(kind: str, size: Fraction, **terms: Any) -> Steps:  # noqa: ARG001 - as above
    if size == 0:
        raise ValueError('a step of 0 is never completed; write one such as "0.1"')
    return Steps(size=size, **terms)


_NONE: Final = Record(_no_credit, {"kind": required(OneOf(("none",))), "clause": required(CLAUSE)})
_STEPS: Final = Record(
    _steps,
    {
        "kind": required(OneOf(("steps",))),
        "target": required(IDENTIFIER),
        "size": required(Quoted("step in percentage points", "0.1", at_most=100)),
        "percent": required(PERCENT),
        "cap": optional(PERCENT),
        "clause": required(CLAUSE),
        "cap_clause": optional(CLAUSE, ""),
        "rounding": optional(Choice(Rounding), Rounding.HALF_UP),
    },
)
