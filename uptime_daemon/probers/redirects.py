"""Where a redirect may lead: a vendor's answer must not turn the prober against the network that it stands in."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from yarl import URL

from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.probers.endpoints.places import shown_url
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uptime_daemon.probers.ports import Address

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052, section 2.1
_IPV4_MASK: Final = 0xFFFF_FFFF


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
    if address.is_link_local:
        return Reach.LINK_LOCAL
    return Reach.PUBLIC if address.is_global and not address.is_multicast else Reach.PRIVATE


def target(origin: URL, location: str) -> URL:
    """The address that a `Location` means (RFC 9110, section 10.2.2); `AttemptError` if it must not be followed."""
    try:
        url = origin.join(URL(location))
        port = url.port
    except ValueError as error:
        raise AttemptError(Reason.REDIRECT, "redirects to an address that cannot be read") from error
    # What was promised over TLS is not asked for without it.
    allowed = {"https"} if origin.scheme == "https" else {"http", "https"}
    if url.scheme not in allowed or not url.raw_host or not port:
        raise AttemptError(Reason.REDIRECT, f"redirects to {shown_url(url)}, which is not followed")
    return url


def refuse_inward(url: URL, addresses: Iterable[Address], known: Iterable[Reach]) -> None:
    """Refuse a target that is nearer than the public network, unless the endpoint itself is as near."""
    for address in addresses:
        near = reach(address.host)
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
