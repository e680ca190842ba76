"""What the contract asks of us, the customers: a duty with its lead time or its rhythm, and when to remind of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uptime_daemon.core.terms.lapse import Lapse


@dataclass(frozen=True, slots=True)
class CustomerDuty:
    """One duty of the customer."""

    id: str
    clause: str
    title: str
    before: str = ""
    """What it has to precede, in words; empty where it precedes nothing."""
    lead: Lapse | None = None
    """How long before that at the latest."""
    every: Lapse | None = None
    """How often, for a duty that returns."""
    remind: Lapse | None = None
    """How long before the latest moment a person is reminded."""
    contacts: bool = False
    """Whether it is to tell the vendor who our people are: when one leaves, the notice is drafted."""
