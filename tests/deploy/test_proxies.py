"""The daemon behind real proxies with the shipped files: TLS, users, forms, events, and nothing else let in."""

from __future__ import annotations

import asyncio
import io
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import encode_basic_auth, web

from tests.daemon.running import PATIENCE_SECONDS, files, listener, running, service
from tests.deploy.proxies import HOUSE, ROOT, STATUS, caddy, nginx

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from aiohttp import ClientSession

    from tests.deploy.proxies import Proxy

PASSWORD = "correct horse battery"
# `user password` of the password above, with a small cost: what is tested here is the way, not the lock.
HASH = "scrypt$2$8$1$00$61f4dfb579b5ecf593c0cf4429c4b1cd4dde8b9e5c671f29188cee38640cb4d7"
EVENTS = 3


def _proxy(kind: str, folder: Path, house: int, public: int) -> AbstractAsyncContextManager[Proxy]:
    return (nginx if kind == "nginx" else caddy)(folder / kind, house, public)


@pytest.mark.needs_command("nginx", "caddy")
async def test_the_daemon_behind_each_proxy(tmp_path: Path) -> None:
    """With `behind_proxy: true` and users: the way in is the daemon's own, and only that of TLS."""
    async with service() as watched, listener() as one, listener() as two:
        own = files(tmp_path / "own", watched.port, (one.port, two.port))
        own.configuration.write_text(own.configuration.read_text() + _users())
        async with (
            running(own),
            _proxy("nginx", tmp_path, own.port, own.public) as first,
            _proxy("caddy", tmp_path, own.port, own.public) as second,
        ):
            for proxy in (first, second):
                async with proxy.client() as client:
                    await _asked(proxy, client)


def _users() -> str:
    return f"behind_proxy: true\nusers: [{{name: ana, role: operator, password_hash: '{HASH}'}}]\n"


async def _asked(proxy: Proxy, client: ClientSession) -> None:
    ana = {"Authorization": encode_basic_auth("ana", PASSWORD)}
    async with client.get(proxy.address(STATUS)) as page:
        assert page.status == 200
        assert "Voice" in await page.text()
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "Content-Security-Policy" in page.headers
    async with client.get(proxy.address(STATUS, "/metrics")) as hidden:
        assert hidden.status == 404  # nothing of the house is on the status page's name
    async with client.get(proxy.address(HOUSE, "/metrics")) as refused:
        assert refused.status == 401
        assert refused.headers["WWW-Authenticate"].startswith("Basic ")
    async with client.get(proxy.address(HOUSE, "/metrics"), headers=ana) as metrics:
        assert metrics.status == 200
        assert "uptime_daemon_build_info" in await metrics.text()
    reload = proxy.address(HOUSE, "/-/reload")
    origin = proxy.address(HOUSE, "")
    async with client.post(reload, headers={**ana, "Origin": origin}) as same:
        assert same.status == 200, await same.text()
    async with client.post(reload, headers={**ana, "Origin": "https://evil.example"}) as other:
        assert other.status == 403
    async with client.get(f"http://{HOUSE}:{proxy.plain}/metrics", allow_redirects=False) as plain:
        assert plain.status in {301, 308}
        assert plain.headers["Location"].startswith(f"https://{HOUSE}")


@pytest.mark.needs_command("nginx", "caddy")
async def test_events_and_headers_pass_each_proxy(tmp_path: Path) -> None:
    """An event arrives before the next is sent, what comes from the client is not taken for the proxy's word."""
    told = asyncio.Event()
    seen: list[dict[str, str]] = []

    async def events(request: web.Request) -> web.StreamResponse:
        seen.append(dict(request.headers))
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        for number in range(EVENTS):
            await stream.write(f"data: {number}\n\n".encode())
            await told.wait()
            told.clear()
        return stream

    async def taken(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    app = web.Application(client_max_size=10_000_000)
    app.add_routes([web.get("/events", events), web.post("/taken", taken)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        for kind in ("nginx", "caddy"):
            async with _proxy(kind, tmp_path, port, port) as proxy, proxy.client() as client:
                forged = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "gopher"}
                async with client.get(proxy.address(HOUSE, "/events"), headers=forged) as stream:
                    for number in range(EVENTS):
                        async with asyncio.timeout(PATIENCE_SECONDS):
                            assert await stream.content.readuntil(b"\n\n") == f"data: {number}\n\n".encode()
                        told.set()
                assert seen[-1]["Host"] == f"{HOUSE}:{proxy.secured}"
                assert (seen[-1]["X-Forwarded-For"], seen[-1]["X-Forwarded-Proto"]) == ("127.0.0.1", "https")
                async with client.post(proxy.address(HOUSE, "/taken"), data=io.BytesIO(b"x" * 8_500_000)) as large:
                    assert (large.status, await large.text()) == (200, "8500000")
    finally:
        await runner.cleanup()


@pytest.mark.needs_command("caddy")
def test_caddy_calls_its_file_valid() -> None:
    """Validated as it is shipped, and formatted as Caddy's own formatter does."""
    file = str(ROOT / "deploy" / "caddy" / "Caddyfile")
    for command in (["caddy", "validate", "--config", file, "--adapter", "caddyfile"], ["caddy", "fmt", file]):
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
    assert done.stdout == Path(file).read_text(encoding="utf-8")
