"""Preconditions and reporting duties."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uptime_daemon.core.terms.lapse import Lapse


class ConditionKind(StrEnum):
    """How the state of a condition is known."""

    STATED = "stated"
    """A person states it."""
    REPORTED = "reported"
    """Every counted outage was reported on one of the channels, in time: known from tickets."""
    PARTIAL_LOSS = "partial_loss"
    """A person states it, and it is asked only where single functions were lost."""
    COVERED = "covered"
    """The agreement's products are among those that the contract covers: known from a parameter."""


@dataclass(frozen=True, slots=True)
class Reporting:
    """What a reporting duty asks for."""

    channels: frozenset[str]
    """On one of which a report must have come."""
    within: Lapse | None = None
    """How soon after the outage's start; None at any time."""
    severities: frozenset[str] = frozenset()
    """Severities of tickets to which it applies; empty for all."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Products that a contract covers and does not, and those that an agreement is about."""

    covered: frozenset[str]
    not_covered: frozenset[str]
    products: tuple[str, ...] | None
    """None while the agreement does not name them."""


@dataclass(frozen=True, slots=True)
class ConditionTerms:
    """A precondition or reporting duty of the contract."""

    id: str
    clause: str
    title: str
    kind: ConditionKind = ConditionKind.STATED
    reporting: Reporting | None = None
    """Only for `reported`."""
    scope: Scope | None = None
    """Only for `covered`."""
