"""What else proves a claim beside its case: what was seen around each outage, what was announced, the days' seals."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.time.instants import MINUTE, format_instant, parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.intake.records import FactKind
from uptime_daemon.evidence.packing import File

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.store.kept import Evidence, Fact, Seal
    from uptime_daemon.store.ports import Store

AROUND: Final[Duration] = 10 * MINUTE
"""How long before and after an outage is shown: both edges with the passes around them, at the usual intervals."""
COPIES_MAX: Final = 20
"""How many published documents go with a claim; the digests of the others stand in the list of notices."""
COPIES_BYTES_MAX: Final = 2_000_000
"""Of all of them together: a mail has to carry them."""
_PUBLISHED: Final = frozenset({"page", "calendar"})
"""Channels on which a vendor tells everybody; a mail or a ticket may name people of ours or of the vendor's."""
_MEDIA: Final = {"json": "application/json", "ics": "text/calendar"}


@dataclass(frozen=True, slots=True)
class MoreProof:
    """Values as files of a bundle hold them."""

    observations: Sequence[Mapping[str, Any]] = ()
    """By outage the runs of every probe and vantage around it."""
    notices: Sequence[Mapping[str, Any]] = ()
    """What was announced, moved and called off, as first seen."""
    seals: Sequence[Mapping[str, Any]] = ()
    """Of the period's days, in the order of the chain."""
    copies: tuple[File, ...] = ()
    """The published documents behind the notices."""


def around(statement: Statement, runs: Mapping[tuple[str, str], Sequence[Run]]) -> list[Mapping[str, Any]]:
    """What every probe and vantage saw from ten minutes before each outage of a statement until ten minutes after."""
    judgement = statement.judgement
    found: list[Mapping[str, Any]] = []
    for number, outage in enumerate(judgement.point.outages, 1):
        shown = Span(outage.span.start - AROUND, outage.span.end + AROUND)
        found.append(
            {
                "outage": number,
                "group": outage.group,
                "from": format_instant(outage.span.start),
                "to": format_instant(outage.span.end),
                "seen": [
                    {
                        "probe": probe,
                        "vantage": vantage,
                        "runs": [_run(run) for run in own if run.first < shown.end and run.last >= shown.start],
                    }
                    for (probe, vantage), own in sorted(runs.items())
                ],
            }
        )
    return found


def notices(facts: Iterable[Fact], store: Store, span: Span) -> tuple[list[Mapping[str, Any]], tuple[File, ...]]:
    """Every announcement whose time touches a stretch, with what became of it, and copies of what was published.

    Notes of ours stay inside; a copy is named by its digest whether or not it goes along.
    """
    every = list(facts)
    about = {
        fact.subject
        for fact in every
        if fact.kind == FactKind.MAINTENANCE
        and span.start < parse_instant(fact.body["to"])
        and parse_instant(fact.body["from"]) < span.end
    }
    own = [
        fact
        for fact in every
        if fact.kind in {FactKind.MAINTENANCE, FactKind.MAINTENANCE_CANCELLED} and fact.subject in about
    ]
    channels = {fact.subject: fact.body.get("channel") for fact in own if fact.kind == FactKind.MAINTENANCE}
    copies = _copies(store, [fact for fact in own if channels.get(fact.subject) in _PUBLISHED])
    names = {file.digest: file.name for file in copies}
    return [_notice(fact, names) for fact in own], copies


def seals_json(seals: Iterable[Seal]) -> list[Mapping[str, Any]]:
    """Seals with everything their heads are made of, so that anybody can compute them again."""
    return [
        {
            "from": format_instant(seal.start),
            "to": format_instant(seal.end),
            "kinds": json.loads(seal.kinds),
            "previous": seal.previous,
            "head": seal.head,
            "at": format_instant(seal.at),
            "why": seal.why,
        }
        for seal in seals
    ]


def _notice(fact: Fact, names: Mapping[str, str]) -> Mapping[str, Any]:
    body = {key: value for key, value in fact.body.items() if key not in {"note", "flags", "origin"}}
    digest = fact.evidence
    told: dict[str, Any] = {
        "id": fact.subject,
        "what": "announced" if fact.kind == FactKind.MAINTENANCE else "called off",
        **body,
        "at": format_instant(fact.at),
        "first_seen": format_instant(fact.known_at),
    }
    if digest is not None:
        told["copy_sha256"] = digest
        told["copy"] = names.get(digest, "kept by us")
    return told


def _copies(store: Store, facts: Sequence[Fact]) -> tuple[File, ...]:
    found: list[File] = []
    left = COPIES_BYTES_MAX
    for digest in dict.fromkeys(fact.evidence for fact in facts if fact.evidence is not None):
        kept = store.evidence(digest)
        if kept is not None and len(found) < COPIES_MAX and len(kept.content) <= left:
            left -= len(kept.content)
            found.append(_file(kept))
    return tuple(found)


def _file(kept: Evidence) -> File:
    suffix = kept.name.rpartition(".")[2].lower()
    suffix = suffix if suffix in _MEDIA else "bin"
    return File(f"notice-{kept.digest[:16]}.{suffix}", _MEDIA.get(suffix, "application/octet-stream"), kept.content)


def _run(run: Run) -> Mapping[str, Any]:
    return {
        "outcome": run.outcome.value,
        "reason": run.reason.value,
        "first": format_instant(run.first),
        "last": format_instant(run.last),
        "count": run.count,
    }
