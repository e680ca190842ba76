"""`verify`: what a bundle says of itself, checked part by part, and its case judged again."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.claims.case import statements
from uptime_daemon.definitions.cases import case_of_text
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.desk.statement_json import claimed_json
from uptime_daemon.evidence.bundle import CASE, OUTAGES, STATEMENTS, Opened, Part, opened, statements_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LEFT_OUT: Final = (
    "the texts of the vendor's answers: they may hold personal data",
    "headers, bodies, queries and credentials of the probes: they may be secrets",
    "our own people, other agreements, other readings of the contract and our own notes",
)
"""What never leaves the house, said in the bundle itself."""


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether a bundle is whole, and what it says."""

    claim: str
    versions: Mapping[str, str]
    public_key: str | None
    parts: tuple[Part, ...]

    @property
    def agrees(self) -> bool:
        """Whether every part does."""
        return all(part.agrees for part in self.parts)


def versions() -> dict[str, str]:
    """What judges here: the software, the interpreter, the data of time zones and holidays."""
    own = {name: version(name) for name in ("uptime-daemon", "tzdata", "holidays")}
    return own | {"python": platform.python_version()}


def rejudged(case: str) -> Mapping[str, Any]:
    """The statements of a case's text, as the other side may see them. Raises `RefusedError` with nothing printed."""
    found = [each for one in case_of_text(case, CASE, Problems()) for each in statements(one)]
    return claimed_json(found)


def verified(content: bytes, key: str | None = None) -> Verified:
    """Check a bundle, and, with `key`, that this public key signed it. Raises `BundleError` for what is none."""
    bundle = opened(content)
    parts = [*bundle.parts, *_judged(bundle)]
    if key is not None and key.lower() != bundle.public_key:
        parts.append(Part("key", agrees=False, words=f"it is signed by {bundle.public_key or 'nobody'}, not by {key}"))
    return Verified(bundle.claim, bundle.versions, bundle.public_key, tuple(parts))


def _judged(bundle: Opened) -> Iterator[Part]:
    """The case judged again, and the figures held against those that were claimed."""
    missing = [name for name in (CASE, STATEMENTS, OUTAGES) if name not in bundle.files]
    if missing:
        yield Part("judging", agrees=False, words=f"cannot be repeated without {', '.join(missing)}")
        return
    try:
        again = statements_bytes(rejudged(bundle.files[CASE].decode()))
    except (RefusedError, UnicodeDecodeError):
        yield Part("judging", agrees=False, words=f"{CASE} is no case that can be judged")
        return
    same = again == bundle.files[STATEMENTS]
    here = versions()
    other = ", ".join(
        f"{name} {there} there, {here[name]} here"
        for name, there in sorted(bundle.versions.items())
        if name in here and here[name] != there
    )
    words = (
        "the case judged again gives the same statements" if same else "the case judged again gives other statements"
    )
    yield Part("judging", agrees=same, words=f"{words}; {other}" if other else words)
