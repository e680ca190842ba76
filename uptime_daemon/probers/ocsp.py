"""One question to an OCSP responder (RFC 6960): signed, about our certificate, fresh, and as expected."""

from __future__ import annotations

import secrets
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from uptime_daemon.core.facts.attempt import CheckResult
from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.core.time.instants import MINUTE, format_instant, instant
from uptime_daemon.probers.http import exchange
from uptime_daemon.probers.http import secrets as hidden_parts
from uptime_daemon.probers.progress import tried
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.probers.endpoints.pki import OcspEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress

ANSWER_BYTES_MAX: Final = 64 * 1024
"""How long an answer may be: with a chain of certificates it has some 5 KiB."""
SKEW: Final = 5 * MINUTE
"""How far the responder's clock may be ahead of or behind ours, microseconds."""
_NONCE_BYTES: Final = 16
_OURS: Final = frozenset({ocsp.OCSPResponseStatus.MALFORMED_REQUEST})
_REFUSED: Final = frozenset({ocsp.OCSPResponseStatus.UNAUTHORIZED, ocsp.OCSPResponseStatus.SIG_REQUIRED})
_SUCCESS: Final = range(200, 300)


async def attempt(endpoint: OcspEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One try at a responder that ends within the given elapsed microseconds."""
    speak = partial(_asked, endpoint, equipment)
    return await tried(speak, endpoint.checks, within, equipment.clock, hidden_parts(endpoint.request))


async def _asked(endpoint: OcspEndpoint, equipment: Equipment, progress: Progress) -> None:
    certificate, issuer = _loaded(endpoint.certificate), _loaded(endpoint.issuer)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    # SHA-1 names the certificate, it protects nothing: every responder knows it (RFC 5019, section 2.1.1)
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, SHA1())  # noqa: S303
    question = builder.add_extension(x509.OCSPNonce(nonce), critical=False).build()
    request = replace(
        endpoint.request,
        method="POST",
        headers=(*endpoint.request.headers, ("Content-Type", "application/ocsp-request")),
        body=question.public_bytes(Encoding.DER),
        max_body_bytes=ANSWER_BYTES_MAX,
    )
    await exchange(request, equipment, progress)
    answer = progress.answer
    if answer.status not in _SUCCESS:
        return  # the status decides
    body, answer.body = bytes(answer.body), bytearray()
    try:
        response = ocsp.load_der_ocsp_response(body)
        progress.told += _looked_at(response, certificate, issuer, nonce, endpoint, equipment.clock.now())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise AttemptError(Reason.ANSWER_INVALID, f"no OCSP: {error}") from error


def _looked_at(
    response: ocsp.OCSPResponse,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    nonce: bytes,
    endpoint: OcspEndpoint,
    now: Instant,
) -> list[CheckResult]:
    """Everything that an answer must be, each with what came."""
    state = response.response_status
    if state in _OURS:
        raise AttemptError(Reason.PROBER, "the responder cannot read our question (malformedRequest)")
    if state in _REFUSED:
        raise AttemptError(Reason.ACCESS_REFUSED, f"our access was refused: {state.name.lower()}")
    if state is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return [CheckResult("ocsp response", "successful", state.name.lower(), holds=False)]
    serial = response.serial_number
    signature = _signature(response, issuer, now)
    start = instant(response.this_update_utc)
    end = None if response.next_update_utc is None else instant(response.next_update_utc)
    fresh = start <= now + SKEW and (end is None or now <= end + SKEW)
    shown = f"{format_instant(start)} to {'any time' if end is None else format_instant(end)}"
    told = response.certificate_status.name.lower()
    return [
        CheckResult("ocsp response", "successful", "successful", holds=True),
        CheckResult("ocsp signature", "by the authority", signature or "by the authority", holds=not signature),
        CheckResult(
            "ocsp certificate", str(certificate.serial_number), str(serial), holds=serial == certificate.serial_number
        ),
        CheckResult("ocsp nonce", "ours or none", *_nonce(response, nonce)),
        CheckResult("ocsp time", "now", shown, holds=fresh),
        CheckResult("ocsp status", endpoint.status.value, told, holds=told == endpoint.status.value),
    ]


def _nonce(response: ocsp.OCSPResponse, nonce: bytes) -> tuple[str, bool]:
    """Responders that sign beforehand answer without one (RFC 5019, section 4)."""
    try:
        told = response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return "none", True
    return ("ours", True) if told == nonce else ("another", False)


def _signature(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: Instant) -> str:
    """What is wrong with the signature, empty if nothing is (RFC 6960, section 4.2.2.2)."""
    signer = issuer
    for delegate in response.certificates:
        if delegate == issuer or not _names(response, delegate):
            continue
        if why := _undelegated(delegate, issuer, now):
            return why
        signer = delegate
    if not _names(response, signer):
        return "by somebody else"
    try:
        _verify(signer, response.signature, response.tbs_response_bytes, response.signature_hash_algorithm)
    except InvalidSignature:
        return "wrong"
    return ""


def _names(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    """Whether the answer says that this one signed it, by name or by the digest of its key."""
    if response.responder_name is not None:
        return response.responder_name == signer.subject
    return response.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(signer.public_key()).digest


def _undelegated(delegate: x509.Certificate, issuer: x509.Certificate, now: Instant) -> str:
    """Why a certificate may not sign in the authority's stead, empty if it may."""
    try:
        delegate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return "by somebody whom the authority does not know"
    try:
        usage = delegate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
    if ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
        return "by a certificate that is not for OCSP"
    valid = instant(delegate.not_valid_before_utc) <= now <= instant(delegate.not_valid_after_utc)
    return "" if valid else "by a certificate that is not valid now"


def _verify(signer: x509.Certificate, signature: bytes, told: bytes, algorithm: HashAlgorithm | None) -> None:
    key, used = signer.public_key(), algorithm or SHA256()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, told, padding.PKCS1v15(), used)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, told, ec.ECDSA(used))
    else:
        raise AttemptError(Reason.PROBER, "this prober knows signatures by RSA and elliptic curves only")


def _loaded(path: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise AttemptError(Reason.PROBER, f"a certificate file cannot be used: {Path(path).name}") from error
