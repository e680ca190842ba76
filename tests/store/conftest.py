"""A database of its own for each test that asks, in memory, in an SQLite file or in a real PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.store.samples import HERE, T0
from tests.store.server import Server, running
from uptime_daemon.store import memory
from uptime_daemon.store.database import Database, open_store

SHARED = {
    "test_claims",
    "test_failing",
    "test_import",
    "test_killed",
    "test_large",
    "test_ledger",
    "test_measuring",
    "test_notices",
    "test_packing",
    "test_pruning",
    "test_renames",
    "test_seals",
    "test_upkeep",
}
"""The files whose tests hold for every database: each test of them that opens one runs on all three."""
DURABLE_ALONE = {
    "test_killed": "a record in memory ends with the process that is killed",
    "test_ten_million_runs": "the memory that is measured would hold the rows themselves",
}
"""Which of them, by file or test, hold for the durable databases only, and why."""
DURABLE = ("sqlite", "postgresql")
EVERY = ("memory", *DURABLE)
PAIRS = [*((one, other) for one in DURABLE for other in DURABLE), ("memory", "sqlite"), ("sqlite", "memory")]
"""From one place into another: each durable one into each, memory into another one and another one into it."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the shared tests on every database."""
    file, names = metafunc.module.__name__.rpartition(".")[2], metafunc.fixturenames
    if "url" not in names or file not in SHARED:
        return
    if "elsewhere" in names:
        metafunc.parametrize(("url", "elsewhere"), [places(*pair) for pair in PAIRS], indirect=True)
    else:
        is_durable_alone = DURABLE_ALONE.keys() & {file, metafunc.function.__name__}
        kinds = DURABLE if is_durable_alone else EVERY
        metafunc.parametrize("url", [places(kind) for kind in kinds], indirect=True)


def places(*kinds: str) -> ParameterSet:
    """One set of parameters, each a kind of place."""
    needs = pytest.mark.needs_command("initdb", "postgres")
    return pytest.param(*kinds, marks=[needs] if "postgresql" in kinds else [])


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A real PostgreSQL, started once for all tests that ask."""
    with running() as started:
        yield started


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database of this test lies, if it is a file."""
    return tmp_path / "uptime.db"


@contextmanager
def new_place(request: pytest.FixtureRequest, path: Path) -> Iterator[str]:
    """The URL of a place without tables, of the kind that a fixture is asked for; a file unless it is."""
    match getattr(request, "param", "sqlite"):
        case "postgresql":
            started: Server = request.getfixturevalue("server")
            yield started.url()
        case "memory":
            name = str(path)
            yield f"memory:{name}"
            if (kept := memory._RECORDS.pop(name, None)) is not None:  # else all of them would fill this process
                kept.keeper.close()
        case _:
            yield f"sqlite:///{path}"


@pytest.fixture
def url(request: pytest.FixtureRequest, path: Path) -> Iterator[str]:
    """The URL of the database of this test; a file unless the test is for every database."""
    with new_place(request, path) as place:
        yield place


@pytest.fixture
def store(url: str) -> Iterator[Database]:
    """A new database in which measuring has begun."""
    with open_store(url, create=True) as opened:
        assert opened.open_session(HERE, T0) is None
        yield opened
