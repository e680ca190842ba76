"""The functional groups a contract speaks of, and which of them are this customer's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class GroupTerms:
    """A functional group the contract speaks of."""

    id: str
    title: str
    clause: str
    counts: bool = True
    """False for a group that is shown and never counted."""
    judged: bool = True
    """False for a group that only adds to another one's total loss."""


@dataclass(frozen=True, slots=True)
class TotalLoss:
    """Functions whose loss for all users is a loss of the whole group, if a condition says it hit all."""

    group: str
    functions: str
    """The group that holds those functions."""
    condition: str | None
    """None where a loss of these functions is never a total loss."""
    clause: str


class PrimaryCombination(StrEnum):
    """What fails the service for a customer with several main groups."""

    EITHER = "either"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class PrimaryTerms:
    """The contract counts the failure of the customer's main group only."""

    combination: PrimaryCombination
    clause: str
