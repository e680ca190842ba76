"""Clocks of tickets that are about to run out or have, for the programs that listen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.judging.rounds import ClockState, rounds
from uptime_daemon.core.time.instants import DAY, HOUR, SECOND, format_instant
from uptime_daemon.desk.telling.notices import Listeners, ticket_deadline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.judging.rounds import Round
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.telling.notices import Happening

NEAR: Final[Duration] = HOUR
"""A clock is near its end in its last hour, or in its last quarter if it is shorter than four."""
_QUARTER: Final = 4
TOLD_WITHIN: Final[Duration] = DAY
"""What ran out longer ago is no news to a webhook that was added since."""


def tell_of_clocks(judge: Judge, listeners: Listeners, at: Instant) -> int:
    """Put what is to be told of clocks into the outbox; returns how much of it is new. Twice is once."""
    if not listeners.webhooks:
        return 0
    found = [notice for each in _happenings(judge, at) for notice in listeners.notices(each, at)]
    return judge.store.queue_notices(found) if found else 0


def _happenings(judge: Judge, at: Instant) -> Iterator[Happening]:
    for signed in judge.settings.agreements:
        for each in rounds(signed.readings.chosen, judge.stated(signed.agreement.id, at).tickets, at):
            if each.due is None:
                continue
            left = each.due - at
            if each.state is ClockState.MISSED and -TOLD_WITHIN < left <= 0:
                yield _happening(signed.agreement.id, each, each.due, None)
            elif each.state is ClockState.RUNNING and 0 < left <= min(NEAR, (each.due - each.start) // _QUARTER):
                yield _happening(signed.agreement.id, each, each.due, left)


def _happening(agreement: str, each: Round, due: Instant, left: Duration | None) -> Happening:
    facts: dict[str, Any] = {
        "group": each.ticket.group,
        "ticket": each.ticket.id,
        "clock": each.terms.id,
        "clause": each.terms.clause,
        "round": each.number,
        "deadline": format_instant(due),
    }
    if left is not None:
        facts["seconds_left"] = left // SECOND
    return ticket_deadline(
        agreement, facts, f"{each.ticket.id}:{each.terms.id}:{each.number}@{due}", passed=left is None
    )
