"""One HTTP request to somebody else's program: bounded, never redirected, to a public address unless told otherwise."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import aiohttp

from uptime_daemon.addresses import GuardedResolver, PrivateAddressError, refuse_private
from uptime_daemon.delivery.fate import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS: Final = 10
"""How long until the other side must have taken the connection, as the default timeout of a probe."""
_AGENT: Final = "uptime-daemon"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request goes."""

    url: str = field(repr=False)
    private: bool = False
    """Whether it may stand in a private network or on this machine."""
    tls_context: ssl.SSLContext = field(default_factory=ssl.create_default_context)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request."""

    status: int | None
    """None: there was no answer."""
    words: str
    content: bytes = b""
    """The beginning of its body, where that was asked for."""

    @property
    def is_taken(self) -> bool:
        """Only 2xx is a yes. A redirect is none: what is meant for one address is not for another."""
        return self.status is not None and self.status in range(200, 300)


async def request(
    method: str,
    address: Address,
    seconds: float,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    content_max: int = 0,
) -> Answer:
    """The status of an answer within a time, name and handshake included; so many bytes of its body are read at most.

    Words about trouble name the host at most: the path of such an address may be a secret.
    """
    try:
        if not address.private:
            refuse_private(address.url)
        # A connection of its own each time: requests are rare, and a receiver that moved is found.
        connector = aiohttp.TCPConnector(
            resolver=None if address.private else GuardedResolver(), ssl=address.tls_context, force_close=True
        )
        async with (
            aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            ) as session,
            session.request(
                method,
                address.url,
                data=body,
                headers={"User-Agent": _AGENT, **(headers or {})},
                allow_redirects=False,
            ) as answer,
        ):
            content = await _beginning(answer.content, content_max)
            return Answer(answer.status, shortened(f"{answer.status} {answer.reason or ''}"), content)
    except PrivateAddressError as refused:
        return Answer(None, shortened(refused.strerror or ""))
    except TimeoutError:
        return Answer(None, f"no answer within {seconds:g} s")
    except (aiohttp.ClientError, OSError) as trouble:
        return Answer(None, shortened(f"{type(trouble).__name__}: {trouble}"))


async def _beginning(stream: aiohttp.StreamReader, most: int) -> bytes:
    found = bytearray()
    while len(found) < most and (some := await stream.read(most - len(found))):
        found += some
    return bytes(found)
