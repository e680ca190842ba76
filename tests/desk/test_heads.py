"""The file of heads: complete whatever was away, and the first to see that the chain is another one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from tests.desk.acme import Acme, acme
from tests.store.samples import fact
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.time.instants import DAY
from uptime_daemon.daemon.in_force import InForce
from uptime_daemon.daemon.upkeep import Upkeep
from uptime_daemon.desk.heads import chain, completed, heads_in
from uptime_daemon.store.database import Database, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uptime_daemon.settings.values import Settings


class Sealing(Acme):
    """A configuration with a file of heads."""

    @property
    def settings(self) -> Settings:
        """As it is, and with it."""
        return replace(super().settings, seals=self.folder / "elsewhere" / "heads.txt")


@pytest.fixture
def desk(tmp_path: Path) -> Acme:
    """The same, with a folder for the file."""
    (tmp_path / "elsewhere").mkdir()
    return Sealing(acme(tmp_path).folder)


@pytest.fixture
def store(desk: Acme) -> Iterator[Database]:
    """Its record, sealed up to yesterday."""
    with open_store(desk.settings.database, create=False) as opened:
        opened.append_fact(fact("T1"))
        for day in range(4, 0, -1):  # so many days ago
            opened.seal(SystemClock().now() - day * DAY)
        yield opened


def test_what_a_file_lacks_is_appended_once(store: Database, tmp_path: Path) -> None:
    """All of it at first, then what is new; a line that a power cut ended is left alone."""
    file = tmp_path / "heads.txt"
    seals = chain(store)
    assert completed(file, seals[:2]) == []
    whole = file.read_bytes()
    assert completed(file, seals[:2]) == []
    assert file.read_bytes() == whole
    file.write_bytes(whole[:-30])
    (torn,) = completed(file, seals)
    assert torn == seals[1].head[: 64 - 29]
    assert [head for head in heads_in(file) if head != torn] == [seal.head for seal in (seals[0], *seals[1:])]
    assert completed(file, seals) == [torn]


async def test_a_file_that_was_away_is_completed(desk: Acme, store: Database, tmp_path: Path) -> None:
    """Each look tries again; whoever cuts the chain off is told of by the daemon itself, and by `database verify`."""
    file, away = tmp_path / "elsewhere", tmp_path / "away"
    file.rename(away)
    clock = SystemClock()
    upkeep = Upkeep(InForce(desk.settings, store, clock), store, clock)
    with capture_logs() as log:
        await upkeep.seal()
    assert [each["trouble"] for each in log if each["event"] == "seals_file"] == ["No such file or directory"]
    assert [each["event"] for each in log if each["event"] == "sealed"]
    away.rename(file)
    with capture_logs() as log:
        await upkeep.seal()
    assert log == []
    heads = [seal.head for seal in chain(store)]
    assert list(heads_in(file / "heads.txt")) == heads
    told = desk.json("database verify")
    assert (told["problems"], told["notes"]) == (
        [], [f"{len(heads)} heads of {file / 'heads.txt'} were held against the chain"]
    )  # fmt: skip

    store.seal(clock.now() + 3 * DAY)  # the clock was ahead for a moment
    for _ in range(2):
        with capture_logs() as log:
            await Upkeep(InForce(desk.settings, store, clock), store, clock).seal()
        assert log == []
    heads = [seal.head for seal in chain(store)]
    assert list(heads_in(file / "heads.txt")) == heads

    with store._writing.begin() as connection:
        connection.execute(text("DELETE FROM seal WHERE head = :last").bindparams(last=heads[-1]))
    with capture_logs() as log:
        await Upkeep(InForce(desk.settings, store, clock), store, clock).seal()
    assert [each["missing"] for each in log if each["event"] == "seals_broken"] == [[heads[-1]]]
    problem = f"the head {heads[-1]} is not in the chain: it was cut or written anew, or restored from a backup"
    code, output = desk.run("database verify")
    assert (code, problem in output) == (1, True)
    await asyncio.to_thread((file / "heads.txt").unlink)
    assert "heads.txt is not there: no head of it was looked at" in desk.said("database verify")
