"""Deliveries of other systems' webhooks: proven by their signature, read by their mapping, kept as ticket events."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.ticket import EventKind
from uptime_daemon.core.time.instants import MINUTE, SECOND, format_instant, parse_instant
from uptime_daemon.definitions.hooks import Proof, TimeForm
from uptime_daemon.desk.intake.facts import NAME_MAX, NOTE_MAX, Author, IntakeError
from uptime_daemon.desk.intake.recording import Proof as EvidenceFile
from uptime_daemon.desk.intake.recording import recorded
from uptime_daemon.desk.intake.records import FactKind
from uptime_daemon.desk.intake.tickets import ticket_event

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.definitions.hooks import HookMapping, TimeTerms
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.settings.values import Hook
    from uptime_daemon.store.kept import Fact

CLOCK_AHEAD_MAX: Final = 2 * MINUTE
"""How far the sender's clock may be ahead of ours: more is no clock that keeps time, and its times prove nothing."""
_SPEECH: Final = frozenset({EventKind.COMMENT, EventKind.QUESTION, EventKind.ANSWER, EventKind.REPORTED})
"""What can be said again and again; every other kind is a state, and telling it twice tells nothing new."""
_BARE_OFFSET: Final = re.compile(r"([+-]\d{2})(\d{2})$", re.ASCII)
_DIGESTS: Final = {Proof.SHA1: hashlib.sha1, Proof.SHA256: hashlib.sha256}


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a delivery."""

    fact: Fact | None
    ignored: str = ""
    """Why nothing was recorded."""


def is_proven(hook: Hook, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a delivery knows the hook's secret; compared in constant time."""
    terms, secret = hook.mapping.signature, hook.secret.reveal()
    given = headers.get(terms.header, "")
    if terms.proof is Proof.SECRET:
        expected = f"{terms.prefix}{secret}"
    else:
        expected = terms.prefix + hmac.new(secret.encode(), body, _DIGESTS[terms.proof]).hexdigest()
    return hmac.compare_digest(given.encode(), expected.encode())


def delivered(judge: Judge, hook: Hook, headers: Mapping[str, str], body: bytes, now: Instant) -> Delivered:
    """Record the event that a proven delivery tells of, if any. Raises `IntakeError` for one that cannot be."""
    mapping, signed = hook.mapping, judge.signed(hook.agreement)
    content = _content(body)
    kind = _kind(mapping, content)
    if kind is None:
        return Delivered(None, "it tells of no event")
    ticket = _text(content, mapping.ticket, NAME_MAX)
    if ticket is None:
        raise IntakeError(f"{mapping.ticket} names no ticket", mapping.ticket)
    number = None if mapping.delivery is None else headers.get(mapping.delivery)
    origin = None if number is None else f"{hook.name} {number[:NAME_MAX]}"
    facts = judge.store.facts(agreement=hook.agreement, kind=FactKind.TICKET_EVENT.value)
    if origin is not None and any(fact.body.get("origin") == origin for fact in facts):
        return Delivered(None, "it was delivered before")
    own = [fact for fact in facts if fact.subject == ticket]
    if kind not in _SPEECH and kind is _state(own):
        return Delivered(None, f"{ticket} is {kind} already")
    at = now if mapping.at is None else _time(content, mapping.at, now)
    evidence = EvidenceFile(f"{hook.name}.json", body)
    severity = None if mapping.severity is None else _text(content, mapping.severity, NAME_MAX)
    note = None if mapping.note is None else _text(content, mapping.note, NOTE_MAX)

    def make(digest: str | None) -> Fact:
        return ticket_event(
            judge.store,
            signed,
            ticket,
            kind,
            Author(f"hook {hook.name}", at, now),
            group=None if own else mapping.group,
            channel=mapping.channel,
            severity=severity,
            note=note,
            origin=origin,
            evidence=digest,
        )

    return Delivered(recorded(judge.store, make, evidence, now))


def _content(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as mistake:
        raise IntakeError(f"the body is no JSON: {mistake}") from mistake


def _found(content: Any, path: str) -> Any:
    for key in path.split("."):
        if not isinstance(content, dict):
            return None
        content = content.get(key)
    return content


def _text(content: Any, path: str, longest: int) -> str | None:
    """What stands at a path as one line; a number is written as its digits."""
    value = _found(content, path)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return " ".join(str(value).split())[:longest] or None


def _kind(mapping: HookMapping, content: Any) -> EventKind | None:
    for terms in mapping.events:
        value = _text(content, terms.path, NAME_MAX)
        if value is not None and value in terms.kinds:
            return terms.kinds[value]
    return None


def _state(facts: Sequence[Fact]) -> EventKind | None:
    """The state that a ticket was last told to be in."""
    kinds = [EventKind(fact.body["kind"]) for fact in sorted(facts, key=lambda fact: (fact.at, fact.id))]
    return next((kind for kind in reversed(kinds) if kind not in _SPEECH), None)


def _time(content: Any, terms: TimeTerms, now: Instant) -> Instant:
    """When it happened; a clock that is a little ahead says now, one that is far ahead says nothing."""
    value = _found(content, terms.path)
    at: Instant | None = None
    if terms.form is TimeForm.ISO and isinstance(value, str):
        try:
            at = parse_instant(_BARE_OFFSET.sub(r"\1:\2", value.strip()))
        except ValueError as mistake:
            raise IntakeError(str(mistake), terms.path) from mistake
    elif terms.form is not TimeForm.ISO and isinstance(value, int) and not isinstance(value, bool):
        at = value * (SECOND if terms.form is TimeForm.SECONDS else SECOND // 1_000)
    if at is None:
        raise IntakeError(f"{terms.path} holds no time in the form {terms.form}", terms.path)
    if at > now + CLOCK_AHEAD_MAX:
        raise IntakeError(f"{format_instant(at)} has not come yet; set the sender's clock", terms.path)
    return min(at, now)
