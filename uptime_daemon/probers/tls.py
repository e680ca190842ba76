"""One TLS context for each setting, made once, and what the vendor's certificates said, also when they were refused."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.core.time.instants import SECOND, format_instant
from uptime_daemon.probers.der import certificate_end
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from uptime_daemon.core.time.instants import Instant

_PEM_BEGIN: Final = "-----BEGIN CERTIFICATE-----"
_PEM_END: Final = "-----END CERTIFICATE-----"
CHAINS_MAX: Final = 1_024
"""Chains of certificates that are remembered with what they say; each takes some 10 kB of OpenSSL's memory."""
ALPN_HTTP: Final = ("http/1.1",)
"""What the HTTP prober speaks (RFC 7301)."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """What a chain of certificates says."""

    subject: str
    """Of the endpoint's own certificate."""
    end: Instant | None
    """When the first of the chain expires; None if a date could not be read."""


class Own(NamedTuple):
    """The certificate that we show, and its key."""

    certificate: str
    """A PEM file."""
    key: str
    """A PEM file; empty where the certificate's file holds the key, too."""


class TlsContexts:
    """The contexts of all TLS settings; loading the system's authorities takes 20 times as long as a handshake."""

    def __init__(self) -> None:
        self._made: dict[tuple[str | None, tuple[str, ...], Own | None], tuple[ssl.SSLContext, Instant | None]] = {}

    def context(
        self, ca_file: str | None = None, alpn: tuple[str, ...] = (), own: Own | None = None, at: Instant | None = None
    ) -> ssl.SSLContext:
        """The context that trusts the authorities of a PEM file, or the system's, and shows our certificate, if any.

        Without any authority every certificate would look wrong, so that is `AttemptError`, a mistake on our side. So
        is a certificate of ours that has expired at that instant: who turns it down is right. If it was renewed in its
        file, the new one is read.
        """
        made = self._made.get((ca_file, alpn, own))
        if made is None or (own is not None and _is_over(made[1], at) and _end_of(own) != made[1]):
            made = self._made[ca_file, alpn, own] = _context(ca_file, alpn, own)
        context, end = made
        if end is not None and _is_over(end, at):
            raise AttemptError(Reason.ACCESS_REFUSED, f"our client certificate expired at {format_instant(end)}")
        return context


class _Seen(ssl.SSLObject):
    """A TLS session that keeps the vendor's chain of certificates when it refuses it: evidence of what was wrong."""

    def do_handshake(self) -> None:
        """Shake hands; the exception of a refused certificate carries the chain."""
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError as refused:
            refused.chain = _infos(_chain(self, "get_unverified_chain"))  # type: ignore[attr-defined]
            raise


def accepted(session: ssl.SSLObject) -> Certificates | None:
    """The verified chain without its root, which is ours and not the vendor's."""
    chain = _chain(session, "get_verified_chain")
    return _read(chain[:-1] or chain)


def version(session: ssl.SSLObject) -> str:
    """The version of TLS that both sides agreed on, as the standards write it."""
    return (session.version() or "").replace("TLSv", "TLS ")


def refused(trouble: ssl.SSLCertVerificationError) -> Certificates | None:
    """The chain that the vendor sent and that was not trusted."""
    return _certificates(getattr(trouble, "chain", []))


def _context(ca_file: str | None, alpn: tuple[str, ...], own: Own | None) -> tuple[ssl.SSLContext, Instant | None]:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # also what OpenSSL says of a file that holds no certificate
        raise AttemptError(Reason.PROBER, f"the ca_file cannot be used: {error.strerror}") from error
    if ca_file is None and not context.cert_store_stats()["x509_ca"] and not _authorities_in_folder():
        raise AttemptError(Reason.PROBER, "no certificate authorities are installed; install ca-certificates")
    if alpn:
        context.set_alpn_protocols(list(alpn))
    context.sslobject_class = _Seen
    return context, None if own is None else _shown(context, own)


def _shown(context: ssl.SSLContext, own: Own) -> Instant:
    """Show our certificate to whoever asks; when it expires."""
    try:
        # an empty password instead of none: without it OpenSSL would ask on the terminal
        context.load_cert_chain(own.certificate, own.key or None, password="")
    except (OSError, ValueError) as error:
        raise _unusable(error) from error
    return _end_of(own)


def _end_of(own: Own) -> Instant:
    """When our certificate expires, as it stands in its file now."""
    try:
        pem = Path(own.certificate).read_text(encoding="ascii", errors="replace")
        return certificate_end(ssl.PEM_cert_to_DER_cert(pem[pem.index(_PEM_BEGIN) : pem.index(_PEM_END)] + _PEM_END))
    except (OSError, ValueError) as error:
        raise _unusable(error) from error


def _is_over(end: Instant | None, at: Instant | None) -> bool:
    return end is not None and at is not None and at >= end


def _unusable(error: OSError | ValueError) -> AttemptError:
    why = getattr(error, "reason", None) or getattr(error, "strerror", None) or "it is no PEM file"
    return AttemptError(Reason.PROBER, f"the client_certificate cannot be used: {why}")


def _authorities_in_folder() -> bool:
    """Whether OpenSSL would find authorities later: those of a folder are read when they are needed."""
    folder = cast("str | None", ssl.get_default_verify_paths().capath)  # None where there is no such folder
    return folder is not None and any(Path(folder).iterdir())


def _chain(session: ssl.SSLObject, which: str) -> tuple[Any, ...]:
    # The chain is public from Python 3.13 on, but as bytes that nothing in the standard library reads; the object below
    # has told the same, parsed, since 3.10.
    told: Iterable[Any] = getattr(getattr(session, "_sslobj", None), which, list)() or ()
    return tuple(told)


@lru_cache(maxsize=CHAINS_MAX)
def _read(chain: tuple[Any, ...]) -> Certificates | None:
    """What a chain says; one that came before is known by OpenSSL's own comparison, for it is costly to read."""
    return _certificates(_infos(chain))


def _infos(chain: tuple[Any, ...]) -> list[Mapping[str, Any]]:
    return [certificate.get_info() for certificate in chain]


def _certificates(chain: list[Mapping[str, Any]]) -> Certificates | None:
    return Certificates(_subject(chain[0]), _end(chain)) if chain else None


def _end(chain: Iterable[Mapping[str, Any]]) -> Instant | None:
    try:
        return min(ssl.cert_time_to_seconds(certificate["notAfter"]) for certificate in chain) * SECOND
    except (KeyError, ValueError):
        return None


def _subject(certificate: Mapping[str, Any]) -> str:
    names = [pair for part in certificate.get("subject", ()) for pair in part]
    common = [value for name, value in names if name == "commonName"]
    told = common[:1] or [f"{name}={value}" for name, value in names]
    # authorities leave the subject empty by now, and name the host among the alternative names alone
    return ", ".join(told or [value for _, value in certificate.get("subjectAltName", ())])
