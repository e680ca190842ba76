"""Time stamps of authorities outside (RFC 3161): that a text was there at an instant, by somebody else's word.

What is stamped is the text itself, so that everybody can check it with
`openssl ts -verify -data TEXT -in STAMP -CAfile CERTIFICATES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import instant
from uptime_daemon.delivery.http import Address, request

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509

    from uptime_daemon.core.time.instants import Instant

ANSWER_SECONDS: Final = 30
"""Authorities answer within a second; the next try follows in minutes."""
ANSWER_BYTES_MAX: Final = 64 * 1024
"""With a chain of certificates an answer has some 6 KiB."""
_HEADERS: Final = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}


class StampError(Exception):
    """There is no stamp, or it does not hold; the message says why."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who stamps, and the certificates by which its stamps are believed."""

    address: Address
    certificates: Path
    """PEM: at least one root, and what lies between it and the authority."""


async def stamped(authority: Authority, text: str) -> bytes:
    """The authority's stamp of a text, in DER, checked. Raises `StampError`."""
    from rfc3161_client import TimestampRequestBuilder  # noqa: PLC0415 - the extra `pki`, which most do not need
    from rfc3161_client.base import HashAlgorithm  # noqa: PLC0415 - as above

    query = TimestampRequestBuilder().data(text.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = await request(
        "POST", authority.address, ANSWER_SECONDS, query.as_bytes(), _HEADERS, content_max=ANSWER_BYTES_MAX
    )
    if not answer.is_taken:
        raise StampError(f"the authority gives no stamp: {answer.words}")
    stamped_at(answer.content, text, authority.certificates)
    return answer.content


def stamped_at(stamp: bytes, text: str, certificates: Path) -> Instant:
    """When a text was stamped, by an authority that is believed. Raises `StampError`."""
    from rfc3161_client import (  # noqa: PLC0415 - the extra `pki`
        PKIStatus,
        VerificationError,
        VerifierBuilder,
        decode_timestamp_response,
    )

    trusted = _loaded(certificates)
    roots = [each for each in trusted if each.issuer == each.subject]
    between = [each for each in trusted if each.issuer != each.subject]
    try:
        response = decode_timestamp_response(stamp)
        status = PKIStatus(response.status)
        if status is not PKIStatus.GRANTED:
            raise StampError(f"{status.name.lower()} {' '.join(response.status_string)}".rstrip())
        VerifierBuilder(roots=roots, intermediates=between).build().verify_message(response, text.encode())
        return instant(response.tst_info.gen_time)
    except VerificationError as error:
        raise StampError(f"the stamp does not hold: {error}") from error
    except ValueError as error:
        raise StampError(f"that is no stamp: {error}") from error


def _loaded(certificates: Path) -> list[x509.Certificate]:
    from cryptography import x509  # noqa: PLC0415 - it takes a while to load, and only stamps need it

    try:
        found = x509.load_pem_x509_certificates(certificates.read_bytes())
    except (OSError, ValueError) as error:
        raise StampError(f"{certificates}: it cannot be used: {error}") from error
    if not any(each.issuer == each.subject for each in found):
        raise StampError(f"{certificates}: it holds no root; add the authority's root certificate")
    return found
