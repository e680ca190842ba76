"""The life of one daemon: ready, an outage, a reload that is refused, a clean end, and its return."""

from __future__ import annotations

import asyncio
import signal
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from tests.daemon.running import command, files, listener, now, running, service, spans, until
from tests.delivery.servers import Mailbox, real_server
from uptime_daemon.core.time.instants import SECOND

INTERVAL, REPEAT = SECOND, SECOND // 5


async def test_an_outage_from_its_first_fail_to_the_mails_about_it(tmp_path: Path) -> None:
    """The third fail confirms it, it is dated back to the first, metrics, page and API agree, people are told once."""
    mailbox = Mailbox()
    async with service() as watched, listener() as one, listener() as two, real_server(mailbox) as mail:
        own = files(tmp_path / "own", watched.port, (one.port, two.port), mail)
        async with running(own) as daemon:
            await daemon.until_metric('group_up{group="acme/voice"}', "1")
            assert await daemon.outages() == []
            began = now()
            broken = await watched.become("errors")
            await daemon.until_metric('group_up{group="acme/voice"}', "0")
            seen = now()
            (outage,) = await daemon.outages()
            start, _ = spans(outage, "point")
            assert outage["open"]
            assert watched.edges[0][0] <= start <= watched.edges[0][1]
            assert seen - start >= 2 * REPEAT
            assert spans(outage, "longest")[0] < broken
            assert outage["class"] == "answered_with_error"
            _, page = await daemon.get("/", own.public)
            assert "Voice: down" in page
            assert "DEMONSTRATION" in page
            await watched.become("ok")
            await daemon.until_metric('group_up{group="acme/voice"}', "1")
            (outage,) = await daemon.outages()
            _, end = spans(outage, "point")
            assert not outage["open"]
            assert watched.edges[1][0] <= end <= watched.edges[1][1]
            statement = (await daemon.json("/api/v1/statements"))["results"][0]["statements"][0]
            assert abs(statement["counted_seconds"] - (end - start) / SECOND) < 0.001
            down = float(await daemon.metric('group_down_seconds_total{group="acme/voice"}') or 0)
            assert 0 < down <= (now() - began) / SECOND
            await daemon.until_logged("mail=2 fate=sent")
            assert await daemon.end() == 0
        subjects = [str(envelope.content).partition("Subject: ")[2][:50] for envelope in mailbox.received]
        assert ["Outage started" in each for each in subjects] == [True, False]
        assert ["Outage ended" in each for each in subjects] == [False, True]
        assert all(envelope.rcpt_tos == ["sre@acme.example"] for envelope in mailbox.received)


async def test_a_restart_goes_on_with_the_open_outage(tmp_path: Path) -> None:
    """The time between is unknown with its reason, the outage goes on over it, and nobody is told of it twice."""
    mailbox = Mailbox()
    async with service("errors") as watched, listener() as one, listener() as two, real_server(mailbox) as mail:
        own = files(tmp_path / "own", watched.port, (one.port, two.port), mail)
        async with running(own) as daemon:
            await daemon.until_logged("mail=1 fate=sent")
            ended = now()  # at the earliest
            assert await daemon.end(signal.SIGINT) == 0
            (before,) = [line for line in daemon.log if "state=down" in line]
        async with running(own) as daemon:
            await daemon.until_logged("was_off")
            (said,) = [line for line in daemon.log if "was_off" in line]
            assert 'may_hide="outages of up to ' in said
            await daemon.until_metric('group_up{group="acme/voice"}', "0")
            back = now()
            statement = (await daemon.json("/api/v1/statements"))["results"][0]["statements"][0]
            off = statement["unmeasured_seconds"]["daemon_off"]
            assert 0 < off <= (back - ended) / SECOND
            await watched.become("ok")
            await daemon.until_logged("fate=sent")
            assert await daemon.end() == 0
        subjects = [str(envelope.content).partition("Subject: ")[2][:50] for envelope in mailbox.received]
        assert ["Outage started" in each for each in subjects] == [True, False]
        started, closed = (str(envelope.content) for envelope in mailbox.received)
        since = before.partition("since=")[2].strip()
        assert since.partition("T")[2][:8].partition(":")[2] in started  # minutes and seconds, in whatever zone
        assert since.partition("T")[2][:8].partition(":")[2] in closed


async def test_a_reload_with_a_mistake_keeps_the_old_files(tmp_path: Path) -> None:
    """SIGHUP with a bad file changes a metric alone and names the mistake in the log; a good one takes effect."""
    async with service() as watched, listener() as one, listener() as two:
        own = files(tmp_path / "own", watched.port, (one.port, two.port))
        good = own.probes.read_text()
        async with running(own) as daemon:
            own.probes.write_text(good.replace("interval: 1s", "interval: soon"))
            daemon.process.send_signal(signal.SIGHUP)
            line = await daemon.until_logged("reload_refused")
            assert "acme.yaml:2: defaults.interval" in line
            await daemon.until_metric("config_last_reload_successful", "0")
            asked = len(watched.answered)
            await daemon.until_metric('group_up{group="acme/voice"}', "1")
            own.probes.write_text(good.replace("title: Voice", "title: Speech").replace("id: voice", "id: speech"))
            daemon.process.send_signal(signal.SIGHUP)
            await daemon.until_logged("event=reloaded")
            await daemon.until_metric("config_last_reload_successful", "1")
            await daemon.until_metric('probe_up{probe="acme/speech",group="acme/voice"}', "1")
            assert len(watched.answered) > asked
            assert "Speech" in (await daemon.get("/", own.public))[1]
            assert await daemon.end() == 0


async def test_a_reload_that_leaves_out_what_is_down_ends_the_outage(tmp_path: Path) -> None:
    """Whoever was told of its start is told of its end, and of the next one."""
    mailbox = Mailbox()
    async with (
        service() as watched,
        service("errors") as broken,
        listener() as one,
        listener() as two,
        real_server(mailbox) as mail,
    ):
        own = files(tmp_path / "own", watched.port, (one.port, two.port), mail)
        alone = own.probes.read_text()
        second = f'      - {{id: second, kind: http, url: "http://127.0.0.1:{broken.port}/health"}}\n'
        own.probes.write_text(alone + second)
        async with running(own) as daemon:
            await daemon.until_metric('group_up{group="acme/voice"}', "0")
            await daemon.until_logged("mail=1 fate=sent")
            own.probes.write_text(alone)
            daemon.process.send_signal(signal.SIGHUP)
            await daemon.until_metric('group_up{group="acme/voice"}', "1")
            await daemon.until_logged("mail=2 fate=sent")
            await watched.become("errors")
            await daemon.until_logged("mail=3 fate=sent")
            assert await daemon.end() == 0
        told = [str(envelope.content).partition("Subject: ")[2][:50] for envelope in mailbox.received]
        assert [each.partition("Outage ")[2].partition(":")[0] for each in told] == ["started", "ended", "started"]


async def test_a_record_in_memory_serves_pages_and_no_claim(tmp_path: Path) -> None:
    """Nothing is written, pages and metrics work, no command reaches it, and no reload brings agreements to it."""
    async with service() as watched, listener() as one, listener() as two:
        own = files(tmp_path / "own", watched.port, (one.port, two.port))
        signed = own.configuration.read_text()
        vanishing = signed.partition("agreements:")[0].replace("sqlite:///uptime.db", "memory")
        own.configuration.write_text(vanishing)
        before = sorted(own.folder.rglob("*"))
        async with running(own) as daemon:
            assert 'kept_until="the daemon ends" proves=nothing' in await daemon.until_logged("record_in_memory")
            await daemon.until_metric('group_up{group="acme/voice"}', "1")
            await watched.become("errors")
            await daemon.until_metric('group_up{group="acme/voice"}', "0")
            assert len(await daemon.outages()) == 1
            assert "Voice: down" in (await daemon.get("/", own.public))[1]
            assert "everything here ends with the daemon" in (await daemon.get("/console/system"))[1]
            assert int(await daemon.metric("store_size_bytes") or 0) > 0
            own.configuration.write_text(signed)
            daemon.process.send_signal(signal.SIGHUP)
            assert "agreements need the database that it names now" in await daemon.until_logged("reload_refused")
            await daemon.until_metric("config_last_reload_successful", "0")
            own.configuration.write_text(vanishing)
            code, said = await command("database", "stats", "--config", str(own.configuration))
            assert (code, said.partition(":")[0]) == (3, "memory")
            assert await daemon.end() == 0
        assert sorted(own.folder.rglob("*")) == before


@asynccontextmanager
async def fast_clock(folder: Path) -> AsyncIterator[tuple[int, Path]]:
    """A sentinel whose clock is an hour fast: its port, and the file of who vouches for it."""
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))

    async def tell(_: web.Request) -> web.Response:
        return web.Response(headers={"Date": formatdate(time.time() + 3_600, usegmt=True)})

    app = web.Application()
    app.router.add_route("*", "/", tell)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield runner.addresses[0][1], folder / "authority.pem"
    finally:
        await runner.cleanup()


async def test_a_healthy_daemon_knows_its_clock_and_says_so_to_its_container(tmp_path: Path) -> None:
    """Sentinels are asked for their time though nothing fails; `healthcheck` is 0 while it runs and 1 afterwards."""
    async with service() as watched, listener() as one, listener() as two, fast_clock(tmp_path) as (port, authority):
        own = files(tmp_path / "own", watched.port, (one.port, two.port))
        witness = f'    - {{https: "https://127.0.0.1:{port}/", place: fast}}\nagreements:'
        own.configuration.write_text(own.configuration.read_text().replace("agreements:", witness))
        async with running(own, environment={"SSL_CERT_FILE": str(authority)}) as daemon:
            series = 'vantage_clock_offset_seconds{vantage="test-1"}'

            async def is_told() -> bool:
                return await daemon.metric(series) is not None

            await until(is_told, lambda: f"no {series}\n{''.join(daemon.log[-20:])}")
            assert float(await daemon.metric(series) or 0) == pytest.approx(-3_600, abs=60)
            assert await command("healthcheck", "--config", str(own.configuration)) == (0, "healthy\n")
            assert await daemon.end() == 0
        code, text = await command("healthcheck", "--config", str(own.configuration))
        assert (code, text.startswith("unhealthy: ")) == (1, True)


async def test_a_paused_probe_is_left_alone_until_it_is_resumed(tmp_path: Path) -> None:
    """The running daemon follows the commands: no attempt meanwhile, unknown time with its reason, and no downtime."""
    async with service() as watched, listener() as one, listener() as two:
        own = files(tmp_path / "own", watched.port, (one.port, two.port))
        async with running(own) as daemon:
            await daemon.until_metric('group_up{group="acme/voice"}', "1")
            asked = ("acme/voice", "--by", "ana", "--config", str(own.configuration))
            assert (await command("pause", *asked, "--why", "the vendor asked us to"))[0] == 0
            await daemon.until_metric('group_up{group="acme/voice"}', None)
            await watched.become("errors")
            before = watched.asked
            await asyncio.sleep(2 * INTERVAL / SECOND)
            assert watched.asked == before
            await watched.become("ok")
            assert (await command("resume", *asked))[0] == 0
            await daemon.until_metric('group_up{group="acme/voice"}', "1")
            statement = (await daemon.json("/api/v1/statements"))["results"][0]["statements"][0]
            assert statement["unmeasured_seconds"]["paused"] > 2
            assert statement["counted_seconds"] == 0
            assert await daemon.end() == 0
