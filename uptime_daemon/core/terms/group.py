"""The functional groups a contract speaks of, and which of them are this customer's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never


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
    """All of them, however many there are."""
    AT_LEAST = "at_least"
    """At least so many of them."""


@dataclass(frozen=True, slots=True)
class PrimaryTerms:
    """The contract counts the failure of the customer's main group only."""

    combination: PrimaryCombination
    clause: str
    count: int = 0
    """Only for `at_least`."""

    def downs(self, members: int) -> int:
        """How many of the customer's main groups must fail; never more than there are."""
        match self.combination:
            case PrimaryCombination.EITHER:
                return 1
            case PrimaryCombination.BOTH:
                return members
            case PrimaryCombination.AT_LEAST:
                return min(self.count, members)
            case _:
                assert_never(self.combination)
