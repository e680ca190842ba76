"""Which fee a credit is a part of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FeeOf(StrEnum):
    """Which period's fee is meant."""

    PERIOD = "period"
    PRECEDING = "preceding"
    """The period before the one that is judged."""


class Division(StrEnum):
    """How a fee for a longer or shorter time than the period is divided."""

    MONTHS = "months"
    """By months: a twelfth of a yearly fee, however long the month."""
    DAYS = "days"
    """By calendar days of the time that the fee pays for."""
    SMALLER = "smaller"
    """By the one of both that gives less."""


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """Which fee a credit is a part of."""

    clause: str
    of: FeeOf = FeeOf.PERIOD
    divided: Division = Division.MONTHS
    affected_only: bool = False
    """Only the items of the groups that the statement is about."""
    covered_only: bool = True
    """Only items that the contract covers."""
    one_time: bool = False
    """Whether one-time fees belong to it."""
    usage: bool = True
    """Whether billed usage belongs to it."""
