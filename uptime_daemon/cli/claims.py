"""`claim ...` and `mail test`: the claims desk, and one real mail to see whether the relay takes ours."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    fail,
    guarded,
    loaded,
    opened,
    print_json,
    print_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.claims.desk import ClaimsDesk
    from uptime_daemon.desk.claims.letters import Draft
    from uptime_daemon.desk.claims.views import ClaimView

app = typer.Typer(help="What can be claimed, the letters, and what became of them.", no_args_is_help=True)
mail = typer.Typer(help="The mail relay.", no_args_is_help=True)


class Form(StrEnum):
    """The forms of a letter."""

    TEXT = "text"
    HTML = "html"
    PDF = "pdf"


ClaimArgument = Annotated[str, typer.Argument(help="The claim's number, as `claim list` shows it.")]

_COLUMNS = ("claim", "state", "deadline", "claimed", "measured", "channel", "mail")


@contextmanager
def claims_desk(config: Path) -> Iterator[tuple[ClaimsDesk, Instant]]:
    """The claims desk and now; what it refuses becomes a message and exit code 2."""
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.delivery.address import AddressError
    from uptime_daemon.delivery.message import MessageError
    from uptime_daemon.desk.claims.desk import ClaimsDesk
    from uptime_daemon.desk.claims.errors import ClaimError
    from uptime_daemon.desk.claims.house import house
    from uptime_daemon.desk.judging.judge import Judge

    with guarded():
        settings = loaded(config)
        with opened(settings) as store:
            try:
                yield ClaimsDesk(Judge(settings, store), store, house(settings)), SystemClock().now()
            except (ClaimError, AddressError, MessageError) as refusal:
                fail(str(refusal), Exit.MISTAKE)


@app.command("list")
def list_claims(shape: FormatOption = Format.TABLE, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Every claim with its state, deadline and amount."""
    with claims_desk(config) as (desk, now):
        rows = [_row(view) for view in desk.claims(now)]
    print_rows(_COLUMNS, rows, shape)


@app.command()
def show(claim: ClaimArgument, shape: FormatOption = Format.TABLE, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """One claim: where it stands, what keeps its letter from leaving, and everything that happened to it."""
    with claims_desk(config) as (desk, now):
        view = desk.claim(claim, now)
    if shape is not Format.TABLE:
        more = {"hindrances": list(view.hindrances), "related": list(view.related)}
        print_json(_row(view) | more | {"events": [_event(each) for each in view.events]})
        return
    for name, value in _row(view).items():
        typer.echo(f"{name:<9} {'-' if value is None else value}")
    for hindrance in view.hindrances:
        typer.echo(f"hindrance {hindrance}")
    for other in view.related:
        typer.echo(f"related   {other}, about the same outage under another agreement")
    if view.letter is not None:
        typer.echo(f"letter    {view.letter.digest}")
    typer.echo("")
    print_rows(("number", "at", "step", "by", "details"), [_event(each) for each in view.events], shape)


@app.command()
def review(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Look for what can be claimed now, as the running daemon does by itself; finance is told of what is new."""
    from uptime_daemon.desk.claims.reminders import ClaimReminders

    with claims_desk(config) as (desk, now):
        reviewed = desk.review(now)
        warnings = (*reviewed.warnings, *ClaimReminders(desk.sources, desk.steps).remind(now))
    for claim in reviewed.eligible:
        typer.echo(f"eligible: {claim}")
    for claim in reviewed.expired:
        typer.echo(f"expired: {claim}")
    for warning in warnings:
        typer.echo(warning, err=True)
    if not reviewed.eligible and not reviewed.expired:
        typer.echo("nothing new")


@app.command()
def render(
    claim: ClaimArgument,
    by: ByOption = "",
    anew: Annotated[bool, typer.Option("--anew", help="Write it anew although one is approved.")] = False,
    to: Annotated[Path | None, typer.Option("--to", help="A folder for letter and evidence.")] = None,
    form: Annotated[Form, typer.Option("--format", help="Which form to show.")] = Form.TEXT,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write the letter and show it; it is kept as a draft, so that exactly it can be approved."""
    from uptime_daemon.desk.claims.letters import FIELDS

    with claims_desk(config) as (desk, now):
        draft = desk.render(claim, now, by or author_name(), anew=anew, dry_run=dry_run)
        if to is not None:
            _write(draft, to)
        view = desk.claim(claim, now)
    if form is not Form.TEXT:
        _show(draft, form, written=to is not None)
        return
    typer.echo(f"Subject: {draft.letter.subject}")
    typer.echo(f"To: {draft.kept.recipient or f'{draft.kept.channel} at the vendor'}")
    typer.echo(f"Letter: {draft.kept.digest}\n")
    for file in draft.files:
        if file.name == FIELDS:
            typer.echo(f"To be pasted, with the text below:\n\n{file.content.decode()}")
    typer.echo(draft.letter.text)
    for hindrance in view.hindrances:
        typer.echo(f"not yet to be sent: {hindrance}", err=True)


@app.command()
def approve(
    claim: ClaimArgument,
    by: ByOption = "",
    digest: Annotated[str | None, typer.Option("--digest", help="The letter that was read, or its beginning.")] = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Release the letter word for word; nothing leaves without this."""
    person = by or author_name()
    with claims_desk(config) as (desk, now):
        draft = desk.approve(claim, now, person, digest=digest, dry_run=dry_run)
        opening = desk.opening(claim, now)
        state = desk.claim(claim, now).state
    amount = f"{draft.kept.amount} {draft.kept.amount.currency}" if draft.kept.amount else "breach notice"
    if not dry_run and state.value == "drafted":
        typer.echo(f"released by {person}: {claim}, {amount}, letter {draft.kept.digest}")
        typer.echo(f"an amount like this needs a second person: uptime-daemon claim approve {claim} --by ANOTHER")
        return
    typer.echo(f"{_done('approved', dry_run)} by {person}: {claim}, {amount}, letter {draft.kept.digest}")
    if opening is not None:
        typer.echo(f"early: the contract may take it only from {opening} on; what is sent before may have to go again")
    typer.echo(f"next: uptime-daemon claim send {claim}")


@app.command()
def send(
    claim: ClaimArgument,
    by: ByOption = "",
    reference: Annotated[str | None, typer.Option("--reference", help="The vendor's ticket number.")] = None,
    again: Annotated[bool, typer.Option("--again", help="It did not arrive: try the same mail again.")] = False,
    arrived: Annotated[bool, typer.Option("--arrived", help="It did arrive: settle a mail in doubt.")] = False,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Hand the approved letter to the outbox, or record that you posted it where the contract wants a ticket."""
    person = by or author_name()
    if again and arrived:
        raise typer.BadParameter("--again and --arrived contradict each other")
    with claims_desk(config) as (desk, now):
        if again or arrived:
            if dry_run:
                raise typer.BadParameter("--dry-run shows a letter; --again and --arrived settle a mail")
            (desk.send_again if again else desk.confirm_arrival)(claim, now, person)
            typer.echo(f"{claim}: {'in the outbox again' if again else 'sent'}, says {person}")
            return
        draft = desk.send(claim, now, person, reference=reference, dry_run=dry_run)
    if draft.kept.recipient is None:
        typer.echo(f"{_done('recorded', dry_run)}: {person} posted this letter ({draft.kept.channel})\n")
        typer.echo(f"{draft.letter.subject}\n\n{draft.letter.text}")
    else:
        typer.echo(f"{_done('in the outbox', dry_run)}: {claim} to {draft.kept.recipient}, released by {person}")
        typer.echo(f"the running daemon delivers it; uptime-daemon claim show {claim} tells how far it is")


@mail.command("test")
def send_test(
    to: Annotated[str | None, typer.Option("--to", help="Who gets it; the sender's own mailbox unless given.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Send one real mail through the configured relay and show what the server says."""
    import asyncio

    from uptime_daemon.clock import SystemClock
    from uptime_daemon.delivery.address import AddressError, mail_address
    from uptime_daemon.delivery.fate import Fate
    from uptime_daemon.delivery.message import Envelope, message_id, mime
    from uptime_daemon.delivery.smtp import Relay, talk

    with guarded():
        settings = loaded(config)
    if settings.mail is None:
        fail("no mail is configured; add `mail:` with the relay to uptime.yaml", Exit.MISTAKE)
        return
    sender = settings.mail.from_address
    now = SystemClock().now()
    try:
        recipient = mail_address(to or sender)
        relay = Relay(settings.mail, sender)
    except (AddressError, ValueError) as mistake:
        fail(str(mistake), Exit.MISTAKE)
        return
    envelope = Envelope(
        message_id("mail-test", str(now), sender), now, sender, (recipient,), "uptime-daemon", automatic=True
    )
    words = "The relay of uptime-daemon works: this is the mail that `uptime-daemon mail test` sent."
    content = mime(envelope, "uptime-daemon: mail test", f"{words}\n", f"<p>{words}</p>\n")
    ended = asyncio.run(talk(relay, (recipient,), content))
    typer.echo(f"{ended.fate}: {ended.reply}")
    if ended.fate is not Fate.SENT:
        raise typer.Exit(Exit.TROUBLE)


def _row(view: ClaimView) -> dict[str, Any]:
    from uptime_daemon.core.time.instants import format_instant

    return {
        "claim": str(view.id),
        "state": view.state.value,
        "deadline": None if view.deadline is None else format_instant(view.deadline, view.zone),
        "claimed": None if view.claimed is None else f"{view.claimed} {view.claimed.currency}",
        "measured": None if view.measured is None else f"{view.measured} {view.measured.currency}",
        "channel": None if view.channel is None else view.channel.value,
        "mail": None if view.mail is None else f"{view.mail.state}: {view.mail.last_error}".removesuffix(": "),
    }


def _event(event: Any) -> dict[str, Any]:
    from uptime_daemon.core.time.instants import format_instant

    body = {key: value for key, value in event.body.items() if not isinstance(value, dict | list) and value is not None}
    letter = event.body.get("letter")
    if letter is not None:
        body |= {"letter": letter["digest"][:12], "to": letter["recipient"] or letter["channel"]}
    return {
        "number": event.number,
        "at": format_instant(event.at),
        "step": event.kind,
        "by": event.by,
        "details": ", ".join(f"{key} {value}" for key, value in body.items()),
    }


def _show(draft: Draft, form: Form, *, written: bool) -> None:
    """HTML as text, a PDF as bytes: to a file or a program, never to a terminal."""
    from uptime_daemon.desk.claims.letters import PDF

    if form is Form.HTML:
        typer.echo(draft.letter.html)
        return
    printed = next((file for file in draft.files if file.name == PDF), None)
    if printed is None:
        fail("this letter has no PDF: pip install 'uptime-daemon[pdf]', then render it with --anew", Exit.MISTAKE)
    elif sys.stdout.isatty() and not written:
        fail("a PDF is no text for a terminal; write --to FOLDER, or > letter.pdf", Exit.MISTAKE)
    elif not written:
        sys.stdout.buffer.write(printed.content)


def _write(draft: Draft, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (
        (draft.kept.text.name, draft.letter.text.encode()),
        (draft.kept.html.name, draft.letter.html.encode()),
        *((file.name, file.content) for file in draft.files),
    ):
        (folder / name).write_bytes(content)
        typer.echo(f"wrote {folder / name}", err=True)


def _done(words: str, dry_run: bool) -> str:
    return f"dry run, not {words}" if dry_run else words
