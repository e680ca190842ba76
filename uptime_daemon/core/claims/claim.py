"""The life of a claim: events only, and a table that says which event may follow which state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from uptime_daemon.core.time.instants import Instant


class ClaimState(StrEnum):
    """Where a claim stands."""

    ELIGIBLE = "eligible"
    DRAFTED = "drafted"
    APPROVED = "approved"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    CREDITED = "credited"
    REJECTED = "rejected"
    DISPUTED = "disputed"
    SETTLED = "settled"
    EXPIRED = "expired"
    WAIVED = "waived"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


_BEFORE_SENDING: Final = frozenset({ClaimState.ELIGIBLE, ClaimState.DRAFTED, ClaimState.APPROVED})
_AFTER_SENDING: Final = frozenset({ClaimState.SENT, ClaimState.ACKNOWLEDGED, ClaimState.REJECTED, ClaimState.DISPUTED})

# The state that an event leads to, and the states it may follow. Sending late stays possible: an expired claim may
# still be approved on purpose, and the letter then says that it is late.
FOLLOWS: Final[Mapping[ClaimState, frozenset[ClaimState]]] = {
    ClaimState.ELIGIBLE: frozenset(),
    ClaimState.DRAFTED: frozenset({ClaimState.ELIGIBLE, ClaimState.DRAFTED, ClaimState.APPROVED}),
    ClaimState.APPROVED: frozenset({ClaimState.ELIGIBLE, ClaimState.DRAFTED, ClaimState.EXPIRED}),
    ClaimState.SENT: frozenset({ClaimState.APPROVED}),
    ClaimState.ACKNOWLEDGED: frozenset({ClaimState.SENT}),
    ClaimState.CREDITED: _AFTER_SENDING,
    ClaimState.REJECTED: frozenset({ClaimState.SENT, ClaimState.ACKNOWLEDGED, ClaimState.DISPUTED}),
    ClaimState.DISPUTED: frozenset({ClaimState.SENT, ClaimState.ACKNOWLEDGED, ClaimState.REJECTED}),
    ClaimState.SETTLED: frozenset({ClaimState.CREDITED, ClaimState.DISPUTED, ClaimState.REJECTED}),
    ClaimState.EXPIRED: _BEFORE_SENDING,
    ClaimState.WAIVED: _BEFORE_SENDING | {ClaimState.EXPIRED},
    ClaimState.WITHDRAWN: _AFTER_SENDING,
    ClaimState.SUPERSEDED: _BEFORE_SENDING | _AFTER_SENDING | {ClaimState.EXPIRED},
}


@dataclass(frozen=True, slots=True)
class ClaimId:
    """What one claim is about; its text is the claim's number in every letter."""

    agreement: str
    period: str
    group: str
    stage: str
    revision: int = 1
    """Rises when other figures take the place of what was sent."""

    def __str__(self) -> str:
        """`acme-voice.2026-06.service.final`, a later revision with its number behind it."""
        number = "" if self.revision == 1 else f".{self.revision}"
        return f"{self.agreement}.{self.period}.{self.group}.{self.stage}{number}"


@dataclass(frozen=True, slots=True)
class ClaimEvent:
    """One step in a claim's life: the state it leads to, when, and by whom."""

    state: ClaimState
    at: Instant
    by: str


class ClaimOrderError(ValueError):
    """An event that may not follow the claim's state."""


def followed(state: ClaimState | None, event: ClaimState) -> ClaimState:
    """The state after an event; a claim starts by being eligible. Raises `ClaimOrderError` if it may not follow."""
    if (state is None) is not (event is ClaimState.ELIGIBLE) or (state is not None and state not in FOLLOWS[event]):
        allowed = ", ".join(sorted(FOLLOWS[event])) or "nothing"
        raise ClaimOrderError(f"a claim that is {state or 'new'} cannot become {event}; that follows {allowed}")
    return event


def state_after(events: Iterable[ClaimEvent]) -> ClaimState | None:
    """Where a claim stands after its events in order."""
    state: ClaimState | None = None
    for event in events:
        state = followed(state, event.state)
    return state
