"""One claim for people: where it stands, its letter as kept, both sides' figures, and every step that was taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.desk.claims.answers import Compared, spans_of
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.claims.letters import kept_draft
from uptime_daemon.desk.claims.record import KeptFile, Note, letter_from, money_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.claims.answers import ClaimAnswers
    from uptime_daemon.desk.claims.desk import ClaimsDesk
    from uptime_daemon.desk.claims.letters import Draft
    from uptime_daemon.desk.claims.views import ClaimView
    from uptime_daemon.store.kept import ClaimEvent, Evidence


_NAMED_ABOVE: Final = frozenset({"agreement", "group", "period", "stage", "revision", "evidence", "deadline"})
"""What the claim's number, its deadline and a column of its own say already."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a claim in words."""

    event: ClaimEvent
    details: tuple[tuple[str, str], ...]
    """What was recorded with it: name and text."""
    evidence: str | None
    """The digest of a file that proves it."""


@dataclass(frozen=True, slots=True)
class ClaimFile:
    """Everything about one claim."""

    view: ClaimView
    draft: Draft | None
    """The kept letter, whole."""
    trouble: str
    """Why the kept letter cannot be shown; empty while it can."""
    seconded_by: str
    """Who has released exactly this letter already, where two people must."""
    opening: str | None
    """From when on the contract takes it, where it would be early now."""
    compared: Compared | None
    steps: tuple[Step, ...]
    files: tuple[KeptFile, ...]


def claim_file(desk: ClaimsDesk, answers: ClaimAnswers, claim: str, at: Instant) -> ClaimFile:
    """Everything about a claim at an instant. Raises `ClaimError` if there is none of this number."""
    view = desk.claim(claim, at)
    draft, trouble, compared, opening = None, "", None, None
    if view.letter is not None:
        try:
            draft = kept_draft(desk.store, view.letter)
        except ClaimError as error:
            trouble = str(error)
    try:
        opening = desk.opening(claim, at)
        compared = answers.compared(claim, at)
    except ClaimError as error:
        trouble = trouble or str(error)
    record = desk.steps.one(claim)
    first = record.last(Note.SECONDED)
    waits = first is not None and view.letter is not None and first.body["digest"] == view.letter.digest
    return ClaimFile(
        view=view,
        draft=draft,
        trouble=trouble,
        seconded_by=first.by if first is not None and waits else "",
        opening=opening,
        compared=compared,
        steps=tuple(_step(event) for event in view.events),
        files=() if view.letter is None else (view.letter.text, view.letter.html, *view.letter.attachments),
    )


def file_of(desk: ClaimsDesk, claim: str, digest: str) -> tuple[KeptFile, Evidence] | None:
    """A file of one of a claim's letters, as kept; None for any other. Raises `ClaimError`."""
    for event in desk.steps.one(claim).events:
        if "letter" in event.body:
            letter = letter_from(event.body["letter"])
            for file in (letter.text, letter.html, *letter.attachments):
                if file.digest == digest and (kept := desk.store.evidence(digest)) is not None:
                    return file, kept
    return None


def _step(event: ClaimEvent) -> Step:
    evidence = event.body.get("evidence")
    return Step(event, tuple(_details(event.body)), evidence if isinstance(evidence, str) else None)


def _details(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in body.items():
        if key in _NAMED_ABOVE:
            continue
        match key, value:
            case ("letter", dict()):
                yield "letter", value["digest"][:12]
                yield "to", value["recipient"] or value["channel"]
            case ("outages", list()):
                spans = spans_of(value)
                yield "outages of theirs", str(len(spans))
            case (("amount" | "claimed" | "measured"), dict()):
                amount: Money | None = money_from(value)
                yield key, "" if amount is None else f"{amount} {amount.currency}"
            case ("digest", str()):
                yield "letter", value[:12]
            case (_, str() | int()):
                yield key.replace("_", " "), str(value)
