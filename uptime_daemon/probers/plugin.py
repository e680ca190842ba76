"""One run of a monitoring plugin: its exit code is its verdict, its first line says why; it leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import Phase, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers import trouble
from uptime_daemon.probers.endpoints.conditions import Check, PluginBetterThan, PluginState
from uptime_daemon.probers.progress import tried
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.checks import Answer
    from uptime_daemon.probers.endpoints.programs import ExecEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress

OUTPUT_BYTES_MAX: Final = 64 * 1024
"""How much a plugin may say: eight times what Nagios itself reads."""
COMPLAINT_BYTES_MAX: Final = 4 * 1024
"""How much is kept of what it says on standard error, which matters only where it says nothing else."""
LINGER_SECONDS: Final = 0.25
"""How long the output of a program that has ended is read on where something that it started holds it open: what it
said itself lies ready by then."""
REAP_SECONDS: Final = 1
"""How long a killed program is waited for: the system needs milliseconds, unless it hangs in the kernel."""

_ENVIRONMENT: Final = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
_STATES: Final = frozenset({PluginState.OK, PluginState.WARNING, PluginState.CRITICAL})
_STDOUT: Final = 1


async def attempt(endpoint: ExecEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One run of a plugin that ends within the given elapsed microseconds."""
    checks: tuple[Check, ...] = (
        PluginBetterThan(PluginState.CRITICAL),
        PluginBetterThan(PluginState.WARNING, endpoint.warning),
        *endpoint.checks,
    )
    hidden = [*endpoint.command[1:], *(value for _, value in endpoint.environment)]
    # the last tenth is there to kill what has not ended
    speak = partial(_run, endpoint, within * 9 // 10)
    return await tried(speak, checks, within, equipment.clock, hidden)


class _Output(asyncio.SubprocessProtocol):
    """What a program says, as much of it as is kept."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.complaint = bytearray()
        self.flooded = False
        self.done = asyncio.Event()
        """It ended and said all, or said too much."""
        self.gone = asyncio.Event()
        """It ended, and nobody holds its ends of the pipes any more."""

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Keep what there is room for."""
        kept, limit = (self.answer.body, OUTPUT_BYTES_MAX) if fd == _STDOUT else (self.complaint, COMPLAINT_BYTES_MAX)
        if fd == _STDOUT and len(kept) + len(data) > limit:
            self.flooded = True
            self.done.set()
        kept += data[: limit - len(kept)]

    def process_exited(self) -> None:
        """The program ended; what it started may hold its ends of the pipes for ever."""
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self.done.set)

    def connection_lost(self, exc: Exception | None) -> None:
        """The program ended and its pipes are closed."""
        del exc
        self.done.set()
        self.gone.set()


async def _run(endpoint: ExecEndpoint, within: Duration, progress: Progress) -> None:
    """Start the program, hear it out for so many microseconds, read its verdict into the progress."""
    progress.phase = Phase.ANSWER
    starting = asyncio.ensure_future(
        asyncio.get_running_loop().subprocess_exec(
            lambda: _Output(progress.answer),
            *endpoint.command,
            stdin=subprocess.DEVNULL,
            env={**_ENVIRONMENT, **dict(endpoint.environment)},
            cwd="/",
            start_new_session=True,
        )
    )
    try:
        # Cancelled in the middle of its start a program would run on, with our ends of its pipes open.
        transport, output = await asyncio.shield(starting)
    except OSError as error:
        raise _of_start(error) from error
    except asyncio.CancelledError:
        with suppress(OSError):
            await _end(*await starting)
        raise
    try:
        async with asyncio.timeout(within / SECOND):
            await output.done.wait()
    except TimeoutError as late:
        message = "the plugin did not end in time; give it a limit of its own below nine tenths of the probe's timeout"
        raise AttemptError(Reason.PROBER, message) from late
    finally:
        await _end(transport, output)
    if output.flooded:
        raise AttemptError(Reason.PROBER, f"the plugin said more than {OUTPUT_BYTES_MAX} bytes")
    progress.answer.plugin = _state(transport.get_returncode(), output)


async def _end(transport: asyncio.SubprocessTransport, output: _Output) -> None:
    """Kill what still runs, with everything that it started and that did not flee."""
    # also where the program itself is gone: what it left behind keeps the number of its group taken. What belongs to
    # another user, as after sudo, may not be killed.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(transport.get_pid(), signal.SIGKILL)
    if not output.gone.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(REAP_SECONDS):
                await output.gone.wait()
    transport.close()


def _state(code: int | None, output: _Output) -> PluginState:
    """The state that an exit code stands for; `AttemptError` if the plugin could not see."""
    said = output.answer.body.strip() or output.complaint.strip()
    line = said.partition(b"\n")[0].decode(errors="replace")
    if code not in _STATES:
        how = "UNKNOWN" if code == PluginState.UNKNOWN else f"nothing, ended with {_named(code)}"
        raise AttemptError(Reason.PROBER, f"the plugin says {how}: {line}")
    if not output.answer.body.strip():
        # a program that breaks often ends with 1 as well; a plugin says at least one line
        raise AttemptError(Reason.PROBER, f"the plugin ended with {code} without a line on standard output: {line}")
    return PluginState(code)


def _named(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
    return str(code)


def _of_start(error: OSError) -> AttemptError:
    """Why a program could not be started: our mistake, or this machine's limits."""
    if trouble.of_exception(error, Phase.ANSWER).reason is Reason.DESCRIPTORS:
        return trouble.of_exception(error, Phase.ANSWER)
    return AttemptError(Reason.PROBER, f"the plugin cannot be started: {error.strerror}")
