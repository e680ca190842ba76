"""From a statement to the letters about it: composed, kept word for word, and turned into mail."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.stages import stages_of
from uptime_daemon.core.terms.claim import Channel
from uptime_daemon.core.time.instants import DAY
from uptime_daemon.delivery.address import AddressError, mail_address
from uptime_daemon.delivery.message import Attachment, Envelope, MessageError, message_id, mime
from uptime_daemon.desk.claims.record import KeptFile, KeptLetter, Note
from uptime_daemon.desk.claims.verification import LEFT_OUT, versions
from uptime_daemon.desk.telling.notices import Listeners
from uptime_daemon.evidence.bundle import File, Proof, bundle
from uptime_daemon.evidence.canonical import canonical
from uptime_daemon.languages.language import Language
from uptime_daemon.letters.claim import fields, letter, not_provable
from uptime_daemon.letters.content import (
    AttachedFile,
    ClaimContent,
    EligibleContent,
    Letter,
    style_for,
    style_of,
)
from uptime_daemon.letters.internal import eligible
from uptime_daemon.letters.pdf import as_pdf, has_typesetter
from uptime_daemon.settings.values import Role
from uptime_daemon.store.kept import Mail, MailKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from uptime_daemon.core.claims.claim import ClaimId
    from uptime_daemon.core.claims.stages import DueStage
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.claims.record import ClaimRecord
    from uptime_daemon.desk.ports import ClaimSources
    from uptime_daemon.evidence.signing import SigningKey
    from uptime_daemon.settings.values import Settings
    from uptime_daemon.store.ports import Store


PDF: Final = "letter.pdf"
"""The letter as it is printed."""
FIELDS: Final = "fields.txt"
"""What a person pastes into the form of a portal or a ticket, beside the letter's text."""
FIRST_STEP: Final = "eligible"
"""Names the first mail about a claim; all others to our people follow it."""


class ClaimError(Exception):
    """What was asked of the claims desk cannot be done; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class House:
    """Who we are when we write."""

    sender: str | None
    """The claims mailbox; None where no mail is configured."""
    demonstration: bool = False
    url: str = ""
    """Where people reach the internal listener; empty where there is none."""
    approvers: frozenset[str] | None = None
    """Who may release letters; None where no users are configured, then any named person may."""
    four_eyes: Mapping[str, Money] = field(default_factory=dict)
    """By currency: an amount above this is released by two different people."""
    silence: Duration = 30 * DAY
    """How long after the last word a vendor counts as silent."""
    language: Language = Language.ENGLISH
    """What our own people are written to in, unless they want another."""
    key: SigningKey | None = None
    """What evidence is signed with; None: it is not signed."""
    archive: str | None = None
    """The mailbox that gets a copy of every letter that has left."""
    listeners: Listeners = field(default_factory=Listeners)
    """The programs that are told what our people are told."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter with its files, and what is kept of them."""

    letter: Letter
    files: tuple[File, ...]
    kept: KeptLetter


@dataclass(frozen=True, slots=True)
class Earlier:
    """A letter of an earlier stage about the same period, if one has left."""

    claim: str | None = None
    message_ids: tuple[str, ...] = ()


def house(settings: Settings) -> House:
    """Who we are, as configured."""
    finance = frozenset(user.name for user in settings.users if user.role is Role.FINANCE)
    return House(
        sender=settings.mail.from_address if settings.mail else None,
        demonstration=settings.vantage.loopback,
        url=settings.url,
        approvers=finance if settings.users else None,
        four_eyes=settings.claims.four_eyes,
        silence=settings.claims.silence,
        language=settings.language,
        key=settings.signing_key,
        archive=settings.mail.archive if settings.mail else None,
        listeners=Listeners(settings.webhooks, settings.vantage.loopback),
    )


def composed(
    record: ClaimRecord, statement: Statement, agreement: Agreement, sources: ClaimSources, us: House, earlier: Earlier
) -> Draft:
    """The letter of a claim as its statement stands. Raises `NothingProvenError` where nothing can be claimed."""
    claim = record.id
    judgement, period = statement.judgement, statement.period
    due = due_stage(claim, statement)
    classes = sources.classes(agreement.id, claim.group, period.span)
    files = bundle(_proof(record, statement, sources, classes), us.key)
    late = record.deadline is not None and statement.as_of >= record.deadline
    content = ClaimContent(
        claim=str(claim),
        agreement=agreement,
        statement=statement,
        due=due,
        classes=classes,
        attachments=tuple(AttachedFile(file.name, len(file.content), file.digest) for file in files),
        reply_to=us.sender or "",
        demonstration=us.demonstration,
        signed_by="" if us.key is None else us.key.public,
        late=late,
        follows=earlier.claim,
        style=style_of(agreement, judgement.terms),
    )
    made = letter(content)
    files = (*_printed(made, statement.as_of, agreement.customer.name or agreement.id, files), *files)
    if judgement.terms.claim.channel is not Channel.MAIL:
        files = (File(FIELDS, "text/plain", _as_lines(fields(content)).encode()), *files)
    text = File("letter.txt", "text/plain", made.text.encode())
    html = File("letter.html", "text/html", made.html.encode())
    terms = judgement.terms.claim
    recipient = terms.address if terms.channel is Channel.MAIL else None
    kept = KeptLetter(
        digest=_digest(made.subject, recipient, (text, html, *files)),
        subject=made.subject,
        recipient=recipient,
        channel=terms.channel,
        language=made.language.value,
        amount=judgement.credit_proven.amount,
        late=late,
        as_of=statement.as_of,
        text=_kept(text),
        html=_kept(html),
        attachments=tuple(_kept(file) for file in files),
        references=earlier.message_ids,
        downtime=judgement.shortest.counted.total,
    )
    return Draft(made, files, kept)


def _as_lines(named: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in named)


def _printed(made: Letter, at: Instant, author: str, files: tuple[File, ...]) -> tuple[File, ...]:
    """The letter as PDF with its evidence inside; none where the typesetter is not installed. Raises `PdfError`."""
    if not has_typesetter():
        return ()
    inside = ((file.name, file.media_type, file.content) for file in files)
    return (File(PDF, "application/pdf", as_pdf(made, at, author, inside)),)


def _proof(record: ClaimRecord, statement: Statement, sources: ClaimSources, classes: Mapping[Instant, str]) -> Proof:
    """Everything the claim rests on. Its statements are made of the very case that goes with them."""
    claim, period, at = record.id, statement.period, statement.as_of
    case = sources.case(claim.agreement, period.name, at)
    more = sources.more(claim.agreement, statement)
    return Proof(
        claim=str(claim),
        case=case,
        statements=sources.judged_again(canonical(case).decode()),
        statement=statement,
        classes=classes,
        attempts=sources.attempts(claim.agreement, claim.group, period.span),
        observations=more.observations,
        notices=more.notices,
        seals=more.seals,
        copies=more.copies,
        definitions=sources.definitions(claim.agreement, at),
        versions=versions(),
        left_out=LEFT_OUT,
    )


def due_stage(claim: ClaimId, statement: Statement) -> DueStage:
    """The stage of a claim with its deadline under the terms of its statement."""
    stages = stages_of(statement)
    for due in stages:
        if due.stage.id == claim.stage:
            return due
    known = ", ".join(due.stage.id for due in stages)
    raise ClaimError(f"claim {claim}: the contract has no stage {claim.stage!r} any more; it has: {known}")


def hindrances(statement: Statement, agreement: Agreement, us: House) -> Iterator[str]:
    """What must be put right before a letter can leave."""
    terms = statement.judgement.terms.claim
    if unproven := not_provable(statement):
        yield unproven
    for suspicion in statement.judgement.doubted:
        yield suspicion.told
    if terms.channel is not Channel.MAIL:
        return
    if us.sender is None:
        yield "no mail is configured; add `mail:` with the relay to uptime.yaml"
    if terms.address is None:
        yield (
            f"agreements[{agreement.id}].parameters.claims_address: missing, and claims go there by mail"
            f" ({terms.clause}); write claims_address: NAME@VENDOR under `parameters:` of the agreement in uptime.yaml"
        )
        return
    try:
        mail_address(terms.address)
    except AddressError as error:
        yield f"agreements[{agreement.id}].parameters.claims_address: {error}"


def keep(store: Store, draft: Draft, at: Instant) -> None:
    """Keep a letter and its files, byte for byte."""
    for file in (
        File(draft.kept.text.name, draft.kept.text.media_type, draft.letter.text.encode()),
        File(draft.kept.html.name, draft.kept.html.media_type, draft.letter.html.encode()),
        *draft.files,
    ):
        store.keep_evidence(file.content, file.name, at)


def kept_draft(store: Store, kept: KeptLetter) -> Draft:
    """A kept letter, read back and checked against its digest."""
    text, html = _read(store, kept.text), _read(store, kept.html)
    files = tuple(_read(store, file) for file in kept.attachments)
    if _digest(kept.subject, kept.recipient, (text, html, *files)) != kept.digest:
        raise ClaimError(f"the kept letter {kept.digest[:12]} is not what was written; run `database verify`")
    return Draft(
        Letter(kept.subject, text.content.decode(), html.content.decode(), Language(kept.language)), files, kept
    )


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


def earlier_letter(claim: ClaimId, every: Iterable[ClaimRecord]) -> Earlier:
    """The last letter of another stage or revision that has left about the same group and period."""
    sent = [
        (event.at, other)
        for other in every
        if other.id != claim and _matter(other.id) == _matter(claim) and (event := other.last("sent")) is not None
    ]
    if not sent:
        return Earlier()
    _, other = max(sent, key=lambda each: each[0])
    queued = other.last(Note.QUEUED)
    return Earlier(str(other.id), () if queued is None else (str(queued.body["message_id"]),))


def _matter(claim: ClaimId) -> tuple[str, str, str]:
    return claim.agreement, claim.period, claim.group


def _kept(file: File) -> KeptFile:
    return KeptFile(file.name, file.media_type, file.digest)


def _read(store: Store, kept: KeptFile) -> File:
    found = store.evidence(kept.digest)
    if found is None or hashlib.sha256(found.content).hexdigest() != kept.digest:
        raise ClaimError(f"the kept {kept.name} {kept.digest[:12]} is gone or changed; run `database verify`")
    return File(kept.name, kept.media_type, found.content)


def _digest(subject: str, recipient: str | None, files: Iterable[File]) -> str:
    described = {
        "subject": subject,
        "recipient": recipient,
        "files": [{"name": file.name, "sha256": file.digest} for file in files],
    }
    return hashlib.sha256(canonical(described)).hexdigest()
