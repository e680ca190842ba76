"""What is said of real responders and stamping authorities of OpenSSL, and of answers that are wrong in every way."""

from __future__ import annotations

import datetime as dt
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.probers import real
from tests.probers.explaining import explained
from tests.probers.real import NOW, Pki, Signer, signer
from tests.probers.servers import free_port, http, serving, silence
from tests.probers.test_http import PATIENT_SECONDS, SHORT_SECONDS
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.facts.attempt import Attempt
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.time.instants import DAY, MINUTE, SECOND
from uptime_daemon.probers.der import elements, sequence
from uptime_daemon.probers.endpoints.conditions import SecondsBelow
from uptime_daemon.probers.endpoints.pki import CertificateStatus, OcspEndpoint, TspEndpoint
from uptime_daemon.probers.endpoints.web import HttpEndpoint
from uptime_daemon.probers.equipment import Equipment
from uptime_daemon.probers.registry import PROBERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.probers.conftest import KnownNames


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """An authority with a good and a revoked certificate, a responder and a stamping authority."""
    return real.pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def responder(pki: Pki) -> Iterator[str]:
    """OpenSSL's responder."""
    with real.responder(pki) as port:
        yield f"http://127.0.0.1:{port}/"


async def tried(
    equipment: Equipment, endpoint: OcspEndpoint | TspEndpoint, seconds: float = PATIENT_SECONDS
) -> Attempt:
    """One attempt by the prober of its kind."""
    return await PROBERS[endpoint.kind](endpoint, round(seconds * SECOND), equipment)


@pytest.mark.needs_command("openssl")
@pytest.mark.parametrize(
    ("name", "expected", "outcome"),
    [
        ("good", CertificateStatus.GOOD, Outcome.PASS),
        ("revoked", CertificateStatus.REVOKED, Outcome.PASS),
        ("revoked", CertificateStatus.GOOD, Outcome.FAIL),
        ("responder", CertificateStatus.UNKNOWN, Outcome.PASS),
    ],
)
async def test_responder_tells_the_status(
    equipment: Equipment, pki: Pki, responder: str, name: str, expected: CertificateStatus, outcome: Outcome
) -> None:
    """A signed answer about our certificate, with our number and of now, and the status that is expected."""
    endpoint = pki.endpoint(responder, name, status=expected, checks=(SecondsBelow(30 * SECOND),))
    seen = await tried(equipment, endpoint)
    assert (seen.outcome, seen.status) == (outcome, 200)
    told = {check.check: (check.actual, check.holds) for check in seen.checks}
    assert told["ocsp signature"] == ("by the authority", True)
    assert told["ocsp nonce"] == ("ours", True)
    assert told["ocsp status"] == (name if name != "responder" else "unknown", outcome is Outcome.PASS)
    assert any(line.startswith("  holds       ocsp time") for line in explained(seen))


def told_by(
    pki: Pki, by: Signer | None = None, *, about: Signer | None = None, issuer: Signer | None = None,
    days: tuple[float, float | None] = (-0.01, 1), nonce: bytes | None = None, chain: bool = True,
    encoding: ocsp.OCSPResponderEncoding = ocsp.OCSPResponderEncoding.HASH,
) -> bytes:  # fmt: skip
    """An answer of that signer."""
    signed_by, end = by or pki.responder, days[1]
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=(about or pki.good).certificate,
        issuer=(issuer or pki.root).certificate,
        algorithm=hashes.SHA1(),  # noqa: S303 - it names a certificate
        cert_status=ocsp.OCSPCertStatus.GOOD,
        this_update=NOW + dt.timedelta(days[0]),
        next_update=None if end is None else NOW + dt.timedelta(end),
        revocation_time=None,
        revocation_reason=None,
    )
    builder = builder.responder_id(encoding, signed_by.certificate)
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    if chain:
        builder = builder.certificates([signed_by.certificate])
    digest = None if isinstance(signed_by.key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(signed_by.key, digest).public_bytes(Encoding.DER)


def flipped(answer: bytes) -> bytes:
    """The answer with one bit of its signature's end changed."""
    return answer[:-1] + bytes([answer[-1] ^ 1])


def unsigned(state: ocsp.OCSPResponseStatus) -> Callable[[Pki], bytes]:
    """An answer that says only why there is none."""
    return lambda _: ocsp.OCSPResponseBuilder.build_unsuccessful(state).public_bytes(Encoding.DER)


STATE = ocsp.OCSPResponseStatus
OCSP = ExtendedKeyUsageOID.OCSP_SIGNING
ANSWERS: dict[str, tuple[Callable[[Pki], bytes], Reason, str]] = {
    "by a delegate": (told_by, Reason.NONE, ""),
    "by the authority": (lambda p: told_by(p, p.root, chain=False), Reason.NONE, ""),
    "by name": (lambda p: told_by(p, encoding=ocsp.OCSPResponderEncoding.NAME), Reason.NONE, ""),
    "for ever": (lambda p: told_by(p, days=(-30, None)), Reason.NONE, ""),
    "by Ed25519": (
        lambda p: told_by(p, signer("x", p.root, OCSP, key=ed25519.Ed25519PrivateKey.generate())), Reason.NONE, "",
    ),
    "by RSA": (
        lambda p: told_by(p, signer("x", p.root, OCSP, key=rsa.generate_private_key(65537, 2048))), Reason.NONE, "",
    ),
    "of another issuer": (lambda p: told_by(p, issuer=p.responder), Reason.CHECK, "ocsp certificate"),
    "another's number": (lambda p: told_by(p, nonce=b"x" * 16), Reason.CHECK, "ocsp nonce"),
    "about another": (lambda p: told_by(p, about=p.revoked), Reason.CHECK, "ocsp certificate"),
    "too old": (lambda p: told_by(p, days=(-2, -1)), Reason.CHECK, "ocsp time"),
    "of tomorrow": (lambda p: told_by(p, days=(1, 2)), Reason.CHECK, "ocsp time"),
    "by a stranger": (lambda p: told_by(p, signer("x", usage=OCSP)), Reason.CHECK, "ocsp signature"),
    "not for that": (lambda p: told_by(p, p.good), Reason.CHECK, "ocsp signature"),
    "expired delegate": (lambda p: told_by(p, signer("x", p.root, OCSP, (-9, -1))), Reason.CHECK, "ocsp signature"),
    "delegate unseen": (lambda p: told_by(p, chain=False), Reason.CHECK, "ocsp signature"),
    "changed": (lambda p: flipped(told_by(p, p.root, chain=False)), Reason.CHECK, "ocsp signature"),
    "try later": (unsigned(STATE.TRY_LATER), Reason.CHECK, "ocsp response"),
    "broken": (unsigned(STATE.INTERNAL_ERROR), Reason.CHECK, "ocsp response"),
    "unauthorized": (unsigned(STATE.UNAUTHORIZED), Reason.ACCESS_REFUSED, ""),
    "malformed": (unsigned(STATE.MALFORMED_REQUEST), Reason.PROBER, ""),
    "half": (lambda p: told_by(p)[:100], Reason.ANSWER_INVALID, ""),
    "nothing": (lambda _: b"", Reason.ANSWER_INVALID, ""),
    "a page": (lambda _: b"<html>welcome</html>", Reason.ANSWER_INVALID, ""),
    "too much": (lambda _: b"0" * 100_000, Reason.ANSWER_TOO_LARGE, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", ANSWERS)
async def test_wrong_answer(equipment: Equipment, pki: Pki, case: str) -> None:
    """Each way to be wrong is told by the check that sees it; what the responder says of us is ours."""
    make, reason, check = ANSWERS[case]
    body = make(pki)
    async with http(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body) as server:
        seen = await tried(equipment, pki.endpoint(server.url()))
    assert seen.reason is reason, seen.detail
    assert seen.detail.startswith(check)
    if check:
        assert [told.check for told in seen.checks if not told.holds] == [check]


@pytest.mark.needs_command("openssl")
@pytest.mark.parametrize(("about", "reason"), [(("revoked", "good"), Reason.NONE), (("revoked",), Reason.CHECK)])
async def test_answer_about_several_certificates(
    equipment: Equipment, pki: Pki, about: tuple[str, ...], reason: Reason
) -> None:
    """Ours is found among them (RFC 6960, section 4.2.1); a real responder signs by RSA's newer scheme."""
    signer("pss", pki.root, OCSP, key=rsa.generate_private_key(65537, 2048)).write(pki.folder, "pss")
    body = real.said_beforehand(pki, *about, by="pss", options=("-rsigopt", "rsa_padding_mode:pss"))
    async with http(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body) as server:
        seen = await tried(equipment, pki.endpoint(server.url()))
    told = {check.check: check.holds for check in seen.checks}
    assert (seen.reason, told["ocsp signature"]) == (reason, True), seen.detail


async def test_answer_without_number_and_end_must_be_of_now(pki: Pki, names: KnownNames) -> None:
    """It could be one of before, when the certificate was still good."""

    class Later(SystemClock):
        """A clock an hour ahead."""

        def now(self) -> int:
            """The wall clock."""
            return super().now() + 60 * MINUTE

    body = told_by(pki, days=(-30, None))
    async with http(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body) as server:
        seen = await tried(Equipment(Later(), names), pki.endpoint(server.url()))
    assert (seen.reason, seen.detail.partition(":")[0]) == (Reason.CHECK, "ocsp time")


async def test_question_that_cannot_be_answered_is_ours(equipment: Equipment, pki: Pki, responder: str) -> None:
    """The wrong issuer, and a certificate that has expired, which a responder need not know any more."""
    wrong = await tried(equipment, replace(pki.endpoint(responder), issuer=str(pki.folder / "stranger.pem")))
    assert (wrong.reason, wrong.detail) == (Reason.PROBER, "stranger.pem did not issue good.pem")
    signer("expired", pki.root, days=(-9, -1)).write(pki.folder, "expired")
    expired = await tried(equipment, pki.endpoint(responder, "expired"))
    assert (expired.reason, expired.detail) == (Reason.PROBER, "expired.pem has expired; name a valid certificate")


@pytest.mark.parametrize("kind", ["ocsp", "tsp"])
async def test_trouble_on_the_way(equipment: Equipment, pki: Pki, kind: str) -> None:
    """Silence, a closed port, a status and a refusal are those of HTTP."""

    def endpoint(url: str) -> OcspEndpoint | TspEndpoint:
        return pki.endpoint(url) if kind == "ocsp" else TspEndpoint(HttpEndpoint(url), str(pki.folder / "root.pem"))

    async with serving(silence) as server:
        assert (await tried(equipment, endpoint(server.url()), SHORT_SECONDS)).reason is Reason.ANSWER_TIMEOUT
    with free_port() as port:
        assert (await tried(equipment, endpoint(f"http://127.0.0.1:{port}/"))).reason is Reason.CONNECTION_REFUSED
    for status, reason in ((500, Reason.STATUS), (403, Reason.ACCESS_REFUSED)):
        async with http(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status) as server:
            assert (await tried(equipment, endpoint(server.url()))).reason is reason


@pytest.mark.parametrize("missing", ["certificate", "issuer"])
async def test_certificate_file_that_cannot_be_read_is_ours(equipment: Equipment, pki: Pki, missing: str) -> None:
    """A file that is missing is our mistake, and nobody is asked."""
    changed: dict[str, Any] = {missing: str(pki.folder / "gone.pem")}
    seen = await tried(equipment, replace(pki.endpoint("http://127.0.0.1:1/"), **changed))
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.PROBER)


@pytest.mark.needs_command("openssl")
async def test_stamp_is_verified(equipment: Equipment, pki: Pki) -> None:
    """A stamp over our digest, with our number, by the authority that we trust, and of now."""
    with real.stamping(pki) as port:
        endpoint = TspEndpoint(
            HttpEndpoint(f"http://127.0.0.1:{port}/"), str(pki.folder / "root.pem"), clock_within=DAY
        )
        seen = await tried(equipment, endpoint)
        late = await tried(equipment, replace(endpoint, clock_within=0))
        policed = await tried(equipment, replace(endpoint, policy="1.2.3.4.1"))
        other = await tried(equipment, replace(endpoint, policy="1.2.3.4.2"))
    assert (policed.outcome, other.reason) == (Outcome.PASS, Reason.CHECK)
    assert other.detail == "stamp policy: expected 1.2.3.4.2, got 1.2.3.4.1"
    with real.stamping(
        pki, lambda stamp: stamp.replace(bytes.fromhex("3003020100"), bytes.fromhex("3003020101"), 1)
    ) as port:
        modified = await tried(equipment, replace(endpoint, request=HttpEndpoint(f"http://127.0.0.1:{port}/")))
    assert (modified.outcome, modified.checks[0].actual) == (Outcome.PASS, "granted_with_mods")
    assert (seen.outcome, seen.detail) == (Outcome.PASS, "")
    assert [check.check for check in seen.checks] == ["stamp", "stamp signature", "stamp time", "status"]
    assert (late.reason, late.detail.partition(":")[0]) == (Reason.CHECK, "stamp time")


@pytest.mark.needs_command("openssl")
async def test_stamp_that_is_wrong_fails(equipment: Equipment, pki: Pki) -> None:
    """One by a stranger, an old one, a changed one and no stamp at all."""
    with real.stamping(pki) as port:
        stranger = TspEndpoint(HttpEndpoint(f"http://127.0.0.1:{port}/"), str(pki.folder / "stranger.pem"))
        seen = await tried(equipment, stranger)
        assert (seen.reason, seen.detail.partition(":")[0]) == (Reason.CHECK, "stamp signature")
        trusted = replace(stranger, authorities=str(pki.folder / "root.pem"))
        assert (await tried(equipment, trusted)).outcome is Outcome.PASS
    old = (pki.folder / "reply").read_bytes()
    with real.stamping(pki, lambda _: old) as port:
        seen = await tried(equipment, replace(trusted, request=HttpEndpoint(f"http://127.0.0.1:{port}/")))
        assert (seen.reason, seen.detail.partition(":")[0]) == (Reason.CHECK, "stamp signature")
    with real.stamping(pki, flipped) as port:
        seen = await tried(equipment, replace(trusted, request=HttpEndpoint(f"http://127.0.0.1:{port}/")))
        assert seen.reason is Reason.CHECK
    with real.stamping(pki, lambda _: b"no") as port:
        seen = await tried(equipment, replace(trusted, request=HttpEndpoint(f"http://127.0.0.1:{port}/")))
        assert (seen.reason, seen.detail[:13]) == (Reason.ANSWER_INVALID, "no time stamp")


@pytest.mark.needs_command("openssl")
@pytest.mark.parametrize(
    ("usage", "days", "why"),
    [
        (None, (-1, 30), "purpose"),
        (OCSP, (-1, 30), "purpose"),
        (ExtendedKeyUsageOID.TIME_STAMPING, (-9, -1), "expired"),
    ],
)
async def test_stamp_by_a_certificate_that_is_not_for_it_fails(
    equipment: Equipment, pki: Pki, tmp_path: Path, usage: x509.ObjectIdentifier | None, days: tuple[int, int], why: str
) -> None:
    """Without the usage for time stamps (RFC 3161, section 2.3), with another, and one that has expired."""
    signer("other", pki.root, usage, days).write(pki.folder, "other")

    def signed_again(stamp: bytes) -> bytes:
        """The same stamp, signed by that certificate, which OpenSSL's own authority refuses to do."""
        # answer, token, its content, what is signed and by whom, the content of that, the text in it
        content = stamp
        for position in (0, 1, 1, 0, 2, 1, 0):
            content = elements(content)[position].content
        (tmp_path / "content").write_bytes(content)
        sign = ["openssl", "cms", "-sign", "-binary", "-nodetach", "-cades", "-outform", "DER"]
        sign += ["-econtent_type", "1.2.840.113549.1.9.16.1.4", "-signer", str(pki.folder / "other.pem")]
        sign += ["-inkey", str(pki.folder / "other.key"), "-in", "content", "-out", "token"]
        subprocess.run(sign, cwd=tmp_path, check=True, capture_output=True, timeout=300)
        return sequence(bytes.fromhex("3003020100") + (tmp_path / "token").read_bytes())

    with real.stamping(pki, signed_again) as port:
        endpoint = TspEndpoint(HttpEndpoint(f"http://127.0.0.1:{port}/"), str(pki.folder / "root.pem"))
        seen = await tried(equipment, endpoint)
    assert (seen.reason, seen.detail.partition(":")[0]) == (Reason.CHECK, "stamp signature")
    assert why in seen.detail


async def test_rejection_fails(equipment: Equipment, pki: Pki) -> None:
    """An authority that grants nothing says so in its status (RFC 3161, section 2.4.2)."""
    rejection = bytes.fromhex("30053003020102")
    async with http(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n" + rejection) as server:
        seen = await tried(equipment, TspEndpoint(HttpEndpoint(server.url()), str(pki.folder / "root.pem")))
    assert (seen.outcome, seen.reason, seen.detail) == (
        Outcome.FAIL,
        Reason.CHECK,
        "stamp: expected granted, got rejection",
    )


@pytest.mark.parametrize("content", [None, "", "leaf"])
async def test_authorities_that_cannot_be_used_are_ours(
    equipment: Equipment, pki: Pki, tmp_path: Path, content: str | None
) -> None:
    """A file that is missing, empty, or without a root is our mistake."""
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_text((pki.folder / "stamps.pem").read_text() if content else "")
    seen = await tried(equipment, TspEndpoint(HttpEndpoint("http://127.0.0.1:1/"), str(file)))
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.PROBER)


async def test_kind_without_its_extra_is_ours(equipment: Equipment, pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its packages a kind measures nothing, and says what to install."""
    monkeypatch.setattr("uptime_daemon.probers.registry.find_spec", lambda _: None)
    seen = await tried(equipment, pki.endpoint("http://127.0.0.1:1/"))
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.PROBER)
    assert "install uptime-daemon[pki]" in seen.detail
