"""`export ledger`, `export summary` and `rate ...`: what credits came to, for the books."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    Exit,
    Format,
    FormatOption,
    fail,
    guarded,
    loaded,
    opened,
    print_json,
    print_rows,
)
from uptime_daemon.cli.stating import AnyAgreementOption, Given, stating

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.claims.summary import Summary
    from uptime_daemon.settings.values import Settings
    from uptime_daemon.store.kept import Fact

rates = typer.Typer(help="Rates between currencies, as facts with their source.", no_args_is_help=True)


class LedgerForm(StrEnum):
    """What a ledger is written as."""

    CSV = "csv"
    JSONL = "jsonl"
    BEANCOUNT = "beancount"
    TOTALS = "totals"
    """A table of what each account holds, by currency."""


class SummaryForm(StrEnum):
    """What a summary is written as."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    HTML = "html"
    PDF = "pdf"


def add_to(exports: typer.Typer) -> None:
    """Add these commands to `export`."""
    exports.command("ledger")(export_ledger)
    exports.command("summary")(export_summary)


def export_ledger(
    shape: Annotated[LedgerForm, typer.Option("--format", help="What to write.")] = LedgerForm.CSV,
    agreement: AnyAgreementOption = None,
    to: Annotated[Path | None, typer.Option("--to", help="The file to write; else standard output.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Every accrual, receivable, settlement and loss as entries between accounts, in order of time."""
    from uptime_daemon.desk.claims.ledger import ledger
    from uptime_daemon.desk.claims.ledger_forms import as_beancount, as_csv, as_json_lines, totals_rows
    from uptime_daemon.desk.claims.rates import KIND
    from uptime_daemon.desk.claims.rates import rates as rates_of
    from uptime_daemon.desk.judging.judge import Judge

    _refuse_existing(to)
    with guarded():
        settings = loaded(config)
        with opened(settings) as store:
            kept = ledger(Judge(settings, store), store, agreement)
            stated = rates_of(store.facts(kind=KIND))
    match shape:
        case LedgerForm.TOTALS:
            print_rows(("currency", "account", "balance"), totals_rows(kept), Format.TABLE)
            return
        case LedgerForm.CSV:
            text = as_csv(kept)
        case LedgerForm.JSONL:
            text = as_json_lines(kept)
        case LedgerForm.BEANCOUNT:
            text = as_beancount(kept, stated)
    if to is None:
        typer.echo(text, nl=False)
    else:
        to.write_bytes(text.encode())
        typer.echo(f"wrote {to}: {len(kept.entries)} entries")


def export_summary(
    year: Annotated[int, typer.Option("--year", help="The year in which the periods began.", min=1970, max=9999)],
    shape: Annotated[SummaryForm, typer.Option("--format", help="What to write.")] = SummaryForm.TABLE,
    to: Annotated[Path | None, typer.Option("--to", help="The file to write; else standard output.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """A year of all agreements: what was owed, claimed, credited, lost and why; totals by currency, never mixed."""
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.desk.claims.missed_times import missed_times
    from uptime_daemon.desk.claims.summary import SUMMARY_COLUMNS, summary, summary_rows
    from uptime_daemon.desk.judging.judge import Judge

    _refuse_existing(to)
    with guarded():
        settings = loaded(config)
        with opened(settings) as store:
            judge, now = Judge(settings, store), SystemClock().now()
            found = summary(judge, store, year, missed_times(judge, None, now))
    rows = summary_rows(found)
    match shape:
        case SummaryForm.JSON:
            print_json({"year": year, "rows": rows[: len(found.rows)], "totals": rows[len(found.rows) :]})
        case SummaryForm.TABLE | SummaryForm.CSV:
            print_rows(SUMMARY_COLUMNS, rows, Format(shape.value))
        case SummaryForm.HTML | SummaryForm.PDF:
            _document(settings, found, now, shape, to)


def _document(settings: Settings, found: Summary, now: Instant, shape: SummaryForm, to: Path | None) -> None:
    from zoneinfo import ZoneInfo

    from uptime_daemon.desk.claims.summary_letter import summary_letter
    from uptime_daemon.letters.pdf import PdfError, as_pdf

    written = summary_letter(found, now, ZoneInfo("UTC"), settings.language, demonstration=settings.vantage.loopback)
    if shape is SummaryForm.HTML:
        content = written.html.encode()
    else:
        try:
            content = as_pdf(written, now, "uptime-daemon")
        except PdfError as error:
            fail(str(error), Exit.MISTAKE)
    if to is None:
        typer.echo(content, nl=False)
    else:
        to.write_bytes(content)
        typer.echo(f"wrote {to}: {len(content):,} bytes")


@rates.command("add")
@stating(of_agreement=False)
def add_rate(
    given: Given,
    of: Annotated[str, typer.Argument(help="The currency of which one unit is worth the rate, such as EUR.")],
    to: Annotated[str, typer.Argument(help="The currency that the rate is in, such as CZK.")],
    rate: Annotated[str, typer.Argument(help="How many, an exact decimal such as 24.355.")],
    day: Annotated[str, typer.Option("--date", help="The day on which it held.")],
    source: Annotated[str, typer.Option("--source", help="Who says so, such as CNB.")],
) -> Fact:
    """Record a rate with its source; it stands beside the ledger and changes no amount."""
    from uptime_daemon.desk.claims.rates import stated_rate

    return stated_rate(of, to, rate, day, source, given.author, given.evidence)


@rates.command("list")
def list_rates(shape: FormatOption = Format.TABLE, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """The rates on record, by day."""
    from uptime_daemon.desk.claims.rates import COLUMNS, KIND, rate_rows
    from uptime_daemon.desk.claims.rates import rates as rates_of

    with guarded(), opened(loaded(config)) as store:
        rows = rate_rows(rates_of(store.facts(kind=KIND)))
    print_rows(COLUMNS, rows, shape)


def _refuse_existing(to: Path | None) -> None:
    if to is not None and to.exists():
        fail(f"{to} is there already; name another file", Exit.MISTAKE)
