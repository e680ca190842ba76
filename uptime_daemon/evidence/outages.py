"""The outages as CSV (RFC 4180): one row each, instants in UTC, seconds as exact decimals."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.judging.outage_table import outage_rows
from uptime_daemon.core.time.instants import format_instant, seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from uptime_daemon.core.judging.outage_table import OutageRow
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Duration, Instant

CLASS: Final = "class"
COLUMNS: Final = (
    "number",
    "group",
    "start",
    "end",
    "seconds",
    "seconds_shortest",
    "seconds_longest",
    "counted_start",
    "counted_end",
    "counted_seconds",
    "excluded_seconds",
    "not_counted_seconds",
    "unmeasured_seconds",
    "outside_period_seconds",
    "elsewhere_seconds",
    CLASS,
    "ticket",
    "ticket_received",
)
"""`counted_start` and `counted_end` are what the contract's start, stop and length rules leave of the whole outage;
`counted_seconds` is what of it lies in the period and is not excluded. Parts are `name=seconds` with `;` between.
`elsewhere_seconds` is what an earlier row of several groups' rows holds, or what did not fail the whole."""

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def outages_csv(statement: Statement, classes: Mapping[Instant, str]) -> bytes:
    """The outages of a statement; `classes` says how each showed itself, by its first instant."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, dialect="excel", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in outage_rows(statement.judgement, statement.period.span):
        writer.writerow(_cells(row, classes))
    return text.getvalue().encode()


def _cells(row: OutageRow, classes: Mapping[Instant, str]) -> list[str]:
    outage = row.outage
    start, end = outage.counted or (None, None)
    return [
        str(row.number),
        literal(outage.group),
        format_instant(outage.span.start),
        format_instant(outage.span.end),
        seconds_text(outage.span.length),
        seconds_text(row.shortest),
        seconds_text(row.longest),
        _instant(start),
        _instant(end),
        seconds_text(row.counted),
        _named(row.excluded),
        _named(row.not_counted),
        _named(row.unmeasured),
        seconds_text(row.outside),
        seconds_text(row.elsewhere),
        classes.get(outage.span.start, ""),
        literal(outage.ticket.id) if outage.ticket else "",
        _instant(outage.receipt),
    ]


def _instant(at: Instant | None) -> str:
    return "" if at is None else format_instant(at)


def _named(parts: Iterable[tuple[str, Duration]]) -> str:
    return ";".join(f"{name}={seconds_text(length)}" for name, length in parts)


def literal(text: str) -> str:
    """Text that people typed, with an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
