"""Digest access authentication (RFC 7616, and RFC 8760 for SIP): a challenge and our password -> the answer to it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WORD: Final = re.compile(
    r"""[\s,]*(?P<name>[^\s,="]+)(?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,"]*)))?"""
)
"""The name of a scheme, or a parameter of the scheme before it (RFC 9110, section 11.6.1); one header may hold several
schemes. Matched one after the other and never searched for, which would take quadratic time."""
_ALGORITHMS: Final[Mapping[str, str]] = {"SHA-512-256": "sha512_256", "SHA-256": "sha256", "MD5": "md5"}
"""The best first (RFC 7616, section 3.7)."""
_COUNT: Final = "00000001"
"""Each attempt answers a challenge once."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server asks for."""

    realm: str
    nonce: str
    algorithm: str
    """As the server wrote it."""
    qop: bool
    """Whether it knows `auth`; without it the answer is that of RFC 2069."""
    opaque: str | None
    stale: bool = False
    """Whether the answer before was right but for the age of its nonce."""


def challenge(headers: Iterable[str]) -> Challenge | None:
    """The best challenge of some headers that we can answer."""
    found: list[tuple[int, Challenge]] = []
    for told in (told for header in headers for scheme, told in _schemes(header) if scheme == "digest"):
        algorithm = told.get("algorithm") or "MD5"
        strength = list(_ALGORITHMS).index(_plain(algorithm)) if _plain(algorithm) in _ALGORITHMS else None
        offered = {word.strip().lower() for word in told.get("qop", "").split(",") if word.strip()}
        if strength is None or not told.get("nonce") or (offered and "auth" not in offered):
            continue
        stale = told.get("stale", "").lower() == "true"
        asked = Challenge(told.get("realm", ""), told["nonce"], algorithm, bool(offered), told.get("opaque"), stale)
        found.append((strength, asked))
    return min(found, key=lambda each: each[0])[1] if found else None


def answer(asked: Challenge, user: str, password: str, method: str, uri: str, cnonce: str) -> str:
    """The value of the header that answers a challenge."""
    algorithm = _plain(asked.algorithm)
    secret = _hash(algorithm, f"{user}:{asked.realm}:{password}")
    if asked.algorithm.upper().endswith("-SESS"):
        secret = _hash(algorithm, f"{secret}:{asked.nonce}:{cnonce}")
    request = _hash(algorithm, f"{method}:{uri}")
    between = f"{asked.nonce}:{_COUNT}:{cnonce}:auth" if asked.qop else asked.nonce
    parts = [
        f'username="{_quoted(user)}"',
        f'realm="{asked.realm}"',
        f'nonce="{asked.nonce}"',
        f'uri="{uri}"',
        f'response="{_hash(algorithm, f"{secret}:{between}:{request}")}"',
        f"algorithm={asked.algorithm}",
    ]
    if asked.qop:
        parts += ["qop=auth", f"nc={_COUNT}", f'cnonce="{cnonce}"']
    if asked.opaque is not None:
        parts.append(f'opaque="{asked.opaque}"')
    return "Digest " + ", ".join(parts)


def _schemes(header: str) -> list[tuple[str, dict[str, str]]]:
    """The schemes of a header, each with its parameters; what follows something unreadable is left out."""
    found: list[tuple[str, dict[str, str]]] = []
    position = 0
    while match := _WORD.match(header, position):
        name, position = match["name"].lower(), match.end()
        value = match["quoted"] if match["quoted"] is not None else match["plain"]
        if value is None:
            found.append((name, {}))
        elif found:
            found[-1][1][name] = value
    return found


def _plain(algorithm: str) -> str:
    return algorithm.upper().removesuffix("-SESS")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _hash(algorithm: str, text: str) -> str:
    encoded = text.encode(errors="surrogateescape")  # a realm may be in bytes that are no text
    return hashlib.new(_ALGORITHMS[algorithm], encoded, usedforsecurity=False).hexdigest()
