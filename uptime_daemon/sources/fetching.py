"""One document of somebody else's server: over HTTPS, from a public address, bounded in size and time, no redirects."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import aiohttp

from uptime_daemon.addresses import GuardedResolver, PrivateAddressError, refuse_private
from uptime_daemon.loopback import is_loopback
from uptime_daemon.sources.ports import SourceError, UnreachableError

FETCH_SECONDS: Final = 30
"""For the whole answer: a person waits at the command line, and such documents are small."""
CONNECT_SECONDS: Final = 10
BYTES_MAX: Final = 10 * 1024 * 1024
"""Fifty incidents with all their updates are some hundred thousand bytes."""
_CHUNK: Final = 1 << 16
_OK: Final = 200


def is_url(source: str) -> bool:
    """Whether a source is an address and no file."""
    return source.startswith(("https://", "http://"))


async def fetched(url: str) -> bytes:
    """The document at an address. Raises `SourceError` for an address that is none, and `UnreachableError`.

    A redirect is not followed: whoever names the address decides whose word is kept as evidence. Only a server on this
    machine may be asked without TLS.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    here = is_loopback(host)
    if not host or parts.username is not None:
        raise SourceError(f"{url}: it is no address such as https://status.vendor.example")
    if parts.scheme != "https" and not here:
        raise SourceError(f"{url}: what is kept as evidence is fetched over https alone")
    try:
        if not here:
            refuse_private(url)
        timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS, sock_connect=CONNECT_SECONDS)
        connector = aiohttp.TCPConnector(resolver=None if here else GuardedResolver())
        async with (
            aiohttp.ClientSession(
                connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            ) as session,
            session.get(
                url, allow_redirects=False, headers={"User-Agent": "uptime-daemon", "Accept-Encoding": "identity"}
            ) as answer,
        ):
            if answer.status != _OK:
                to = answer.headers.get("Location")
                raise UnreachableError(
                    f"{url}: it answers {answer.status}{f' and points to {to}; name that' if to else ''}"
                )
            return await _body(answer, url)
    except PrivateAddressError as refused:
        raise SourceError(
            f"{url}: {host} is not of the public internet, and no vendor's page stands there"
        ) from refused
    except TimeoutError as slow:
        raise UnreachableError(f"{url}: no whole answer within {FETCH_SECONDS} s") from slow
    except (aiohttp.ClientError, OSError) as trouble:
        raise UnreachableError(f"{url}: {type(trouble).__name__}: {trouble}") from trouble


async def _body(answer: aiohttp.ClientResponse, url: str) -> bytes:
    parts: list[bytes] = []
    left = BYTES_MAX
    async for chunk in answer.content.iter_chunked(_CHUNK):
        left -= len(chunk)
        if left < 0:
            raise SourceError(f"{url}: the answer has more than {BYTES_MAX} bytes")
        parts.append(chunk)
    return b"".join(parts)
