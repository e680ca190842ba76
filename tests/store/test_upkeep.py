"""A database as a whole: carried from every released version, copied out beside a daemon, copied in again."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Integer, LargeBinary, MetaData, select, text

from tests.store.conftest import new_place
from tests.store.samples import EVER, HERE, STALE, T0, fact, failed, mail, observe_all, passed, step
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.time.instants import DAY, HOUR, SECOND
from uptime_daemon.store import migrations
from uptime_daemon.store.database import Database, open_store
from uptime_daemon.store.dialects import count_on
from uptime_daemon.store.engine import closing
from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.kept import FrozenStatement, KeptAbsence, MailKind, MailState
from uptime_daemon.store.places import place_of
from uptime_daemon.store.tables import METADATA, SCHEMA_VERSION
from uptime_daemon.store.upkeep import Backup, backup, restore, upgrade

SCHEMAS = Path(__file__).parent / "schemas"
RELEASED = sorted({int(path.name.partition("-")[0]) for path in SCHEMAS.iterdir()})


def quiet(_table: str, _rows: int) -> None:
    """Nobody watches."""


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Another new place."""
    with new_place(request, tmp_path / "other.db") as place:
        yield place


def fill(store: Database) -> None:
    """A row at least of every kind."""
    observe_all(store, [passed(T0 + SECOND), failed(T0 + 31 * SECOND), passed(T0 + 61 * SECOND, "acme/sip")])
    store.insert_history([Run("acme/web", "import", Outcome.PASS, Reason.NONE, T0, T0 + HOUR, 13, 300 * SECOND)], HOUR)
    store.append_absence(KeptAbsence(T0 + HOUR, None, "paused", HERE, "acme/web"))
    store.store_definitions({"probes/acme.yaml": "vendor: acme š\n"}, T0)
    store.store_definitions({}, T0 + DAY)
    digest = store.keep_evidence(b"%PDF\x00\xff", "mail.pdf", T0)
    first = store.append_fact(fact("T1", evidence=digest))
    store.append_fact(fact("T1", at=T0 + HOUR, supersedes=first))
    store.freeze_statement(FrozenStatement("acme", "service", "2026-06", 1, '{"met":false}', T0, "uptime-daemon"))
    inside = MailKind.INTERNAL  # a letter to a vendor does not wait any more once it is restored
    store.append_claim_event(step(1), [mail("<1@x>", inside), mail("<2@x>", inside), mail("<3@x>")])
    store.mark(1, MailState.PENDING, MailState.SENDING)
    store.mark(3, MailState.PENDING, MailState.SENDING)
    store.mark(3, MailState.SENDING, MailState.SENT)


def content(store: Database) -> list[object]:
    """Everything that can be read."""
    probes = ["acme/web", "acme/sip"]
    return [
        store.series(), store.vantages(), store.runs(probes, EVER), store.failures(probes, EVER, 100),
        store.rollups(probes, EVER), store.absences(EVER), store.definitions(), store.facts(), store.statements(),
        store.claim_events(), store.outbox(),
        [store.evidence(kept.evidence) for kept in store.facts() if kept.evidence],
    ]  # fmt: skip


def test_a_backup_beside_a_daemon_is_restored_into_every_engine(
    store: Database, url: str, elsewhere: str, tmp_path: Path
) -> None:
    """Every row is there again, byte for byte; numbers go on; the daemon was not disturbed."""
    fill(store)
    before = content(store)
    heard: list[str] = []
    target = tmp_path / "backup.db"
    rows = backup(url, target, lambda table, _: heard.append(table))
    assert {"run", "fact", "evidence", "outbox", "lease"} <= set(heard)
    store.observe(passed(T0 + 91 * SECOND), STALE)
    store.append_fact(fact("after the backup"))
    assert restore(elsewhere, target, quiet) == rows
    with open_store(elsewhere, create=False) as again:
        assert content(again) == before
        assert again.append_fact(fact("next")) == max(kept.id for kept in again.facts())
        assert again.append_absence(KeptAbsence(T0 + DAY, T0 + 2 * DAY, "paused", HERE)) == 2
        with pytest.raises(StoreError, match="it holds rows already; restore into a new database"):
            restore(elsewhere, target, quiet)


def test_letters_that_wait_in_a_backup_are_in_doubt_once_restored(
    store: Database, url: str, elsewhere: str, tmp_path: Path
) -> None:
    """The daemon that was backed up may have sent them since; mail inside the house may come twice."""
    store.append_claim_event(step(1), [mail("<1@x>"), mail("<2@x>"), mail("<3@x>", MailKind.INTERNAL), mail("<4@x>")])
    store.mark(2, MailState.PENDING, MailState.SENDING)
    store.mark(4, MailState.PENDING, MailState.SENDING)
    store.mark(4, MailState.SENDING, MailState.SENT)
    backup(url, tmp_path / "backup.db", quiet)
    restore(elsewhere, tmp_path / "backup.db", quiet)
    with open_store(elsewhere, create=False) as again:
        doubt = "the record was restored; this may have left meanwhile"
        assert [(each.mail.message_id, each.state, each.last_error) for each in again.outbox()] == [
            ("<1@x>", MailState.DOUBTFUL, doubt),
            ("<2@x>", MailState.DOUBTFUL, doubt),
            ("<3@x>", MailState.PENDING, ""),
            ("<4@x>", MailState.SENT, ""),
        ]


def test_a_backup_is_a_database(store: Database, url: str, tmp_path: Path) -> None:
    """It is one file, for its user alone, and every command reads it."""
    fill(store)
    file = tmp_path / "kept.db"
    backup(url, file, quiet)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("kept")] == ["kept.db"]
    assert file.stat().st_mode & 0o777 == 0o600
    with open_store(f"sqlite:///{file}", create=False) as copy:
        assert content(copy) == content(store)
    with pytest.raises(StoreError, match=r"kept\.db: it exists already; name a new file"):
        backup(url, file, quiet)


def test_a_backup_that_breaks_off_leaves_nothing(store: Database, url: str, tmp_path: Path) -> None:
    """Half a backup would be taken for a whole one."""
    fill(store)

    def broken(_table: str, _rows: int) -> None:
        raise RuntimeError("somebody pressed a key")

    with pytest.raises(RuntimeError):
        backup(url, tmp_path / "kept.db", broken)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("kept")]


def test_a_restore_that_breaks_off_leaves_nothing(store: Database, url: str, elsewhere: str, tmp_path: Path) -> None:
    """It is done again into the same place."""
    fill(store)
    file = tmp_path / "kept.db"
    backup(url, file, quiet)

    def broken(table: str, _rows: int) -> None:
        if table == "fact":
            raise RuntimeError("somebody pressed a key")

    with pytest.raises(RuntimeError):
        restore(elsewhere, file, broken)
    restore(elsewhere, file, quiet)
    with open_store(elsewhere, create=False) as again:
        assert content(again) == content(store)


def test_a_file_that_was_copied_with_its_log_is_restored_whole(tmp_path: Path) -> None:
    """Not how a backup is made, and yet nothing of it is passed over without a word; the copy stays as it is."""
    copied = tmp_path / "copied.db"
    with open_store(f"sqlite:///{tmp_path}/uptime.db", create=True) as store:
        store.append_fact(fact("in the log"))
        for end in ("", "-wal"):
            (tmp_path / f"copied.db{end}").write_bytes((tmp_path / f"uptime.db{end}").read_bytes())
    before = {path.name: path.read_bytes() for path in tmp_path.glob("copied.db*")}
    assert before["copied.db-wal"]
    restore(f"sqlite:///{tmp_path}/new.db", copied, quiet)
    with open_store(f"sqlite:///{tmp_path}/new.db", create=False) as again:
        assert [kept.subject for kept in again.facts()] == ["in the log"]
    assert {path.name: path.read_bytes() for path in tmp_path.glob("copied.db*")} == before


def test_a_backup_that_cannot_be_read_is_named(store: Database, url: str, elsewhere: str, tmp_path: Path) -> None:
    """Cut off in the middle, or without room for the copy that is worked on: nothing is restored."""
    fill(store)
    file = tmp_path / "kept.db"
    backup(url, file, quiet)
    (tmp_path / "cut.db").write_bytes(file.read_bytes()[:30_000])
    with pytest.raises(StoreError, match=r"cut\.db: the file is damaged; take another backup"):
        restore(elsewhere, tmp_path / "cut.db", quiet)
    with pytest.raises(
        StoreError, match=r"kept\.db: it cannot be copied to /none: No such file or directory; TMPDIR may"
    ):
        Backup(file, Path("/none"))
    restore(elsewhere, file, quiet)


def test_a_file_system_without_second_names_takes_a_backup(
    store: Database, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk of another system, or of another machine; nothing is replaced there either."""

    def unknown(_part: Path, _file: Path) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.link", unknown)
    fill(store)
    backup(url, tmp_path / "kept.db", quiet)
    assert [path.name for path in tmp_path.glob("kept*")] == ["kept.db"]
    with open_store(f"sqlite:///{tmp_path}/kept.db", create=False) as copy:
        assert content(copy) == content(store)
    with pytest.raises(StoreError, match=r"kept\.db: it exists already; name a new file"):
        backup(url, tmp_path / "kept.db", quiet)


def test_what_is_no_backup_is_refused(url: str, tmp_path: Path) -> None:
    """Nothing is made of a missing file, of text or of an empty file."""
    with pytest.raises(StoreError, match="there is no such file; name a backup"):
        restore(url, tmp_path / "none.db", quiet)
    (tmp_path / "text.db").write_text("probes: probes/\n" * 100, encoding="utf-8")
    with pytest.raises(StoreError, match="it is no SQLite database"):
        restore(url, tmp_path / "text.db", quiet)
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match="there are no tables in it"):
        restore(url, tmp_path / "empty.db", quiet)


def fill_rest(connection: Connection) -> None:
    """A row of every other table, whatever it is."""
    found = MetaData()
    found.reflect(connection)
    for table in found.sorted_tables:
        if table.name in {"schema_version", "lease", "series", "run", "fact"}:
            continue
        row: dict[str, object] = {}
        for column in table.columns:
            match column.type:
                case Integer():
                    row[column.name] = 1
                case LargeBinary():
                    row[column.name] = b"\x00\xff"
                case _:
                    row[column.name] = f"{column.name} š"
        connection.execute(table.insert().values(row))
        count_on(connection, table)


def rows_of(url: str) -> dict[str, list[object]]:
    """Every row by table."""
    with closing(place_of(url).reading_engine()) as engine, engine.begin() as connection:
        found = MetaData()
        found.reflect(connection)
        return {
            table.name: [
                tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in found.sorted_tables
            if table.name != "schema_version"
        }


def released(url: str, version: int) -> None:
    """A database as a released version made it, with rows."""
    kind = "postgresql" if url.startswith("postgresql") else "sqlite"
    place = place_of(url)
    engine = place.writing_engine()
    with engine.begin() as connection:
        for statement in (SCHEMAS / f"{version}-{kind}.sql").read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
        connection.execute(text("INSERT INTO series (probe, vantage) VALUES ('acme/web', :here)"), {"here": HERE})
        fill_rest(connection)
        connection.execute(
            text("INSERT INTO run VALUES (1, :first, :last, 2, 30000000, 'fail', 'status')"),
            {"first": T0, "last": T0 + 30 * SECOND},
        )
        connection.execute(
            text(
                "INSERT INTO fact (kind, subject, body, at, known_at, by)"
                " VALUES ('condition', 'c', '{}', :at, :at, 'ana')"
            ),
            {"at": T0},
        )
    engine.dispose()


@pytest.mark.parametrize("version", RELEASED)
def test_every_released_version_is_carried_to_this_one(url: str, version: int) -> None:
    """The tables are those of a new database, the rows are as they were; doing it again changes nothing."""
    released(url, version)
    with pytest.raises(StoreError, match=f"have version {version}, this program works with version {SCHEMA_VERSION};"):
        open_store(url, create=True)
    before = rows_of(url)
    assert upgrade(url) == (version, SCHEMA_VERSION)
    assert upgrade(url) == (SCHEMA_VERSION, SCHEMA_VERSION)
    after = rows_of(url)
    assert len(before) > 10
    assert {name: after[name] for name in before} == before
    engine = place_of(url).reading_engine()
    with engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()
    with open_store(url, create=False) as store:
        assert [kept.subject for kept in store.facts()] == ["c"]
        assert [run.count for run in store.runs(["acme/web"], EVER)["acme/web", HERE]] == [2]
        store.open_session(HERE, T0 + HOUR)
        observe_all(store, [passed(T0 + HOUR + SECOND)])


@pytest.mark.parametrize("version", RELEASED)
def test_a_released_version_is_backed_up_before_it_is_carried(
    url: str, elsewhere: str, version: int, tmp_path: Path
) -> None:
    """The backup has that version, and restoring it carries the copy."""
    released(url, version)
    file = tmp_path / "backup.db"
    backup(url, file, quiet)
    assert restore(elsewhere, file, quiet) > 0
    with open_store(elsewhere, create=False) as store:
        assert [kept.subject for kept in store.facts()] == ["c"]


def test_a_step_that_fails_changes_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash in the middle leaves the old version whole."""
    released(url, RELEASED[0])

    before = migrations.STEPS[2]

    def broken(operations: Operations) -> None:
        before(operations)
        raise RuntimeError("power is gone")

    monkeypatch.setitem(migrations.STEPS, 2, broken)
    with pytest.raises(RuntimeError, match="power is gone"):
        upgrade(url)
    monkeypatch.undo()
    assert upgrade(url) == (RELEASED[0], SCHEMA_VERSION)


def test_a_database_that_is_measured_into_is_not_carried(store: Database, url: str) -> None:
    """The daemon is ended first."""
    with pytest.raises(StoreError, match="another daemon measures into this database; end it first"):
        upgrade(url)
    assert store.stats().trouble is None
