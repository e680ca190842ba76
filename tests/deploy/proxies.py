"""The shipped files of nginx and Caddy in force on loopback: only ports and certificates are exchanged for others."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from pathlib import Path
from socket import AF_INET, AddressFamily
from typing import TYPE_CHECKING

import aiohttp
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.daemon.running import PATIENCE_SECONDS, until
from tests.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[2]
HOUSE, STATUS = "uptime.acme.example", "status.acme.example"
"""The names that the shipped files serve."""

NGINX = """\
daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  include {folder}/conf.d/*.conf;
}}
"""
CADDY = """\
{{
	admin off
	local_certs
	skip_install_trust
	default_bind 127.0.0.1
	http_port {plain}
	https_port {secured}
	storage file_system {folder}/store
}}
"""


class Proxy:
    """A running proxy and who vouches for its certificates."""

    def __init__(self, plain: int, secured: int, authority: Path) -> None:
        self.plain, self.secured, self._authority = plain, secured, authority

    def address(self, name: str, path: str = "/") -> str:
        """The address of a page behind it."""
        return f"https://{name}:{self.secured}{path}"

    @asynccontextmanager
    async def client(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A client that trusts it and finds both names on this machine."""
        context = ssl.create_default_context(cafile=str(self._authority))
        connector = aiohttp.TCPConnector(ssl=context, resolver=_Here())
        async with aiohttp.ClientSession(
            connector=connector, timeout=aiohttp.ClientTimeout(PATIENCE_SECONDS)
        ) as session:
            yield session


class _Here(AbstractResolver):
    async def resolve(self, host: str, port: int = 0, family: AddressFamily | int = AF_INET) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """There is nothing to close."""


@asynccontextmanager
async def nginx(folder: Path, house: int, public: int) -> AsyncIterator[Proxy]:
    """The real nginx before two ports of this machine."""
    plain, secured = free_ports(2)
    exchanged = {
        "127.0.0.1:8990": f"127.0.0.1:{house}",
        "127.0.0.1:8991": f"127.0.0.1:{public}",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen [::]:80;": "",
        "listen 443 ssl;": f"listen 127.0.0.1:{secured} ssl;",
        "listen [::]:443 ssl;": "",
        f"/etc/ssl/{HOUSE}": str(folder),
        f"/etc/ssl/{STATUS}": str(folder),
    }
    _nginx_files(folder, exchanged)
    proxy = Proxy(plain, secured, folder / "authority.pem")
    async with _started(["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"], proxy):
        yield proxy


@asynccontextmanager
async def caddy(folder: Path, house: int, public: int) -> AsyncIterator[Proxy]:
    """The real Caddy before two ports of this machine; its own authority makes the certificates."""
    plain, secured = free_ports(2)
    exchanged = {"127.0.0.1:8990": f"127.0.0.1:{house}", "127.0.0.1:8991": f"127.0.0.1:{public}"}
    _caddy_files(folder, CADDY.format(folder=folder, plain=plain, secured=secured), exchanged)
    proxy = Proxy(plain, secured, folder / "store" / "pki" / "authorities" / "local" / "root.crt")
    async with _started(["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"], proxy):
        yield proxy


def _nginx_files(folder: Path, exchanged: dict[str, str]) -> None:
    (folder / "conf.d").mkdir(parents=True)
    authority = trustme.CA()
    made = authority.issue_cert(HOUSE, STATUS)
    made.private_key_pem.write_to_path(str(folder / "privkey.pem"))
    (folder / "fullchain.pem").write_bytes(b"".join(each.bytes() for each in made.cert_chain_pems))
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
    text = (ROOT / "deploy" / "nginx" / "uptime-daemon.conf").read_text(encoding="utf-8")
    (folder / "conf.d" / "uptime-daemon.conf").write_text(_exchanged(text, exchanged))


def _caddy_files(folder: Path, own: str, exchanged: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    text = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    (folder / "Caddyfile").write_text(own + _exchanged(text, exchanged))


def _exchanged(text: str, exchanged: dict[str, str]) -> str:
    for shipped, own in exchanged.items():
        assert shipped in text, shipped
        text = text.replace(shipped, own)
    return text


@asynccontextmanager
async def _started(command: list[str], proxy: Proxy) -> AsyncIterator[None]:
    """A proxy from the moment it serves both names to its end."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    log: list[str] = []
    assert process.stdout is not None
    reading = asyncio.create_task(_read(process.stdout, log))

    async def serves() -> bool:
        assert process.returncode is None, "".join(log)
        try:
            async with proxy.client() as client:
                for name in (HOUSE, STATUS):
                    async with client.get(proxy.address(name, "/nothing-here")):
                        pass
        except (OSError, aiohttp.ClientError):
            return False
        return True

    try:
        await until(serves, lambda: "".join(log))
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await process.wait()
            await reading


async def _read(stream: asyncio.StreamReader, log: list[str]) -> None:
    while line := await stream.readline():
        log.append(line.decode())
