"""What the public page tells of: incidents made from measured outages or by hand, and the updates that people write.

An incident is news, never evidence: no contract, no credit and no statement rests on it, and nothing here changes what
was measured.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from uptime_daemon.core.facts.timeline import connected
from uptime_daemon.desk.intake.facts import IntakeError
from uptime_daemon.store.kept import Fact

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from uptime_daemon.core.facts.probe import Group
    from uptime_daemon.core.facts.timeline import Timeline
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.spans import Span
    from uptime_daemon.desk.intake.facts import Author
    from uptime_daemon.desk.judging.judge import Judge

FACT_KIND: Final = "incident_update"
TEXT_MAX: Final = 5_000
"""Characters of one update: a screenful or two, so that a feed's reader never meets a book."""


class IncidentStatus(StrEnum):
    """How far an incident has come, in the words that readers of status pages know."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"


class Impact(StrEnum):
    """How bad an incident is."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


_OVER: Final = frozenset({IncidentStatus.RESOLVED, IncidentStatus.POSTMORTEM})


@dataclass(frozen=True, slots=True)
class IncidentUpdate:
    """One piece of news."""

    id: str
    status: IncidentStatus
    at: Instant
    text: str | None
    """None: nobody wrote it, the measurement did; the page says it in the reader's language."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident with its news in time order; there is always a first one."""

    id: str
    name: str | None
    """None: made from an outage of its one group; the page names it."""
    groups: tuple[str, ...]
    impact: Impact
    started_at: Instant
    updates: tuple[IncidentUpdate, ...]

    @property
    def created_at(self) -> Instant:
        """When the first news came."""
        return self.updates[0].at

    @property
    def updated_at(self) -> Instant:
        """When the last news came."""
        return self.updates[-1].at

    @property
    def status(self) -> IncidentStatus:
        """What the last news says."""
        return self.updates[-1].status

    @property
    def is_over(self) -> bool:
        """Whether it is resolved."""
        return self.status in _OVER

    def first(self, status: IncidentStatus) -> Instant | None:
        """When it first came to a status."""
        return next((update.at for update in self.updates if update.status is status), None)


def public_id(kind: str, name: str) -> str:
    """A short name for the outside that says nothing and never changes: twelve letters and digits."""
    return hashlib.sha256(f"{kind}:{name}".encode()).hexdigest()[:12]


def incidents(
    groups: Mapping[str, Group], timelines: Mapping[str, Timeline], facts: Iterable[Fact], hold: Duration
) -> tuple[Incident, ...]:
    """All incidents in the window of the timelines, and those by hand, in order of their beginning."""
    measured = {
        each.id: each
        for name, group in groups.items()
        if name in timelines
        for each in _measured(group, timelines[name], hold)
    }
    by_incident: dict[str, list[Fact]] = defaultdict(list)
    for fact in sorted(facts, key=lambda fact: (fact.at, fact.id)):
        by_incident[fact.subject].append(fact)
    found = [_with_news(each, by_incident.pop(each.id, [])) for each in measured.values()]
    # What was written about an outage that has left the window goes with it: only news that names itself stands alone.
    renamed = {old: name for name, group in groups.items() for old in group.replaces}
    found += [_by_hand(subject, own, renamed) for subject, own in by_incident.items() if own[0].body.get("name")]
    return tuple(sorted(found, key=lambda each: (each.started_at, each.id)))


def known_incidents(judge: Judge, window: Span) -> tuple[Incident, ...]:
    """All incidents of a stretch as the record has them."""
    written = judge.store.facts(kind=FACT_KIND)
    hold = judge.settings.status_page.incident_hold
    return incidents(judge.settings.groups, judge.group_timelines(window), written, hold)


Word = TypeVar("Word", bound=StrEnum)


def one_of(words: type[Word], text: str) -> Word:
    """A word of a closed set. Raises `IntakeError`."""
    if text not in [word.value for word in words]:
        raise IntakeError(f"{text!r} is no such word; write one of: {', '.join(words)}")
    return words(text)


def news(
    known: Sequence[Incident],
    groups: Collection[str],
    author: Author,
    text: str,
    status: IncidentStatus,
    *,
    incident: str | None = None,
    name: str | None = None,
    affected: Sequence[str] = (),
    impact: Impact = Impact.MINOR,
) -> Fact:
    """A checked piece of news, not yet recorded; without `incident` it opens one by hand. Raises `IntakeError`."""
    if not text.strip() or len(text) > TEXT_MAX:
        raise IntakeError(f"an update has some words for people, at most {TEXT_MAX} characters; mend the text")
    body: dict[str, object] = {"status": status.value, "text": text.strip()}
    if incident is None:
        if not (name and name.strip()):
            raise IntakeError("a new incident needs its name; write one such as 'Calls are cut off' (--name TEXT)")
        unknown = [each for each in affected if each not in groups]
        if unknown or not affected:
            wrong = f"{unknown[0]!r} is no group" if unknown else "a new incident needs the groups it affects"
            raise IntakeError(f"{wrong}; write one of: {', '.join(groups)} (--group NAME)")
        incident = public_id("incident", f"{name}@{author.at}")
        body |= {"name": name.strip(), "groups": list(affected), "impact": impact.value}
    elif all(each.id != incident for each in known):
        open_ones = ", ".join(each.id for each in known if not each.is_over) or "none"
        raise IntakeError(f"there is no incident {incident!r}; those that go on are: {open_ones}")
    return Fact(
        kind=FACT_KIND, subject=incident, body=body, at=author.at, known_at=author.known_at, by=author.by
    )  # fmt: skip


def _measured(group: Group, timeline: Timeline, hold: Duration) -> Iterable[Incident]:
    """Confirmed outages that lasted, each with the news that the measurement itself has."""
    last_seen = timeline.window.end
    for outage in connected(timeline.point, timeline.unknown_total, splits=False):
        if outage.start <= timeline.window.start:
            continue  # cut by the window's edge, its true beginning is unknown: it leaves the page by its name
        is_open = _is_open(outage, timeline)
        told_at = outage.start + hold
        if (last_seen if is_open else outage.end) < told_at:
            continue
        identity = public_id("incident", f"{group.first_id}@{outage.start}")
        news = [IncidentUpdate(f"{identity}-1", IncidentStatus.INVESTIGATING, told_at, None)]
        if not is_open:
            news.append(IncidentUpdate(f"{identity}-2", IncidentStatus.RESOLVED, outage.end, None))
        yield Incident(identity, None, (group.id,), Impact.MAJOR, outage.start, tuple(news))


def _is_open(outage: Span, timeline: Timeline) -> bool:
    """Whether nothing better was seen since: what follows the last fail is at best unknown up to now."""
    return any(span.end >= timeline.window.end for span in timeline.longest.touching(outage))


def _with_news(incident: Incident, facts: Sequence[Fact]) -> Incident:
    """The news of people among those of the measurement; what is resolved already is not resolved again."""
    written = [_written(fact) for fact in facts]
    resolved = next((each.at for each in written if each.status in _OVER), None)
    own = [each for each in incident.updates if each.status not in _OVER or resolved is None or each.at < resolved]
    return replace(incident, updates=tuple(sorted([*own, *written], key=lambda each: each.at)))


def _by_hand(identity: str, facts: Sequence[Fact], renamed: Mapping[str, str]) -> Incident:
    body = facts[0].body
    return Incident(
        id=identity,
        name=body["name"],
        groups=tuple(renamed.get(group, group) for group in body["groups"]),
        impact=Impact(body["impact"]),
        started_at=facts[0].at,
        updates=tuple(_written(fact) for fact in facts),
    )


def _written(fact: Fact) -> IncidentUpdate:
    return IncidentUpdate(
        id=public_id("update", f"{fact.subject}@{fact.at}#{fact.id}"),
        status=IncidentStatus(fact.body["status"]),
        at=fact.at,
        text=fact.body["text"],
    )
