"""A checked statement becomes a fact: its evidence is kept by digest, then the fact is appended.

What is refused leaves nothing behind, and a dry run leaves nothing at all.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from uptime_daemon.desk.intake.facts import IntakeError, checked_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.kept import Fact
    from uptime_daemon.store.ports import Store

EVIDENCE_MAX_BYTES: Final = 25 * 1024 * 1024
"""The largest file that is kept as evidence: mail systems carry some 25 MB, and it has to travel with a claim."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A file that proves what is stated."""

    name: str
    content: bytes

    def __post_init__(self) -> None:
        """It says something and can be kept."""
        checked_name(self.name, "the name of a file of evidence", "evidence")
        if not self.content:
            raise IntakeError("the file of evidence is empty; it would prove nothing", "evidence")
        if len(self.content) > EVIDENCE_MAX_BYTES:
            raise IntakeError(f"the file of evidence has more than {EVIDENCE_MAX_BYTES} bytes; keep a part", "evidence")

    @property
    def digest(self) -> str:
        """SHA-256 of the content, hexadecimal: under this name it is kept."""
        return hashlib.sha256(self.content).hexdigest()


def recorded(
    store: Store, make: Callable[[str | None], Fact], proof: Proof | None, now: Instant, *, dry_run: bool = False
) -> Fact:
    """Make a fact with the digest of its evidence and record both; its id is 0 after a dry run."""
    fact = make(None if proof is None else proof.digest)
    if dry_run:
        return fact
    if proof is not None:
        store.keep_evidence(proof.content, proof.name, now)
    return replace(fact, id=store.append_fact(fact))
