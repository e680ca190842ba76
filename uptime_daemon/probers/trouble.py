"""What went wrong in words of `docs/outcomes.md`: every way in which an attempt can end early, and whose it is."""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import Phase, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAME_IS_UNKNOWN: Final = frozenset({socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_ADDRFAMILY})
"""The resolver answered, and the answer is that there is no such name or no address of it. All other answers, such as
SERVFAIL and a timeout (EAI_AGAIN), leave open whose fault it is."""

_BY_ERRNO: Final[Mapping[int, Reason]] = {
    errno.ECONNREFUSED: Reason.CONNECTION_REFUSED,
    errno.ECONNRESET: Reason.CONNECTION_RESET,
    errno.ECONNABORTED: Reason.CONNECTION_RESET,
    errno.EPIPE: Reason.CONNECTION_RESET,
    # no way from here; a host behind its own router's "unreachable" looks the same, and then nothing is claimed
    errno.ENETUNREACH: Reason.NO_ROUTE,
    errno.EHOSTUNREACH: Reason.NO_ROUTE,
    errno.ENETDOWN: Reason.NO_ROUTE,
    errno.EHOSTDOWN: Reason.NO_ROUTE,
    errno.EAFNOSUPPORT: Reason.NO_ROUTE,
    # a firewall of this machine forbids it
    errno.EACCES: Reason.NO_ROUTE,
    errno.EPERM: Reason.NO_ROUTE,
    # this machine has no descriptors, memory or local ports left
    errno.EMFILE: Reason.DESCRIPTORS,
    errno.ENFILE: Reason.DESCRIPTORS,
    errno.ENOBUFS: Reason.DESCRIPTORS,
    errno.ENOMEM: Reason.DESCRIPTORS,
    errno.EADDRNOTAVAIL: Reason.DESCRIPTORS,
}

_ALERTS_ABOUT_OUR_CERTIFICATE: Final = frozenset(
    {
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "SSLV3_ALERT_NO_CERTIFICATE",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "TLSV1_ALERT_ACCESS_DENIED",
        "TLSV1_ALERT_UNKNOWN_CA",
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    }
)
"""Alerts of a server that judged the certificate it got from us, or got none (RFC 8446, section 6.2)."""


_WORDS: Final = re.compile(r"^\[SSL[^\]]*\] (.+?)(?: \(_ssl|$)")
_ALERT_OF_ANOTHER_PROTOCOL: Final = "TLSV1_ALERT_NO_APPLICATION_PROTOCOL"
"""The alert of a server that speaks none of the protocols that we name (RFC 7301, section 3.2)."""


class AttemptError(Exception):
    """An attempt ended before there was a whole answer to check."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def of_silence(phase: Phase, dialled: Sequence[str] = (), *, is_connected: bool = True) -> AttemptError:
    """What a timeout means that found the attempt in this phase, the addresses named that did not answer."""
    match phase:
        case Phase.NAME | Phase.ROUTE:
            return AttemptError(Reason.RESOLVER, "the resolver did not answer in time")
        case Phase.TCP:
            return AttemptError(Reason.CONNECT_TIMEOUT, f"no connection in time to {', '.join(dialled) or 'it'}")
        case Phase.TLS:
            return AttemptError(Reason.CONNECT_TIMEOUT, "connected, but no TLS handshake in time")
        case Phase.ANSWER:
            if not is_connected:  # datagrams: nobody knows whether they arrived
                return AttemptError(Reason.ANSWER_TIMEOUT, f"no answer in time from {', '.join(dialled)}")
            return AttemptError(Reason.ANSWER_TIMEOUT, "connected, but no whole answer in time")


def of_exception(trouble: OSError, phase: Phase) -> AttemptError:
    """What an exception of the system or of TLS means in this phase."""
    match trouble:
        case socket.gaierror():
            reason = Reason.NAME_NOT_FOUND if trouble.errno in _NAME_IS_UNKNOWN else Reason.RESOLVER
            return AttemptError(reason, trouble.strerror or "the resolver failed")
        case ssl.SSLCertVerificationError():
            return AttemptError(Reason.CERTIFICATE, getattr(trouble, "verify_message", "the certificate was refused"))
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return AttemptError(Reason.CONNECTION_RESET, "the connection was closed within TLS")
        case ssl.SSLError():
            return _of_tls(trouble, phase)
        case TimeoutError():  # ETIMEDOUT: the system gave up before our timeout
            return of_silence(phase)
        case _:
            return _of_errno(trouble)


def _of_tls(trouble: ssl.SSLError, phase: Phase) -> AttemptError:
    # only exceptions that OpenSSL itself brought about have a reason, and only those that Python knows; else its words
    words = _WORDS.search(str(trouble))
    told: str = getattr(trouble, "reason", None) or (words[1].upper().replace(" ", "_") if words else "unknown")
    if told in _ALERTS_ABOUT_OUR_CERTIFICATE:
        return AttemptError(Reason.ACCESS_REFUSED, f"the server wants another client certificate: {told}")
    if told == _ALERT_OF_ANOTHER_PROTOCOL:
        return AttemptError(Reason.PROBER, "the server speaks HTTP/2 or another protocol alone, this prober HTTP/1.1")
    reason = Reason.ANSWER_INVALID if phase is Phase.ANSWER else Reason.TLS_FAILED
    return AttemptError(reason, f"TLS failed: {told}")


def _of_errno(trouble: OSError) -> AttemptError:
    if trouble.errno is None:
        # asyncio and aiohttp raise ConnectionError without a number where a peer went away in the middle of something
        reason = Reason.CONNECTION_RESET if isinstance(trouble, ConnectionError) else Reason.PROBER
        return AttemptError(reason, f"the connection was lost ({type(trouble).__name__})")
    name = errno.errorcode.get(trouble.errno, str(trouble.errno))
    return AttemptError(_BY_ERRNO.get(trouble.errno, Reason.PROBER), f"{os.strerror(trouble.errno)} ({name})")
