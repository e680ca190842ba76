"""A database of its own for each test that asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.samples import HERE, T0
from uptime_daemon.store.database import Database, open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database of this test lies."""
    return tmp_path / "uptime.db"


@pytest.fixture
def url(path: Path) -> str:
    """The URL of the database of this test."""
    return f"sqlite:///{path}"


@pytest.fixture
def store(url: str) -> Iterator[Database]:
    """A new database in which measuring has begun."""
    with open_store(url, create=True) as opened:
        assert opened.open_session(HERE, T0) is None
        yield opened
