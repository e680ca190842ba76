"""What every command shares: options, the three ways to print, and how trouble becomes a message and an exit code."""

from __future__ import annotations

import csv
import json
import os
import sys
from contextlib import contextmanager
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from uptime_daemon.settings.values import Settings
    from uptime_daemon.store.ports import Store


class Exit(IntEnum):
    """What a command's exit code says."""

    DONE = 0
    NO = 1
    """The answer is no."""
    MISTAKE = 2
    """A mistake in a file or on the command line."""
    TROUBLE = 3
    """Trouble outside: database, network."""


class Format(StrEnum):
    """How a reading command prints."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


ConfigOption = Annotated[Path, typer.Option("--config", help="The daemon's configuration.", show_default=True)]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]
ByOption = Annotated[str, typer.Option("--by", help="Who states it; the signed-in user unless given.")]
AtOption = Annotated[str | None, typer.Option("--at", help="When it happened; now unless given.")]
EvidenceOption = Annotated[Path | None, typer.Option("--evidence", help="A file that proves it.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would be recorded and change nothing.")]

DEFAULT_CONFIG = Path("uptime.yaml")


def author_name() -> str:
    """Who runs the command."""
    return os.environ.get("SUDO_USER") or os.environ.get("USER") or os.environ.get("LOGNAME") or "unknown"


@contextmanager
def guarded() -> Iterator[None]:
    """Turn mistakes and trouble into one message and an exit code; a bug of ours still shows its traceback."""
    from uptime_daemon.definitions.problems import MistakesError
    from uptime_daemon.desk.intake.facts import IntakeError
    from uptime_daemon.desk.judging.judge import UnknownError
    from uptime_daemon.sources.ports import SourceError
    from uptime_daemon.store.errors import StoreError

    try:
        yield
    except (MistakesError, IntakeError, UnknownError, SourceError) as mistake:
        fail(str(mistake), Exit.MISTAKE)
    except UnicodeEncodeError as mistake:  # an argument in another encoding than the system's
        fail(f"{mistake.object!a} is no text; write it in the encoding of this terminal", Exit.MISTAKE)
    except StoreError as trouble:
        fail(str(trouble), Exit.TROUBLE)
    except OSError as trouble:
        fail(f"{trouble.strerror or trouble}{f': {trouble.filename}' if trouble.filename else ''}", Exit.TROUBLE)


def fail(message: str, code: Exit) -> None:
    """Say why on standard error and end with the code."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def loaded(config: Path) -> Settings:
    """The configuration; `MistakesError` names every mistake of every file."""
    from uptime_daemon.settings.reading import load

    return load(config, os.environ)


def reachable(settings: Settings) -> str:
    """The URL of the database; `StoreError` if it is none that a command could reach."""
    from uptime_daemon.store.errors import UNREACHABLE, StoreError

    if settings.is_record_in_memory:
        raise StoreError(f"{settings.database}: {UNREACHABLE}")
    return settings.database


@contextmanager
def opened(settings: Settings, *, create: bool = False) -> Iterator[Store]:
    """The database, closed at the end."""
    from uptime_daemon.store.database import open_store

    store = open_store(reachable(settings), create=create)
    store.rename(settings.former)
    try:
        yield store
    finally:
        store.close()


def instant_option(text: str | None, now: int) -> int:
    """The instant of an option such as --at, or now."""
    from uptime_daemon.core.time.instants import parse_instant

    if text is None:
        return now
    try:
        return parse_instant(text)
    except ValueError as mistake:
        raise typer.BadParameter(str(mistake)) from mistake


def print_json(value: Any) -> None:
    """JSON for programs, one document, readable by people."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_rows(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], shape: Format) -> None:
    """Rows as a table, as CSV (RFC 4180) or as JSON."""
    match shape:
        case Format.JSON:
            print_json([dict(row) for row in rows])
        case Format.CSV:
            writer = csv.DictWriter(sys.stdout, fieldnames=list(columns), extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        case Format.TABLE:
            _print_table(columns, rows)


def _print_table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        numeric = bool(rows) and all(_is_number(row.get(column)) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if row.get(column) is None else str(row[column])) for column in columns))
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)


_WIDTH = 200
"""The width of a table that goes into a file or a pipe: no line of ours is longer."""


def _is_number(value: Any) -> bool:
    return str(value).removeprefix("-").replace(".", "", 1).isdecimal()
