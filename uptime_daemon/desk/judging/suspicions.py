"""Endpoints that look gone for good, from the record, with what people have said about them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.suspicion import Suspicion, gone, may_be_gone
from uptime_daemon.core.time.instants import format_instant, parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.intake.records import FactKind
from uptime_daemon.store.kept import in_force

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from uptime_daemon.core.facts.attempt import Failure
    from uptime_daemon.core.facts.measured import Record
    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.kept import Fact
    from uptime_daemon.store.ports import Store

CONTEXTS_READ_MAX: Final = 10_000
"""How many contexts of one probe are read: of a run each 60th attempt is kept, so this is half a year at 30 s."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """That a person says of a probe: it saw an outage, its definition is right."""

    probe: str
    inside: Instant
    """An instant of the stretch that it is about."""
    known_at: Instant
    evidence: str | None


def confirmations(facts: Iterable[Fact], former: Mapping[str, str]) -> list[Confirmation]:
    """What people have confirmed, by the names that probes have now."""
    return [
        Confirmation(
            former.get(fact.subject, fact.subject), parse_instant(fact.body["outage"]), fact.known_at, fact.evidence
        )
        for fact in in_force(facts)
        if fact.kind == FactKind.CONFIRMATION
    ]


def suspicions(
    store: Store,
    probes_of: Mapping[str, Collection[str]],
    record: Record,
    window: Span,
    said: Collection[Confirmation],
) -> tuple[Suspicion, ...]:
    """What the record of a window shows of the probes of each group, in order of groups, probes and time.

    History that others recorded tells states, not what our definition leads to.
    """
    runs: dict[str, list[Run]] = defaultdict(list)
    for (probe, vantage), own in record.runs.items():
        if (probe, vantage) not in record.recorded:
            runs[probe] += own
    found = {
        probe: gone(own, _contexts(store, probe, own, window), window.end)
        for probe, own in runs.items()
        if may_be_gone(own, window.end)
    }
    return tuple(
        _with_what_was_said(Suspicion(group, probe, stretch.span, stretch.reason), said)
        for group, probes in probes_of.items()
        for probe in sorted(probes)
        for stretch in found.get(probe, ())
    )


def _contexts(store: Store, probe: str, runs: Iterable[Run], window: Span) -> list[Failure]:
    """From the beginning of the first run on, which may lie before the window: a stretch is looked at whole."""
    return store.failures({probe}, Span(min(run.first for run in runs), window.end), CONTEXTS_READ_MAX)


def suspicions_json(found: Iterable[Suspicion]) -> Iterator[dict[str, Any]]:
    """The same in the words of a case file."""
    for each in found:
        told = {
            "group": each.group,
            "probe": each.probe,
            "from": format_instant(each.span.start),
            "to": format_instant(each.span.end),
            "reason": each.reason.value,
        }
        if each.confirmed_at is not None:
            told["confirmed_at"] = format_instant(each.confirmed_at)
        if each.evidence is not None:
            told["evidence"] = each.evidence
        yield told


def _with_what_was_said(suspicion: Suspicion, said: Iterable[Confirmation]) -> Suspicion:
    start, end = suspicion.span
    own = [each for each in said if each.probe == suspicion.probe and start <= each.inside <= end]
    if not own:
        return suspicion
    first = min(own, key=lambda each: each.known_at)
    return Suspicion(suspicion.group, suspicion.probe, suspicion.span, suspicion.reason, first.known_at, first.evidence)
