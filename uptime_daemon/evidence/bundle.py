"""What proves a claim, as one file that anybody can check and judge again without us.

The manifest names every other file with its digest; the signature is over the manifest. What is in the bundle is the
claimed reading alone: no other reading, no other agreement, no people, no secrets.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.evidence.canonical import canonical
from uptime_daemon.evidence.outages import outages_csv
from uptime_daemon.evidence.packing import PACKED_WITH, BundleError, File, packed, unpacked
from uptime_daemon.evidence.signing import is_signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.evidence.signing import SigningKey

FORMAT: Final = 1
PRODUCT: Final = "uptime-daemon"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
CASE: Final = "case.json"
STATEMENTS: Final = "statements.json"
OUTAGES: Final = "outages.csv"
SEALS: Final = "seals.json"
ARCHIVE: Final = "evidence.zip"


@dataclass(frozen=True, slots=True)
class Proof:
    """Everything that a claim rests on."""

    claim: str
    case: Mapping[str, Any]
    statements: Mapping[str, Any]
    """As judged under the claimed reading."""
    statement: Statement
    """Of the group that is claimed."""
    classes: Mapping[Instant, str]
    """How outages showed themselves, by their first instant."""
    attempts: Sequence[Mapping[str, Any]] = ()
    """The failed attempts around the outages: phases, checks, votes of the sentinels."""
    observations: Sequence[Mapping[str, Any]] = ()
    """Around each outage, what every probe and vantage saw."""
    notices: Sequence[Mapping[str, Any]] = ()
    """What was announced, as first seen."""
    seals: Sequence[Mapping[str, Any]] = ()
    """Of the period's days."""
    copies: Sequence[File] = ()
    """Documents that the vendor published."""
    definitions: Sequence[Mapping[str, Any]] = ()
    """The digests of the definition files in force, by name and instant."""
    versions: Mapping[str, str] | None = None
    """Of the software and the data that judged."""
    left_out: Sequence[str] = ()
    """What was removed before this left the house, in words."""


def bundle(proof: Proof, key: SigningKey | None) -> tuple[File, ...]:
    """The case and the outages as files of their own, and the archive of everything."""
    case = File(CASE, "application/json", canonical(proof.case))
    outages = File(OUTAGES, "text/csv", outages_csv(proof.statement, proof.classes))
    files = [
        case,
        File(STATEMENTS, "application/json", statements_bytes(proof.statements)),
        outages,
        File("attempts.json", "application/json", _json(proof.attempts)),
        File("observations.json", "application/json", canonical(proof.observations)),
        File("notices.json", "application/json", canonical(proof.notices)),
        File("definitions.json", "application/json", canonical(proof.definitions)),
        File(SEALS, "application/json", canonical(proof.seals)),
        File("left-out.txt", "text/plain", "".join(f"{line}\n" for line in proof.left_out).encode()),
        *proof.copies,
    ]
    manifest = {
        "bundle": FORMAT,
        "product": PRODUCT,
        "claim": proof.claim,
        "versions": dict(proof.versions or {}),
        "public_key": None if key is None else key.public,
        "packed_with": PACKED_WITH,
        "files": [{"name": file.name, "bytes": len(file.content), "sha256": file.digest} for file in files],
    }
    head = [File(MANIFEST, "application/json", canonical(manifest))]
    if key is not None:
        head.append(File(SIGNATURE, "text/plain", f"{key.signature(head[0].content)}\n".encode()))
    return case, outages, File(ARCHIVE, "application/zip", packed([*head, *files]))


def statements_bytes(statements: Mapping[str, Any]) -> bytes:
    """Statements as text that is the same for the same figures."""
    return _json(statements)


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, indent=2) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was checked."""

    name: str
    agrees: bool
    words: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle that was opened: its files, and whether they are what the manifest says."""

    files: Mapping[str, bytes]
    claim: str
    versions: Mapping[str, str]
    public_key: str | None
    parts: tuple[Part, ...]


def opened(content: bytes) -> Opened:
    """Open a bundle and check every byte of it against its manifest. Raises `BundleError` for what is none.

    A byte around the files is found where the same zlib is here; they themselves are held against their digests.
    """
    files = unpacked(content)
    manifest = _manifest(files)
    listed = {str(each["name"]): each for each in manifest["files"]}
    parts = [_checked(name, listed[name], files.get(name)) for name in listed]
    parts += [
        Part(name, agrees=False, words="is in the archive and not in the manifest")
        for name in files
        if name not in {*listed, MANIFEST, SIGNATURE}
    ]
    public = manifest["public_key"]
    return Opened(
        files=files,
        claim=manifest["claim"],
        versions=manifest["versions"],
        public_key=public,
        parts=(_archive(content, files, manifest.get("packed_with")), _signature(files, public), *parts),
    )


def _archive(content: bytes, files: Mapping[str, bytes], packed_with: object) -> Part:
    """Whether the archive is the one that was made: the same content packed alike is the same bytes."""
    if packed(File(name, "", each) for name, each in files.items()) == content:
        return Part(ARCHIVE, agrees=True, words=f"{len(content):,} bytes, as they were packed")
    if packed_with == PACKED_WITH:
        return Part(ARCHIVE, agrees=False, words="was not packed like this: bytes around the files were changed")
    return Part(ARCHIVE, agrees=True, words=f"packed with {packed_with}, here {PACKED_WITH}: held file by file alone")


def _manifest(files: Mapping[str, bytes]) -> dict[str, Any]:
    if MANIFEST not in files:
        raise BundleError(f"it has no {MANIFEST}")
    try:
        manifest = json.loads(files[MANIFEST])
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{MANIFEST} is no JSON") from error
    if not isinstance(manifest, dict) or manifest.get("product") != PRODUCT:
        raise BundleError(f"{MANIFEST} is not one of {PRODUCT}'s")
    if manifest.get("bundle") != FORMAT:
        raise BundleError(f"its format is {manifest.get('bundle')!r}; this version reads {FORMAT}")
    shapes = {"claim": str, "versions": dict, "files": list, "public_key": str | None}
    wrong = [name for name, shape in shapes.items() if not isinstance(manifest.get(name), shape)]
    fields = {"name": str, "bytes": int, "sha256": str}
    every = manifest["files"] if not wrong else []
    if wrong or any(
        not isinstance(each, dict) or any(not isinstance(each.get(name), shape) for name, shape in fields.items())
        for each in every
    ):
        raise BundleError(f"{MANIFEST} is damaged: {', '.join(wrong) or 'files'}")
    return manifest


def _checked(name: str, entry: Mapping[str, Any], content: bytes | None) -> Part:
    if content is None:
        return Part(name, agrees=False, words="is in the manifest and not in the archive")
    if hashlib.sha256(content).hexdigest() != entry["sha256"] or len(content) != entry["bytes"]:
        return Part(name, agrees=False, words="is not what the manifest says: its SHA-256 differs")
    return Part(name, agrees=True, words=f"{len(content):,} bytes, SHA-256 {entry['sha256'][:16]}...")


def _signature(files: Mapping[str, bytes], public: str | None) -> Part:
    if public is None:
        return Part(SIGNATURE, agrees=SIGNATURE not in files, words="nobody signed it")
    signature = files.get(SIGNATURE, b"").decode("ascii", "replace").strip()
    if not is_signed(files[MANIFEST], signature, public):
        return Part(SIGNATURE, agrees=False, words=f"is no signature of the manifest by {public}")
    return Part(SIGNATURE, agrees=True, words=f"by {public}")
