"""Every seal held against the record: what was changed, added or removed, and what was rightly written later."""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.store.errors import DAMAGED
from uptime_daemon.store.kept import Prunable, Verified
from uptime_daemon.store.pruning import pruned
from uptime_daemon.store.sealed import APPENDED, CONTEXTS_KIND, GROWING, SERIES_KIND, digests, kinds_of
from uptime_daemon.store.seals import BEGINNING, last_boundary
from uptime_daemon.store.sqlite_engine import is_no_text
from uptime_daemon.store.tables import EVIDENCE, FACT, HEARTBEAT, SEAL, SEAL_DUE, STATEMENT
from uptime_daemon.store.texts import digest, seal_head

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sqlalchemy import Connection, Row

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.errors import DamagedError
    from uptime_daemon.store.sealed import Digests

    Kinds = Mapping[str, list[Any]]
    """By kind the number of rows and their digest; kinds without rows are left out."""


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A seal that says what can be said."""

    start: Instant
    end: Instant
    kinds: Kinds
    at: Instant
    why: str

    @property
    def named(self) -> str:
        """The stretch, for people."""
        return f"{format_instant(self.start)} to {format_instant(self.end)}"


def verify(connection: Connection, heads: Collection[str]) -> Verified:
    """Hold every seal against the record, and heads that were kept elsewhere against the chain."""
    rows = connection.execute(select(SEAL).order_by(SEAL.c.id)).all()
    sound = [_sound(row) for row in rows]
    problems = list(_breaks(rows, sound))
    known = {row.head for row in rows}
    problems += [
        f"the head {head} is not in the chain: it was cut or written anew, or restored from a backup of before"
        for head in heads
        if head not in known
    ]
    due = {row.start: row.why for row in connection.execute(select(SEAL_DUE))}
    thinned = pruned(connection)
    of_stretch: dict[Instant, list[_Sealed]] = defaultdict(list)
    for each in sound:
        if each is not None:
            of_stretch[each.start].append(each)
    notes = [note for own in of_stretch.values() for note in _anew(own)]
    notes += [f"{kind} before {format_instant(before)}: pruned" for kind, before in sorted(thinned.items())]
    unreadable: list[DamagedError] = []
    for start, own in of_stretch.items():
        lengths = {kind: {each.kinds[kind][0] for each in own if kind in each.kinds} for kind in APPENDED}
        found = digests(connection, start, own[-1].end, unreadable.append, lengths)
        gone = {CONTEXTS_KIND} if start < thinned.get(Prunable.CONTEXTS, BEGINNING) else frozenset()
        if start in due:
            notes.append(f"{own[-1].named}: to be sealed anew: {due[start]}")
            problems += _lost(own, found, gone)
        else:
            problems += _differences(own[-1], kinds_of(found), gone) or _lost(own, found, gone)
    problems += map(str, unreadable)
    try:
        problems += _damaged(connection)
    except DBAPIError as error:
        if not is_no_text(error):
            raise
        problems.append(f"evidence or a statement cannot be read ({error.orig}): {DAMAGED}")
    until = max((each.end for each in sound if each is not None), default=None)
    notes += _unsealed(connection, until)
    return Verified(len(rows), until, rows[-1].head if rows else None, (*problems,), (*notes,))


def _sound(row: Row[Any]) -> _Sealed | None:
    """A seal whose head fits what it says; None if it was changed."""
    try:
        if row.head != seal_head(row.start, row.end, row.kinds, row.previous, row.at, row.why):
            return None
        kinds = json.loads(row.kinds)
        seal = _Sealed(
            row.start, row.end, {kind: [int(count), str(key)] for kind, (count, key) in kinds.items()}, row.at, row.why
        )
        return seal if seal.named and format_instant(seal.at) else None
    except (AttributeError, OverflowError, TypeError, ValueError):
        return None


def _breaks(rows: Sequence[Row[Any]], sound: Sequence[_Sealed | None]) -> Iterator[str]:
    """Where the chain itself does not hold."""
    previous, until = "", BEGINNING
    for row, seal in zip(rows, sound, strict=True):
        if seal is None:
            yield f"{_named(row)}: the seal itself was changed"
            until = max(until, row.end) if isinstance(row.end, int) else until
        else:
            if row.previous != previous:
                yield f"{seal.named}: a seal before it was removed or changed"
            if seal.start > until:
                yield f"{seal.named}: the time before it has no seal"
            until = max(until, seal.end)
        previous = row.head


def _named(row: Row[Any]) -> str:
    try:
        return f"{format_instant(row.start)} to {format_instant(row.end)}"
    except (OverflowError, TypeError):
        return f"seal {row.id}"


def _anew(own: Sequence[_Sealed]) -> Iterator[str]:
    """What was sealed anew, why, and what of it was another one then."""
    for number, each in enumerate(own):
        if each.why:
            changes = ", ".join(_changes(own[number - 1].kinds, each.kinds)) if number else ""
            told = f" ({changes})" if changes else ""
            yield f"{each.named}: sealed anew at {format_instant(each.at)}: {each.why}{told}"


def _changes(before: Kinds, after: Kinds) -> Iterator[str]:
    for kind in sorted(before.keys() | after.keys()):
        (was, _), (what, _) = before.get(kind, [0, ""]), after.get(kind, [0, ""])
        if before.get(kind) != after.get(kind):
            yield f"{kind} {was} to {what}" if was != what else f"{kind} {was}, other ones"


def _differences(seal: _Sealed, found: Kinds, gone: AbstractSet[str]) -> list[str]:
    """What of a stretch is not as it was sealed last."""
    # Seals of tables before version 6 of the record say nothing of the series themselves.
    told = sorted((seal.kinds.keys() | found.keys()) - gone - ({SERIES_KIND} - seal.kinds.keys()))
    return [
        _difference(seal, kind, found.get(kind, [0])[0]) for kind in told if seal.kinds.get(kind) != found.get(kind)
    ]


def _lost(own: Sequence[_Sealed], found: Mapping[str, Digests], gone: AbstractSet[str]) -> list[str]:
    """What was sealed once and is not there any more, whatever was rightly added since."""
    problems: dict[str, str] = {}
    for seal in own:
        for kind in sorted((seal.kinds.keys() & (APPENDED | GROWING)) - gone):
            count, was = seal.kinds[kind]
            there = found.get(kind, {})
            if (kind in APPENDED and there.get(count) != was) or count > max(there, default=0):
                problems.setdefault(kind, _difference(seal, kind, max(there, default=0)))
    return list(problems.values())


def _difference(seal: _Sealed, kind: str, there: int) -> str:
    (was, *_) = seal.kinds.get(kind, [0])
    change = "removed" if there < was else "added" if there > was else "changed"
    return f"{seal.named}: {kind}: a row was {change}: {was} were sealed, {there} are there"


def _damaged(connection: Connection) -> Iterator[str]:
    """Content that is not what its own digest says, sealed or not, and evidence that is not there any more."""
    for key, name, content in connection.execute(select(EVIDENCE.c.digest, EVIDENCE.c.name, EVIDENCE.c.content)):
        if digest(_bytes(content)) != key:
            yield f"evidence {str(key)[:12]} {name}: its content was changed"
    for number, body, key in connection.execute(select(STATEMENT.c.id, STATEMENT.c.body, STATEMENT.c.digest)):
        if digest(_bytes(body)) != key:
            yield f"statement {number}: its text was changed"
    gone = select(FACT.c.id, FACT.c.evidence).where(
        FACT.c.evidence.is_not(None), FACT.c.evidence.not_in(select(EVIDENCE.c.digest))
    )
    for number, key in connection.execute(gone):
        yield f"evidence {str(key)[:12]} of fact {number}: it is not there any more"


def _bytes(content: Any) -> bytes:
    return content if isinstance(content, bytes) else str(content).encode()  # SQLite keeps any type


def _unsealed(connection: Connection, until: Instant | None) -> Iterator[str]:
    """Days that a daemon that lived later should have sealed: who cuts the end of the chain off leaves nothing else."""
    alive_at = connection.execute(select(func.max(HEARTBEAT.c.alive_at))).scalar()
    sealed = BEGINNING if until is None else until
    with suppress(OverflowError, TypeError):  # a sign of life that says nonsense is no evidence
        boundary = last_boundary(0 if alive_at is None else alive_at)
        if sealed < boundary:
            since = format_instant(sealed) if until is not None else "the beginning"
            yield (
                f"{since} to {format_instant(boundary)}: not sealed; a daemon does it within ten minutes of its start,"
                " else the last seals were removed"
            )
