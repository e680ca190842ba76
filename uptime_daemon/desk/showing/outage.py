"""One outage for people: what each vantage saw of each endpoint, how it failed, what becomes of its time and why."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.judging.outage_table import outage_rows
from uptime_daemon.core.time.instants import MINUTE
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.judging.contexts import FAILURES_READ_MAX
from uptime_daemon.desk.judging.judge import UnknownError
from uptime_daemon.desk.showing.answers import class_of, votes_of
from uptime_daemon.desk.showing.dossier import statements_over

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from uptime_daemon.core.facts.attempt import Failure
    from uptime_daemon.core.facts.observation import OutageClass
    from uptime_daemon.core.facts.timeline import Timeline
    from uptime_daemon.core.judging.outage_table import OutageRow
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.showing.board import AgreementEntry
    from uptime_daemon.settings.values import SignedAgreement

MARGIN_MIN: Final = 10 * MINUTE
"""How much is shown before and after: enough for an edge to be seen beside the attempts around it."""
MARGIN_PART: Final = 10
"""The margin's share of the outage: one tenth."""
ATTEMPTS_MAX: Final = 20
"""How many failed attempts of one probe and vantage are listed; the first ones tell how it failed."""


@dataclass(frozen=True, slots=True)
class View:
    """What one vantage saw of one endpoint."""

    probe: str
    vantage: str
    is_history: bool
    """Whether others recorded it."""
    timeline: Timeline
    failures: tuple[Failure, ...]
    """The first failed attempts whose context was kept."""
    more: int
    """How many more of them are on record."""


@dataclass(frozen=True, slots=True)
class OutageDossier:
    """One outage of a contract's group under an agreement."""

    signed: SignedAgreement
    statement: Statement
    """Of the period in which it began."""
    row: OutageRow
    window: Span
    """The outage in its longest form with a margin."""
    measured: Timeline
    """The contract's group in the window, before any judgement."""
    views: tuple[View, ...]
    outage_class: OutageClass | None
    votes: Mapping[str, tuple[int, int]]
    """Of each sentinel, how often it answered and how often it was asked."""
    reasons: Mapping[str, int]
    """How many of the kept failures had which reason."""


def outage_dossier(
    judge: Judge, entry: AgreementEntry | None, agreement_id: str, group: str, at: Instant, now: Instant
) -> OutageDossier:
    """The outage in which an instant lies, as known now. `entry` holds what the board has judged already.

    Raises `UnknownError`.
    """
    signed = judge.signed(agreement_id)
    statement, row = _found(judge, entry, agreement_id, group, at, now)
    span = row.outage.span
    measured = judge.timelines(agreement_id, _around(span, now), now)[group]
    window = _around(next(measured.longest.touching(span), span), now)
    seen = judge.views(agreement_id, group, window, now)
    failures = judge.store.failures(set(seen), window, FAILURES_READ_MAX)
    counts: dict[str, int] = {}
    for each in failures:
        counts[each.observation.reason.value] = counts.get(each.observation.reason.value, 0) + 1
    return OutageDossier(
        signed=signed,
        statement=statement,
        row=row,
        window=window,
        measured=judge.timelines(agreement_id, window, now)[group],
        views=tuple(_views(judge, seen, failures)),
        outage_class=class_of(failures),
        votes=votes_of(failures),
        reasons=dict(sorted(counts.items())),
    )


def _found(
    judge: Judge, entry: AgreementEntry | None, agreement_id: str, group: str, at: Instant, now: Instant
) -> tuple[Statement, OutageRow]:
    """The statement of the period of an instant and the row of the outage that holds it."""
    name = judge.periods(agreement_id, "current", at)[0].name
    for statement in statements_over(judge, entry, agreement_id, name, now, is_now=True):
        for row in outage_rows(statement.judgement, statement.period.span):
            if row.outage.group == group and row.outage.span.start <= at < row.outage.span.end:
                return statement, row
    raise UnknownError(f"{agreement_id} has no outage of {group!r} then; what was measured may have been corrected")


def _around(span: Span, now: Instant) -> Span:
    margin: Duration = max(MARGIN_MIN, span.length // MARGIN_PART)
    return Span(span.start - margin, max(min(span.end + margin, now), span.end))


def _views(judge: Judge, seen: Mapping[str, Mapping[str, Timeline]], failures: Sequence[Failure]) -> Iterator[View]:
    def key(failure: Failure) -> tuple[str, str]:
        return failure.observation.probe, failure.observation.vantage

    history = {(each.probe, each.vantage) for each in judge.store.series() if each.stale_after is not None}
    kept = {name: tuple(own) for name, own in groupby(sorted(failures, key=key), key)}
    for probe, vantages in seen.items():
        for vantage, timeline in vantages.items():
            own = kept.get((probe, vantage), ())
            yield View(
                probe=probe,
                vantage=vantage,
                is_history=(probe, vantage) in history,
                timeline=timeline,
                failures=own[:ATTEMPTS_MAX],
                more=max(0, len(own) - ATTEMPTS_MAX),
            )
