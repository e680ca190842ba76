"""What earlier periods came to by the record, for rules that look at several of them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.earlier import EarlierPeriod
from uptime_daemon.core.judging.availability import Breach
from uptime_daemon.core.judging.history import periods_needed
from uptime_daemon.core.terms.money import Rounding, decimal_text, rounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.contract import Readings
    from uptime_daemon.core.time.periods import Period

_SCALE: Final = 10**10
"""Ten decimals, as availability is shown."""


def periods_before(readings: Readings, period: Period) -> Iterator[Period]:
    """The periods before one at which some reading of a contract looks, the nearest first."""
    every = (readings.chosen, readings.recommended, readings.conservative, *readings.turned.values())
    for _ in range(max(map(periods_needed, every)) if period.kind is not None else 0):
        before = readings.chosen.cycle.before(period)
        if before.span.start >= period.span.start:
            return  # an event has none before it
        yield before
        period = before


def outcomes(statements: Iterable[Statement]) -> Iterator[EarlierPeriod]:
    """What these statements came to: targets whose miss is proven; nothing of a period of which too little is known.

    What was credited stays open: it is the vendor's answer to a claim, not a figure of ours. The availability is that
    of the shortest outages, rounded up, so that it never claims more than they prove.
    """
    for statement in statements:
        judgement = statement.judgement
        missed = frozenset(each.target.id for each in judgement.targets if each.breach is Breach.PROVEN)
        is_covered = judgement.coverage is not None and judgement.coverage >= judgement.terms.min_coverage
        share = judgement.measure(judgement.shortest).availability
        if missed or is_covered:
            availability = None if share is None else Fraction(rounded(share * 100 * _SCALE, Rounding.CEILING), _SCALE)
            yield EarlierPeriod(judgement.group.name, statement.period.name, missed, availability)


def earlier_json(earlier: EarlierPeriod) -> dict[str, Any]:
    """An earlier period as a case writes it."""
    body: dict[str, Any] = {
        "group": earlier.group,
        "period": earlier.period,
        "missed": sorted(earlier.missed),
    }
    if earlier.availability is not None:
        body["availability"] = decimal_text(earlier.availability)
    return body
