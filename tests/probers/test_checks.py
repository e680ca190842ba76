"""Every kind of check on every kind of answer, and what endpoints refuse to be."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from multidict import CIMultiDict

from tests.probers.explaining import explained
from uptime_daemon.core.facts.attempt import Attempt, CheckResult, Means
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.time.instants import DAY, SECOND, parse_instant
from uptime_daemon.probers.checks import Answer, results
from uptime_daemon.probers.endpoints.conditions import (
    BodyContains,
    BodyMatches,
    CertificateDaysAbove,
    Check,
    HeaderEquals,
    HeaderMatches,
    JsonEquals,
    JsonValue,
    SecondsBelow,
    StatusIs,
    json_steps,
)
from uptime_daemon.probers.endpoints.streams import TcpEndpoint
from uptime_daemon.probers.endpoints.web import HttpEndpoint
from uptime_daemon.probers.patterns import Pattern
from uptime_daemon.probers.registry import PROBERS

HEADERS = CIMultiDict({"Server": "acme/2", "Via": "a"})
HEADERS.add("via", "b")


def answer(body: bytes = b"", **rest: Any) -> Answer:
    """A 200 with these headers."""
    return Answer(status=200, headers=HEADERS, body=bytearray(body), **rest)


@pytest.mark.parametrize(
    ("check", "given", "actual", "holds"),
    [
        (StatusIs((200, 204)), answer(), "200", True),
        (StatusIs((500,)), answer(), "200", False),
        (HeaderEquals("server", "acme/2"), answer(), "acme/2", True),
        (HeaderEquals("Server", "acme"), answer(), "acme/2", False),
        (HeaderEquals("Via", "b"), answer(), "a, b", True),
        (HeaderEquals("X-None", ""), answer(), "(nothing)", False),
        (HeaderMatches("Server", Pattern("^acme/[0-9]$")), answer(), "acme/2", True),
        (HeaderMatches("Server", Pattern("^[0-9]$")), answer(), "acme/2", False),
        (BodyContains("naïve"), answer("a naïve text".encode("latin-1"), charset="latin-1"), "naïve", True),
        (BodyContains("text"), answer(b"a text", charset="no-such-charset"), "text", True),
        (BodyContains("text"), answer(b""), "(nothing)", False),
        (BodyMatches(Pattern("(?m)^ok$")), answer(b"is it\nok\n"), "ok", True),
        (BodyMatches(Pattern("^ok$")), answer(b"no\xff"), "no\ufffd", False),
        (JsonEquals("$.state", "ready"), answer(b'{"state": "ready"}'), '"ready"', True),
        (JsonEquals("$", 1), answer(b"true"), "true", False),
        (JsonEquals("$", True), answer(b"true"), "true", True),
        (JsonEquals("$", None), answer(b"null"), "null", True),
        (JsonEquals("$.load", Decimal("0.1")), answer(b'{"load": 0.1}'), "0.1", True),
        (JsonEquals("$.load", 1), answer(b'{"load": 1.0}'), "1.0", True),
        (JsonEquals("$[1]['a b'].c", 7), answer(b'[0, {"a b": {"c": 7}}]'), "7", True),
        (JsonEquals("$[2]", 7), answer(b"[0, 1]"), "(no 2 there)", False),
        (JsonEquals("$.a.b", 7), answer(b'{"a": "text"}'), "(no 'b' there)", False),
        (JsonEquals("$.a[0]", "t"), answer(b'{"a": "text"}'), "(no 0 there)", False),
        (JsonEquals("$.a", "x"), answer('\ufeff{"a": "x"}'.encode()), '"x"', True),
        (JsonEquals("$.a", "x"), answer(b"<html>"), "(no JSON)", False),
        (JsonEquals("$", 1), answer(b"1e99999999999999999999"), "(no JSON)", False),
        (JsonEquals("$", "x"), answer(b"[" * 100_000), "(no JSON)", False),
        (JsonEquals("$", 1), answer(b"1" * 10_000), "(no JSON)", False),
        (SecondsBelow(2 * SECOND), answer(duration=2 * SECOND), "2", False),
        (SecondsBelow(2 * SECOND), answer(duration=2 * SECOND - 1), "1.999999", True),
        (CertificateDaysAbove(14), answer(certificate_left=14 * DAY), "14", False),
        (CertificateDaysAbove(14), answer(certificate_left=14 * DAY + 1), "14", True),
        (CertificateDaysAbove(-3), answer(certificate_left=None), "(nothing)", False),
    ],
)
def test_check(check: Check, given: Answer, actual: str, holds: bool) -> None:
    """Each check tells what came and whether that is enough."""
    result = results([check], given)[-1]
    assert (result.actual, result.holds, result.means) == (actual, holds, Means.DOWN)


@pytest.mark.parametrize(
    "charset",
    [
        "undefined",
        "idna",
        "punycode",
        "unicode_escape",
        "raw_unicode_escape",
        "utf-7",
        "hex",
        "zlib",
        "rot13",
        "x\0y",
        "",
    ],
)
def test_charset_of_a_hostile_answer_is_no_trouble(charset: str) -> None:
    """Whatever an answer calls its charset it can be read, in time that is linear in the text."""
    given = answer(b"ready" + b"a" * 400_000 + b"-" + b"zz9" * 40_000, charset=charset)
    began = time.process_time()
    assert results([BodyContains("ready")], given)[-1].holds
    assert time.process_time() - began < 1


def test_status_is_checked_unless_a_check_speaks_of_it() -> None:
    """A 304 is no success by default; a check of the status replaces that, other checks do not."""
    given = Answer(status=304)
    assert [(result.check, result.holds) for result in results([BodyContains("")], given)] == [
        ("status", False),
        ("body_contains", True),
    ]
    assert [result.holds for result in results([StatusIs((304,))], given)] == [True]
    assert results([], Answer()) == ()


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("$", ()),
        ("$.a.b", ("a", "b")),
        ("$[10].x", (10, "x")),
        ("$['a.b'][\"c]\"]", ("a.b", "c]")),
        ("$.a-b", ("a-b",)),
    ],
)
def test_json_path(path: str, steps: tuple[str | int, ...]) -> None:
    """Names and indexes, in dots or brackets."""
    assert json_steps(path) == steps


@pytest.mark.parametrize("path", ["", "state", "$state", "$..a", "$[a]", "$.a[", "$.a[*]", "$.a[?(@.b)]", "$[-1]"])
def test_what_is_no_json_path(path: str) -> None:
    """Anything else is refused with an example."""
    with pytest.raises(ValueError, match="is no JSON path; write one such as"):
        json_steps(path)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": "vendor.example"}, "no http or https scheme"),
        ({"url": "ftp://vendor.example/"}, "no http or https scheme"),
        ({"url": "https:///health"}, "no host"),
        ({"url": "http://vendor.example:99999/"}, "write one such as"),
        ({"url": "https://vendor..example/"}, "no host name"),
        ({"method": "GE T"}, "no HTTP method"),
        ({"headers": (("X Y", "z"),)}, "no header name"),
        ({"headers": (("X", "secret\r\nY: z"),)}, "line break"),
        ({"follow_redirects": 21}, "from 0 to 20"),
        ({"max_body_bytes": 0}, "above 0"),
        ({"url": "http://vendor.example/", "checks": (CertificateDaysAbove(1),)}, "needs TLS"),
    ],
)
def test_http_endpoint_that_cannot_be_tried(wrong: dict[str, Any], words: str) -> None:
    """A mistake is refused with what to write, and without a secret."""
    with pytest.raises(ValueError, match=words) as refused:
        HttpEndpoint(**dict[str, Any](url="https://vendor.example/") | wrong)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"host": ""}, "no host name"),
        ({"host": "vendor.example:5060"}, "no host name"),
        ({"host": "a" * 64}, "no host name"),
        ({"port": 0}, "no port"),
        ({"port": 65_536}, "no port"),
        ({"checks": (CertificateDaysAbove(1),)}, "needs TLS"),
    ],
)
def test_tcp_endpoint_that_cannot_be_tried(wrong: dict[str, Any], words: str) -> None:
    """A mistake is refused with what to write."""
    with pytest.raises(ValueError, match=words):
        TcpEndpoint(**dict[str, Any](host="vendor.example", port=5060) | wrong)


def test_wrong_checks_are_refused() -> None:
    """A status that no answer has, and time that nobody keeps."""
    for codes in ((), (99,), (600,)):
        with pytest.raises(ValueError, match="status code"):
            StatusIs(codes)
    with pytest.raises(ValueError, match="above 0"):
        SecondsBelow(0)


def test_endpoints_hide_their_secrets_and_know_their_place() -> None:
    """What may hold a secret is in no representation; host and kind are."""
    http = HttpEndpoint("https://user:hush@[::1]:8443/?key=hush", headers=(("A", "hush"),), body=b"hush")
    tcp = TcpEndpoint("::1", 22, send=b"hush")
    assert "hush" not in repr(http) + repr(tcp)
    assert (http.host, http.kind, tcp.host, tcp.kind) == ("::1", "https", "::1", "tcp")
    assert HttpEndpoint("http://bücher.example/").host == "xn--bcher-kva.example"
    assert {http.kind, tcp.kind, "http"} <= set(PROBERS)


def test_json_values_are_exact() -> None:
    """A number with a fraction is compared digit by digit, not as a float."""
    value: JsonValue = Decimal("0.30000000000000000001")
    assert results([JsonEquals("$", value)], answer(b"0.30000000000000000001"))[-1].holds
    assert not results([JsonEquals("$", value)], answer(b"0.3"))[-1].holds


def test_attempt_is_explained() -> None:
    """Everything an attempt saw, line by line, with nothing that could steer a terminal."""
    seen = Attempt(
        outcome=Outcome.FAIL,
        reason=Reason.CHECK,
        duration=1_250_000,
        phase=Phase.ANSWER,
        detail="json $.state: expected ready, got starting",
        phases=((Phase.NAME, 1_000), (Phase.TCP, 20_000)),
        checks=(
            CheckResult("status", "200", "200", holds=True),
            CheckResult("json $.state", "ready", "star\x1b[2Jting", holds=False),
            CheckResult("seconds_below", "1", "1.25", holds=False, means=Means.SLOW),
        ),
        peer="192.0.2.7:443",
        status=200,
        certificate_end=parse_instant("2027-01-02T03:04:05Z"),
        certificate_subject="vendor.example",
        excerpt="line one\nline two",
    )
    assert explained(seen) == [
        "fail: check after 1.25 s, came as far as answer",
        "  why         json $.state: expected ready, got starting",
        "  name        0.001 s",
        "  tcp         0.02 s",
        "  answer      1.229 s, and not done",
        "  peer        192.0.2.7:443",
        "  certificate vendor.example, valid until 2027-01-02T03:04:05Z",
        "  status      200",
        "  holds       status: expected 200, got 200",
        "  down        json $.state: expected ready, got star [2Jting",
        "  slow        seconds_below: expected 1, got 1.25",
        "  said        line one",
        "              line two",
    ]
    assert explained(Attempt(Outcome.PASS, Reason.NONE, 500, Phase.ANSWER)) == [
        "pass after 0.0005 s, came as far as answer"
    ]
