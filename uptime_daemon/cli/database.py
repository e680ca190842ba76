"""`database`: its tables carried to this version, copied out and in, counted, held against its seals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli.common import (
    DEFAULT_CONFIG,
    ByOption,
    ConfigOption,
    DryRunOption,
    Exit,
    Format,
    FormatOption,
    author_name,
    guarded,
    loaded,
    opened,
    print_json,
    print_rows,
    reachable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from uptime_daemon.store.kept import Verified

app = typer.Typer(help="The database as a whole.", no_args_is_help=True)


@app.command()
def upgrade(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Carry the tables of an older version to this one, all or nothing; end the daemon and make a backup first."""
    from uptime_daemon.store.upkeep import upgrade as carried

    with guarded():
        before, after = carried(reachable(loaded(config)))
    done = f"carried from version {before} to {after}" if before != after else f"version {after} already"
    typer.echo(f"the tables: {done}")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A new file.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write every row of one moment into a new SQLite file; the daemon goes on meanwhile."""
    from uptime_daemon.store.upkeep import backup as copied

    with guarded():
        rows = copied(reachable(loaded(config)), file, _told())
    typer.echo(f"{file}: {rows} rows")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup, of any version and from either engine.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Fill a new or empty database with the rows of a backup, all or nothing; exit code 1 if it was tampered with."""
    from uptime_daemon.store.upkeep import restore as filled

    with guarded():
        settings = loaded(config)
        rows = filled(reachable(settings), file, _told())
        with opened(settings) as store:
            found = store.verify()
    for text in found.problems:
        typer.echo(text)
    typer.echo(f"{rows} rows restored from {file}: {_answer(found)}")
    if found.problems:
        raise typer.Exit(Exit.NO)


@app.command()
def stats(shape: FormatOption = Format.TABLE, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """How many rows of each kind there are, and how much room they take."""
    from uptime_daemon.store.upkeep import counted

    with guarded():
        found = counted(reachable(loaded(config)))
    if shape is Format.JSON:
        print_json(
            {"database": found.place, "version": found.version, "bytes": found.size_bytes, "rows": dict(found.rows)}
        )
        return
    print_rows(("table", "rows"), [{"table": name, "rows": rows} for name, rows in found.rows.items()], shape)
    if shape is Format.TABLE:
        typer.echo(f"{found.place}: version {found.version}, {found.size_bytes} bytes")


@app.command()
def prune(
    older_than: Annotated[str, typer.Option("--older-than", help="An age such as 400d.")],
    kind: Annotated[list[str] | None, typer.Option("--kind", help="contexts or latency; both unless given.")] = None,
    dry_run: DryRunOption = False,
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Remove old contexts of failures and old latencies, never what may still be needed as evidence."""
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.core.time.instants import format_instant
    from uptime_daemon.definitions.times import parse_duration
    from uptime_daemon.desk.intake.facts import Author
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.retention import kept
    from uptime_daemon.store.kept import Prunable
    from uptime_daemon.store.pruning import day_of

    now = SystemClock().now()
    try:
        before = max(0, now - parse_duration(older_than))
    except ValueError as mistake:
        raise typer.BadParameter(str(mistake), param_hint="--older-than") from mistake
    kinds = [each.value for each in Prunable]
    for word in kind or ():
        if word not in kinds:
            raise typer.BadParameter(f"{word!r} is none of: {', '.join(kinds)}", param_hint="--kind")
    with guarded():
        author = Author(by or author_name(), now, now)
        settings = loaded(config)
        with opened(settings) as store:
            for reason in kept(Judge(settings, store), now):
                if reason.start < before:
                    typer.echo(f"kept from {format_instant(reason.start)} on: {reason.why}")
                    before = reason.start
            for word in dict.fromkeys(kind or kinds):
                older = f"rows older than {format_instant(day_of(before))}"
                if dry_run:
                    rows = store.count_prunable(Prunable(word), before)
                    typer.echo(f"{word}: {rows} {older} would be removed")
                else:
                    rows = store.prune(Prunable(word), before, now, author.by)
                    typer.echo(f"{word}: {rows} {older} removed")


@app.command()
def verify(
    heads: Annotated[
        Path | None,
        typer.Option(
            "--heads", help="Heads that were kept elsewhere, one a line; those of the file `seals` unless given."
        ),
    ] = None,
    shape: FormatOption = Format.TABLE,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Hold every seal against the record; exit code 1 if a row was changed, added or removed."""
    from uptime_daemon.core.time.instants import format_instant
    from uptime_daemon.desk.heads import heads_in
    from uptime_daemon.desk.stamps import stamped_heads, wrong_stamps

    with guarded():
        settings = loaded(config)
        file = heads or (settings.seals if settings.seals is not None and settings.seals.exists() else None)
        kept = () if file is None else heads_in(file)
        with opened(settings) as store:
            vouched = stamped_heads(store)
            found = store.verify((*kept, *vouched))
            if settings.timestamps is not None:
                wrong = tuple(wrong_stamps(store, settings.timestamps.certificates))
                notes = (*found.notes, *((f"{len(vouched)} heads are stamped",) if vouched and not wrong else ()))
                found = replace(found, problems=(*found.problems, *wrong), notes=notes)
    if file is not None:
        found = replace(found, notes=(*found.notes, f"{len(kept)} heads of {file} were held against the chain"))
    elif settings.seals is not None:
        found = replace(found, notes=(*found.notes, f"{settings.seals} is not there: no head of it was looked at"))
    until = None if found.until is None else format_instant(found.until)
    if shape is Format.JSON:
        print_json(
            {"seals": found.seals, "until": until, "head": found.head, "problems": found.problems, "notes": found.notes}
        )
    elif shape is Format.CSV:
        rows = [("problem", text) for text in found.problems] + [("note", text) for text in found.notes]
        print_rows(("kind", "text"), [{"kind": kind, "text": text} for kind, text in rows], shape)
    else:
        for text in (*found.problems, *found.notes):
            typer.echo(text)
        typer.echo(f"{found.seals} seals until {until or 'now: none'}, head {found.head or 'none'}: {_answer(found)}")
    if found.problems:
        raise typer.Exit(Exit.NO)


def _answer(found: Verified) -> str:
    return f"{len(found.problems)} problems" if found.problems else "the record is as it was sealed"


def _told() -> Callable[[str, int], None]:
    """One line a table, so that a long copy is seen to go on."""
    return lambda table, rows: typer.echo(f"  {table}: {rows}", err=True)
