"""`claim acknowledge|counter|dispute|reject|settle|waive|withdraw`: what became of a claim."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli.claims import ClaimArgument, claims_desk
from uptime_daemon.cli.common import (
    DEFAULT_CONFIG,
    ByOption,
    ConfigOption,
    EvidenceOption,
    Exit,
    Format,
    FormatOption,
    author_name,
    fail,
    print_json,
    print_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.spans import Span
    from uptime_daemon.desk.claims.answers import ClaimAnswers, Compared

ReferenceOption = Annotated[str, typer.Option("--reference", help="The vendor's number.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in a sentence.")]


standing_approvals = typer.Typer(help="Provisional letters that may leave unread.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to `claim`."""
    for command in (acknowledge, answer, counter, dispute, reject, settle, waive, withdraw):
        app.command()(command)
    app.add_typer(standing_approvals, name="standing")


@contextmanager
def _answers(config: Path, evidence: Path | None) -> Iterator[tuple[ClaimAnswers, Instant, str | None]]:
    """The desk for answers, now, and the digest of the kept evidence."""
    from uptime_daemon.desk.claims.answers import ClaimAnswers
    from uptime_daemon.desk.judging.judge import Judge

    with claims_desk(config) as (desk, now):
        digest = None if evidence is None else desk.store.keep_evidence(evidence.read_bytes(), evidence.name, now)
        assert isinstance(desk.sources, Judge)  # noqa: S101 - `claims_desk` made it
        yield ClaimAnswers(desk.sources, desk.steps), now, digest


def acknowledge(
    claim: ClaimArgument,
    reference: ReferenceOption = "",
    by: ByOption = "",
    evidence: EvidenceOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Record that the vendor has the claim."""
    with _answers(config, evidence) as (answers, now, digest):
        answers.acknowledge(claim, now, by or author_name(), reference=reference, evidence=digest)
    typer.echo(f"acknowledged: {claim}")


def counter(
    claim: ClaimArgument,
    outages: Annotated[
        Path | None, typer.Option("--outages", help="YAML: a list of {from, to}, the outages it admits.")
    ] = None,
    posted: Annotated[
        bool, typer.Option("--posted", help="Those of its status page, as `import statuspage` has recorded them.")
    ] = False,
    impact: Annotated[
        str,
        typer.Option("--impact", help="The lightest impact of a post that admits downtime: minor, major, critical."),
    ] = "major",
    by: ByOption = "",
    evidence: EvidenceOption = None,
    shape: FormatOption = Format.TABLE,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Record the vendor's own outages and show them beside ours, with the amount that is not disputed.

    With neither --outages nor --posted: show those that it told last.
    """
    from uptime_daemon.sources.statuspage import IMPACTS

    if outages is not None and posted:
        raise typer.BadParameter("name the vendor's outages by either --outages FILE or --posted")
    if impact not in IMPACTS[1:]:
        raise typer.BadParameter(f"{impact!r} is none of: {', '.join(IMPACTS[1:])}", param_hint="--impact")
    with _answers(config, evidence) as (answers, now, digest):
        page: str | None = None
        if outages is None and not posted:
            known = answers.compared(claim, now)
            if known is None:
                fail(f"{claim}: the vendor has told no figures; add --outages FILE or --posted", Exit.MISTAKE)
                return
            _print(known, shape)
            return
        if outages is not None:
            theirs = _stretches(outages)
        else:
            theirs, page, open_ones = answers.posted(claim, now, impact)
            for each in open_ones:
                typer.echo(f"left out: {each} has not ended by the vendor's word", err=True)
        compared = answers.counter(claim, now, by or author_name(), outages=theirs, evidence=digest or page)
    _print(compared, shape)
    if shape is Format.TABLE:
        typer.echo(f"recorded: the vendor's figures for {claim}")


def answer(
    claim: ClaimArgument,
    html: Annotated[bool, typer.Option("--html", help="As HTML.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """The answer to the vendor's own figures, in the agreement's language, for a person to read and to send."""
    with _answers(config, None) as (answers, now, _):
        made = answers.answer(claim, now)
    typer.echo(made.html if html else f"Subject: {made.subject}\n\n{made.text}")


def _stretches(file: Path) -> Sequence[Span]:
    from uptime_daemon.definitions.cases.facts import STRETCHES
    from uptime_daemon.definitions.documents import read_document
    from uptime_daemon.definitions.problems import MistakesError, Problems, RefusedError

    problems = Problems()
    try:
        return STRETCHES.read(read_document(file, problems), "", problems)
    except RefusedError as refused:
        raise MistakesError(problems) from refused


def dispute(
    claim: ClaimArgument,
    reason: ReasonOption,
    by: ByOption = "",
    evidence: EvidenceOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Hold on to a claim that the vendor sees differently."""
    with _answers(config, evidence) as (answers, now, digest):
        answers.dispute(claim, now, by or author_name(), reason=reason, evidence=digest)
    typer.echo(f"disputed: {claim}")


def reject(
    claim: ClaimArgument,
    reason: ReasonOption,
    by: ByOption = "",
    evidence: EvidenceOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Record that the vendor refuses."""
    with _answers(config, evidence) as (answers, now, digest):
        answers.reject(claim, now, by or author_name(), reason=reason, evidence=digest)
    typer.echo(f"rejected by the vendor: {claim}")


def settle(
    claim: ClaimArgument,
    amount: Annotated[str | None, typer.Option("--amount", help="What was credited, such as 25.02.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", help="Of the amount, such as EUR.")] = None,
    reference: ReferenceOption = "",
    day: Annotated[str | None, typer.Option("--date", help="The credit note's day; today unless given.")] = None,
    by: ByOption = "",
    evidence: EvidenceOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Record what came of it: an amount with the credit note's number, or nothing."""
    from datetime import date

    from uptime_daemon.core.terms.money import parse_money
    from uptime_daemon.core.time.instants import moment

    with _answers(config, evidence) as (answers, now, digest):
        known = answers.steps.one(claim).last_amount
        unit = currency or (known.currency if known is not None else None)
        if amount is not None and unit is None:
            fail("an amount needs its currency; add --currency EUR", Exit.MISTAKE)
            return
        try:
            credited = None if amount is None or unit is None else parse_money(amount, unit)
            settled_on = date.fromisoformat(day) if day else moment(now).date()
        except ValueError as mistake:
            fail(str(mistake), Exit.MISTAKE)
            return
        answers.settle(
            claim, now, by or author_name(), amount=credited, reference=reference, day=settled_on, evidence=digest
        )
    typer.echo(f"settled: {claim}, {'nothing' if credited is None else f'{credited} {credited.currency}'}")


def waive(claim: ClaimArgument, reason: ReasonOption, by: ByOption = "", config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Give up a claim before it is sent."""
    with _answers(config, None) as (answers, now, _):
        answers.waive(claim, now, by or author_name(), reason=reason)
    typer.echo(f"waived: {claim}")


def withdraw(
    claim: ClaimArgument, reason: ReasonOption, by: ByOption = "", config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """Take back a claim that was sent; tell the vendor in your own words."""
    with _answers(config, None) as (answers, now, _):
        answers.withdraw(claim, now, by or author_name(), reason=reason)
    typer.echo(f"withdrawn: {claim}")


@standing_approvals.command("grant")
def grant(
    agreement: Annotated[str, typer.Option("--agreement", help="The agreement it is for.")],
    ceiling: Annotated[str, typer.Option("--ceiling", help="The largest amount of one letter, such as 100.00.")],
    currency: Annotated[str, typer.Option("--currency", help="Of the ceiling, such as EUR.")],
    until: Annotated[str, typer.Option("--until", help="When it ends, ISO 8601 with offset.")],
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Let provisional letters of an agreement up to an amount leave until an instant, in your name."""
    from uptime_daemon.core.terms.money import parse_money
    from uptime_daemon.core.time.instants import parse_instant
    from uptime_daemon.desk.claims.approvals import granted

    with claims_desk(config) as (desk, now):
        try:
            limit, end = parse_money(ceiling, currency), parse_instant(until)
        except ValueError as mistake:
            fail(str(mistake), Exit.MISTAKE)
            return
        number = granted(desk, agreement, limit, end, by or author_name(), now)
    typer.echo(f"standing approval {number}: {agreement}, up to {limit} {limit.currency}, until {until}")


@standing_approvals.command("revoke")
def revoke(
    number: Annotated[int, typer.Argument(help="Its number, as `claim standing list` shows it.")],
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Take a standing approval back."""
    from uptime_daemon.desk.claims.approvals import revoked

    with claims_desk(config) as (desk, now):
        revoked(desk, number, by or author_name(), now)
    typer.echo(f"revoked: standing approval {number}")


@standing_approvals.command("list")
def list_standing(shape: FormatOption = Format.TABLE, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """The standing approvals that nobody has taken back."""
    from uptime_daemon.core.time.instants import format_instant
    from uptime_daemon.desk.claims.approvals import standing

    with claims_desk(config) as (desk, now):
        rows = [
            {
                "number": each.id,
                "agreement": each.agreement,
                "ceiling": f"{each.ceiling} {each.ceiling.currency}",
                "until": format_instant(each.until),
                "by": each.by,
                "holds": "yes" if now < each.until else "ended",
            }
            for each in standing(desk.store)
        ]
    print_rows(("number", "agreement", "ceiling", "until", "by", "holds"), rows, shape)


def _print(compared: Compared, shape: Format) -> None:
    from uptime_daemon.core.time.instants import clock_text, format_instant
    from uptime_daemon.desk.claims.answers import compared_json

    if shape is Format.JSON:
        print_json(compared_json(compared))
        return
    rows = [
        {
            "ours": None if each.ours is None else f"{format_instant(each.ours.start)} {format_instant(each.ours.end)}",
            "theirs": None
            if each.theirs is None
            else f"{format_instant(each.theirs.start)} {format_instant(each.theirs.end)}",
            "both": clock_text(each.both),
        }
        for each in compared.outages
    ]
    print_rows(("ours", "theirs", "both"), rows, shape)
    if shape is Format.TABLE:
        for name, money in (("claimed", compared.claimed), ("undisputed", compared.undisputed)):
            typer.echo(f"{name}: {'no amount' if money is None else f'{money} {money.currency}'}")
