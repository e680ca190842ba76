"""The dead man's switch: a URL of somebody else's that is asked for while we do our work, and who tells when we stop.

A daemon that is dead, cut off or cannot write cannot say so itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import MINUTE
from uptime_daemon.delivery.fate import Fate, Talk
from uptime_daemon.delivery.http import Address, request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.delivery.ports import Clock

EVERY: Final[Duration] = MINUTE
"""Services of this kind count in minutes, and expect a sign every one of them."""
ANSWER_SECONDS: Final = 10
"""The next sign follows soon; a slow answer helps nobody."""


@dataclass(frozen=True, slots=True)
class Heart:
    """Where the sign of life goes, and how often."""

    address: Address
    every: Duration = EVERY


async def beat(
    heart: Callable[[], Heart | None],
    clock: Clock,
    unready: Callable[[], Sequence[str]],
    tell: Callable[[Talk], None],
) -> None:
    """Give the sign, for ever; while there is a reason that we do not do our work, it is withheld.

    Where it goes is asked anew each time.
    """
    while True:
        begun, own = clock.elapsed(), heart()
        if own is not None and not unready():
            tell(await sign(own))
        await clock.sleep(max(0, (EVERY if own is None else own.every) - (clock.elapsed() - begun)))


async def sign(heart: Heart) -> Talk:
    """One sign of life: GET, as services of this kind take it."""
    answer = await request("GET", heart.address, ANSWER_SECONDS)
    return Talk(Fate.SENT if answer.is_taken else Fate.LATER, answer.words)
