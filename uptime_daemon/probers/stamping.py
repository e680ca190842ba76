"""One request for a time stamp (RFC 3161): granted, over our digest, with our number, signed, of now."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from rfc3161_client import (
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.base import HashAlgorithm

from uptime_daemon.core.facts.attempt import CheckResult
from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.core.time.instants import format_instant, instant, seconds_text
from uptime_daemon.probers.der import sequence
from uptime_daemon.probers.http import exchange
from uptime_daemon.probers.http import secrets as hidden_parts
from uptime_daemon.probers.progress import tried
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from rfc3161_client import TimeStampRequest

    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.endpoints.pki import TspEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress

ANSWER_BYTES_MAX: Final = 64 * 1024
"""How long an answer may be: with a chain of certificates it has some 6 KiB."""
_DATA: Final = re.compile(r'data: "([^"]*)"')
_STAMPED_BYTES: Final = 32
_SUCCESS: Final = range(200, 300)
_GRANTED: Final = frozenset({PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS})
"""With both there is a stamp (RFC 3161, section 2.4.2)."""
_STATUS_GRANTED: Final = bytes.fromhex("3003020100")


async def attempt(endpoint: TspEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One try at an authority that ends within the given elapsed microseconds."""
    speak = partial(_stamped, endpoint, equipment)
    return await tried(speak, endpoint.checks, within, equipment.clock, hidden_parts(endpoint.request))


async def _stamped(endpoint: TspEndpoint, equipment: Equipment, progress: Progress) -> None:
    authorities = _loaded(endpoint.authorities)
    stamped = secrets.token_bytes(_STAMPED_BYTES)
    query = TimestampRequestBuilder().data(stamped).hash_algorithm(HashAlgorithm.SHA256).build()
    request = replace(
        endpoint.request,
        method="POST",
        headers=(*endpoint.request.headers, ("Content-Type", "application/timestamp-query")),
        body=query.as_bytes(),
        max_body_bytes=ANSWER_BYTES_MAX,
    )
    await exchange(request, equipment, progress)
    answer = progress.answer
    if answer.status not in _SUCCESS:
        return  # the status decides
    body, answer.body = bytes(answer.body), bytearray()
    try:
        response = decode_timestamp_response(body)
        status = PKIStatus(response.status)
    except ValueError as error:
        raise AttemptError(Reason.ANSWER_INVALID, f"no time stamp: {error}") from error
    told = f"{status.name.lower()} {' '.join(response.status_string)}".rstrip()
    progress.told.append(CheckResult("stamp", "granted", told, holds=status in _GRANTED))
    if status not in _GRANTED:
        return
    if status is PKIStatus.GRANTED_WITH_MODS:
        response = decode_timestamp_response(_granted(response.time_stamp_token()))
    wrong = _wrong(response, query, authorities, stamped)
    progress.told.append(CheckResult("stamp signature", "by an authority", wrong or "by an authority", holds=not wrong))
    if endpoint.policy:
        policy = response.tst_info.policy.dotted_string
        progress.told.append(CheckResult("stamp policy", endpoint.policy, policy, holds=policy == endpoint.policy))
    if endpoint.clock_within is not None:
        at, now = instant(response.tst_info.gen_time), equipment.clock.now()
        expected = f"within {seconds_text(endpoint.clock_within)} s"
        holds = abs(at - now) <= endpoint.clock_within
        progress.told.append(CheckResult("stamp time", expected, format_instant(at), holds=holds))


def _granted(token: bytes) -> bytes:
    """An answer that grants this stamp: the library that verifies it takes no other, and no signature covers that."""
    return sequence(_STATUS_GRANTED + token)


def _wrong(
    response: TimeStampResponse, query: TimeStampRequest, authorities: list[x509.Certificate], stamped: bytes
) -> str:
    """What is wrong with a stamp, empty if nothing is."""
    builder = VerifierBuilder.from_request(query)
    for authority in authorities:
        is_root = authority.issuer == authority.subject
        add = builder.add_root_certificate if is_root else builder.add_intermediate_certificate
        builder = add(authority)
    try:
        builder.build().verify_message(response, stamped)
    except VerificationError as error:
        return _said(str(error))
    except ValueError as error:
        raise AttemptError(Reason.ANSWER_INVALID, f"no time stamp: {error}") from error
    return ""


def _said(why: str) -> str:
    """What the library says, without OpenSSL's stack of errors, of which the last words are those for people."""
    what, _, stack = why.partition(": ErrorStack")
    words = _DATA.findall(stack)
    return f"{what}: {words[-1]}" if words else what


def _loaded(path: str) -> list[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no PEM file of certificates"
        raise AttemptError(Reason.PROBER, f"the authorities in {Path(path).name} cannot be used: {why}") from error
    if not any(each.issuer == each.subject for each in found):
        raise AttemptError(Reason.PROBER, f"the authorities hold no root: {Path(path).name}")
    return found
