"""`import csv`: history that others recorded, with a progress bar on a terminal and a summary of what was taken."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    Format,
    FormatOption,
    guarded,
    loaded,
    opened,
    print_json,
)
from uptime_daemon.cli.posts import import_statuspage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import TextIOWrapper

    from uptime_daemon.desk.intake.history import Imported
    from uptime_daemon.settings.values import Settings
    from uptime_daemon.sources.csv import CsvPlan

app = typer.Typer(help="History and facts that others hold.", no_args_is_help=True)
app.command("statuspage")(import_statuspage)

_ROWS_A_LINE = 100_000
"""Without a terminal, one line of progress for so many rows: a year of samples every 30 s gives ten."""
_PROBLEMS_SHOWN = 20


@app.command("csv")
def import_csv(
    file: Annotated[Path, typer.Argument(help="Rows with the columns time, target, status and maybe code.")],
    kind: Annotated[str, typer.Option(help="changes: a row a change; samples: a row a check.")],
    hold: Annotated[str, typer.Option(help="How long a state lasts without another row.")] = "26h",
    interval: Annotated[str, typer.Option(help="How often the source looked.")] = "5m",
    mapping: Annotated[
        list[str] | None, typer.Option("--map", help="TARGET=vendor/group, any number of times.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and count, change nothing.")] = False,
    shape: FormatOption = Format.TABLE,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Take recorded history into the store; the same file twice changes nothing."""
    with guarded():
        settings = loaded(config)
        plan = _plan(settings, kind, hold, interval, mapping or [])
        with file.open(encoding="utf-8", errors="replace", newline="") as stream, _progress(stream, file) as progress:
            result = _take(settings, stream, file, plan, progress, dry_run=dry_run)
        _show(result, shape, dry_run=dry_run)


def _plan(settings: Settings, kind: str, hold: str, interval: str, pairs: list[str]) -> CsvPlan:
    from uptime_daemon.definitions.times import parse_duration
    from uptime_daemon.desk.intake.history import mapped, unmapped
    from uptime_daemon.sources.csv import CsvPlan, Kind

    kinds = [each.value for each in Kind]
    if kind not in kinds:
        raise typer.BadParameter(f"{kind!r} is none of: {', '.join(kinds)}", param_hint="--kind")
    try:
        lengths = parse_duration(hold), parse_duration(interval)
    except ValueError as mistake:
        raise typer.BadParameter(str(mistake)) from mistake
    names = mapped(settings, pairs) if pairs else unmapped(settings)
    return CsvPlan(kind=Kind(kind), hold=lengths[0], interval=lengths[1], names=names)


def _take(
    settings: Settings,
    stream: TextIOWrapper,
    file: Path,
    plan: CsvPlan,
    progress: Callable[[int], None],
    *,
    dry_run: bool,
) -> Imported:
    from uptime_daemon.desk.intake.history import Imported, imported
    from uptime_daemon.sources.csv import CsvHistory
    from uptime_daemon.store.kept import Inserted

    history = CsvHistory(stream, str(file), plan)
    if dry_run:
        number = sum(1 for _ in history)
        return Imported(history.summary, Inserted(new=number))
    with opened(settings, create=True) as store:
        return imported(store, history, plan, progress)


@contextmanager
def _progress(stream: TextIOWrapper, file: Path) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, one line a hundred thousand rows elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(file.name, total=max(1, file.stat().st_size))
        told = 0

        def step(rows: int) -> None:
            nonlocal told
            bar.update(task, completed=os.lseek(stream.fileno(), 0, os.SEEK_CUR))
            if not console.is_terminal and rows >= told + _ROWS_A_LINE:
                told = rows
                typer.echo(f"{rows} rows", err=True)

        yield step


def _show(result: Imported, shape: Format, *, dry_run: bool) -> None:
    from uptime_daemon.core.time.instants import format_instant

    summary, inserted = result.summary, result.inserted
    skipped = {reason.value: number for reason, number in sorted(summary.skipped.items())}
    if shape is Format.JSON:
        print_json(
            {
                "rows": summary.rows,
                "taken": summary.taken,
                "skipped": skipped,
                "runs": {
                    "new": inserted.new,
                    "grown": inserted.grown,
                    "unchanged": inserted.unchanged,
                    "conflicting": inserted.conflicting,
                },
                "spans": {
                    name: [format_instant(span.start), format_instant(span.end)] for name, span in summary.spans.items()
                },
            }
        )
        return
    typer.echo(f"{summary.rows} rows: {summary.taken} taken, {sum(skipped.values())} skipped")
    for reason, number in skipped.items():
        typer.echo(f"  skipped, {reason}: {number}")
    for problem in summary.problems[:_PROBLEMS_SHOWN]:
        typer.echo(f"  {problem.place}: {problem.message}")
    for name, span in sorted(summary.spans.items()):
        typer.echo(f"  {name}: {format_instant(span.start)} to {format_instant(span.end)}")
    done = "would be recorded" if dry_run else "recorded"
    typer.echo(
        f"runs {done}: {inserted.new} new, {inserted.grown} grown, "
        f"{inserted.unchanged} known already, {inserted.conflicting} conflicting"
    )
