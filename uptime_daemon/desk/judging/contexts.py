"""The kept contexts of failures, read some at a time: an outage of many probes keeps thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from uptime_daemon.core.facts.attempt import Failure
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.ports import Store

FAILURES_READ_MAX: Final = 10_000
"""How many are read at once, some 20 MB."""
READS_MAX: Final = 50
"""How often they are read for one question: a group of a hundred probes keeps 2,000 of each outage in which all of them
fail, so this is 250 such outages."""


def failures_over(store: Store, probes: Collection[str], span: Span) -> Iterator[Failure]:
    """All within a stretch, in time order."""
    start = span.start
    told: set[tuple[Instant, str, str]] = set()
    for _ in range(READS_MAX):
        read = store.failures(probes, Span(start, span.end), FAILURES_READ_MAX)
        yield from (each for each in read if _whose(each) not in told)
        if len(read) < FAILURES_READ_MAX or read[-1].observation.at == start:
            return
        start = read[-1].observation.at  # others of the same instant may come after it
        told = {_whose(each) for each in read if each.observation.at == start}


def _whose(failure: Failure) -> tuple[Instant, str, str]:
    return failure.observation.at, failure.observation.probe, failure.observation.vantage
