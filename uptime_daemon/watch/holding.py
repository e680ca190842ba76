"""One attempt by any prober, also one that breaks, does not end, or tells nothing: then nothing was measured."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.attempt import Attempt
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.time.instants import SECOND

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.watch.ports import Try

PROBER_GRACE: Final = 2 * SECOND
"""How much longer than its timeout a prober may take, microseconds, before it is stopped: letting go of a connection
takes milliseconds, so two seconds mean that it forgot its timeout."""


async def held(attempt: Try, timeout: Duration) -> Attempt:  # noqa: ASYNC109 - the probe's, beyond which it is stopped
    """What the prober saw; whatever it does wrong is its mistake, never the vendor's and not the end of the watch."""
    task = asyncio.current_task()
    try:
        async with asyncio.timeout((timeout + PROBER_GRACE) / SECOND) as bound:
            seen: object = await attempt()
    except asyncio.CancelledError as bug:
        if task is None or task.cancelling():
            raise  # the watch ends
        return _unmeasured(_place(bug))
    except (Exception, SystemExit) as bug:  # noqa: BLE001 - see above
        return _unmeasured("the prober did not end in time" if bound.expired() else _place(bug))
    # kinds of others are held to their word as well
    return seen if isinstance(seen, Attempt) else _unmeasured(f"the prober told no attempt but {type(seen).__name__}")


def _unmeasured(detail: str) -> Attempt:
    return Attempt(Outcome.ERROR, Reason.PROBER, duration=0, phase=Phase.NAME, detail=detail)


def _place(bug: BaseException) -> str:
    """Where a prober broke; not the exception's text, which may hold what it was sent."""
    trace = bug.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(bug).__name__}{where}"
