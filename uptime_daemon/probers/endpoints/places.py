"""Where an endpoint is: hosts, ports and addresses that could be tried at all, and how they are shown."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeAlias

from yarl import URL

Place: TypeAlias = Mapping[str, str | int | list[str]]
"""Where an endpoint is, as keys of its definition: with id and kind enough to read one again, without any secret."""

TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
"""A word of HTTP: a method, the name of a header, a subprotocol."""
PORT_MAX: Final = 65_535
_NAME_BYTES_MAX: Final = 253
"""How long a name may be, written with dots: RFC 1035, section 2.3.4 counts a length before each label and a last 0."""


class ForeignEndpoint(Protocol):
    """What an endpoint of any kind tells."""

    @property
    def kind(self) -> str:
        """The name of its prober."""

    @property
    def host(self) -> str:
        """The host that attempts are made at; attempts at one host share a limit."""

    @property
    def place(self) -> Place:
        """Where it is, without what may be secret: with id and kind enough to read a definition again."""

    @property
    def checks(self) -> Sequence[object]:
        """The conditions on its answer."""


def parsed_url(text: str) -> URL:
    """The parts of an address that can be requested; `ValueError` otherwise, without its user information or query."""
    try:
        url = URL(text)
        port = url.port
    except (ValueError, IndexError) as mistake:  # the second is yarl's, of brackets before an @
        raise ValueError("the url cannot be read; write one such as https://vendor.example/health") from mistake
    if url.scheme not in {"http", "https"} or not url.raw_host or not port:
        shown = repr(shown_url(url)) if url.raw_host else "the url"
        raise ValueError(
            f"{shown} has no http or https scheme or no host; write one such as https://vendor.example/health"
        )
    refuse_host(url.raw_host)
    return url


def shown_url(url: URL) -> str:
    """An address for people and evidence: without user information, query and fragment, which may hold secrets."""
    return str(url.with_user(None).with_query(None).with_fragment(None)) if url.raw_host else f"{url.scheme}:"


def refuse_lone_key(client_certificate: str | None, client_key: str | None) -> None:
    """Refuse the key of a certificate that is not named: nothing would be shown."""
    if client_key and not client_certificate:
        raise ValueError("client_key needs its client_certificate; write both")


def refuse_place(host: str, port: int) -> None:
    """Refuse a host that could not be looked up or a number that is no port."""
    refuse_host(host)
    if not 1 <= port <= PORT_MAX:
        raise ValueError(f"{port} is no port; write one from 1 to {PORT_MAX}")


def refuse_host(host: str) -> None:
    """Refuse what could not even be looked up; an address is no mistake."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        try:
            encoded = host.encode("idna")  # as the resolver does; refuses empty and overlong labels
        except UnicodeError:
            encoded = b""
        if (
            not encoded
            or len(encoded.removesuffix(b".")) > _NAME_BYTES_MAX
            or any(sign in host for sign in " :/@\r\n\0")
        ):
            raise ValueError("that is no host name; write one such as sip.vendor.example") from None
