"""The `database` commands on a whole configuration: what they print, what they leave, how they end."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.store.samples import HERE, T0, fact
from uptime_daemon.cli.main import command_line
from uptime_daemon.core.time.instants import DAY
from uptime_daemon.settings.values import Settings
from uptime_daemon.store.database import open_store

CONFIGURATION = """\
database: sqlite:///{name}.db
listen: 127.0.0.1:0
vantage:
  name: prague-1
  loopback: true
  sentinels: [{{tcp: "127.0.0.1:9", place: one}}, {{tcp: "127.0.0.1:9", place: two}}]
"""
Command = Callable[..., tuple[int, str]]


class Servants:
    """Nothing runs for long here."""

    def run(self, settings: Settings) -> int:
        """Not asked for."""
        raise NotImplementedError(settings)

    def demo(self, folder: Path | None, port: int) -> int:
        """Not asked for."""
        raise NotImplementedError(folder, port)


APP = command_line(Servants())


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Runs a `database` command on one of two configurations; the first one's database holds a fact."""
    for folder in ("probes", "contracts"):
        (tmp_path / folder).mkdir()
    for name in ("first", "second"):
        (tmp_path / f"{name}.yaml").write_text(CONFIGURATION.format(name=name), encoding="utf-8")
    with open_store(f"sqlite:///{tmp_path}/first.db", create=True) as store:
        store.open_session(HERE, T0)
        store.append_fact(fact("T1"))

    def run(*words: str, config: str = "first") -> tuple[int, str]:
        whole = ["database", *words, "--config", str(tmp_path / f"{config}.yaml")]
        done = CliRunner().invoke(APP, whole, catch_exceptions=False)
        return done.exit_code, done.output

    return run


def test_backup_destroy_restore(command: Command, tmp_path: Path) -> None:
    """What an operator does on the worst day: copy, lose, fill again, count."""
    file = tmp_path / "backup.db"
    code, output = command("backup", str(file))
    assert (code, output.splitlines()[-1]) == (0, f"{file}: 3 rows")
    (tmp_path / "first.db").unlink()
    assert command("stats")[0] == 3
    code, output = command("restore", str(file))
    assert (code, output.splitlines()[-1]) == (0, f"3 rows restored from {file}: the record is as it was sealed")
    code, output = command("stats", "--format", "json")
    found = json.loads(output)
    assert (code, found["rows"]["fact"], found["rows"]["heartbeat"], found["bytes"] > 0) == (0, 1, 1, True)
    code, output = command("restore", str(file))
    assert (code, "it holds rows already; restore into a new database" in output) == (3, True)


def test_a_backup_that_was_edited_is_told(command: Command, tmp_path: Path) -> None:
    """It is restored, for there may be no better one, and the exit code says that it is not what it was."""
    with open_store(f"sqlite:///{tmp_path}/first.db", create=False) as store:
        store.seal(T0 + 2 * DAY)
    file = tmp_path / "backup.db"
    assert command("backup", str(file))[0] == 0
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE fact SET body = '{}'")
    code, output = command("restore", str(file), config="second")
    assert code == 1
    assert "fact: a row was changed: 1 were sealed, 1 are there" in output
    assert output.endswith(f"4 rows restored from {file}: 1 problems\n")


def test_stats_as_a_table(command: Command) -> None:
    """One line a table and one for the whole."""
    code, output = command("stats")
    assert code == 0
    assert ["fact", "1"] in [line.split() for line in output.splitlines()]
    assert output.splitlines()[-1].startswith("/")


def test_upgrade_says_what_it_did(command: Command) -> None:
    """A database of this version is left as it is; one that is not there is trouble."""
    code, output = command("upgrade")
    assert (code, output.startswith("the tables: version ")) == (0, True)
    assert command("upgrade", config="second")[0] == 3


@pytest.mark.parametrize(
    "words",
    [("stats",), ("backup", "new.db"), ("upgrade",), ("verify",), ("restore", "first.db")],
    ids=lambda each: each[0],
)
def test_a_record_in_memory_is_out_of_reach(command: Command, tmp_path: Path, words: tuple[str, ...]) -> None:
    """No command finds an empty one of its own, nor fills one that would end with it."""
    file = tmp_path / "first.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("sqlite:///first.db", "memory"), encoding="utf-8")
    told = (3, "memory: the record lives in the memory of the daemon alone; no other program can read or fill it\n")
    assert command(words[0], *(str(tmp_path / word) for word in words[1:])) == told
    assert not (tmp_path / "new.db").exists()


def test_verify_finds_what_was_changed(command: Command, tmp_path: Path) -> None:
    """As sealed: exit code 0; a changed row: exit code 1, its day and kind; heads of elsewhere are held against it."""
    with open_store(f"sqlite:///{tmp_path}/first.db", create=False) as store:
        seals = store.seal(T0 + 2 * DAY)
    heads = tmp_path / "heads.txt"
    heads.write_text("".join(f"2026-06-02 {seal.head}\n" for seal in seals), encoding="utf-8")
    code, output = command("verify", "--heads", str(heads))
    assert (code, output.endswith("the record is as it was sealed\n")) == (0, True)
    with closing(sqlite3.connect(tmp_path / "first.db")) as database:
        database.execute("UPDATE fact SET subject = 'T2'")
        database.commit()
    code, output = command("verify", "--format", "json")
    assert code == 1
    assert [problem.partition(": ")[2] for problem in json.loads(output)["problems"]] == [
        "fact: a row was changed: 1 were sealed, 1 are there"
    ]
    heads.write_text("0123\n", encoding="utf-8")
    code, output = command("verify", "--heads", str(heads))
    assert (code, "the head 0123 is not in the chain" in output) == (1, True)
