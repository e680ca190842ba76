"""The sockets of the listeners, from bound to closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.settings.values import Listen

STOP_SECONDS: Final = 5
"""How long open connections may take to end; container engines kill after ten seconds."""


async def listening(apps: Sequence[tuple[Listen, web.Application]]) -> list[web.AppRunner]:
    """Listen with all or none; a port in use is trouble outside, told before anything is measured for nothing."""
    runners: list[web.AppRunner] = []
    try:
        for listen, app in apps:
            runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=STOP_SECONDS)
            await runner.setup()
            runners.append(runner)
            await _bound(runner, listen)
    except OSError:
        await closed(runners)
        raise
    return runners


async def closed(runners: Sequence[web.AppRunner]) -> None:
    """Let open connections end, then close."""
    for runner in runners:
        await runner.cleanup()


async def _bound(runner: web.AppRunner, listen: Listen) -> None:
    try:
        await web.TCPSite(runner, listen.host, listen.port).start()
    except OSError as trouble:
        raise OSError(
            trouble.errno, f"cannot listen on {listen}: {trouble.strerror}; free it or change uptime.yaml"
        ) from trouble
