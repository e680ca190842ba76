"""`targets`: what is promised over a period."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.terms.target import OnLimit, Target, TargetKind
from uptime_daemon.definitions.records import ListOf, Record, optional, required
from uptime_daemon.definitions.shapes import IDENTIFIER, LIMIT, Choice, Flag
from uptime_daemon.definitions.terms.common import AMBIGUITY_ID, CLAUSE

if TYPE_CHECKING:
    from collections.abc import Sequence

WHOLE_PERCENT: Final = 100


def _target(
    id: str,  # noqa: A002 - the file's key
    kind: TargetKind,
    limit: Fraction,
    clause: str,
    rests_on: Sequence[str],
    on_limit: OnLimit,
    *,
    claimable: bool,
) -> Target:
    if kind is TargetKind.AVAILABILITY and limit > WHOLE_PERCENT:
        raise ValueError("an availability is at most 100; write a percentage")
    return Target(id, kind, limit, clause, claimable=claimable, rests_on=tuple(rests_on), on_limit=on_limit)


TARGET: Final = Record(
    _target,
    {
        "id": required(IDENTIFIER),
        "kind": required(Choice(TargetKind)),
        "limit": required(LIMIT),
        "clause": required(CLAUSE),
        "claimable": optional(Flag(), default=True),
        "rests_on": optional(ListOf(AMBIGUITY_ID), ()),
        "on_limit": optional(Choice(OnLimit), OnLimit.MET),
    },
)
