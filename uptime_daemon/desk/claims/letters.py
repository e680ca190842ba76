"""From a statement to the letter about it, composed and kept word for word."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.stages import stages_of
from uptime_daemon.core.terms.claim import Channel
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.claims.record import KeptFile, KeptLetter, Note
from uptime_daemon.desk.claims.verification import LEFT_OUT, versions
from uptime_daemon.evidence.bundle import Proof, bundle
from uptime_daemon.evidence.canonical import canonical
from uptime_daemon.evidence.packing import File
from uptime_daemon.languages.language import Language
from uptime_daemon.letters.claim import fields, letter
from uptime_daemon.letters.content import AttachedFile, ClaimContent, Letter, style_of
from uptime_daemon.letters.pdf import as_pdf, has_typesetter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from uptime_daemon.core.claims.claim import ClaimId
    from uptime_daemon.core.claims.stages import DueStage
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.claims.house import House
    from uptime_daemon.desk.claims.record import ClaimRecord
    from uptime_daemon.desk.ports import ClaimSources
    from uptime_daemon.store.ports import Store


PDF: Final = "letter.pdf"
"""The letter as it is printed."""
FIELDS: Final = "fields.txt"
"""What a person pastes into the form of a portal or a ticket, beside the letter's text."""


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
