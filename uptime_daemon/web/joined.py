"""Families without the label of the vantage: what several vantages saw of a probe or a group, told as one.

Counts add up, and of the last attempts the latest stands for all. What the vantages agree on, `probe_up` and
`group_up`, is told in any case.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from uptime_daemon.desk.showing.board import Durations, GroupEntry, ProbeEntry, ViewEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from uptime_daemon.web.families.family import Family, Sample

LABEL = "vantage"
_EVERYWHERE = ""


def joined(family: Family) -> Family:
    """The family over all vantages together; one that does not tell views apart stays as it is."""
    place = family.labels.index(LABEL)
    tells = family.tells

    def samples(entry: Any) -> Iterator[Sample]:
        for sample in family.samples(of_all(entry)):
            yield sample._replace(labels=sample.labels[:place] + sample.labels[place + 1 :])

    told: Callable[[Any], object] | None = None if tells is None else lambda entry: tells(of_all(entry))
    labels = tuple(label for label in family.labels if label != LABEL)
    return replace(family, labels=labels, samples=samples, tells=told)


def of_all(entry: ProbeEntry | GroupEntry) -> ProbeEntry | GroupEntry:
    """The entry as if one vantage had seen all."""
    if isinstance(entry, GroupEntry):
        return replace(entry, durations={_EVERYWHERE: _summed(entry.durations.values())})
    latest = entry.last_view
    view = ViewEntry(
        vantage=_EVERYWHERE,
        last=None if latest is None else latest.last,
        attempts=sum(view.attempts for view in entry.views),
        failures=_added(view.failures for view in entry.views),
        errors=_added(view.errors for view in entry.views),
        skipped=_added(view.skipped for view in entry.views),
    )
    return replace(entry, views=(view,))


def _added(counts: Iterable[Any]) -> Counter[Any]:
    total: Counter[Any] = Counter()
    for each in counts:
        total.update(each)
    return total


def _summed(parts: Iterable[Durations]) -> Durations:
    every = list(parts)
    counts = tuple(map(sum, zip(*(each.counts for each in every), strict=True)))
    return Durations(counts, sum(each.total for each in every)) if every else Durations()
