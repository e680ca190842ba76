"""Endpoints of public key infrastructures: certificate status (OCSP) and time stamps (RFC 3161)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from uptime_daemon.core.time.instants import Duration
from uptime_daemon.probers.endpoints.conditions import SecondsBelow
from uptime_daemon.probers.endpoints.places import Place, parsed_url, shown_url
from uptime_daemon.probers.endpoints.web import HttpEndpoint

_POLICY: Final = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")


class CertificateStatus(StrEnum):
    """What a responder says of a certificate (RFC 6960, section 2.2)."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OcspEndpoint:
    """One question to an OCSP responder (RFC 6960)."""

    request: HttpEndpoint
    """Where and as whom it is asked; its method and body are the prober's."""
    certificate: str
    """A PEM file of the certificate that is asked about."""
    issuer: str
    """A PEM file of the certificate of its authority."""
    status: CertificateStatus = CertificateStatus.GOOD
    """What must be answered."""
    checks: tuple[SecondsBelow, ...] = ()

    @property
    def kind(self) -> str:
        """The name of its prober."""
        return "ocsp"

    @property
    def host(self) -> str:
        """The host that attempts are made at."""
        return self.request.host

    @property
    def place(self) -> Place:
        """Where it is asked, about what."""
        url = shown_url(parsed_url(self.request.url))
        return {"url": url, "certificate": self.certificate, "issuer": self.issuer}


@dataclass(frozen=True, slots=True)
class TspEndpoint:
    """One request for a time stamp (RFC 3161)."""

    request: HttpEndpoint
    """Where and as whom it is asked; its method and body are the prober's."""
    authorities: str
    """A PEM file of the authorities that the stamp's certificate must lead to, and of those between."""
    clock_within: Duration | None = None
    """How far the stamp's time may be from ours, microseconds; None does not look."""
    policy: str = ""
    """The policy that the stamp must be made under, an object identifier; empty does not look."""
    checks: tuple[SecondsBelow, ...] = ()

    def __post_init__(self) -> None:
        """The policy can be one."""
        if self.policy and not _POLICY.fullmatch(self.policy):
            raise ValueError(f"{self.policy!r} is no object identifier; write one such as 1.2.3.4.1")

    @property
    def kind(self) -> str:
        """The name of its prober."""
        return "tsp"

    @property
    def host(self) -> str:
        """The host that attempts are made at."""
        return self.request.host

    @property
    def place(self) -> Place:
        """Where it is asked."""
        return {"url": shown_url(parsed_url(self.request.url)), "authorities": self.authorities}
