"""Where a redirect may lead: a vendor's answer must not turn the prober against the network that it stands in."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from yarl import URL

from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.probers.endpoints.places import refuse_host, shown_url
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052, section 2.1
_IPV4_MASK: Final = 0xFFFF_FFFF
_METADATA: Final = ipaddress.IPv4Address("168.63.129.16")
"""Azure's host of a virtual machine: a public address that leads no further than to it."""
_PRIVATE_NAMES: Final = frozenset({"arpa", "internal", "intranet", "lan", "local"})
"""Last words of names that only a network's own resolver knows (RFC 6762, RFC 8375, ICANN's `internal`)."""


class Reach(StrEnum):
    """From where an address can be reached."""

    LOOPBACK = "loopback"
    LINK_LOCAL = "link-local"
    PRIVATE = "private"
    PUBLIC = "public"


def reach(host: str) -> Reach:
    """From where an address can be reached; the metadata services of clouds are link-local or private."""
    address = _embedded(ipaddress.ip_address(host))
    if address.is_loopback or address.is_unspecified:  # Linux takes 0.0.0.0 for itself
        return Reach.LOOPBACK
    if address.is_link_local or address == _METADATA:
        return Reach.LINK_LOCAL
    return Reach.PUBLIC if address.is_global and not address.is_multicast else Reach.PRIVATE


def reach_of_name(host: str) -> Reach:
    """From where a host can be reached that somebody else looks up; a name that says nothing of it is public."""
    try:
        return reach(host)
    except ValueError:
        *rest, last = host.lower().rstrip(".").split(".")
    if last == "localhost":  # RFC 6761, section 6.3
        return Reach.LOOPBACK
    return Reach.PUBLIC if rest and last not in _PRIVATE_NAMES else Reach.PRIVATE


def target(origin: URL, location: str) -> URL:
    """The address that a `Location` means (RFC 9110, section 10.2.2); `AttemptError` if it must not be followed."""
    try:
        url = origin.join(URL(location))
        port = url.port
        if url.raw_host:
            refuse_host(url.raw_host)
    except (ValueError, IndexError) as error:  # the second is yarl's, of brackets before an @
        raise AttemptError(Reason.REDIRECT, "redirects to an address that cannot be read") from error
    # What was promised over TLS is not asked for without it.
    allowed = {"https"} if origin.scheme == "https" else {"http", "https"}
    if url.scheme not in allowed or not url.raw_host or not port:
        raise AttemptError(Reason.REDIRECT, f"redirects to {shown_url(url)}, which is not followed")
    return url


def refuse_inward(url: URL, reaches: Iterable[Reach], known: Collection[Reach]) -> None:
    """Refuse a target that is nearer than the public network, unless the endpoint itself is as near."""
    for near in reaches:
        if near is not Reach.PUBLIC and near not in known:
            raise AttemptError(
                Reason.REDIRECT, f"redirects to {shown_url(url)}, a {near} address, which is not followed"
            )


def _embedded(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address carries, where it does."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & _IPV4_MASK)
        return address.ipv4_mapped or address.sixtofour or address
    return address
