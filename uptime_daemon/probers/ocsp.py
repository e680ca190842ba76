"""One question to an OCSP responder (RFC 6960): signed, about our certificate, fresh, and as expected."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from uptime_daemon.core.facts.attempt import CheckResult
from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.core.time.instants import MINUTE, format_instant, instant
from uptime_daemon.probers.endpoints.pki import CertificateStatus
from uptime_daemon.probers.http import exchange
from uptime_daemon.probers.http import secrets as hidden_parts
from uptime_daemon.probers.progress import tried
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

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
    if not _is_issued(certificate, issuer):
        raise AttemptError(
            Reason.PROBER, f"{Path(endpoint.issuer).name} did not issue {Path(endpoint.certificate).name}"
        )
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
    except UnsupportedAlgorithm as error:
        raise AttemptError(Reason.PROBER, f"this prober does not know how the answer is signed: {error}") from error
    except (ValueError, TypeError) as error:
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
    # an answer may speak of several certificates (RFC 6960, section 4.2.1)
    singles = list(response.responses)
    single = next((each for each in singles if _is_about(each, certificate, issuer)), None)
    shown_single = single or singles[0]
    signature = _signature(response, issuer, now)
    number, is_number_right = _nonce(response, nonce)
    start = instant(shown_single.this_update_utc)
    end = None if shown_single.next_update_utc is None else instant(shown_single.next_update_utc)
    fresh = start <= now + SKEW and (end is None or now <= end + SKEW)
    shown = f"{format_instant(start)} to {'any time' if end is None else format_instant(end)}"
    if end is None and number == "none":  # only when it was signed says that it is none of before
        signed = instant(response.produced_at_utc)
        fresh = fresh and abs(now - signed) <= SKEW
        shown += f", signed {format_instant(signed)}"
    told = shown_single.certificate_status.name.lower()
    if told == CertificateStatus.UNKNOWN != endpoint.status and instant(certificate.not_valid_after_utc) < now:
        # RFC 6960, section 4.4.4: a responder need not know what has expired
        raise AttemptError(Reason.PROBER, f"{Path(endpoint.certificate).name} has expired; name a valid certificate")
    return [
        CheckResult("ocsp response", "successful", "successful", holds=True),
        CheckResult("ocsp signature", "by the authority", signature or "by the authority", holds=not signature),
        CheckResult(
            "ocsp certificate",
            f"{certificate.serial_number} of its issuer",
            f"{shown_single.serial_number} of {'its' if single else 'another'} issuer"
            if shown_single.serial_number == certificate.serial_number
            else str(shown_single.serial_number),
            holds=single is not None,
        ),
        CheckResult("ocsp nonce", "ours or none", number, holds=is_number_right),
        CheckResult("ocsp time", "now", shown, holds=fresh),
        CheckResult("ocsp status", endpoint.status.value, told, holds=told == endpoint.status.value),
    ]


def _is_about(single: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether an answer is about our certificate: number and issuer, by the digest that the answer uses."""
    ours = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, single.hash_algorithm).build()
    return (single.serial_number, single.issuer_name_hash, single.issuer_key_hash) == (
        ours.serial_number, ours.issuer_name_hash, ours.issuer_key_hash,
    )  # fmt: skip


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
        _verify(signer.public_key(), response)
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
    if not _is_issued(delegate, issuer):
        return "by somebody whom the authority does not know"
    try:
        usage = delegate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
    if ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
        return "by a certificate that is not for OCSP"
    valid = instant(delegate.not_valid_before_utc) <= now <= instant(delegate.not_valid_after_utc)
    return "" if valid else "by a certificate that is not valid now"


def _is_issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _verify(key: CertificatePublicKeyTypes, response: ocsp.OCSPResponse) -> None:
    """`InvalidSignature` unless this key signed the answer."""
    signature, told = response.signature, response.tbs_response_bytes
    if isinstance(key, rsa.RSAPublicKey) and response.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS:
        _verify_pss(key, signature, told)
        return
    used = response.signature_hash_algorithm
    match key:
        case rsa.RSAPublicKey():
            key.verify(signature, told, padding.PKCS1v15(), used or SHA256())
        case ec.EllipticCurvePublicKey():
            key.verify(signature, told, ec.ECDSA(used or SHA256()))
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            key.verify(signature, told)
        case _:
            raise AttemptError(Reason.PROBER, "this prober knows signatures by RSA and elliptic curves only")


def _verify_pss(key: rsa.RSAPublicKey, signature: bytes, told: bytes) -> None:
    """As above; which digest was used stands where the library does not look, so all that are safe are tried."""
    for digest in (SHA256(), SHA384(), SHA512()):
        with suppress(InvalidSignature):
            key.verify(signature, told, padding.PSS(padding.MGF1(digest), padding.PSS.AUTO), digest)
            return
    raise InvalidSignature


def _loaded(path: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no PEM file of a certificate"
        raise AttemptError(Reason.PROBER, f"{Path(path).name} cannot be used: {why}") from error
