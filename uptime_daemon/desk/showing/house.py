"""How the house itself does: vantages, the store, deliveries, the seals of the record, what is defined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import DAY
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store.kept import MailState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.store.kept import Definition, KeptAbsence, OutboxMail, Seal, Stats

SEALS_SHOWN: Final = 14 * DAY
ABSENCES_SHOWN: Final = 30 * DAY
DEFINITIONS_SHOWN: Final = 20
"""The latest changes of files."""
_WAITING: Final = (MailState.PENDING, MailState.SENDING, MailState.DOUBTFUL, MailState.FAILED)


@dataclass(frozen=True, slots=True)
class HouseHealth:
    """What the record says about ourselves."""

    stats: Stats
    seals: Sequence[Seal]
    """Of the last days, the newest first."""
    absences: Sequence[KeptAbsence]
    """When nobody looked, the newest first."""
    mails: Sequence[OutboxMail]
    """What has not left, or not for certain."""
    definitions: Sequence[Definition]
    """The latest changes of the files, the newest first."""


def health_of_house(judge: Judge, now: Instant) -> HouseHealth:
    """How the house does at an instant."""
    store = judge.store
    return HouseHealth(
        stats=store.stats(),
        seals=store.seals(Span(now - SEALS_SHOWN, now))[::-1],
        absences=sorted(store.absences(Span(now - ABSENCES_SHOWN, now)), key=lambda each: each.start, reverse=True),
        mails=store.outbox(_WAITING),
        definitions=store.definitions(now)[: -DEFINITIONS_SHOWN - 1 : -1],
    )
