"""A database of its own for each test that asks, in SQLite or in a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.samples import HERE, T0
from tests.store.server import Server, running
from uptime_daemon.store.database import Database, open_store

BOTH = {
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
"""The files whose tests hold for every database: each test of them that opens one runs on both."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the shared tests on every database."""
    if "url" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in BOTH:
        postgresql = pytest.param("postgresql", marks=pytest.mark.needs_command("initdb", "postgres"))
        metafunc.parametrize("url", ["sqlite", postgresql], indirect=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A real PostgreSQL, started once for all tests that ask."""
    with running() as started:
        yield started


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database of this test lies, if it is a file."""
    return tmp_path / "uptime.db"


@pytest.fixture
def url(request: pytest.FixtureRequest, path: Path) -> str:
    """The URL of the database of this test; a file unless the test is for every database."""
    if getattr(request, "param", "sqlite") == "postgresql":
        started: Server = request.getfixturevalue("server")
        return started.url()
    return f"sqlite:///{path}"


@pytest.fixture
def store(url: str) -> Iterator[Database]:
    """A new database in which measuring has begun."""
    with open_store(url, create=True) as opened:
        assert opened.open_session(HERE, T0) is None
        yield opened
