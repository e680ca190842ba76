"""Letters as mails: to the vendor, to our own people, to the archive."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.stages import stages_of
from uptime_daemon.delivery.address import AddressError, mail_address
from uptime_daemon.delivery.message import Attachment, Envelope, MessageError, message_id, mime
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.claims.hindrances import hindrances
from uptime_daemon.desk.claims.letters import Draft, due_stage
from uptime_daemon.desk.claims.record import Note
from uptime_daemon.letters.content import EligibleContent, Letter, style_for
from uptime_daemon.letters.internal import eligible
from uptime_daemon.store.kept import Mail, MailKind

if TYPE_CHECKING:
    from uptime_daemon.core.claims.claim import ClaimId
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.claims.house import House
    from uptime_daemon.desk.claims.record import ClaimRecord

FIRST_STEP: Final = "eligible"
"""Names the first mail about a claim; all others to our people follow it."""


def vendor_mail(record: ClaimRecord, draft: Draft, agreement: Agreement, us: House, at: Instant) -> Mail:
    """The mail to the vendor. Its id names the approval, so that one approval is never two mails."""
    approval = record.last("approved")
    if draft.kept.recipient is None or us.sender is None or approval is None:
        raise ClaimError(f"claim {record.id}: a mail needs an approval, a sender and a recipient")
    identity = message_id(str(record.id), f"approval-{approval.number}", us.sender)
    envelope = Envelope(
        message_id=identity,
        date=at,
        sender=us.sender,
        recipients=(draft.kept.recipient,),
        sender_name=agreement.customer.name,
        reply_to=us.sender,
        language=draft.letter.language.tag,
        references=draft.kept.references,
    )
    attachments = tuple(Attachment(file.name, file.media_type, file.content) for file in draft.files)
    content = mime(envelope, draft.letter.subject, draft.letter.text, draft.letter.html, attachments)
    return Mail(
        kind=MailKind.VENDOR,
        message_id=identity,
        recipients=(mail_address(draft.kept.recipient),),
        subject=draft.letter.subject,
        mime=content,
        due_at=at,
        claim=str(record.id),
    )


def eligible_mail(
    claim: ClaimId,
    statement: Statement,
    agreement: Agreement,
    us: House,
    at: Instant,
    same: tuple[str, ...],
    to: tuple[str, str],
) -> Mail:
    """The mail that tells somebody, by role and address, of a claim. Raises `AddressError` where nobody can be told.

    `same` are claims about the same outage under other agreements.
    """
    role, recipient = to
    content = EligibleContent(
        claim=str(claim),
        agreement=agreement,
        statement=statement,
        due=due_stage(claim, statement),
        stages=stages_of(statement),
        commands=(
            f"uptime-daemon claim render {claim}",
            f"uptime-daemon claim approve {claim} --by NAME",
            f"uptime-daemon claim send {claim} --by NAME",
        ),
        hindrances=tuple(hindrances(statement, agreement, us)),
        related=same,
        demonstration=us.demonstration,
        style=style_for(agreement.people.finance, agreement, us.language),
    )
    step = FIRST_STEP if role == "finance" else f"{FIRST_STEP}-{role}"
    return internal_mail(eligible(content), str(claim), step, recipient, us, at, str(claim))


def archive_copy(record: ClaimRecord, sent: Mail, us: House, at: Instant) -> list[Mail]:
    """The mail that carries a letter that has left, byte for byte, to the archive; none where there is no archive.

    The letter is an attachment, for a server on the way may write headers anew. One that is too large for another
    mail is kept as evidence alone.
    """
    if us.archive is None:
        return []
    dispatched = record.last(Note.DISPATCHED)
    told = {"claim": str(record.id), **({} if dispatched is None else dispatched.body)}
    facts = [(name, str(value)) for name, value in told.items() if value is not None]
    text = "".join(f"{name}: {value}\n" for name, value in facts)
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in facts)
    written = Letter(f"Archive: {sent.subject}", text, f"<table>{rows}</table>\n")
    letter = Attachment(f"{record.id}.eml", "application/octet-stream", sent.mime)
    try:
        return [internal_mail(written, str(record.id), "archive", us.archive, us, at, str(record.id), (letter,))]
    except (AddressError, MessageError):
        return []


def internal_mail(
    written: Letter,
    matter: str,
    step: str,
    recipient: str,
    us: House,
    at: Instant,
    claim: str | None = None,
    attachments: tuple[Attachment, ...] = (),
    follows: str | None = None,
) -> Mail:
    """A mail to our own people; `follows` is the step of the matter's first mail, under which readers thread it.

    Raises `AddressError` where we have no address to write to or from.
    """
    if us.sender is None:
        raise AddressError("no mail is configured; add `mail:` with the relay to uptime.yaml")
    identity = message_id(matter, step, us.sender)
    to = mail_address(recipient)
    envelope = Envelope(
        message_id=identity,
        date=at,
        sender=us.sender,
        recipients=(to,),
        sender_name="uptime-daemon",
        language=written.language.tag,
        references=() if follows is None else (message_id(matter, follows, us.sender),),
        automatic=True,
    )
    content = mime(envelope, written.subject, written.text, written.html, attachments)
    return Mail(MailKind.INTERNAL, identity, (to,), written.subject, content, at, claim)
