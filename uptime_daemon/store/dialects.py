"""The one place that knows how databases differ: upserts, many rows as one text, statements that take plain tuples.

A row as a dictionary costs SQLAlchemy five times what SQLite needs to store it, so the statements of the hot path are
compiled once and then given tuples, straight to the driver.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, Text, bindparam, cast, func, literal_column, select, true
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Column, ColumnElement, Connection, Dialect, Insert, Table

    Excluded = Any
    """The row that could not be inserted, its columns as attributes: SQLAlchemy types it no closer."""


def insert_or_keep(dialect: Dialect, table: Table) -> Insert:
    """An insert that leaves a row with the same key as it is."""
    if dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def insert_or_grow(
    dialect: Dialect,
    table: Table,
    keys: Sequence[str],
    grown: Sequence[str],
    where: Callable[[Excluded], ColumnElement[bool]],
) -> Insert:
    """An insert that updates columns of the row with the same keys where a condition on the new row holds."""
    statement = postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: new[name] for name in grown}, where=where(new)
    )


def insert_or_replace(dialect: Dialect, table: Table, keys: Sequence[str], replaced: Sequence[str]) -> Insert:
    """An insert that puts columns of the new row into the row with the same keys."""
    return insert_or_grow(dialect, table, keys, replaced, lambda _new: true())


def gathered(dialect: str, column: Column[Any]) -> ColumnElement[str]:
    """A column of many rows in one text, with commas between; several columns are in one order, whichever that is."""
    if dialect == "postgresql":
        return func.string_agg(cast(column, Text), literal_column("','"))
    return func.group_concat(column)  # a cast, or a comma that is named, costs up to as much as all the rest


def count_on(connection: Connection, table: Table) -> None:
    """Let the numbers that the database gives go on after the highest one; SQLite does so by itself."""
    number = table.columns.get("id")
    if connection.dialect.name == "postgresql" and number is not None:
        sequence = func.pg_get_serial_sequence(table.name, number.name)
        highest = select(func.max(number)).scalar_subquery()
        connection.execute(select(func.setval(sequence, highest)).where(highest.is_not(None)))


class Prepared:
    """An insert of whole rows as tuples in the order of the table's columns."""

    def __init__(self, dialect: Dialect, statement: Insert) -> None:
        table = statement.table
        self._at_once = dialect.name == "postgresql"
        self._key = itemgetter(*(index for index, column in enumerate(table.columns) if column.primary_key))
        columns = [column.name for column in table.columns]
        if self._at_once:
            arrays = [cast(bindparam(column.name, type_=Text), ARRAY(column.type)) for column in table.columns]
            statement = statement.from_select(
                columns, select(*func.unnest(*arrays).table_valued(*columns).render_derived().c)
            )
        self.text = str(statement.compile(dialect=dialect, column_keys=columns))

    def write(self, connection: Connection, rows: list[tuple[Any, ...]]) -> int:
        """Insert the rows; returns how many were inserted or updated."""
        if not rows:
            return 0
        if not self._at_once:
            return connection.exec_driver_sql(self.text, rows).rowcount
        # A server is asked once, not once a row. One statement touches a row once: of equal keys the last row stands.
        if len(set(map(self._key, rows))) < len(rows):
            rows = list(dict(zip(map(self._key, rows), rows, strict=True)).values())
        arrays = tuple(_array(column) for column in zip(*rows, strict=True))
        return connection.exec_driver_sql(self.text, arrays).rowcount


def _array(values: Sequence[object]) -> str:
    """Values as PostgreSQL writes an array; numbers, of which most rows consist, the fast way."""
    if all(type(value) is int for value in values):
        return f"{{{','.join(map(str, values))}}}"
    texts = {value: _element(value) for value in set(values)}
    return f"{{{','.join([texts[value] for value in values])}}}"


def _element(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case int():
            return str(value)
        case bytes():
            return f'"\\\\x{value.hex()}"'
        case _:
            return '"' + str(value).replace("\\", r"\\").replace('"', r"\"") + '"'
