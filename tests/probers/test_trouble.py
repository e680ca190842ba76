"""Which reason an exception means, for those that no local server can bring about at will."""

from __future__ import annotations

import errno
import ssl

import pytest

from uptime_daemon.core.facts.observation import OWN_REASONS, Phase, Reason
from uptime_daemon.probers.tls import Certificates, refused
from uptime_daemon.probers.trouble import of_exception


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ECONNREFUSED, Reason.CONNECTION_REFUSED),
        (errno.EPIPE, Reason.CONNECTION_RESET),
        (errno.ETIMEDOUT, Reason.CONNECT_TIMEOUT),
        (errno.EHOSTUNREACH, Reason.NO_ROUTE),
        (errno.EAFNOSUPPORT, Reason.NO_ROUTE),
        (errno.EPERM, Reason.NO_ROUTE),
        (errno.ENFILE, Reason.DESCRIPTORS),
        (errno.EADDRNOTAVAIL, Reason.DESCRIPTORS),
        (errno.EIO, Reason.PROBER),
        (9_999, Reason.PROBER),
    ],
)
def test_number_of_the_system(number: int, reason: Reason) -> None:
    """What the system says decides; what nobody thought of is ours, never the vendor's."""
    ended = of_exception(OSError(number, "words that are not kept"), Phase.TCP)
    assert ended.reason is reason
    assert "not kept" not in ended.detail


@pytest.mark.parametrize(
    ("trouble", "phase", "reason"),
    [
        (ConnectionResetError(), Phase.ANSWER, Reason.CONNECTION_RESET),
        (ConnectionAbortedError(), Phase.TLS, Reason.CONNECTION_RESET),
        (OSError(), Phase.ANSWER, Reason.PROBER),
        (TimeoutError(errno.ETIMEDOUT, "gave up"), Phase.ANSWER, Reason.ANSWER_TIMEOUT),
        (ssl.SSLEOFError(), Phase.TLS, Reason.CONNECTION_RESET),
        (ssl.SSLError(), Phase.TLS, Reason.TLS_FAILED),
        (ssl.SSLError(), Phase.ANSWER, Reason.ANSWER_INVALID),
    ],
)
def test_trouble_without_a_number(trouble: OSError, phase: Phase, reason: Reason) -> None:
    """A lost connection is a reset; broken TLS depends on how far it came."""
    assert of_exception(trouble, phase).reason is reason


def test_unreadable_date_is_no_end() -> None:
    """A certificate whose date nobody can read still has a subject."""
    trouble = ssl.SSLCertVerificationError()
    trouble.chain = [{"subject": ((("organizationName", "Acme"),),), "notAfter": "banana"}]  # type: ignore[attr-defined]
    assert refused(trouble) == Certificates("organizationName=Acme", None)
    assert refused(ssl.SSLCertVerificationError()) is None


def test_what_is_ours_is_an_error() -> None:
    """Resolver, route, descriptors, mistakes and refused access are never fails."""
    ours = {Reason.RESOLVER, Reason.NO_ROUTE, Reason.DESCRIPTORS, Reason.PROBER, Reason.ACCESS_REFUSED}
    assert ours < OWN_REASONS
