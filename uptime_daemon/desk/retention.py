"""Which time must keep all its evidence: what can still be claimed, what is being claimed, what is not closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.desk.claims.record import records
from uptime_daemon.desk.judging.judge import UnknownError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.judging.judge import Judge

OVER: Final = frozenset({ClaimState.SETTLED, ClaimState.WAIVED, ClaimState.WITHDRAWN, ClaimState.SUPERSEDED})
"""Nothing is to come of a claim in one of these states; even an expired one may still be approved on purpose."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A reason to keep everything from an instant on."""

    start: Instant
    why: str


def kept(judge: Judge, at: Instant) -> list[Kept]:
    """Every reason at an instant, the one that reaches back farthest first."""
    return sorted([*_agreed(judge, at), *_claimed(judge, at)], key=lambda each: (each.start, each.why))


def _agreed(judge: Judge, at: Instant) -> Iterator[Kept]:
    for signed in judge.settings.agreements:
        agreement, contract = signed.agreement, signed.readings.chosen
        starts = agreement.starts or 0
        if agreement.limitation is None:
            yield Kept(starts, f"agreements[{agreement.id}] names no limitation; write one such as 1096d")
        else:
            yield Kept(max(starts, at - agreement.limitation), f"limitation of agreements[{agreement.id}]")
        unsettled = contract.cycle.at(at - contract.closes_after)
        yield Kept(max(starts, unsettled.span.start), f"{agreement.id}: {unsettled.name} is not closed")


def _claimed(judge: Judge, at: Instant) -> Iterator[Kept]:
    for record in records(judge.store.claim_events()).values():
        if record.state in OVER:
            continue
        why = f"claim {record.id} is {record.state}"
        try:
            yield Kept(judge.periods(record.id.agreement, record.id.period, at)[0].span.start, why)
        except UnknownError:
            yield Kept(0, f"{why}, and uptime.yaml has no such agreement any more")
