"""Which time must keep all its evidence: what can still be claimed, what is being claimed, what is not closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.desk.claims.record import records
from uptime_daemon.desk.judging.earlier import periods_before
from uptime_daemon.desk.judging.judge import REACH, UnknownError, reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.settings.values import SignedAgreement

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
            why = f"agreements[{agreement.id}] names no limitation; write one such as 1096d"
            yield Kept(_evidence_from(signed, starts), why)
        else:
            lapsed = max(starts, at - agreement.limitation)
            yield Kept(_evidence_from(signed, lapsed), f"limitation of agreements[{agreement.id}]")
        try:
            open_one = contract.cycle.at(max(starts, at - contract.closes_after))
        except ValueError as unknown:
            yield Kept(_evidence_from(signed, starts), f"agreements[{agreement.id}]: {unknown}")
        else:
            start = _evidence_from(signed, open_one.span.start)
            yield Kept(start, f"{agreement.id}: {open_one.name} is not closed")


def _claimed(judge: Judge, at: Instant) -> Iterator[Kept]:
    for record in records(judge.store.claim_events()).values():
        if record.state in OVER:
            continue
        why = f"claim {record.id} is {record.state}"
        try:
            signed, name = judge.signed(record.id.agreement), record.id.period
            yield Kept(_evidence_from(signed, judge.periods(record.id.agreement, name, at)[0].span.start), why)
        except UnknownError:
            yield Kept(0, f"{why}, and uptime.yaml has no such agreement any more")


def _evidence_from(signed: SignedAgreement, inside: Instant) -> Instant:
    """From when on things are looked at to judge the period in which an instant lies.

    That is before it begins: an outage may have begun then, and contracts look at periods before as well.
    """
    try:
        period = signed.readings.chosen.cycle.at(inside)
    except ValueError:  # the days of the event are not known
        return max(0, inside - REACH)
    looked_at = (period, *periods_before(signed.deciding(period), period))
    return max(0, min(reach(signed.deciding(each).chosen, each, each.span.end).start for each in looked_at))
