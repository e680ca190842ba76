"""What forms do: hand what was filled in to the desk, and turn its refusals into what a page can say."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from uptime_daemon.delivery.address import AddressError
from uptime_daemon.delivery.message import MessageError
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.intake.facts import IntakeError
from uptime_daemon.store.errors import ConflictError
from uptime_daemon.web.console.frame import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp import web

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.claims.desk import ClaimsDesk
    from uptime_daemon.store.kept import Fact
    from uptime_daemon.web.console.frame import Frame

T = TypeVar("T")


async def recorded(
    frame: Frame, request: web.Request, form: str, fields: Mapping[str, str], keys: tuple[str, ...]
) -> Fact:
    """Record a fact from a form that has some of these fields and no other."""
    if unknown := fields.keys() - {*keys}:
        raise RefusedError(f"the form has no field {min(unknown)!r}", min(unknown))
    try:
        return await frame.house.stated(form, dict(fields), frame.visitor(request).name)
    except (IntakeError, ConflictError) as error:
        raise refusal(error) from error


async def decided(frame: Frame, act: Callable[[ClaimsDesk, Instant], T]) -> T:
    """Do something about a claim."""
    try:
        return await frame.house.decided(act)
    except (ClaimError, AddressError, MessageError, ConflictError) as error:
        raise refusal(error) from error


def refusal(error: Exception) -> RefusedError:
    """A refusal of the desk as a page tells it."""
    return RefusedError(str(error), getattr(error, "field", None), 409 if isinstance(error, ConflictError) else 400)
