"""`evaluate`, `explain`, `report`, `check`: what the contract says of the facts, and what is wrong in the files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from uptime_daemon.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    Exit,
    Format,
    FormatOption,
    fail,
    guarded,
    instant_option,
    loaded,
    opened,
    print_json,
    print_rows,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.claims.case import Case
    from uptime_daemon.core.judging.clocks import JudgedClock
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Instant

_STATEMENT = (
    "period", "group", "status", "availability", "target", "met", "breach", "downtime", "shortest", "longest",
    "excluded", "unmeasured", "not counted", "outages", "coverage", "credit",
)  # fmt: skip


_SIGHT = ("attempts an hour", "interval", "seen for sure")
"""Columns of CSV; under a table they are a line."""


def evaluate(
    case: Annotated[Path, typer.Argument(help="A case file, YAML or JSON.")],
    plan: Annotated[
        list[str] | None, typer.Option(help="Judge under another plan of the contract; several are shown side by side.")
    ] = None,
    shape: FormatOption = Format.JSON,
) -> None:
    """Judge a case: contract, agreement, period and facts in one file. Needs no daemon and no database."""
    from uptime_daemon.core.claims.case import statements
    from uptime_daemon.desk.judging.clock_json import case_json

    # Periods first, so that the plans of one period stand beside each other.
    plans: list[str | None] = [*plan] if plan else [None]
    by_plan = [_read(case, each) for each in plans]
    cases = [each for period in zip(*by_plan, strict=True) for each in period]
    if shape is Format.JSON:
        results = [case_json(each) for each in cases]
        print_json(results[0] if len(results) == 1 else results)
    else:
        rows = [({"plan": one.readings.chosen.plan}, each) for one in cases for each in statements(one)]
        _print_statements(rows, shape, ("plan",) if plan else ())


def explain(
    case: Annotated[Path | None, typer.Argument(help="A case file; without one, the store is asked.")] = None,
    agreement: Annotated[str | None, typer.Option(help="An agreement of the configuration.")] = None,
    group: Annotated[str | None, typer.Option(help="One group of the contract.")] = None,
    period: Annotated[str, typer.Option(help="2026-10, 2026-Q4, 2026, current or last.")] = "current",
    *,
    for_vendor: Annotated[bool, typer.Option("--for-vendor", help="Only what leaves the house.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Show how each figure comes about, clause by clause, for a lawyer to follow and a calculator to repeat."""
    from uptime_daemon.core.claims.case import clocks, statements
    from uptime_daemon.desk.judging.explanation import explanation
    from uptime_daemon.desk.judging.ticket_clocks import clock_lines

    found: Sequence[Statement]
    timed: list[tuple[JudgedClock, ZoneInfo]]
    if case is not None:
        cases = _read(case, None)
        found = [each for one in cases for each in statements(one)]
        timed = [(each, one.readings.chosen.zone) for one in cases for each in clocks(one)]
    else:
        found = [each for each, _ in _from_store(config, agreement, period, None)]
        timed = [(each, zone) for _, zone, _, own in _clocks_of_store(config, agreement, period, None) for each in own]
    wanted = [each for each in found if group is None or each.judgement.group.name == group]
    if not wanted:
        fail(f"no group {group!r}; the groups are: {_groups(found)}", Exit.MISTAKE)
    for statement in wanted:
        for line in explanation(statement, for_vendor=for_vendor):
            typer.echo(line)
    for judged, zone in timed:
        if group is None or judged.round.ticket.group == group:
            for line in clock_lines(judged, zone, for_vendor=for_vendor):
                typer.echo(line)


def report(
    agreement: Annotated[str | None, typer.Option(help="One agreement; all unless given.")] = None,
    group: Annotated[str | None, typer.Option(help="One group of the contract.")] = None,
    period: Annotated[str, typer.Option(help="2026-10, 2026-Q4, 2026, current or last.")] = "current",
    as_of: Annotated[str | None, typer.Option(help="What was known at an instant.")] = None,
    clocks: Annotated[bool, typer.Option("--clocks", help="The clocks of tickets instead of statements.")] = False,
    shape: FormatOption = Format.TABLE,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Statements from the store; a coarser period name lists its periods."""
    from uptime_daemon.desk.judging.statement_json import statements_json

    if clocks:
        _report_clocks(config, agreement, group, period, as_of, shape)
        return
    found = [
        (statement, reading)
        for statement, reading in _from_store(config, agreement, period, as_of)
        if group is None or statement.judgement.group.name == group
    ]
    if shape is Format.JSON:
        print_json([statements_json([statement], reading) for statement, reading in found])
    else:
        _print_statements([({}, statement) for statement, _ in found], shape)


def _report_clocks(
    config: Path, agreement: str | None, group: str | None, period: str, as_of: str | None, shape: Format
) -> None:
    """The clocks of the periods' tickets, in JSON with the calendars that they ran in."""
    from uptime_daemon.desk.judging.clock_json import calendars_json, clock_json
    from uptime_daemon.desk.judging.ticket_clocks import COLUMNS, clock_rows

    found = [
        (name, zone, at, [each for each in own if group is None or each.round.ticket.group == group])
        for name, zone, at, own in _clocks_of_store(config, agreement, period, as_of)
    ]
    if shape is Format.JSON:
        print_json(
            [
                {"agreement": name, "clocks": [clock_json(each) for each in own], "calendars": calendars_json(own)}
                for name, _, _, own in found
            ]
        )
    else:
        print_rows(COLUMNS, [row for name, zone, at, own in found for row in clock_rows(name, own, zone, at)], shape)


def check(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders; else the configuration.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of contracts and cases.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Name every mistake of every file at once, and what each agreement still needs."""
    if schema:
        from uptime_daemon.definitions.schema import file_schema

        print_json(file_schema())
        return
    from uptime_daemon.desk.checking import checked, needs

    problems, settings = checked(paths or [], config)
    for problem in problems:
        typer.echo(str(problem))
    if problems:
        fail(f"{len(problems)} {'mistake' if len(problems) == 1 else 'mistakes'}", Exit.MISTAKE)
    for line in needs(settings) if settings is not None else ():
        typer.echo(line)
    typer.echo("no mistakes")


def _read(path: Path, plan: str | None) -> tuple[Case, ...]:
    from uptime_daemon.definitions.cases.place import Place
    from uptime_daemon.definitions.cases.reading import read_case
    from uptime_daemon.definitions.folders import template_folders
    from uptime_daemon.definitions.problems import MistakesError, Problems, RefusedError

    problems = Problems()
    with guarded():
        try:
            return read_case(Place(path, template_folders("contracts")), problems, plan)
        except RefusedError as refused:
            raise MistakesError(problems) from refused
    raise AssertionError("guarded ends the command")


def _from_store(config: Path, agreement: str | None, period: str, as_of: str | None) -> list[tuple[Statement, str]]:
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.desk.judging.judge import Judge

    with guarded():
        settings = loaded(config)
        with opened(settings) as store:
            judge = Judge(settings, store)
            at = instant_option(as_of, SystemClock().now())
            wanted = [judge.signed(agreement)] if agreement else list(settings.agreements)
            return [
                (statement, signed.readings.name)
                for signed in wanted
                for statement in judge.statements(signed.agreement.id, period, at)
            ]
    raise AssertionError("guarded ends the command")


def _clocks_of_store(
    config: Path, agreement: str | None, period: str, as_of: str | None
) -> list[tuple[str, ZoneInfo, Instant, tuple[JudgedClock, ...]]]:
    """Each agreement with its contract's zone, the instant of judging, and the clocks that ran in the periods."""
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.judging.ticket_clocks import clocks_within

    with guarded():
        settings = loaded(config)
        with opened(settings) as store:
            judge = Judge(settings, store)
            at = instant_option(as_of, SystemClock().now())
            result = []
            for signed in [judge.signed(agreement)] if agreement else list(settings.agreements):
                name = signed.agreement.id
                # A ticket that runs over a period's end is told once, under the terms that decide its first period.
                found: dict[tuple[str, str, int], JudgedClock] = {}
                for each in judge.periods(name, period, at):
                    for own in clocks_within(judge, name, each.span, at):
                        found.setdefault((own.round.terms.id, own.round.ticket.id, own.round.number), own)
                result.append((name, signed.readings.chosen.zone, at, tuple(found.values())))
            return result
    raise AssertionError("guarded ends the command")


def _groups(statements: Sequence[Statement]) -> str:
    return ", ".join(dict.fromkeys(each.judgement.group.name for each in statements)) or "none"


def _print_statements(
    found: Sequence[tuple[Mapping[str, Any], Statement]], shape: Format, before: tuple[str, ...] = ()
) -> None:
    """Statements as rows, each after columns of its own; under a table stands in words how closely was looked."""
    from uptime_daemon.desk.judging.explanation import sight_lines

    rows = [{**own, **_row(statement)} for own, statement in found]
    if shape is Format.CSV:
        print_rows((*before, *_STATEMENT, *_SIGHT), rows, shape)
        return
    print_rows((*before, *_STATEMENT), rows, shape)
    for line in sight_lines(statement for _, statement in found):
        typer.echo(line)


def _row(statement: Statement) -> dict[str, Any]:
    from uptime_daemon.core.terms.money import decimal_text, ratio_text
    from uptime_daemon.core.time.instants import clock_text

    judgement = statement.judgement
    labels = judgement.labels
    measure = judgement.measure(judgement.point)
    amount, sight = judgement.credit.amount, judgement.sight

    def total(parts: Sequence[tuple[object, Any]]) -> str:
        return clock_text(sum(spans.total for _, spans in parts))

    return {
        "period": statement.period.name,
        "group": judgement.group.name,
        "status": statement.status.value,
        "availability": None if measure.availability is None else ratio_text(measure.availability * 100),
        "target": ", ".join(f"{decimal_text(each.target.limit)} {each.target.unit}" for each in judgement.targets),
        "met": ", ".join({True: "yes", False: "no", None: "?"}[each.met] for each in judgement.targets),
        "breach": ", ".join(each.breach.value for each in judgement.targets),
        "downtime": clock_text(judgement.point.downtime),
        "shortest": clock_text(judgement.shortest.downtime),
        "longest": clock_text(judgement.longest.downtime),
        "excluded": total(labels.excluded),
        "unmeasured": total(labels.unmeasured),
        "not counted": total(labels.not_counted),
        "outages": judgement.point.number,
        "coverage": None if judgement.coverage is None else ratio_text(judgement.coverage * 100, 4),
        "credit": None if amount is None else f"{amount} {amount.currency}",
        "attempts an hour": None if sight is None else decimal_text(sight.attempts_per_hour),
        "interval": None if sight is None else clock_text(sight.interval),
        "seen for sure": None if sight is None else clock_text(sight.shortest),
    }
