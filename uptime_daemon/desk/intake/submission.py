"""Facts as programs and pages state them: one form a kind of fact, its keys checked word by word, then recorded."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.records import Answer, Decision
from uptime_daemon.core.facts.ticket import EventKind
from uptime_daemon.desk.intake.exclusions import decision, proposal
from uptime_daemon.desk.intake.facts import Author, IntakeError, condition, stated_stretch, stated_time
from uptime_daemon.desk.intake.measured import confirmation, linked, seen_outage, void
from uptime_daemon.desk.intake.pauses import pause, resumption
from uptime_daemon.desk.intake.recording import Proof, recorded
from uptime_daemon.desk.intake.tickets import next_ticket, ticket_event
from uptime_daemon.desk.intake.work import Announcement, announcement, cancellation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.kept import Fact

DECISIONS: Final = (Decision.ACCEPTED, Decision.REJECTED)
"""What a person may decide about an exclusion."""
Texts = dict[str, str]
"""What a form's keys say; a key that was left out is not among them."""


@dataclass(frozen=True, slots=True)
class About:
    """What a fact is recorded about: by whom, under which agreement, proven by what."""

    judge: Judge
    author: Author
    digest: str | None
    agreement: SignedAgreement | None = None
    flags: frozenset[str] = frozenset()
    """The keys that are true."""

    @property
    def signed(self) -> SignedAgreement:
        """The agreement of a form that needs one."""
        if self.agreement is None:
            raise RuntimeError("a form without an agreement asks for one")
        return self.agreement


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of statement: its keys and what it becomes."""

    make: Callable[[About, Texts], Fact]
    about: str
    """What it states, in a sentence."""
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    """Keys that are true or false."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Keys whose value is one of some words."""
    has_agreement: bool = True
    common: tuple[str, ...] = field(default=("at", "by", "evidence", "dry_run"))
    """Keys of every form."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that may be written."""
        own = ("agreement",) if self.has_agreement else ()
        return (*own, *self.required, *self.optional, *self.flags, *self.common)


def submitted(judge: Judge, form: Form, content: Mapping[str, Any], by: str | None, now: Instant) -> Fact:
    """Record what a form says. `by` is who signed in, None where nobody has to and the form names the author.

    Raises `IntakeError` with the key that is wrong, and `UnknownError` for an agreement that does not exist.
    """
    _refuse_keys(form, content)
    texts = {key: _text(content, key) for key in (*form.required, *form.optional) if content.get(key) is not None}
    for key in form.required:
        if key not in texts:
            raise IntakeError(f"{key} is missing; state it", key)
    flags = frozenset(key for key in (*form.flags, "dry_run") if _flag(content, key))
    signed = None
    if form.has_agreement:
        if content.get("agreement") is None:
            known = ", ".join(each.agreement.id for each in judge.settings.agreements) or "none"
            raise IntakeError(f"agreement is missing; state one of: {known}", "agreement")
        signed = judge.signed(_text(content, "agreement"))
    at = now if content.get("at") is None else stated_time(signed, _text(content, "at"), "at")
    author = Author(_author(content, by), at, now)
    proof = _proof(content.get("evidence"))

    def make(digest: str | None) -> Fact:
        return form.make(About(judge, author, digest, signed, flags), texts)

    return recorded(judge.store, make, proof, now, dry_run="dry_run" in flags)


def _refuse_keys(form: Form, content: Mapping[str, Any]) -> None:
    for key in content:
        if key not in form.keys:
            raise IntakeError(f"the key {key!r} is unknown; known are {', '.join(form.keys)}", key)


def _author(content: Mapping[str, Any], by: str | None) -> str:
    named = None if content.get("by") is None else _text(content, "by")
    if by is None:
        return named or ""
    if named is not None and named != by:
        raise IntakeError(f"you are signed in as {by}; leave `by` out", "by")
    return by


def _text(content: Mapping[str, Any], key: str) -> str:
    value = content[key]
    if not isinstance(value, str):
        raise IntakeError(f"{key} is no text; write it in quotes", key)
    return value


def _flag(content: Mapping[str, Any], key: str) -> bool:
    value = content.get(key, False)
    if not isinstance(value, bool):
        raise IntakeError(f"{key} is neither true nor false; write one of them", key)
    return value


def _proof(value: Any) -> Proof | None:
    """A file as `{"name": ..., "base64": ...}`."""
    match value:
        case None:
            return None
        case {"name": str() as name, "base64": str() as text, **rest} if not rest:
            try:
                return Proof(name, base64.b64decode(text, validate=True))
            except (binascii.Error, ValueError) as mistake:
                raise IntakeError("evidence.base64 is no base64 text", "evidence") from mistake
    raise IntakeError('evidence is a file; write {"name": "call.txt", "base64": "..."}', "evidence")


def _ticket(about: About, texts: Texts) -> Fact:
    kind = texts.pop("kind", EventKind.OPENED.value)
    if kind not in set(EventKind):
        raise IntakeError(f"{kind!r} is no kind of event; state one of: {', '.join(EventKind)}", "kind")
    begins = kind in {EventKind.OPENED, EventKind.ATTEMPTED}
    ticket = texts.pop("ticket", None)
    if ticket is None and not begins:
        raise IntakeError("ticket is missing; state its number", "ticket")
    return ticket_event(
        about.judge.store,
        about.signed,
        ticket or next_ticket(about.judge.store, about.signed),
        EventKind(kind),
        about.author,
        evidence=about.digest,
        **texts,
    )


def _condition(about: About, texts: Texts) -> Fact:
    return condition(about.signed, texts["id"], texts["state"], about.author, evidence=about.digest)


def _maintenance(about: About, texts: Texts) -> Fact:
    start, end = texts.pop("from"), texts.pop("to")
    told = Announcement(start=start, end=end, emergency="emergency" in about.flags, **texts)
    return announcement(about.judge.store, about.signed, told, about.author, evidence=about.digest)


def _cancellation(about: About, texts: Texts) -> Fact:
    name = texts.pop("id")
    return cancellation(about.judge.store, about.signed, name, about.author, evidence=about.digest, **texts)


def _exclusion(about: About, texts: Texts) -> Fact:
    span = stated_stretch(about.signed, texts.pop("from"), texts.pop("to"))
    cause = texts.pop("cause")
    return proposal(about.judge.store, about.signed, span, cause, about.author, evidence=about.digest, **texts)


def _decision(about: About, texts: Texts) -> Fact:
    decided, name = texts.pop("decision"), texts.pop("id")
    if decided not in DECISIONS:
        raise IntakeError(f"{decided!r} is no decision; state accepted or rejected", "decision")
    return decision(
        about.judge.store, about.signed, name, Decision(decided), about.author, evidence=about.digest, **texts
    )


def _outage(about: About, texts: Texts) -> Fact:
    span = stated_stretch(about.signed, texts.pop("from"), texts.pop("to"))
    return seen_outage(about.judge.store, about.signed, span, about.author, evidence=about.digest, **texts)


def _link(about: About, texts: Texts) -> Fact:
    return linked(about.judge, about.signed, texts["ticket"], texts["outage"], about.author)


def _void(about: About, texts: Texts) -> Fact:
    span = stated_stretch(None, texts.pop("from"), texts.pop("to"))
    probe, why = texts.pop("probe"), texts.pop("why")
    return void(probe, about.judge.settings.probes, span, about.author, why=why, evidence=about.digest, **texts)


def _confirmation(about: About, texts: Texts) -> Fact:
    return confirmation(
        about.judge, texts["probe"], texts["outage"], about.author, why=texts["why"], evidence=about.digest
    )


def _pause(about: About, texts: Texts) -> Fact:
    return pause(about.judge, texts["probe"], about.author, why=texts["why"], evidence=about.digest)


def _resumption(about: About, texts: Texts) -> Fact:
    return resumption(about.judge, texts["probe"], about.author)


_EVENT: Final = (
    "ticket",
    "kind",
    "group",
    "channel",
    "severity",
    "cause",
    "reason",
    "contents",
    "users_percent",
    "note",
)
_WORK: Final = (
    "id", "replaces", "group", "kind", "cause", "announced_at", "received_at", "published_at", "channel", "note",
)  # fmt: skip
FORMS: Final[Mapping[str, Form]] = {
    "tickets": Form(
        _ticket,
        "Report to the vendor, or tell what became of a ticket.",
        (),
        _EVENT,
        words={"kind": tuple(EventKind)},
    ),
    "conditions": Form(
        _condition, "Answer a condition of the contract.", ("id", "state"), words={"state": tuple(Answer)}
    ),
    "maintenance": Form(
        _maintenance, "Record one announcement of work as it was first seen.", ("from", "to"), _WORK, ("emergency",)
    ),
    "maintenance/cancellations": Form(_cancellation, "Record that announced work was called off.", ("id",), ("note",)),
    "exclusions": Form(
        _exclusion, "Propose that a stretch does not count.", ("from", "to", "cause"), ("group", "note")
    ),
    "exclusions/decisions": Form(
        _decision,
        "Accept or reject a proposed exclusion.",
        ("id", "decision"),
        ("note",),
        words={"decision": DECISIONS},
    ),
    "outages": Form(
        _outage, "Record an outage that others saw; without evidence it is refused.", ("from", "to"), ("group", "note")
    ),
    "outages/links": Form(_link, "Say which outage a ticket is about.", ("ticket", "outage")),
    "confirmations": Form(
        _confirmation,
        "Say that an outage is real although its endpoint looks gone for good.",
        ("probe", "outage", "why"),
        has_agreement=False,
    ),
    "pauses": Form(
        _pause,
        "Let a probe be tried no more: the time becomes unknown.",
        ("probe", "why"),
        has_agreement=False,
        common=("by", "evidence", "dry_run"),
    ),
    "resumptions": Form(
        _resumption, "Let a paused probe be tried again.", ("probe",), has_agreement=False, common=("by", "dry_run")
    ),
    "voids": Form(
        _void,
        "Declare a measurement wrong: the time becomes unknown.",
        ("probe", "from", "to", "why"),
        ("vantage",),
        has_agreement=False,
    ),
}
"""Each form under the path of the API that takes it."""
