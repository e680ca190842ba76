"""A real daemon on a real PostgreSQL: the server goes away and comes back, and a frozen daemon is replaced."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.daemon.running import Files, command, files, listener, now, running, service, until
from tests.ports import free_ports
from tests.store import server
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store.database import open_store

pytestmark = [
    pytest.mark.prove, pytest.mark.timeout(600), pytest.mark.needs_command("initdb", "postgres"),
]  # fmt: skip


def on_server(own: Files, url: str) -> Files:
    """The same configuration on a server."""
    own.configuration.write_text(own.configuration.read_text().replace("sqlite:///uptime.db", url))
    return own


def beside(own: Files) -> Files:
    """The same configuration for another daemon on the same database."""
    port, public = free_ports(2)
    folder = own.folder.with_name("beside")
    shutil.copytree(own.folder, folder)
    text = own.configuration.read_text()
    for before, after in ((own.port, port), (own.public, public)):
        text = text.replace(f"127.0.0.1:{before}\n", f"127.0.0.1:{after}\n")
    (folder / "uptime.yaml").write_text(text)
    return Files(folder, port, public)


async def test_a_server_that_is_away_stops_nothing(tmp_path: Path) -> None:
    """Probing goes on, the trouble is told everywhere with its reason, and everything is written, once."""
    with server.running() as database:
        url = database.url()
        async with service() as watched, listener() as one, listener() as two:
            own = on_server(files(tmp_path / "own", watched.port, (one.port, two.port)), url)
            async with running(own) as daemon:
                await daemon.until_metric('group_up{group="acme/voice"}', "1")
                await asyncio.to_thread(database.stop)
                await watched.become("errors")
                await daemon.until_metric('group_up{group="acme/voice"}', "0")
                assert "the server cannot be reached" in await daemon.until_ready_is(503)
                assert (await daemon.get("/-/healthy"))[0] == 200
                status, text = await daemon.get("/api/v1/statements")
                assert (status, json.loads(text)["error"]["code"]) == (503, "database")
                assert (await daemon.get("/console/system"))[0] == 503
                assert (await daemon.get("/", own.public))[0] == 200
                words = "condition set accepted_contract yes --agreement acme --by ana --config"
                code, text = await command(*words.split(), str(own.configuration))
                assert (code, "the server cannot be reached" in text) == (3, True)
                await watched.become("ok")
                await daemon.until_metric('group_up{group="acme/voice"}', "1")
                await asyncio.to_thread(database.start)
                await daemon.until_ready_is(200)
                assert len(await daemon.outages()) == 1
                assert "Traceback" not in "".join(daemon.log)
                assert await daemon.end() == 0
        with open_store(url, create=False) as store:
            runs = store.runs(["acme/voice"], Span(0, now()))["acme/voice", "test-1"]
            assert (store.absences(Span(0, now())), store.verify().problems) == ([], ())
        assert len(watched.answered) - 1 <= sum(run.count for run in runs)


async def test_a_frozen_daemon_is_replaced(tmp_path: Path) -> None:
    """The server takes silence for an end, and another one measures; the former says so when it wakes up, and ends."""
    with server.running() as database:
        url = database.url()
        async with service() as watched, listener() as one, listener() as two:
            own = on_server(files(tmp_path / "own", watched.port, (one.port, two.port)), url)
            other = beside(own)
            async with running(own) as former:
                await former.until_metric('group_up{group="acme/voice"}', "1")
                code, text = await command("run", "--config", str(other.configuration))
                assert (code, "another daemon measures into this database; end it first" in text) == (3, True)
                os.kill(former.process.pid, signal.SIGSTOP)

                async def is_free() -> bool:
                    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
                    return await asyncio.to_thread(database.execute, held) == [[0]]

                await until(is_free, lambda: "the server does not end the session of a daemon that says nothing")
                async with running(other) as later:
                    await later.until_metric('group_up{group="acme/voice"}', "1")
                    os.kill(former.process.pid, signal.SIGCONT)
                    async with asyncio.timeout(60):
                        assert await former.process.wait() == 3
                        await former.reading
                    assert "another daemon has taken over measuring; this one ends" in "".join(former.log)
                    assert await later.end() == 0
        with open_store(url, create=False) as store:
            assert [absence.reason for absence in store.absences(Span(0, now()))] == ["daemon_off"]
            assert store.verify().problems == ()
