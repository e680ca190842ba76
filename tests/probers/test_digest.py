"""Digest answers are those of the RFCs' own examples, and the best challenge is taken."""

from __future__ import annotations

import time

import pytest

from uptime_daemon.probers.digest import Challenge, answer, challenge

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_answer_of_the_rfc(algorithm: str, response: str) -> None:
    """RFC 7616, section 3.9.1: the same request under two algorithms."""
    asked = Challenge("http-auth@example.org", NONCE, algorithm, qop=True, opaque=OPAQUE)
    told = answer(asked, "Mufasa", "Circle of Life", "GET", "/dir/index.html", CNONCE)
    assert f'response="{response}"' in told
    assert f'opaque="{OPAQUE}"' in told
    assert "Circle" not in told


def test_answer_without_quality_of_protection() -> None:
    """Old servers offer no qop; the answer is then RFC 2069's, without count and cnonce (its errata, 749)."""
    asked = Challenge("testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "MD5", qop=False, opaque=None)
    told = answer(asked, "Mufasa", "CircleOfLife", "GET", "/dir/index.html", "")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in told
    assert "cnonce" not in told


def test_best_challenge_is_taken() -> None:
    """The strongest algorithm that we know, whatever the order, and quoted commas are no separators."""
    asked = challenge(
        [
            'Basic realm="x"',
            'Digest realm="a, b", nonce="n1", algorithm=MD5, qop="auth,auth-int"',
            'Digest realm="a, b", nonce="n2", algorithm=SHA-256, qop="auth"',
            'Digest realm="a, b", nonce="n3", algorithm=SHA-1024, qop="auth"',
        ]
    )
    assert asked == Challenge("a, b", "n2", "SHA-256", qop=True, opaque=None)


@pytest.mark.parametrize(
    "header",
    ["", "Basic realm=x", 'Digest realm="x"', 'Digest nonce="n", algorithm=ROT13', 'Digest nonce="n", qop="auth-int"'],
)
def test_challenge_that_cannot_be_answered(header: str) -> None:
    """Another scheme, no nonce, an unknown algorithm, the protection of bodies: there is no answer."""
    assert challenge([header]) is None


def test_several_schemes_in_one_header() -> None:
    """Servers may put all their challenges into one header (RFC 9110, section 11.6.1)."""
    asked = challenge(
        [('Negotiate abc==, Basic realm="a, Digest nonce=0", Digest realm="r", nonce="n1", algorithm=MD5, qop="auth",'
         ' Digest realm="r", nonce="n2", algorithm=SHA-256, qop="auth", NTLM')]
    )  # fmt: skip
    assert asked == Challenge("r", "n2", "SHA-256", qop=True, opaque=None)


@pytest.mark.parametrize(
    "header", ["a" * 64_000, "a=" * 32_000, 'a="' * 20_000, "a " * 32_000, 'a="\\"' * 12_000, "," * 64_000]
)
def test_hostile_challenge_is_read_at_once(header: str) -> None:
    """The longest header that SIP lets in takes time that is linear in it."""
    began = time.process_time()
    assert challenge([f"Digest {header}"]) is None
    assert time.process_time() - began < 1
