"""`outage add|link`, `observation void|confirm`: what our own probes did not see, saw wrongly, or rightly after all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli.stating import FromOption, Given, GroupOption, NoteOption, ToOption, stating

if TYPE_CHECKING:
    from uptime_daemon.store.kept import Fact

outages = typer.Typer(help="Outages that others saw, and whose ticket reports which.", no_args_is_help=True)
observations = typer.Typer(help="What a person says of a measurement: wrong, or right.", no_args_is_help=True)


@outages.command("add")
@stating()
def add_outage(
    given: Given,
    start: FromOption,
    end: ToOption,
    group: GroupOption = None,
    note: NoteOption = None,
) -> Fact:
    """Record an outage that others saw and that --evidence proves; it counts like a measured one."""
    from uptime_daemon.desk.intake.facts import stated_stretch
    from uptime_daemon.desk.intake.measured import seen_outage

    span = stated_stretch(given.signed, start, end)
    return seen_outage(
        given.judge.store, given.signed, span, given.author, group=group, note=note, evidence=given.evidence
    )


@outages.command("link")
@stating(proven=False)
def link_outage(
    given: Given,
    ticket: Annotated[str, typer.Argument(help="The ticket's number.")],
    outage: Annotated[str, typer.Option("--outage", help="An instant inside the outage.")],
) -> Fact:
    """Record which outage a ticket is about, where its time alone does not say it."""
    from uptime_daemon.desk.intake.measured import linked

    return linked(given.judge, given.signed, ticket, outage, given.author)


@observations.command("void")
@stating(of_agreement=False)
def void_observations(
    given: Given,
    probe: Annotated[str, typer.Argument(help="The probe that measured wrongly.")],
    start: FromOption,
    end: ToOption,
    why: Annotated[str, typer.Option("--why", help="What was wrong with the measurement.")],
    vantage: Annotated[str | None, typer.Option("--vantage", help="One vantage; all unless given.")] = None,
) -> Fact:
    """Declare a stretch of a probe's measurement wrong: it stays on record and becomes unknown time, `voided`."""
    from uptime_daemon.desk.intake.facts import stated_stretch
    from uptime_daemon.desk.intake.measured import void

    span = stated_stretch(None, start, end)
    return void(
        probe, given.judge.settings.probes, span, given.author, why=why, vantage=vantage, evidence=given.evidence
    )


@observations.command("confirm")
@stating(of_agreement=False)
def confirm_observations(
    given: Given,
    probe: Annotated[str, typer.Argument(help="The probe whose endpoint looks gone for good.")],
    outage: Annotated[str, typer.Option("--outage", help="An instant inside the stretch, as `outages` shows it.")],
    why: Annotated[str, typer.Option("--why", help="How you know that the endpoint is the right one.")],
) -> Fact:
    """Declare that an endpoint that looks gone for good is the right one: what it brings down becomes claimable."""
    from uptime_daemon.desk.intake.measured import confirmation

    return confirmation(given.judge, probe, outage, given.author, why=why, evidence=given.evidence)
