"""What queries about one probe at one vantage have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.store.tables import SERIES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Select, Table

NAMES_MAX: Final = 10_000
"""Names in one query; every database takes three times as many parameters."""
WHOSE: Final = (SERIES.c.id, SERIES.c.probe, SERIES.c.vantage)


def of_series(query: Select[Any], table: Table) -> Select[Any]:
    """A query over the series and their rows in another table."""
    return query.select_from(SERIES).join(table, table.c.series_id == SERIES.c.id)


def portions(names: Collection[str]) -> Iterator[list[str]]:
    """Names, as many at a time as a query takes."""
    every = sorted(names)
    for start in range(0, len(every), NAMES_MAX):
        yield every[start : start + NAMES_MAX]
