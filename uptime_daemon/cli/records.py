"""`condition ...`, `maintenance ...`, `exclusion ...`: what the contract asks, what was announced, what is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli.common import DEFAULT_CONFIG, ConfigOption, Format, FormatOption
from uptime_daemon.cli.posts import import_maintenance
from uptime_daemon.cli.stating import (
    AnyAgreementOption,
    FromOption,
    Given,
    GroupOption,
    NoteOption,
    ToOption,
    listed,
    stating,
)

if TYPE_CHECKING:
    from uptime_daemon.store.kept import Fact

conditions = typer.Typer(help="Preconditions of a contract: yes, no or unknown.", no_args_is_help=True)
maintenance = typer.Typer(help="Work that a vendor announced.", no_args_is_help=True)
exclusions = typer.Typer(help="Time that does not count, and who decided so.", no_args_is_help=True)

IdArgument = Annotated[str, typer.Argument(help="Its name, as listed.")]


@conditions.command("set")
@stating()
def set_condition(
    given: Given,
    name: Annotated[str, typer.Argument(help="The condition's id in the contract.")],
    answer: Annotated[str, typer.Argument(help="yes, no or unknown.", metavar="STATE")],
) -> Fact:
    """Answer a condition of the contract; the last answer stands, earlier ones stay on record."""
    from uptime_daemon.desk.intake.facts import condition

    return condition(given.signed, name, answer, given.author, evidence=given.evidence)


@conditions.command("list")
def list_conditions(
    agreement: AnyAgreementOption = None,
    shape: FormatOption = Format.TABLE,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Every condition of each agreement with what was answered."""
    from uptime_daemon.desk.showing.listing import condition_rows

    listed(config, agreement, condition_rows, ("agreement", "condition", "clause", "state", "title", "by", "at"), shape)


@maintenance.command("add")
@stating()
def add_maintenance(
    given: Given,
    start: FromOption,
    end: ToOption,
    name: Annotated[str | None, typer.Option("--id", help="The vendor's name of it; else M1, M2 ...")] = None,
    replaces: Annotated[str | None, typer.Option("--replaces", help="The announcement that this one changes.")] = None,
    group: GroupOption = None,
    kind: Annotated[str | None, typer.Option("--kind", help="As the vendor calls it.")] = None,
    cause: Annotated[str | None, typer.Option("--cause", help="The cause that the vendor states.")] = None,
    announced_at: Annotated[str | None, typer.Option("--announced-at", help="When the vendor sent it.")] = None,
    received_at: Annotated[str | None, typer.Option("--received-at", help="When it reached us.")] = None,
    published_at: Annotated[str | None, typer.Option("--published-at", help="When it stood on a page.")] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", help="phone, mail, portal, ticket, page or calendar.")
    ] = None,
    emergency: Annotated[bool, typer.Option("--emergency", help="The vendor says it could not wait.")] = False,
    note: NoteOption = None,
) -> Fact:
    """Record an announcement of work as it was first seen; an edit of it is another one that replaces it."""
    from uptime_daemon.desk.intake.work import Announcement, announcement

    told = Announcement(
        start=start,
        end=end,
        id=name,
        replaces=replaces,
        group=group,
        kind=kind,
        cause=cause,
        announced_at=announced_at,
        received_at=received_at,
        published_at=published_at,
        channel=channel,
        emergency=emergency,
        note=note,
    )

    return announcement(given.judge.store, given.signed, told, given.author, evidence=given.evidence)


maintenance.command("import")(import_maintenance)


@maintenance.command("cancel")
@stating()
def cancel_maintenance(
    given: Given,
    name: IdArgument,
    note: NoteOption = None,
) -> Fact:
    """Record that the vendor called announced work off: its time excuses nothing."""
    from uptime_daemon.desk.intake.work import cancellation

    return cancellation(given.judge.store, given.signed, name, given.author, note=note, evidence=given.evidence)


@maintenance.command("list")
def list_maintenance(
    agreement: AnyAgreementOption = None,
    shape: FormatOption = Format.TABLE,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Every announcement with its notice and what of it still stands."""
    from uptime_daemon.desk.showing.listing import maintenance_rows

    columns = ("agreement", "id", "from", "to", "stands", "notice", "group", "channel", "replaces", "by", "flags")
    listed(config, agreement, maintenance_rows, columns, shape)


@exclusions.command("propose")
@stating()
def propose_exclusion(
    given: Given,
    start: FromOption,
    end: ToOption,
    cause: Annotated[str, typer.Option("--cause", help="One of the contract's causes.")],
    group: GroupOption = None,
    note: NoteOption = None,
) -> Fact:
    """Record that somebody says that a stretch does not count; it counts until a person accepts that."""
    from uptime_daemon.desk.intake.exclusions import proposal
    from uptime_daemon.desk.intake.facts import stated_stretch

    span = stated_stretch(given.signed, start, end)
    return proposal(
        given.judge.store, given.signed, span, cause, given.author, group=group, note=note, evidence=given.evidence
    )


def _decision_command(name: str, decided_name: str, help_text: str) -> None:
    """`exclusion accept` and `exclusion reject`."""

    @stating(about=help_text)
    def command(
        given: Given,
        exclusion: IdArgument,
        note: NoteOption = None,
    ) -> Fact:
        from uptime_daemon.core.facts.records import Decision
        from uptime_daemon.desk.intake.exclusions import decision

        return decision(
            given.judge.store,
            given.signed,
            exclusion,
            Decision(decided_name),
            given.author,
            note=note,
            evidence=given.evidence,
        )

    exclusions.command(name)(command)


_decision_command("accept", "accepted", "Decide that the stretch does not count.")
_decision_command("reject", "rejected", "Decide that the stretch counts.")


@exclusions.command("list")
def list_exclusions(
    agreement: AnyAgreementOption = None,
    shape: FormatOption = Format.TABLE,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Every exclusion with the decision that stands."""
    from uptime_daemon.desk.showing.listing import exclusion_rows

    columns = ("agreement", "id", "from", "to", "group", "cause", "decision", "by", "known_at", "note")
    listed(config, agreement, exclusion_rows, columns, shape)
