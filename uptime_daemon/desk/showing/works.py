"""Planned work as the public page tells of it: each piece that vendors announced once, however often it was moved."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from uptime_daemon.desk.intake.records import FactKind, stated
from uptime_daemon.desk.showing.incidents import public_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from uptime_daemon.core.facts.records import Maintenance
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.spans import Span
    from uptime_daemon.desk.judging.judge import Judge

KINDS: Final = frozenset({FactKind.MAINTENANCE, FactKind.MAINTENANCE_CANCELLED})


class WorkStatus(StrEnum):
    """How far planned work has come, in the words that readers of status pages know."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """One piece of work as its last announcement has it."""

    id: str
    """Stays when the work is moved."""
    groups: tuple[str, ...]
    """The groups of probes it is announced for."""
    span: Span
    announced_at: Instant
    """When it became known first."""
    changed_at: Instant
    """When its last announcement or its cancellation became known."""
    revision: int
    """Rises with every announcement of it and with its cancellation."""
    cancelled: bool

    def status(self, at: Instant) -> WorkStatus:
        """How far it has come by the clock; the vendor's word alone says when it really ended."""
        if at < self.span.start:
            return WorkStatus.SCHEDULED
        return WorkStatus.IN_PROGRESS if at < self.span.end else WorkStatus.COMPLETED


def known_works(judge: Judge, since: Instant) -> tuple[PlannedWork, ...]:
    """All work that ends after an instant, in order of its beginning."""
    found: dict[str, PlannedWork] = {}
    for signed in judge.settings.agreements:
        bound = {name: binding.groups for name, binding in signed.agreement.bindings.items()}
        facts = [fact for fact in judge.store.facts(agreement=signed.agreement.id) if fact.kind in KINDS]
        for work in planned_works(signed.agreement.id, stated(facts).maintenance, bound):
            found[work.id] = work
    return tuple(sorted((each for each in found.values() if each.span.end > since), key=lambda each: each.span))


def planned_works(
    agreement: str, announcements: Sequence[Maintenance], bound: Mapping[str, Sequence[str]]
) -> Iterator[PlannedWork]:
    """The pieces of work behind an agreement's announcements; what binds a contract's group to groups of probes."""
    later = {each.replaces: each for each in announcements if each.replaces is not None}
    for first in announcements:
        if first.replaces is not None and any(each.id == first.replaces for each in announcements):
            continue
        chain = list(_followed(first, later))
        last = chain[-1]
        cancelled = any(each.called_off for each in chain)
        names = bound if last.group is None else [last.group]
        told = [_known_at(each) for each in chain]
        calls_off = [each.cancelled_at for each in chain if each.cancelled_at is not None]
        yield PlannedWork(
            id=public_id("work", f"{agreement}:{first.id or first.span}"),
            groups=tuple(dict.fromkeys(group for name in names for group in bound.get(name, ()))),
            span=last.span,
            announced_at=told[0],
            changed_at=max([*told, *calls_off]),
            revision=len(chain) - 1 + cancelled,
            cancelled=cancelled,
        )


def _followed(first: Maintenance, later: Mapping[str, Maintenance]) -> Iterator[Maintenance]:
    """An announcement and those that move its work, in order; one that leads back to itself ends."""
    seen: set[str] = set()
    each: Maintenance | None = first
    while each is not None and (each.id is None or each.id not in seen):
        yield each
        if each.id is None:
            return
        seen.add(each.id)
        each = later.get(each.id)


def _known_at(work: Maintenance) -> Instant:
    known = [at for at in (work.received_at, work.announced_at, work.published_at, work.known_at) if at is not None]
    return min(known, default=work.span.start)


def upcoming(works: Iterable[PlannedWork], at: Instant, within: Duration) -> list[PlannedWork]:
    """What goes on or begins soon and was not called off."""
    return [each for each in works if not each.cancelled and each.span.start <= at + within and at < each.span.end]
