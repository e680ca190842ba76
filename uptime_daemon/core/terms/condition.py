"""Preconditions and reporting duties."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ConditionKind(StrEnum):
    """How the state of a condition is known."""

    STATED = "stated"
    """A person states it."""
    REPORTED = "reported"
    """Every counted outage was reported on one of the channels: known from tickets."""
    PARTIAL_LOSS = "partial_loss"
    """A person states it, and it is asked only where single functions were lost."""


@dataclass(frozen=True, slots=True)
class ConditionTerms:
    """A precondition or reporting duty of the contract."""

    id: str
    clause: str
    title: str
    kind: ConditionKind = ConditionKind.STATED
    channels: frozenset[str] = frozenset()
