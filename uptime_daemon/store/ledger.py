"""Definitions, evidence, facts and frozen statements: appended, read, never changed."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, insert, select

from uptime_daemon.store.dialects import insert_or_keep
from uptime_daemon.store.errors import ConflictError, StoreError, readable
from uptime_daemon.store.kept import Definition, Evidence, Fact, FrozenStatement, Mark
from uptime_daemon.store.seals import written
from uptime_daemon.store.tables import ABSENCE, DEFINITION, EVIDENCE, FACT, STATEMENT
from uptime_daemon.store.texts import canonical, digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Row, Select

    from uptime_daemon.core.time.instants import Instant


# What judging asks for again and again is put together once, which takes as long as to answer it.
_DEFINITIONS: Final = select(DEFINITION).order_by(DEFINITION.c.id)
_DEFINED: Final = _DEFINITIONS.where(DEFINITION.c.at <= bindparam("as_of"))


def store_definitions(connection: Connection, texts: Mapping[str, str], at: Instant) -> list[str]:
    """Record one load of all definition files; returns the names that changed, came or went."""
    rows = connection.execute(select(DEFINITION.c.name, DEFINITION.c.digest).order_by(DEFINITION.c.id))
    kept: dict[str, str | None] = {row.name: row.digest for row in rows}  # a later row of a name replaces an earlier
    loaded = {name: digest(text.encode()) for name, text in texts.items()}
    changed = sorted(name for name in kept.keys() | loaded.keys() if kept.get(name) != loaded.get(name))
    if changed:
        written(connection, at, at, "definitions were loaded")
    for name in changed:
        connection.execute(
            insert(DEFINITION).values(name=name, text=texts.get(name), digest=loaded.get(name), at=at),
        )
    return changed


def definitions(connection: Connection, as_of: Instant | None) -> list[Definition]:
    """Every recorded change in order."""
    rows = connection.execute(_DEFINITIONS) if as_of is None else connection.execute(_DEFINED, {"as_of": as_of})
    return [Definition(row.name, row.text, row.digest, row.at) for row in rows]


def keep_evidence(connection: Connection, content: bytes, name: str, at: Instant) -> str:
    """Keep a file under its digest."""
    key = digest(content)
    if evidence(connection, key) is None:
        written(connection, at, at, "evidence was kept")
    connection.execute(
        insert_or_keep(connection.dialect, EVIDENCE).values(digest=key, name=name, content=content, at=at)
    )
    return key


def evidence(connection: Connection, key: str) -> Evidence | None:
    """A kept file."""
    row = connection.execute(select(EVIDENCE).where(EVIDENCE.c.digest == key)).one_or_none()
    return Evidence(row.digest, row.name, row.content, row.at) if row else None


def append_fact(connection: Connection, fact: Fact) -> int:
    """Record a fact whose evidence is kept and that replaces no fact which another one has replaced already."""
    if fact.evidence is not None and evidence(connection, fact.evidence) is None:
        raise StoreError(f"no evidence {fact.evidence} is kept; keep the file first")
    if fact.supersedes is not None:
        if connection.execute(select(FACT.c.id).where(FACT.c.id == fact.supersedes)).scalar() is None:
            raise StoreError(f"there is no fact {fact.supersedes} to supersede")
        later = connection.execute(select(FACT.c.id).where(FACT.c.supersedes == fact.supersedes)).scalar()
        if later is not None:
            raise ConflictError(f"fact {fact.supersedes} was superseded by fact {later}; look at that one first")
    written(connection, fact.known_at, fact.known_at, "a fact was stated")
    kept = connection.execute(
        insert(FACT)
        .values(
            kind=fact.kind,
            agreement=fact.agreement,
            subject=fact.subject,
            body=canonical(fact.body),
            at=fact.at,
            known_at=fact.known_at,
            by=fact.by,
            evidence=fact.evidence,
            supersedes=fact.supersedes,
        )
        .returning(FACT.c.id)
    )
    return int(kept.scalar_one())


def facts(connection: Connection, agreement: str | None, kind: str | None, as_of: Instant | None) -> list[Fact]:
    """The facts in order of recording."""
    given = {"agreement": agreement, "kind": kind, "as_of": as_of}
    asked = {name: value for name, value in given.items() if value is not None}
    return [_fact(row) for row in connection.execute(_facts_by(*asked), asked)]


@cache
def _facts_by(*names: str) -> Select[Any]:
    """The question for facts by some figures, put together once as well."""
    by = {
        "agreement": FACT.c.agreement == bindparam("agreement"),
        "kind": FACT.c.kind == bindparam("kind"),
        "as_of": FACT.c.known_at <= bindparam("as_of"),
    }
    return select(FACT).where(*(by[name] for name in names)).order_by(FACT.c.id)


def _fact(row: Row[Any]) -> Fact:
    with readable(f"fact {row.id}"):
        return Fact(
            kind=row.kind,
            subject=row.subject,
            body=dict(json.loads(row.body)),
            at=row.at,
            known_at=row.known_at,
            by=row.by,
            agreement=row.agreement,
            evidence=row.evidence,
            supersedes=row.supersedes,
            id=row.id,
        )


def changed_since(connection: Connection, mark: Mark | None) -> tuple[Mark, frozenset[str] | None]:
    """How far facts, definitions and absences are recorded, and whose facts came since a mark; None: everybody's."""
    figures = (FACT.c.id, DEFINITION.c.id, ABSENCE.c.id, ABSENCE.c.end)
    found = Mark(*(int(connection.execute(select(func.max(figure))).scalar() or 0) for figure in figures))
    if mark is None or replace(found, fact=mark.fact) != mark:
        return found, None
    if found == mark:
        return found, frozenset()
    whose = set(connection.execute(select(FACT.c.agreement).where(FACT.c.id > mark.fact).distinct()).scalars())
    return found, None if None in whose else frozenset(whose)


def freeze_statement(connection: Connection, statement: FrozenStatement) -> int:
    """Keep a closed statement as the next revision."""
    whose = (
        STATEMENT.c.agreement == statement.agreement,
        STATEMENT.c.group == statement.group,
        STATEMENT.c.period == statement.period,
    )
    last = connection.execute(select(func.max(STATEMENT.c.revision)).where(*whose)).scalar() or 0
    if statement.revision != last + 1:
        raise ConflictError(
            f"statement {statement.agreement} {statement.group} {statement.period} has {last} revisions;"
            f" {statement.revision} is not the next one"
        )
    written(connection, statement.at, statement.at, "a statement was frozen")
    kept = connection.execute(
        insert(STATEMENT)
        .values(
            agreement=statement.agreement,
            group=statement.group,
            period=statement.period,
            revision=statement.revision,
            body=statement.body,
            at=statement.at,
            by=statement.by,
            why=statement.why,
            digest=digest(statement.body.encode()),
        )
        .returning(STATEMENT.c.id)
    )
    return int(kept.scalar_one())


def statements(connection: Connection, agreement: str | None, period: str | None) -> list[FrozenStatement]:
    """The frozen statements in order of freezing."""
    query = select(STATEMENT).order_by(STATEMENT.c.id)
    if agreement is not None:
        query = query.where(STATEMENT.c.agreement == agreement)
    if period is not None:
        query = query.where(STATEMENT.c.period == period)
    return [
        FrozenStatement(
            agreement=row.agreement,
            group=row.group,
            period=row.period,
            revision=row.revision,
            body=row.body,
            at=row.at,
            by=row.by,
            why=row.why,
            digest=row.digest,
            id=row.id,
        )
        for row in connection.execute(query)
    ]
