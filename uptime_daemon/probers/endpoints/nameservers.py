"""Endpoints that are asked for a name: DNS."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum

from uptime_daemon.probers.endpoints.conditions import DnsRcode, SecondsBelow
from uptime_daemon.probers.endpoints.places import Place, refuse_place


class DnsRecord(StrEnum):
    """The types of records that can be asked for (IANA's registry of DNS parameters)."""

    A = "A"
    AAAA = "AAAA"
    CAA = "CAA"
    CNAME = "CNAME"
    DNSKEY = "DNSKEY"
    DS = "DS"
    HTTPS = "HTTPS"
    MX = "MX"
    NAPTR = "NAPTR"
    NS = "NS"
    PTR = "PTR"
    SOA = "SOA"
    SRV = "SRV"
    TLSA = "TLSA"
    TXT = "TXT"


class DnsTransport(StrEnum):
    """How a name server is asked."""

    UDP = "udp"
    """And again over TCP where the answer does not fit (RFC 7766, section 5)."""
    TCP = "tcp"


@dataclass(frozen=True, slots=True)
class DnsEndpoint:
    """One question to one name server."""

    server: str
    """Its address: behind a name there may be several servers, and another one finds the name."""
    name: str
    record: DnsRecord = DnsRecord.A
    port: int = 53
    transport: DnsTransport = DnsTransport.UDP
    recursive: bool = False
    """Whether the server is asked to ask others: for resolvers, not for servers of a zone."""
    rcode: DnsRcode = DnsRcode.NOERROR
    expect: str = ""
    """What must stand in the records, written as in a zone file."""
    checks: tuple[SecondsBelow, ...] = ()

    def __post_init__(self) -> None:
        """The question can be asked."""
        try:
            ipaddress.ip_address(self.server)
        except ValueError:
            raise ValueError("the server is no address; write the address of one name server") from None
        refuse_place(self.name, self.port)

    @property
    def kind(self) -> str:
        """The name of its prober."""
        return "dns"

    @property
    def host(self) -> str:
        """The server that attempts are made at."""
        return self.server

    @property
    def place(self) -> Place:
        """Server, port and question."""
        return {"server": self.server, "port": self.port, "name": self.name, "record": self.record.value}
