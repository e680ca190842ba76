"""The tables. Instants are integer microseconds UTC, amounts integer minor units, bodies canonical JSON text.

Row classes state the shape and nothing else: they never leave this folder, and rows are written and read through
`sqlalchemy` expressions on their tables, in the same words for every database.
"""

from __future__ import annotations

from typing import ClassVar, Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

SCHEMA_VERSION: Final = 5
"""Rises with every change of a table, with a step in `migrations`; a database with a higher one is refused."""

_BIG_ID: Final = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only under INTEGER


class Row(SQLModel, registry=registry()):
    """What all tables share: a collection of their own."""


class SchemaVersionRow(Row, table=True):
    """The version of these tables in a database: one row."""

    __tablename__: ClassVar[str] = "schema_version"
    version: int = Field(primary_key=True)


class LeaseRow(Row, table=True):
    """How often a daemon began to measure: one row. Who finds another number than its own has been replaced."""

    __tablename__: ClassVar[str] = "lease"
    epoch: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class SeriesRow(Row, table=True):
    """One probe at one vantage; a number stands for both in the large tables.

    They do not refer to it by a foreign key: no series is ever removed, their writers know numbers of committed rows
    only, and looking each one up again costs a server half of the time of a batch.
    """

    __tablename__: ClassVar[str] = "series"
    __table_args__: ClassVar = (UniqueConstraint("probe", "vantage"),)
    id: int = Field(sa_column=Column(_BIG_ID, primary_key=True))
    probe: str
    vantage: str
    stale_after: int | None = Field(sa_type=BigInteger)


class RunRow(Row, table=True):
    """A run. Rows lie in the order in which runs began, so that the open ones, which grow, lie together."""

    __tablename__: ClassVar[str] = "run"
    series_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    first: int = Field(primary_key=True, sa_type=BigInteger)
    last: int = Field(sa_type=BigInteger)
    count: int = Field(sa_type=BigInteger)
    distance: int = Field(sa_type=BigInteger)
    outcome: str
    reason: str


class FailureRow(Row, table=True):
    """The context of an observation that did not pass."""

    __tablename__: ClassVar[str] = "failure"
    series_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: int = Field(primary_key=True, sa_type=BigInteger)
    outcome: str
    reason: str
    duration: int = Field(sa_type=BigInteger)
    attempt: str = Field(sa_type=Text)
    votes: str = Field(sa_type=Text)


class RollupRow(Row, table=True):
    """The durations of five minutes. Ordered by time first, so that one commit touches few pages."""

    __tablename__: ClassVar[str] = "rollup"
    __table_args__: ClassVar = {"sqlite_with_rowid": False}
    slot: int = Field(primary_key=True)
    series_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    count: int
    total: int = Field(sa_type=BigInteger)
    longest: int = Field(sa_type=BigInteger)
    buckets: bytes


class FailureDayRow(Row, table=True):
    """The contexts of a series on a day that is over, packed; the day is counted since 1970."""

    __tablename__: ClassVar[str] = "failure_day"
    series_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    day: int = Field(primary_key=True)
    count: int
    content: bytes


class RollupDayRow(Row, table=True):
    """The latencies of a series on a day that is over, packed; the day is counted since 1970."""

    __tablename__: ClassVar[str] = "rollup_day"
    series_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    day: int = Field(primary_key=True)
    count: int
    content: bytes


class AbsenceRow(Row, table=True):
    """A stretch without usable observations. An empty vantage or probe is every one: NULLs would never be equal."""

    __tablename__: ClassVar[str] = "absence"
    __table_args__: ClassVar = (
        UniqueConstraint("vantage", "probe", "reason", "start"),
        Index("absence_end", "end"),
        {"sqlite_autoincrement": True},
    )
    id: int = Field(sa_column=Column(_BIG_ID, primary_key=True))
    vantage: str
    probe: str
    reason: str
    start: int = Field(sa_type=BigInteger)
    end: int | None = Field(sa_type=BigInteger)


class HeartbeatRow(Row, table=True):
    """When the daemon of a vantage was last known alive."""

    __tablename__: ClassVar[str] = "heartbeat"
    vantage: str = Field(primary_key=True)
    alive_at: int = Field(sa_type=BigInteger)


class DefinitionRow(Row, table=True):
    """A definition file from its loading on; without text it was gone."""

    __tablename__: ClassVar[str] = "definition"
    __table_args__: ClassVar = {"sqlite_autoincrement": True}
    id: int = Field(sa_column=Column(_BIG_ID, primary_key=True))
    name: str
    text: str | None = Field(sa_type=Text)
    digest: str | None
    at: int = Field(sa_type=BigInteger)


class EvidenceRow(Row, table=True):
    """A file that proves something."""

    __tablename__: ClassVar[str] = "evidence"
    digest: str = Field(primary_key=True)
    name: str
    content: bytes = Field(sa_type=LargeBinary)
    at: int = Field(sa_type=BigInteger)


class FactRow(Row, table=True):
    """What a person or vendor stated."""

    __tablename__: ClassVar[str] = "fact"
    __table_args__: ClassVar = (Index("fact_agreement_kind", "agreement", "kind"), {"sqlite_autoincrement": True})
    id: int = Field(sa_column=Column(_BIG_ID, primary_key=True))
    kind: str
    agreement: str | None
    subject: str
    body: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    known_at: int = Field(sa_type=BigInteger)
    by: str
    evidence: str | None = Field(foreign_key="evidence.digest")
    supersedes: int | None = Field(sa_column=Column(BigInteger, ForeignKey("fact.id")))


class StatementRow(Row, table=True):
    """A closed statement as it was frozen."""

    __tablename__: ClassVar[str] = "statement"
    __table_args__: ClassVar = (
        UniqueConstraint("agreement", "group", "period", "revision"),
        {"sqlite_autoincrement": True},
    )
    id: int = Field(sa_column=Column(_BIG_ID, primary_key=True))
    agreement: str
    group: str
    period: str
    revision: int
    body: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    by: str
    why: str
    digest: str


class ClaimEventRow(Row, table=True):
    """One step of a claim."""

    __tablename__: ClassVar[str] = "claim_event"
    __table_args__: ClassVar = (UniqueConstraint("claim", "number"), {"sqlite_autoincrement": True})
    id: int = Field(sa_column=Column(_BIG_ID, primary_key=True))
    claim: str
    number: int
    at: int = Field(sa_type=BigInteger)
    kind: str
    by: str
    body: str = Field(sa_type=Text)


class OutboxRow(Row, table=True):
    """A mail, or a notice for a webhook, and how far it has come; both go the same way out of the house.

    Of a notice `message_id` joins webhook and event, `recipients` is the webhook, `subject` the topic, `mime` the JSON.
    """

    __tablename__: ClassVar[str] = "outbox"
    __table_args__: ClassVar = (Index("outbox_state_due_at", "state", "due_at"), {"sqlite_autoincrement": True})
    id: int = Field(sa_column=Column(_BIG_ID, primary_key=True))
    kind: str
    message_id: str = Field(unique=True)
    recipients: str = Field(sa_type=Text)
    subject: str
    mime: bytes = Field(sa_type=LargeBinary)
    claim: str | None
    state: str
    attempts: int
    due_at: int = Field(sa_type=BigInteger)
    last_error: str


class SealRow(Row, table=True):
    """The digests of what was recorded of a stretch, and of the seal before."""

    __tablename__: ClassVar[str] = "seal"
    __table_args__: ClassVar = (Index("seal_start", "start"), {"sqlite_autoincrement": True})
    id: int = Field(sa_column=Column(_BIG_ID, primary_key=True))
    start: int = Field(sa_type=BigInteger)
    end: int = Field(sa_type=BigInteger)
    kinds: str = Field(sa_type=Text)
    previous: str
    head: str
    at: int = Field(sa_type=BigInteger)
    why: str


class SealDueRow(Row, table=True):
    """A sealed stretch into which something was written rightly: it is to be sealed anew."""

    __tablename__: ClassVar[str] = "seal_due"
    start: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    why: str


class SessionRow(Row, table=True):
    """Somebody who is signed in. No part of the record: it is neither sealed nor evidence, and goes when it ends."""

    __tablename__: ClassVar[str] = "session"
    digest: str = Field(primary_key=True)
    name: str
    credential: str
    began: int = Field(sa_type=BigInteger)
    ends: int = Field(sa_type=BigInteger)


METADATA: Final = Row.metadata

SCHEMA: Final[Table] = METADATA.tables["schema_version"]
LEASE: Final[Table] = METADATA.tables["lease"]
SERIES: Final[Table] = METADATA.tables["series"]
RUN: Final[Table] = METADATA.tables["run"]
FAILURE: Final[Table] = METADATA.tables["failure"]
ROLLUP: Final[Table] = METADATA.tables["rollup"]
FAILURE_DAY: Final[Table] = METADATA.tables["failure_day"]
ROLLUP_DAY: Final[Table] = METADATA.tables["rollup_day"]
ABSENCE: Final[Table] = METADATA.tables["absence"]
HEARTBEAT: Final[Table] = METADATA.tables["heartbeat"]
DEFINITION: Final[Table] = METADATA.tables["definition"]
EVIDENCE: Final[Table] = METADATA.tables["evidence"]
FACT: Final[Table] = METADATA.tables["fact"]
STATEMENT: Final[Table] = METADATA.tables["statement"]
CLAIM_EVENT: Final[Table] = METADATA.tables["claim_event"]
OUTBOX: Final[Table] = METADATA.tables["outbox"]
SEAL: Final[Table] = METADATA.tables["seal"]
SEAL_DUE: Final[Table] = METADATA.tables["seal_due"]
SESSION: Final[Table] = METADATA.tables["session"]
