"""`outage add|link`, `observation void|confirm`: what our own probes did not see, saw wrongly, or rightly after all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli.common import (
    DEFAULT_CONFIG,
    AtOption,
    ByOption,
    ConfigOption,
    DryRunOption,
    EvidenceOption,
)
from uptime_daemon.cli.stating import AgreementOption, FromOption, GroupOption, NoteOption, ToOption, state, state_alone

if TYPE_CHECKING:
    from uptime_daemon.desk.intake import Author
    from uptime_daemon.desk.judge import Judge
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.ports import Fact

outages = typer.Typer(help="Outages that others saw, and whose ticket reports which.", no_args_is_help=True)
observations = typer.Typer(help="What a person says of a measurement: wrong, or right.", no_args_is_help=True)


@outages.command("add")
def add_outage(
    agreement: AgreementOption,
    start: FromOption,
    end: ToOption,
    group: GroupOption = None,
    note: NoteOption = None,
    by: ByOption = "",
    at: AtOption = None,
    evidence: EvidenceOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Record an outage that others saw and that --evidence proves; it counts like a measured one."""
    from uptime_daemon.desk.intake import stated_stretch
    from uptime_daemon.desk.intake_measured import seen_outage

    def make(judge: Judge, signed: SignedAgreement, author: Author, digest: str | None) -> Fact:
        span = stated_stretch(signed, start, end)
        return seen_outage(judge.store, signed, span, author, group=group, note=note, evidence=digest)

    state(config, agreement, by, at, evidence, make, dry_run=dry_run)


@outages.command("link")
def link_outage(
    ticket: Annotated[str, typer.Argument(help="The ticket's number.")],
    agreement: AgreementOption,
    outage: Annotated[str, typer.Option("--outage", help="An instant inside the outage.")],
    by: ByOption = "",
    at: AtOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Record which outage a ticket is about, where its time alone does not say it."""
    from uptime_daemon.desk.intake_measured import linked

    def make(judge: Judge, signed: SignedAgreement, author: Author, _: str | None) -> Fact:
        return linked(judge, signed, ticket, outage, author)

    state(config, agreement, by, at, None, make, dry_run=dry_run)


@observations.command("void")
def void_observations(
    probe: Annotated[str, typer.Argument(help="The probe that measured wrongly.")],
    start: FromOption,
    end: ToOption,
    why: Annotated[str, typer.Option("--why", help="What was wrong with the measurement.")],
    vantage: Annotated[str | None, typer.Option("--vantage", help="One vantage; all unless given.")] = None,
    by: ByOption = "",
    at: AtOption = None,
    evidence: EvidenceOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Declare a stretch of a probe's measurement wrong: it stays on record and becomes unknown time, `voided`."""
    from uptime_daemon.desk.intake import stated_stretch
    from uptime_daemon.desk.intake_measured import void

    def make(judge: Judge, author: Author, digest: str | None) -> Fact:
        span = stated_stretch(None, start, end)
        return void(probe, judge.settings.probes, span, author, why=why, vantage=vantage, evidence=digest)

    state_alone(config, by, at, evidence, make, dry_run=dry_run)


@observations.command("confirm")
def confirm_observations(
    probe: Annotated[str, typer.Argument(help="The probe whose endpoint looks gone for good.")],
    outage: Annotated[str, typer.Option("--outage", help="An instant inside the stretch, as `outages` shows it.")],
    why: Annotated[str, typer.Option("--why", help="How you know that the endpoint is the right one.")],
    by: ByOption = "",
    at: AtOption = None,
    evidence: EvidenceOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Declare that an endpoint that looks gone for good is the right one: what it brings down becomes claimable."""
    from uptime_daemon.desk.intake_measured import confirmation

    def make(judge: Judge, author: Author, digest: str | None) -> Fact:
        return confirmation(judge, probe, outage, author, why=why, evidence=digest)

    state_alone(config, by, at, evidence, make, dry_run=dry_run)
