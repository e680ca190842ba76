"""One attempt over SIP: is the server there, may a telephone register, is a call to a test number answered.

What was begun is ended: registrations are taken back, calls hung up, calls that nobody answered in time cancelled.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from functools import partial
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.attempt import CheckResult
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.checks import STATUS
from uptime_daemon.probers.endpoints.telephony import SipRequest
from uptime_daemon.probers.endpoints.web import SWITCHING_PROTOCOLS
from uptime_daemon.probers.progress import tried
from uptime_daemon.probers.sip.carriers import carrier
from uptime_daemon.probers.sip.talk import Talk
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.endpoints.telephony import SipEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress
    from uptime_daemon.probers.sip.carriers import Carrier

GOODBYE_SECONDS_MAX: Final = 2
"""How long the answer to the end of a call is waited for, at most three quarters of the timeout's last tenth: it is a
courtesy, but one that may have to be said again."""


async def attempt(endpoint: SipEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One try at a SIP endpoint that ends within the given elapsed microseconds."""
    speak = partial(_talk, endpoint, equipment, within)
    return await tried(speak, endpoint.checks, within, equipment.clock, [endpoint.password])


async def _talk(endpoint: SipEndpoint, equipment: Equipment, within: Duration, progress: Progress) -> None:
    """Ask what is to be asked, the last answer into the progress."""
    async with carrier(endpoint, equipment, progress) as carried:
        if carried is None:
            declined = CheckResult(
                f"handshake: {STATUS}", str(SWITCHING_PROTOCOLS), str(progress.answer.status), holds=False
            )
            progress.told.append(declined)
            progress.answer.judged = True
            return
        progress.answer.status, progress.answer.version = None, ""  # a WebSocket's handshake is no answer over SIP
        talk = Talk(endpoint, carried, progress)
        match endpoint.request:
            case SipRequest.OPTIONS:
                await talk.options()
            case SipRequest.REGISTER:
                await _registration(talk, within)
            case SipRequest.INVITE:
                await _call(talk, within)


async def _registration(talk: Talk, within: Duration) -> None:
    """A registration, which has nine tenths of the time, and its end."""
    async with asyncio.timeout(_left(talk, within * 9 // 10)):
        await talk.register()
    await talk.take_back(_left(talk, within * 19 // 20))


async def _call(talk: Talk, within: Duration) -> None:
    """A call that is over, however it went, before the attempt is."""
    with _media(talk.carrier) as port:
        is_late = False
        try:
            async with asyncio.timeout(_left(talk, within * 9 // 10)):
                await talk.invite(port)
        except TimeoutError:
            is_late = True
        finally:
            # also when all is cancelled: nobody's telephone goes on ringing because we stopped
            with contextlib.suppress(AttemptError, OSError):
                await talk.begin_end()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(GOODBYE_SECONDS_MAX, within * 3 / 40 / SECOND)):
                await talk.finish_end()
        talk.tell_unended()
        if is_late:
            raise TimeoutError


def _left(talk: Talk, within: Duration) -> float:
    """The seconds that are left of so many microseconds of the attempt."""
    return (within - (talk.progress.clock.elapsed() - talk.progress.started)) / SECOND


@contextlib.contextmanager
def _media(carried: Carrier) -> Iterator[int]:
    """A port for the voice that nobody listens to: a closed one would be answered with errors."""
    family = socket.AF_INET6 if ":" in carried.local.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as port:
        port.bind(("", 0))
        yield int(port.getsockname()[1])
