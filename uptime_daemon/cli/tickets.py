"""`ticket ...`: what was said to the vendor and by the vendor, recorded append-only with author and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from uptime_daemon.cli.common import (
    DEFAULT_CONFIG,
    AtOption,
    ByOption,
    ConfigOption,
    Exit,
    Format,
    FormatOption,
    author_name,
    fail,
    guarded,
    loaded,
    opened,
    print_rows,
)
from uptime_daemon.cli.stating import (
    AgreementOption,
    AnyAgreementOption,
    Given,
    GroupOption,
    NoteOption,
    listed,
    stating,
)

if TYPE_CHECKING:
    from uptime_daemon.store.kept import Fact

app = typer.Typer(help="What was said to the vendor about an outage.", no_args_is_help=True)

ChannelOption = Annotated[str | None, typer.Option("--channel", help="phone, mail, portal or ticket.")]
UsersOption = Annotated[str | None, typer.Option("--users-percent", help="The share of users whom the failure hits.")]
SeverityOption = Annotated[str | None, typer.Option("--severity", help="As the vendor's text names it.")]


def _ticket_command(name: str, kind_name: str, help_text: str) -> None:
    """One `ticket` subcommand for one kind of event on a ticket that exists already."""

    @stating(about=help_text)
    def command(
        given: Given,
        ticket: Annotated[str, typer.Argument(help="The ticket's number.")],
        channel: ChannelOption = None,
        severity: SeverityOption = None,
        cause: Annotated[str | None, typer.Option("--cause", help="The cause that the vendor states.")] = None,
        reason: Annotated[str | None, typer.Option("--reason", help="Why the vendor holds it.")] = None,
        contents: Annotated[str | None, typer.Option("--contents", help="What it held: engineer,assigned_at.")] = None,
        users: UsersOption = None,
        note: NoteOption = None,
    ) -> Fact:
        from uptime_daemon.core.facts.ticket import EventKind
        from uptime_daemon.desk.intake.tickets import ticket_event

        return ticket_event(
            given.judge.store,
            given.signed,
            ticket,
            EventKind(kind_name),
            given.author,
            channel=channel,
            severity=severity,
            cause=cause,
            reason=reason,
            contents=contents,
            users_percent=users,
            note=note,
            evidence=given.evidence,
        )

    app.command(name)(command)


def _opening_command(name: str, kind_name: str, help_text: str) -> None:
    """`ticket open` and `ticket attempt`: events that may begin a ticket."""

    @stating(about=help_text)
    def command(
        given: Given,
        group: GroupOption = None,
        ticket: Annotated[str | None, typer.Option("--id", help="The vendor's number; else T1, T2 ...")] = None,
        severity: SeverityOption = None,
        users: UsersOption = None,
        channel: ChannelOption = None,
        note: NoteOption = None,
    ) -> Fact:
        from uptime_daemon.core.facts.ticket import EventKind
        from uptime_daemon.desk.intake.tickets import next_ticket, ticket_event

        return ticket_event(
            given.judge.store,
            given.signed,
            ticket or next_ticket(given.judge.store, given.signed),
            EventKind(kind_name),
            given.author,
            group=group,
            channel=channel,
            severity=severity,
            users_percent=users,
            note=note,
            evidence=given.evidence,
        )

    app.command(name)(command)


_opening_command("attempt", "attempted", "Record that a ticket could not be opened; with evidence it may count.")
_opening_command("open", "opened", "Record that a ticket was opened, a call was made, a mail was sent.")
for _name, _kind, _help in (
    ("complete", "completed", "Record that the report became complete."),
    ("acknowledge", "acknowledged", "Record the vendor's acknowledgment."),
    ("register", "registered", "Record that the vendor entered it into its ticket system."),
    ("question", "question", "Record a question of the vendor's."),
    ("answer", "answer", "Record our answer to a question; without an open question it is kept as a comment."),
    ("comment", "comment", "Record a comment."),
    ("hold", "hold", "Record that the vendor waits."),
    ("resume", "resume", "Record that the wait is over."),
    ("respond", "response", "Record the vendor's response."),
    ("workaround", "workaround", "Record a workaround."),
    ("report", "reported", "Record a progress report of the vendor's."),
    ("escalate", "escalated", "Record that the ticket was escalated."),
    ("resolve", "resolved", "Record that the vendor resolved it."),
):
    _ticket_command(_name, _kind, _help)


@app.command("notice")
def notice_of_ticket(
    ticket: Annotated[str, typer.Argument(help="The ticket's number.")],
    agreement: AgreementOption,
    html: Annotated[bool, typer.Option("--html", help="The other form of the letter.")] = False,
    record: Annotated[
        str | None, typer.Option("--record", help="What became of it: sent, acknowledged, settled or waived.")
    ] = None,
    reference: Annotated[str, typer.Option("--reference", help="The vendor's number.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why it is waived.")] = "",
    by: ByOption = "",
    at: AtOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Print the breach notice for the times of a ticket that were missed beyond doubt, or record what became of it."""
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.desk.claims.missed_times import NoticeState, stepped
    from uptime_daemon.desk.intake.facts import Author, stated_time
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.judging.ticket_clocks import notice
    from uptime_daemon.letters.clocks import NothingMissedError

    steps = [each.value for each in NoticeState if each is not NoticeState.ELIGIBLE]
    if record is not None and record not in steps:
        raise typer.BadParameter(f"{record!r} is none of: {', '.join(steps)}", param_hint="--record")
    with guarded():
        settings = loaded(config)
        with opened(settings) as store:
            judge, now = Judge(settings, store), SystemClock().now()
            try:
                if record is None:
                    letter = notice(judge, agreement, ticket, now)
                    typer.echo(letter.html if html else letter.text)
                    return
                when = now if at is None else stated_time(judge.signed(agreement), at, "at")
                author = Author(by or author_name(), when, now)
                state = NoticeState(record)
                stepped(judge, agreement, ticket, state, author, reference=reference, reason=reason)
            except NothingMissedError as error:
                fail(str(error), Exit.NO)
    typer.echo(f"{record}: the notice of ticket {ticket}")


@app.command("missed")
def list_missed(
    agreement: AnyAgreementOption = None, shape: FormatOption = Format.TABLE, config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """Tickets with times that were missed beyond doubt, and what became of the notice about each."""
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.desk.claims.missed_times import COLUMNS, missed_rows, missed_times
    from uptime_daemon.desk.judging.judge import Judge

    with guarded():
        settings = loaded(config)
        with opened(settings) as store:
            rows = missed_rows(missed_times(Judge(settings, store), agreement, SystemClock().now()))
    print_rows(COLUMNS, rows, shape)


@app.command("list")
def list_tickets(
    agreement: AnyAgreementOption = None,
    shape: FormatOption = Format.TABLE,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """All tickets with their events."""
    from uptime_daemon.desk.showing.listing import ticket_rows

    listed(
        config,
        agreement,
        ticket_rows,
        ("agreement", "ticket", "group", "event", "at", "channel", "severity", "by", "known_at", "note", "flags"),
        shape,
        _events,
    )


def _events(ticket: dict[str, Any]) -> list[dict[str, Any]]:
    """A ticket's events, each with what the ticket is about."""
    head = {key: ticket[key] for key in ("agreement", "ticket", "group", "severity")}
    return [{**head, "event": event["kind"], **event} for event in ticket["events"]]
