"""`ticket ...` and `condition ...`: facts that a person states, recorded append-only with author and time."""

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
    Format,
    FormatOption,
    author_name,
    guarded,
    instant_option,
    loaded,
    opened,
    print_rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from uptime_daemon.desk.intake import Author
    from uptime_daemon.settings import SignedAgreement
    from uptime_daemon.store.ports import Fact, Store

tickets = typer.Typer(help="What was said to the vendor about an outage.", no_args_is_help=True)
conditions = typer.Typer(help="Preconditions of a contract: yes, no or unknown.", no_args_is_help=True)

AgreementOption = Annotated[str, typer.Option("--agreement", help="The agreement it is about.")]
GroupOption = Annotated[str | None, typer.Option("--group", help="The contract's group it is about.")]
ChannelOption = Annotated[str | None, typer.Option("--channel", help="phone, mail, portal or ticket.")]


def _record(
    config: Path,
    agreement: str,
    by: str,
    at: str | None,
    evidence: Path | None,
    make: Callable[[Store, SignedAgreement, Author, str | None], Fact],
    *,
    dry_run: bool,
) -> None:
    """Make one fact, keep its evidence, record it and say what was recorded."""
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.core.time.instants import format_instant
    from uptime_daemon.desk.intake import Author
    from uptime_daemon.desk.judge import Judge

    with guarded():
        settings = loaded(config)
        with opened(settings, create=not dry_run) as store:
            now = SystemClock().now()
            author = Author(by, instant_option(at, now), now)
            signed = Judge(settings, store).signed(agreement)
            content = None if evidence is None else evidence.read_bytes()
            digest = None
            if evidence is not None and content is not None and not dry_run:
                digest = store.keep_evidence(content, evidence.name, now)
            fact = make(store, signed, author, digest)
            number = "not recorded (dry run)" if dry_run else f"fact {store.append_fact(fact)}"
            body = ", ".join(f"{key} {value}" for key, value in fact.body.items())
            typer.echo(f"{number}: {fact.kind} {fact.subject}: {body}, at {format_instant(fact.at)} by {fact.by}")


def _ticket_command(kind_name: str, help_text: str) -> None:
    """One `ticket` subcommand for one kind of event on a ticket that exists already."""

    def command(
        ticket: Annotated[str, typer.Argument(help="The ticket's number.")],
        agreement: AgreementOption,
        by: ByOption = "",
        at: AtOption = None,
        channel: ChannelOption = None,
        cause: Annotated[str | None, typer.Option("--cause", help="The cause that the vendor states.")] = None,
        evidence: EvidenceOption = None,
        dry_run: DryRunOption = False,
        config: ConfigOption = DEFAULT_CONFIG,
    ) -> None:
        from uptime_daemon.core.facts.ticket import EventKind
        from uptime_daemon.desk.intake import ticket_event

        def make(store: Store, signed: SignedAgreement, author: Author, digest: str | None) -> Fact:
            kind = EventKind(kind_name)
            return ticket_event(store, signed, ticket, kind, author, channel=channel, cause=cause, evidence=digest)

        _record(config, agreement, by or author_name(), at, evidence, make, dry_run=dry_run)

    command.__doc__ = help_text
    tickets.command(_COMMAND_NAMES.get(kind_name, kind_name))(command)


def _opening_command(name: str, kind_name: str, help_text: str) -> None:
    """`ticket open` and `ticket attempt`: events that may begin a ticket."""

    def command(
        agreement: AgreementOption,
        group: GroupOption = None,
        ticket: Annotated[str | None, typer.Option("--id", help="The vendor's number; else T1, T2 ...")] = None,
        severity: Annotated[str | None, typer.Option("--severity", help="As the vendor's text names it.")] = None,
        by: ByOption = "",
        at: AtOption = None,
        channel: ChannelOption = None,
        evidence: EvidenceOption = None,
        dry_run: DryRunOption = False,
        config: ConfigOption = DEFAULT_CONFIG,
    ) -> None:
        from uptime_daemon.core.facts.ticket import EventKind
        from uptime_daemon.desk.intake import next_ticket, ticket_event

        def make(store: Store, signed: SignedAgreement, author: Author, digest: str | None) -> Fact:
            return ticket_event(
                store,
                signed,
                ticket or next_ticket(store, signed),
                EventKind(kind_name),
                author,
                group=group,
                channel=channel,
                severity=severity,
                evidence=digest,
            )

        _record(config, agreement, by or author_name(), at, evidence, make, dry_run=dry_run)

    command.__doc__ = help_text
    tickets.command(name)(command)


_COMMAND_NAMES = {
    "completed": "complete",
    "acknowledged": "acknowledge",
    "registered": "register",
    "response": "respond",
    "reported": "report",
    "escalated": "escalate",
    "resolved": "resolve",
}
_opening_command("attempt", "attempted", "Record that a ticket could not be opened; with evidence it may count.")
_opening_command("open", "opened", "Record that a ticket was opened, a call was made, a mail was sent.")
for _kind, _help in (
    ("completed", "Record that the report became complete."),
    ("acknowledged", "Record the vendor's acknowledgment."),
    ("registered", "Record that the vendor entered it into its ticket system."),
    ("question", "Record a question of the vendor's."),
    ("answer", "Record our answer to a question."),
    ("comment", "Record a comment."),
    ("hold", "Record that the vendor waits."),
    ("resume", "Record that the wait is over."),
    ("response", "Record the vendor's response."),
    ("workaround", "Record a workaround."),
    ("reported", "Record a progress report of the vendor's."),
    ("escalated", "Record that the ticket was escalated."),
    ("resolved", "Record that the vendor resolved it."),
):
    _ticket_command(_kind, _help)


@tickets.command("list")
def list_tickets(
    agreement: Annotated[str | None, typer.Option("--agreement")] = None,
    shape: FormatOption = Format.TABLE,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """All tickets with their events."""
    from uptime_daemon.core.time.instants import format_instant
    from uptime_daemon.desk.judge import Judge
    from uptime_daemon.desk.records import stated

    with guarded():
        settings = loaded(config)
        with opened(settings) as store:
            judge = Judge(settings, store)
            wanted = [judge.signed(agreement)] if agreement else list(settings.agreements)
            rows = [
                {
                    "agreement": signed.agreement.id,
                    "ticket": ticket.id,
                    "group": ticket.group,
                    "event": event.kind.value,
                    "at": format_instant(event.at),
                    "channel": event.channel,
                    "severity": ticket.severity,
                }
                for signed in wanted
                for ticket in stated(store.facts(agreement=signed.agreement.id)).tickets
                for event in ticket.events
            ]
    print_rows(("agreement", "ticket", "group", "event", "at", "channel", "severity"), rows, shape)


@conditions.command("set")
def set_condition(
    name: Annotated[str, typer.Argument(help="The condition's id in the contract.")],
    state: Annotated[str, typer.Argument(help="yes, no or unknown.")],
    agreement: AgreementOption,
    by: ByOption = "",
    at: AtOption = None,
    evidence: EvidenceOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Answer a condition of the contract; the last answer stands, earlier ones stay on record."""
    from uptime_daemon.core.facts.records import Answer
    from uptime_daemon.desk.intake import IntakeError, condition

    def make(store: Store, signed: SignedAgreement, author: Author, digest: str | None) -> Fact:  # noqa: ARG001
        if state not in [answer.value for answer in Answer]:
            raise IntakeError(f"{state!r} is no answer; state yes, no or unknown")
        return condition(signed, name, Answer(state), author, evidence=digest)

    _record(config, agreement, by or author_name(), at, evidence, make, dry_run=dry_run)


@conditions.command("list")
def list_conditions(
    agreement: Annotated[str | None, typer.Option("--agreement")] = None,
    shape: FormatOption = Format.TABLE,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Every condition of each agreement with what was answered."""
    from uptime_daemon.desk.judge import Judge
    from uptime_daemon.desk.records import stated

    with guarded():
        settings = loaded(config)
        with opened(settings) as store:
            judge = Judge(settings, store)
            rows = []
            for signed in [judge.signed(agreement)] if agreement else list(settings.agreements):
                answers = {each.id: each for each in stated(store.facts(agreement=signed.agreement.id)).conditions}
                rows += [
                    {
                        "agreement": signed.agreement.id,
                        "condition": terms.id,
                        "clause": terms.clause,
                        "state": answers[terms.id].state.value if terms.id in answers else terms.kind.value,
                        "title": terms.title,
                    }
                    for terms in signed.readings.chosen.conditions
                ]
    print_rows(("agreement", "condition", "clause", "state", "title"), rows, shape)
