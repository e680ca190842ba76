"""The files that go with a letter, and the manifest by which anybody checks that they are the ones it speaks of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uptime_daemon.evidence.canonical import canonical
from uptime_daemon.evidence.outages import outages_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Instant


@dataclass(frozen=True, slots=True)
class File:
    """One file of a bundle."""

    name: str
    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the content, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


def bundle(case: Mapping[str, Any], statement: Statement, classes: Mapping[Instant, str]) -> tuple[File, ...]:
    """The case, the outages as a table, and the manifest of both."""
    files = (
        File("case.json", "application/json", canonical(case)),
        File("outages.csv", "text/csv", outages_csv(statement, classes)),
    )
    return (*files, File("manifest.sha256", "text/plain", manifest(files)))


def manifest(files: Iterable[File]) -> bytes:
    """Digests in the form that `sha256sum --check` reads."""
    return "".join(f"{file.digest}  {file.name}\n" for file in files).encode()
