"""Which probes are paused and were: facts that people stated, read as time that nobody saw, reason `paused`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.measured import NamedAbsence
from uptime_daemon.core.facts.timeline import Absence
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.intake.records import FactKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.ports import Store

PAUSED: Final = "paused"
"""The reason of such time."""


def paused_now(store: Store, former: Mapping[str, str]) -> frozenset[str]:
    """The probes that are paused, by the names that they have now."""
    return frozenset(name for name, _, end in _pauses(store, former, None) if end is None)


def paused_spans(store: Store, former: Mapping[str, str], until: Instant, as_of: Instant | None) -> list[NamedAbsence]:
    """The stretches in which probes were paused, each from the instant of its recording on."""
    return [
        NamedAbsence(Absence(Span(start, until if end is None else end), PAUSED), name)
        for name, start, end in _pauses(store, former, as_of)
        if start < until
    ]


def _pauses(
    store: Store, former: Mapping[str, str], as_of: Instant | None
) -> Iterator[tuple[str, Instant, Instant | None]]:
    """Every pause: whose, from when, until when; None: it goes on."""
    kinds = (FactKind.PAUSE, FactKind.RESUMPTION)
    facts = [fact for kind in kinds for fact in store.facts(kind=kind.value, as_of=as_of)]
    began: dict[str, Instant] = {}
    for fact in sorted(facts, key=lambda each: each.id):
        name = former.get(fact.subject, fact.subject)
        if fact.kind == FactKind.PAUSE:
            began.setdefault(name, fact.known_at)
        elif name in began:
            yield name, began.pop(name), fact.known_at
    for name, start in began.items():
        yield name, start, None
