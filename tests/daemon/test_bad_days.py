"""Bad days: each ends with a clear message and its exit code, or with a recorded reason; nothing committed is lost."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import sqlite3
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest
import trustme

from tests.daemon.running import command, files, listener, now, running, service
from tests.delivery.servers import Mailbox, real_server
from tests.probers.servers import Server, endless, http, serving, silence
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store.database import open_store

SENTINELS = (9, 10)
"""Ports that are only written down: these daemons never come so far as to ask."""


async def test_a_malformed_file_is_named_with_its_line(tmp_path: Path) -> None:
    """Every mistake of every file stands in the message, and the exit code is that of a mistake."""
    own = files(tmp_path / "own", 9, SENTINELS)
    own.probes.write_text(own.probes.read_text().replace("timeout: 20s", "timeout: 20"))
    own.configuration.write_text(own.configuration.read_text().replace("plan: business", "plan: gold"))
    code, text = await command("run", "--config", str(own.configuration))
    assert code == 2
    assert f"{own.probes}:2: defaults.timeout: " in text
    assert f"{own.configuration}:" in text
    assert "'gold' is no plan of daktela; the plans are: basic, premium, business" in text


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A folder that is not there is a mistake of the configuration."""
    own = files(tmp_path / "own", 9, SENTINELS)
    shutil.rmtree(own.folder / "probes")
    code, text = await command("run", "--config", str(own.configuration))
    assert code == 2
    assert f"{own.folder / 'probes'}:1: there is no such folder; create it or mend its path in uptime.yaml" in text


async def test_a_missing_configuration_is_named(tmp_path: Path) -> None:
    """So is a configuration that is not there."""
    code, text = await command("run", "--config", str(tmp_path / "uptime.yaml"))
    assert code == 2
    assert str(tmp_path / "uptime.yaml") in text


async def test_a_port_in_use_is_trouble_outside(tmp_path: Path) -> None:
    """The message says which port and what to do; nothing is measured for nobody to see."""
    own = files(tmp_path / "own", 9, SENTINELS)
    with socket.create_server(("127.0.0.1", own.public)):
        code, text = await command("run", "--config", str(own.configuration))
    assert code == 3
    assert f"cannot listen on 127.0.0.1:{own.public}: " in text
    assert "free it or change uptime.yaml" in text
    assert "Traceback" not in text


async def test_a_foreign_database_stays_as_it_is(tmp_path: Path) -> None:
    """A file of another program is refused and not touched."""
    own = files(tmp_path / "own", 9, SENTINELS)
    with closing(sqlite3.connect(own.database)) as other:
        other.execute("CREATE TABLE contact (name TEXT)")
        other.commit()
    before = own.database.read_bytes()
    code, text = await command("run", "--config", str(own.configuration))
    assert code == 3
    assert "it is a database of another program; name another one" in text
    assert own.database.read_bytes() == before


async def test_a_clock_that_went_back_is_told(tmp_path: Path) -> None:
    """The record is ahead of the clock: what it says stays, nothing is tried twice in it, and it is said."""
    async with service() as watched, listener() as one, listener() as two:
        own = files(tmp_path / "own", watched.port, (one.port, two.port))
        async with running(own) as daemon:
            await daemon.until_metric('group_up{group="acme/voice"}', "1")
            assert await daemon.end() == 0
        with closing(sqlite3.connect(own.database)) as database, database:
            database.execute("UPDATE heartbeat SET alive_at = alive_at + 3600000000")
            database.execute("UPDATE run SET last = last + 3600000000, count = count + 9")
            before = database.execute("SELECT * FROM run").fetchall()
        asked = watched.asked
        async with running(own) as daemon:
            await daemon.until_logged("clock_behind")
            (line,) = [line for line in daemon.log if "clock_behind" in line]
            behind = re.search(r"seconds=(\d+)", line)
            assert behind is not None
            assert 3_600 - 120 < int(behind[1]) <= 3_600, "less what has passed since"
            assert "look at this machine's clock" in line
            await daemon.until_logged("group=acme/voice state=unknown")
            assert await daemon.end() == 0
        with closing(sqlite3.connect(own.database)) as database:
            assert database.execute("SELECT * FROM run").fetchall() == before
        assert watched.asked == asked


async def test_a_text_file_is_no_database(tmp_path: Path) -> None:
    """Nor is a file that is no database at all."""
    own = files(tmp_path / "own", 9, SENTINELS)
    own.database.write_text("a shopping list, long enough to be looked at by somebody\n" * 100)
    code, text = await command("run", "--config", str(own.configuration))
    assert code == 3
    assert "it is no SQLite database; name another file" in text
    assert own.database.read_text().startswith("a shopping list")


async def test_two_daemons_never_measure_into_one_database(tmp_path: Path) -> None:
    """The second one is refused, and the first goes on."""
    async with service() as watched, listener() as one, listener() as two:
        own = files(tmp_path / "own", watched.port, (one.port, two.port))
        async with running(own) as daemon:
            code, text = await command("run", "--config", str(own.configuration))
            assert code == 3
            assert "another daemon measures into this database; end it first" in text
            await daemon.until_metric('group_up{group="acme/voice"}', "1")
            await daemon.until_tried(watched)
            assert await daemon.end() == 0


async def test_a_refusing_mail_server_keeps_nothing_else_from_working(tmp_path: Path) -> None:
    """A relay that is gone is tried again later, one that refuses the recipient is told for good; measuring goes on."""
    mailbox = Mailbox({"sre@acme.example": "550 5.1.1 no such person"})
    async with service("errors") as watched, listener() as one, listener() as two, real_server(mailbox) as mail:
        own = files(tmp_path / "own", watched.port, (one.port, two.port), mail)
        async with running(own) as daemon:
            await daemon.until_logged("fate=refused")
            await daemon.until_metric('group_up{group="acme/voice"}', "0")
            await watched.become("ok")
            await daemon.until_metric('group_up{group="acme/voice"}', "1")
            assert await daemon.end() == 0
    with open_store(f"sqlite:///{own.database}", create=False) as store:
        refused = store.outbox()[0]
    assert (refused.state.value, refused.last_error) == ("failed", "550 5.1.1 no such person")


async def test_our_own_fault_is_never_the_vendors(tmp_path: Path) -> None:
    """While no sentinel answers nothing is down, whatever fails; the time is unknown and says why."""
    async with service() as watched, listener() as one, listener() as two:
        own = files(tmp_path / "own", watched.port, (one.port, two.port))
        async with running(own) as daemon:
            await daemon.until_metric('group_up{group="acme/voice"}', "1")
            for each in (one, two, watched):
                await each.become("refuses")
            await daemon.until_metric('group_up{group="acme/voice"}', None)
            errors = 'probe_errors_total{probe="acme/voice",group="acme/voice",vantage="test-1",reason="sentinels"}'
            await daemon.until_counted(errors, 4)
            assert await daemon.outages() == []
            statement = (await daemon.json("/api/v1/statements"))["results"][0]["statements"][0]
            assert statement["counted_seconds"] == 0
            assert statement["unmeasured_seconds"]["sentinels"] > 0
            await one.become("ok")  # one is enough to see that it is the vendor
            await daemon.until_metric('group_up{group="acme/voice"}', "0")
            assert await daemon.end() == 0


@asynccontextmanager
async def wrong_certificate() -> AsyncIterator[Server]:
    """A server whose certificate nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with http(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", context=context) as server:
        yield server


BAD = """\
vendor: acme
defaults: {{interval: 1s, repeat: 200ms, timeout: 20s, confirm: {{fails: 3, passes: 1}}}}
groups:
  voice:
    title: Voice
    up: all
    probes:
      - {{id: good, kind: http, url: "http://127.0.0.1:{good}/"}}
  bad:
    title: Bad
    up: all
    probes:
      - {{id: body, kind: http, url: "http://127.0.0.1:{body}/"}}
      - {{id: silent, kind: http, url: "http://127.0.0.1:{silent}/", timeout: 500ms}}
      - {{id: redirect, kind: http, url: "http://127.0.0.1:{redirect}/", follow_redirects: 3}}
      - {{id: certificate, kind: https, url: "https://127.0.0.1:{certificate}/"}}
"""
TRIES = 3
"""Other programs may keep the machine from an attempt now and then; what we do ourselves keeps us from it each time."""


async def test_bad_servers_are_fails_with_their_reasons(tmp_path: Path) -> None:
    """An endless body, silence, an endless redirect, a wrong certificate: each told apart, and others are on time."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        one, two, good = await enter(listener()), await enter(listener()), await enter(service())
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
        servers = {
            "body": await enter(serving(endless(head, b"x" * 65_536))),
            "silent": await enter(serving(silence)),
            "redirect": await enter(
                http(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            ),
            "certificate": await enter(wrong_certificate()),
        }
        ports = {name: server.port for name, server in servers.items()} | {"good": good.port}
        probes = BAD.format(**ports).replace("{", "{{").replace("}", "}}")
        reasons = {
            "body": "answer_too_large",
            "silent": "answer_timeout",
            "redirect": "redirect",
            "certificate": "certificate",
        }
        for number in range(TRIES):
            own = files(tmp_path / f"own{number}", 0, (one.port, two.port), probes=probes)
            async with running(own) as daemon:
                for name, reason in reasons.items():
                    await daemon.until_metric(f'probe_up{{probe="acme/{name}",group="acme/bad"}}', "0")
                    series = f'probe="acme/{name}",group="acme/bad",vantage="test-1",reason="{reason}"'
                    await daemon.until_counted(f"probe_failures_total{{{series}}}", 3)
                await daemon.until_metric('group_up{group="acme/voice"}', "1")
                assert await daemon.end() == 0
            with open_store(f"sqlite:///{own.database}", create=False) as store:
                runs = store.runs(["acme/good"], Span(0, now()))["acme/good", "test-1"]
            assert {run.outcome for run in runs} == {Outcome.PASS}
            if [run.distance < 2 * SECOND for run in runs] == [True]:
                break
        else:
            pytest.fail(f"others are late because of them: {list(runs)}")


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def heard(runs: Sequence[Run]) -> int:
    """How many answers stand in the record; an attempt that we broke off ourselves may never have asked."""
    return sum(run.count for run in runs if run.outcome is Outcome.PASS or run.reason is Reason.STATUS)


def fill(file: Path) -> None:
    """Write until there is no room."""
    with file.open("wb", buffering=0) as filling, contextlib.suppress(OSError):
        while filling.write(b"x" * 4096):
            pass


@pytest.mark.needs_root
async def test_a_full_disk_stops_nothing_and_loses_nothing(tmp_path: Path) -> None:
    """The daemon says that it is not ready and why, goes on measuring, and writes everything once there is room."""
    async with service() as watched, listener() as one, listener() as two:
        with small_disk(tmp_path / "disk") as disk:
            own = files(tmp_path / "own", watched.port, (one.port, two.port))
            own.configuration.write_text(
                own.configuration.read_text().replace("sqlite:///uptime.db", f"sqlite:///{disk}/uptime.db")
            )
            database = disk / "uptime.db"
            async with running(own) as daemon:
                await daemon.until_metric('group_up{group="acme/voice"}', "1")
                ballast = disk / "ballast"
                fill(ballast)
                filled = now()
                for mode in ("errors", "ok") * 3:
                    await watched.become(mode)
                    await daemon.until_metric('group_up{group="acme/voice"}', "1" if mode == "ok" else "0")
                text = await daemon.until_ready_is(503)
                assert "the disk or the quota is full; free some space, a restart is not needed" in text
                assert (await daemon.get("/-/healthy"))[0] == 200
                await daemon.until_tried(watched, 2)
                ballast.unlink()
                assert await daemon.until_ready_is(200) == "ready\n"
                assert await daemon.end() == 0
            with open_store(f"sqlite:///{database}", create=False) as store:
                runs = store.runs(["acme/voice"], Span(0, now()))["acme/voice", "test-1"]
                assert store.absences(Span(0, now())) == []
            # The last answer may have come to a daemon that was ending.
            assert len(watched.answered) - 1 <= sum(run.count for run in runs)
            assert heard(runs) <= watched.asked
            assert len([run for run in runs if run.first > filled]) >= 4


async def test_a_locked_database_never_delays_a_probe(tmp_path: Path) -> None:
    """While somebody else holds the file, attempts come on time and the outage shows; then everything is written."""
    async with service() as watched, listener() as one, listener() as two:
        own = files(tmp_path / "own", watched.port, (one.port, two.port))
        async with running(own) as daemon:
            await daemon.until_metric('group_up{group="acme/voice"}', "1")
            with closing(sqlite3.connect(own.database, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                began, asked = now(), watched.asked
                await watched.become("errors")
                await daemon.until_metric('group_up{group="acme/voice"}', "0")
                text = await daemon.until_ready_is(503)
                held, tried = now() - began, watched.asked - asked
                other.execute("ROLLBACK")
            assert "locked" in text
            assert tried >= held // SECOND // 2, "at least one attempt every other second"
            assert await daemon.until_ready_is(200) == "ready\n"
            assert await daemon.end() == 0
        with open_store(f"sqlite:///{own.database}", create=False) as store:
            runs = store.runs(["acme/voice"], Span(0, now()))["acme/voice", "test-1"]
            assert store.absences(Span(0, now())) == []
        assert len(watched.answered) - 1 <= sum(run.count for run in runs)
        assert heard(runs) <= watched.asked
