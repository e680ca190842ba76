"""`verify`: what a bundle says of itself, checked part by part, and its case judged again."""

from __future__ import annotations

import csv
import io
import json
import platform
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.claims.case import statements
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.definitions.cases.reading import case_of_text
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.desk.judging.statement_json import claimed_json
from uptime_daemon.evidence.bundle import CASE, OUTAGES, SEALS, STATEMENTS, Opened, Part, opened, statements_bytes
from uptime_daemon.evidence.outages import CLASS, COLUMNS, outages_csv
from uptime_daemon.store.texts import compact, seal_head

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uptime_daemon.core.judging.statement import Statement

LEFT_OUT: Final = (
    "the texts of the vendor's answers: they may hold personal data",
    "headers, bodies, queries and credentials of the probes: they may be secrets",
    "our own people, other agreements, other readings of the contract and our own notes",
    "the texts of the definition files: their digests are in definitions.json, what was claimed by them in case.json",
    "copies of mails, tickets and other documents that were not published: their digests are in it",
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
    return claimed_json(_judged_case(case))


def _judged_case(case: str) -> list[Statement]:
    return [each for one in case_of_text(case, CASE, Problems()) for each in statements(one)]


def verified(content: bytes, key: str | None = None) -> Verified:
    """Check a bundle, and, with `key`, that this public key signed it. Raises `BundleError` for what is none."""
    bundle = opened(content)
    parts = [*bundle.parts, *_judged(bundle), *_sealed(bundle)]
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
        found = _judged_case(bundle.files[CASE].decode())
    except (RefusedError, UnicodeDecodeError):
        yield Part("judging", agrees=False, words=f"{CASE} is no case that can be judged")
        return
    same = statements_bytes(claimed_json(found)) == bundle.files[STATEMENTS]
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
    rows = _rows(bundle.files[OUTAGES])
    alike = any(_rows(outages_csv(statement, {})) == rows for statement in found)
    words = "the case judged again gives the same rows" if alike else "the case judged again gives other rows"
    yield Part("outages", agrees=alike, words=words)


def _rows(table: bytes) -> list[list[str]]:
    """The cells of a table of outages but for their class, which is told by the attempts."""
    rows = list(csv.reader(io.StringIO(table.decode("utf-8", "replace"), newline="")))
    column = COLUMNS.index(CLASS)
    return [row[:column] + row[column + 1 :] for row in rows]


def _sealed(bundle: Opened) -> Iterator[Part]:
    """The head of every seal computed again; a bundle of an earlier version has none."""
    content = bundle.files.get(SEALS)
    if content is None:
        return
    try:
        seals = json.loads(content)
        wrong = [each["from"] for each in seals if _head(each) != each["head"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        yield Part("seals", agrees=False, words=f"{SEALS} holds something else than seals")
        return
    if wrong:
        yield Part("seals", agrees=False, words=f"the head of the stretch from {', '.join(wrong)} is another one")
    elif seals:
        yield Part(
            "seals", agrees=True, words=f"{len(seals)} heads computed again; the last is {seals[-1]['head'][:16]}..."
        )
    else:
        yield Part("seals", agrees=True, words="no day of the period was sealed yet")


def _head(seal: Mapping[str, Any]) -> str:
    start, end, at = (parse_instant(seal[key]) for key in ("from", "to", "at"))
    return seal_head(start, end, compact(seal["kinds"]), seal["previous"], at, seal["why"])
