"""Claims as the store keeps them: events in order, and what they say about where each claim stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.claims.claim import ClaimEvent as Step
from uptime_daemon.core.claims.claim import ClaimId, ClaimState, state_after
from uptime_daemon.core.terms.claim import Channel
from uptime_daemon.core.terms.money import Money, parse_money
from uptime_daemon.core.time.instants import format_instant, parse_instant
from uptime_daemon.store.kept import ClaimEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from uptime_daemon.core.time.instants import Duration, Instant

AUTOMATIC: Final = "uptime-daemon"
"""Who takes a step that no person takes."""


class Note(StrEnum):
    """Events that change no state: what happened to a letter on its way out, and what the vendor said."""

    QUEUED = "queued"
    """A person released the approved letter; it waits in the outbox."""
    QUEUED_AGAIN = "queued_again"
    """A person let a mail be tried again that was in doubt or had failed."""
    DISPATCHED = "dispatched"
    """The vendor's server took the mail: its words, its name for it, who it was, and the digest of what was sent."""
    SECONDED = "seconded"
    """A first person released exactly this letter; a second one must, for its amount is large."""
    COUNTERED = "countered"
    """The vendor told its own figures."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a letter, kept as evidence."""

    name: str
    media_type: str
    digest: str


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A letter that was kept word for word, so that what is sent is what was approved."""

    digest: str
    """Over everything below: whoever names it means exactly this letter."""
    subject: str
    recipient: str | None
    channel: Channel
    language: str
    amount: Money | None
    """What it claims; None in a breach notice."""
    late: bool
    as_of: Instant
    text: KeptFile
    html: KeptFile
    attachments: tuple[KeptFile, ...]
    references: tuple[str, ...]
    """Message ids of earlier letters about the same period."""
    downtime: Duration | None = None
    """What of the period it says is proven to be downtime; None in letters that were kept before this was."""


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """One claim with all that happened to it."""

    id: ClaimId
    deadline: Instant | None
    """The first instant that is too late; None where the contract sets none."""
    events: tuple[ClaimEvent, ...]

    @property
    def state(self) -> ClaimState:
        """Where it stands."""
        steps = [
            Step(ClaimState(event.kind), event.at, event.by) for event in self.events if event.kind in set(ClaimState)
        ]
        state = state_after(steps)
        assert state is not None  # noqa: S101 - a record begins with `eligible`
        return state

    @property
    def next_number(self) -> int:
        """The number of the event that may come next."""
        return self.events[-1].number + 1

    @property
    def letter(self) -> KeptLetter | None:
        """The letter that was approved last or, while none is, drafted last."""
        for event in reversed(self.events):
            if event.kind in {ClaimState.APPROVED, ClaimState.DRAFTED}:
                return letter_from(event.body["letter"])
        return None

    @property
    def last_amount(self) -> Money | None:
        """What was claimed last, or else what it was worth when it became eligible."""
        letter = self.letter
        return letter.amount if letter is not None else money_from(self.events[0].body["claimed"])

    @property
    def message_id(self) -> str | None:
        """The id of the mail that was queued since the last approval; None while none was."""
        for event in reversed(self.events):
            if event.kind == ClaimState.APPROVED:
                return None
            if event.kind == Note.QUEUED:
                return str(event.body["message_id"])
        return None

    @property
    def is_dispatched(self) -> bool:
        """Whether the vendor's server has taken the mail that was queued last."""
        last = self.last(Note.QUEUED, Note.QUEUED_AGAIN, Note.DISPATCHED)
        return last is not None and last.kind == Note.DISPATCHED

    def last(self, *kinds: str) -> ClaimEvent | None:
        """The latest event of one of the kinds."""
        return next((event for event in reversed(self.events) if event.kind in kinds), None)


def records(events: Iterable[ClaimEvent]) -> dict[str, ClaimRecord]:
    """The claims by number, in the order in which they became eligible."""
    in_order = sorted(events, key=lambda event: (event.claim, event.number))
    by_claim = {claim: _record(tuple(own)) for claim, own in groupby(in_order, key=lambda event: event.claim)}
    return dict(sorted(by_claim.items(), key=lambda item: (item[1].events[0].at, item[0])))


def eligible_body(claim: ClaimId, deadline: Instant | None, measured: Money | None, claimed: Money | None) -> Any:
    """What the first event of a claim says."""
    return {
        "agreement": claim.agreement,
        "period": claim.period,
        "group": claim.group,
        "stage": claim.stage,
        "revision": claim.revision,
        "deadline": None if deadline is None else format_instant(deadline),
        "measured": money_json(measured),
        "claimed": money_json(claimed),
    }


def letter_json(letter: KeptLetter) -> dict[str, Any]:
    """A kept letter as an event's body holds it."""
    return {
        "digest": letter.digest,
        "subject": letter.subject,
        "recipient": letter.recipient,
        "channel": letter.channel.value,
        "language": letter.language,
        "amount": money_json(letter.amount),
        "late": letter.late,
        "as_of": format_instant(letter.as_of),
        "text": _file_json(letter.text),
        "html": _file_json(letter.html),
        "attachments": [_file_json(file) for file in letter.attachments],
        "references": list(letter.references),
        "downtime_microseconds": letter.downtime,
    }


def letter_from(body: Mapping[str, Any]) -> KeptLetter:
    """The kept letter of an event's body."""
    return KeptLetter(
        digest=body["digest"],
        subject=body["subject"],
        recipient=body["recipient"],
        channel=Channel(body["channel"]),
        language=body["language"],
        amount=money_from(body["amount"]),
        late=body["late"],
        as_of=parse_instant(body["as_of"]),
        text=KeptFile(**body["text"]),
        html=KeptFile(**body["html"]),
        attachments=tuple(KeptFile(**file) for file in body["attachments"]),
        references=tuple(body["references"]),
        downtime=body.get("downtime_microseconds"),
    )


def money_json(money: Money | None) -> dict[str, str] | None:
    """An amount as an event's body holds it."""
    return None if money is None else {"amount": str(money), "currency": money.currency}


def money_from(body: Mapping[str, str] | None) -> Money | None:
    """The amount of an event's body."""
    return None if body is None else parse_money(body["amount"], body["currency"])


def _record(events: tuple[ClaimEvent, ...]) -> ClaimRecord:
    body = events[0].body
    deadline = body["deadline"]
    return ClaimRecord(
        id=ClaimId(body["agreement"], body["period"], body["group"], body["stage"], body.get("revision", 1)),
        deadline=None if deadline is None else parse_instant(deadline),
        events=events,
    )


def _file_json(file: KeptFile) -> dict[str, str]:
    return {"name": file.name, "media_type": file.media_type, "digest": file.digest}
