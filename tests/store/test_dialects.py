"""The one place that knows how databases differ says the same in both."""

import pytest
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite

from uptime_daemon.store.dialects import Prepared, insert_or_grow, insert_or_keep
from uptime_daemon.store.tables import EVIDENCE, HEARTBEAT

DIALECTS: list[Dialect] = [sqlite.dialect(), postgresql.dialect()]  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: str(dialect.name))
def test_upserts_are_the_same_in_every_database(dialect: Dialect) -> None:
    """A row that exists is left alone, or grows where the condition on the new row holds."""
    kept = str(insert_or_keep(dialect, EVIDENCE).compile(dialect=dialect))
    assert kept.endswith("ON CONFLICT DO NOTHING")
    grown = insert_or_grow(
        dialect, HEARTBEAT, ("vantage",), ("alive_at",), lambda new: new.alive_at > HEARTBEAT.c.alive_at
    )
    assert str(grown.compile(dialect=dialect)).endswith(
        "ON CONFLICT (vantage) DO UPDATE SET alive_at = excluded.alive_at WHERE excluded.alive_at > heartbeat.alive_at"
    )


def test_rows_are_given_as_plain_tuples() -> None:
    """A prepared insert takes the values in the order of the table's columns."""
    statement = Prepared(sqlite.dialect(), insert_or_keep(sqlite.dialect(), HEARTBEAT))
    assert statement.text == "INSERT INTO heartbeat (vantage, alive_at) VALUES (?, ?) ON CONFLICT DO NOTHING"
