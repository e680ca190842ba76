"""A record in a PostgreSQL database: how it is opened, locked and measured, and what its troubles mean to people."""

from __future__ import annotations

import getpass
import sqlite3
import ssl
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from uptime_daemon.store import engine as engines
from uptime_daemon.store.engine import LOCKED, MEASURED_BY_ANOTHER, READER_WAIT_SECONDS, READERS_MAX, closing, told
from uptime_daemon.store.errors import MeasuredError, StoreError
from uptime_daemon.store.schema import checked, make

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVER_MIN: Final = 14
"""The oldest version of the server: it ends sessions that have fallen silent, see `SILENT_SECONDS_MAX`."""
WRITE_SECONDS_MAX: Final = 25
"""How long a statement of a writer may take: shorter than its caller waits, so that he learns what came of it."""
READ_SECONDS_MAX: Final = 120
"""How long a statement of a reader may take; a year of a thousand probes takes seconds."""
SILENT_SECONDS_MAX: Final = 30
"""How long a daemon may say nothing before the server ends its session and with it the lock: a living one commits twice
a second, a stopped or vanished one must not keep its successor out."""
SIZE_EVERY: Final = 30
"""The size is asked for once in so many times; with a board every two seconds that is once a minute."""

PORT: Final = 5432

_LOCK: Final = 0x75707464
"""The first half of our advisory locks' number, `uptd`; the second half is the schema's and the purpose's."""
_WRITING: Final = f"SELECT pg_advisory_xact_lock({_LOCK}, hashtext(current_schema() || ' writing'))"
_MEASURING: Final = f"SELECT pg_try_advisory_lock({_LOCK}, hashtext(current_schema() || ' measuring'))"

_LOST: Final = "the connection to the server is lost; what waits is written when it answers again"
# By the start of the SQLSTATE of an error of the world (appendix A of PostgreSQL's manual): what it means, what to do.
_TROUBLES: Final = {
    "08": _LOST,
    "57P": _LOST,
    "25P": _LOST,
    "53100": "the server's disk is full; free some space, a restart is not needed",
    "53200": "the server's memory is full; give it more",
    "53300": "the server takes no more connections; raise its max_connections",
    "53": "the server lacks means; look at its log",
    "55P03": LOCKED,
    "40": "another program was in the way; try again",
    "57014": "the server took too long; look at what else it does",
    "25006": "it cannot be written; the server or this connection only reads",
    "28": "the server refuses this user; look at the name, the password and pg_hba.conf",
    "3D000": "there is no such database; create it with `createdb`",
    "42501": "this user may not do that; make it the owner of the database",
    "58": "the server reports an error of its system; look at its log",
    "XX001": "the database is damaged; restore a backup",
    "XX002": "the database is damaged; restore a backup",
}


class PostgresDatabase:
    """A database on a server. Writers keep each other out for a transaction, as in SQLite, so that both act alike."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._sizes = count()
        self._size = 0

    def __str__(self) -> str:
        return f"postgresql://{self._host}{f':{self._url.port}' if self._url.port else ''}/{self._url.database}"

    def prepare(self, *, create: bool) -> None:
        """Make sure that the server keeps what it acknowledges and that the tables are ours; make them if asked."""
        with told(self):
            with closing(self.reading_engine()) as engine, engine.begin() as connection:
                self._look_around(connection)
                made = checked(self, connection)
            if not made and not create:
                raise StoreError(f"{self}: the database is empty; `uptime-daemon run` makes the tables")
            if not made:
                with closing(self.writing_engine()) as engine, engine.begin() as connection:
                    make(self, connection)

    def look(self, *, create: bool) -> None:  # noqa: ARG002 - a database on a server is never created here
        """Make sure that the server keeps what it acknowledges."""
        with told(self), closing(self.reading_engine()) as engine, engine.begin() as connection:
            self._look_around(connection)

    def writing_engine(self) -> Engine:
        """The engine of the one thread that writes: every transaction waits for those of other writers."""
        engine = self._engine(
            1,
            {
                "statement_timeout": f"{WRITE_SECONDS_MAX}s",
                "synchronous_commit": "on",  # a server may have it off: what is acknowledged would be lost in a crash
                "idle_session_timeout": f"{SILENT_SECONDS_MAX}s",
                "idle_in_transaction_session_timeout": f"{SILENT_SECONDS_MAX}s",
            },
        )

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql(_WRITING)

        return engine

    def reading_engine(self) -> Engine:
        """The engine of all that reads: each transaction sees one state of the database, and none can write."""
        return self._engine(
            READERS_MAX,
            {
                "statement_timeout": f"{READ_SECONDS_MAX}s",
                "default_transaction_isolation": "repeatable\\ read",
                "default_transaction_read_only": "on",
            },
        )

    def measuring_lock(self, writing: Engine) -> SessionLock:
        """A lock that the writer's session holds."""
        return SessionLock(self, writing)

    def size_bytes(self, reading: Engine) -> int:
        """The whole database, asked for now and then; what was known last while the server does not answer."""
        if next(self._sizes) % SIZE_EVERY == 0:
            try:
                with reading.begin() as connection:
                    size = connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
                    self._size = int(size)
            except (DBAPIError, OSError) as error:
                if self.trouble(error) is None:
                    raise
        return self._size

    def damage(self, reading: Engine) -> list[str]:  # noqa: ARG002 - files are asked
        """Nothing: a server with checksums refuses damaged pages by itself, and the seals find what rows say."""
        return []

    def trouble(self, error: DBAPIError | sqlite3.Error | OSError) -> str | None:
        """What an error of the world means, for people; None for a mistake of ours."""
        if isinstance(error, OSError):
            return f"the server cannot be reached: {error.strerror or error}"
        if not isinstance(error, DBAPIError):
            return None
        if error.connection_invalidated:
            return _LOST
        said = error.orig.args[0] if error.orig and error.orig.args else None
        if not isinstance(said, dict):
            # What the server said is a dictionary; everything else is what the driver says of the connection.
            return f"the server cannot be used: {said}" if type(error.orig).__name__ == "InterfaceError" else None
        meaning = next((text for start, text in _TROUBLES.items() if said.get("C", "").startswith(start)), None)
        return meaning and f"{meaning} ({said.get('M', '')})"

    def _look_around(self, connection: Connection) -> None:
        def setting(name: str) -> str:
            return str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())

        version = int(setting("server_version_num")) // 10_000
        if version < SERVER_MIN:
            raise StoreError(f"{self}: the server has version {version}; use {SERVER_MIN} or later")
        if setting("fsync") == "off":
            raise StoreError(f"{self}: the server has fsync off and may lose what it acknowledged; switch it on")
        if setting("server_encoding") != "UTF8":
            raise StoreError(f"{self}: its encoding is {setting('server_encoding')}; create it with encoding UTF8")

    def _engine(self, connections: int, session: Mapping[str, str]) -> Engine:
        settings = {"lock_timeout": f"{engines.BUSY_TIMEOUT_SECONDS}s", "timezone": "UTC", **session}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        return create_engine(
            "postgresql+pg8000://",
            creator=lambda: self._connected(f"{self._said('options')} {options}"),
            poolclass=QueuePool,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=READER_WAIT_SECONDS,
            pool_pre_ping=True,  # a restarted server costs nobody an error
        )

    def _connected(self, options: str) -> Any:
        from uptime_daemon.store.wire import connected  # noqa: PLC0415 - most users need no PostgreSQL

        return connected(
            self._host,
            self._url.port or PORT,
            encryption=self._encryption(),
            user=self._url.username or getpass.getuser(),
            password=self._url.password,
            database=self._url.database,
            application_name="uptime-daemon",
            startup_params={"options": options.strip()},
        )

    @property
    def _host(self) -> str:
        return self._url.host or self._said("host") or "localhost"

    def _said(self, name: str) -> str:
        """A parameter of the URL; the last one if it is there several times."""
        value = self._url.query.get(name, "")
        return value if isinstance(value, str) else value[-1]

    def _encryption(self) -> ssl.SSLContext | bool | None:
        """By the names of PostgreSQL's own library: False never encrypts, None does if the server can."""
        match self._said("sslmode") or "prefer":
            case "disable":
                return False
            case "prefer":
                return None
            case "require":
                return True
            case "verify-full":
                return ssl.create_default_context(cafile=self._said("sslrootcert") or None)
            case mode:
                raise StoreError(f"{self}: sslmode {mode} is not known; write disable, prefer, require or verify-full")


class SessionLock:
    """The lock of the one process that measures; the server lets go of it when the writer's session ends."""

    def __init__(self, place: PostgresDatabase, writing: Engine) -> None:
        self._place = place
        self._writing = writing

    def acquire(self, connection: Connection) -> None:
        """Take the lock by the writer's connection, again if it is a new one, or say that another process has it."""
        if connection.info.get("measuring"):
            return
        if not connection.exec_driver_sql(_MEASURING).scalar_one():
            raise MeasuredError(f"{self._place}: {MEASURED_BY_ANOTHER}")
        connection.info["measuring"] = True

    def release(self) -> None:
        """Let go of the lock by ending the session."""
        self._writing.dispose()
