"""Whether a probe's definition looks out of date: an endpoint that is gone for good, not down.

Only a person can say whether the vendor took a service away, or moved it and told us. Until somebody has, what such an
endpoint brings down counts and is not claimable.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.time.instants import HOUR, format_instant
from uptime_daemon.core.time.spans import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from uptime_daemon.core.facts.attempt import Failure
    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.core.time.instants import Instant

GONE_AFTER: Final = 6 * HOUR
"""How long an endpoint must look gone, microseconds: what is taken away by mistake comes back before."""
_GONE_STATUSES: Final = frozenset({404, 410})
"""Not found, and gone (RFC 9110, sections 15.5.5 and 15.5.11)."""
_GONE_REASONS: Final = frozenset({Reason.NAME_NOT_FOUND, Reason.REDIRECT})
_TELLING: Final = _GONE_REASONS | {Reason.STATUS}
"""What may mean that an endpoint is gone; of a status only the context of the failure says which it was."""


class Gone(NamedTuple):
    """A stretch in which a probe found its endpoint gone, first to last time, and never anything else."""

    span: Span
    reason: Reason


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Such a stretch as it bears on a group: not claimable until a person confirms that it was an outage."""

    group: str
    probe: str
    span: Span
    reason: Reason
    confirmed_at: Instant | None = None
    """When it was recorded that a person confirms it; None: nobody has."""
    evidence: str | None = None

    @property
    def told(self) -> str:
        """What a person has to decide."""
        start, end = (format_instant(at) for at in self.span)
        return (
            f"{self.probe} looks gone for good from {start} to {end} ({self.reason}): not claimable until a person says"
            " that it was an outage (observation confirm) or that its definition was out of date (observation void)"
        )

    def as_known(self, as_of: Instant) -> Suspicion:
        """The same with only those confirmations that were known at an instant."""
        is_later = self.confirmed_at is not None and self.confirmed_at > as_of
        return replace(self, confirmed_at=None, evidence=None) if is_later else self


class _Look(NamedTuple):
    """A stretch in which a probe always saw the same."""

    first: Instant
    last: Instant
    gone: Reason | None
    """None: the endpoint was there, up or down."""


def may_be_gone(runs: Sequence[Run], until: Instant) -> bool:
    """Whether the runs of one probe at all its vantages leave it possible; only then contexts need to be read."""
    telling = [run for run in runs if run.outcome is Outcome.FAIL and run.reason in _TELLING]
    return bool(telling) and any(_stretches([_Look(*_ends(run, until), _optimistic(run)) for run in _seen(runs)]))


def gone(runs: Iterable[Run], failures: Iterable[Failure], until: Instant) -> tuple[Gone, ...]:
    """Every stretch of six hours and more, known until an instant, in which one probe found its endpoint gone.

    The runs and the kept contexts of failures are those of all its vantages. Our own errors say nothing; a pass at any
    vantage, or another failure, shows that the endpoint is there.
    """
    contexts = sorted(failures, key=lambda each: each.observation.at)
    return tuple(_stretches([look for run in _seen(runs) for look in _looks(run, contexts, until)]))


def _seen(runs: Iterable[Run]) -> Iterator[Run]:
    return (run for run in runs if run.outcome is not Outcome.ERROR)


def _ends(run: Run, until: Instant) -> tuple[Instant, Instant]:
    return run.first, min(run.last, until)


def _optimistic(run: Run) -> Reason | None:
    return run.reason if run.reason in _TELLING else None


def _looks(run: Run, contexts: Sequence[Failure], until: Instant) -> Iterator[_Look]:
    """What a run shows; in a run of statuses two kept contexts that are alike speak for what lies between them."""
    first, last = _ends(run, until)
    if run.reason is not Reason.STATUS:
        yield _Look(first, last, run.reason if run.reason in _GONE_REASONS else None)
        return
    own = [each for each in contexts if _is_of(each, run)]
    if not own or own[0].observation.at > first:
        yield _Look(first, own[0].observation.at - 1 if own else last, None)
    for each, following in zip_longest(own, own[1:]):
        at, reason = each.observation.at, _of_status(each)
        if following is None:
            yield _Look(at, last, reason)
        else:
            yield _Look(at, following.observation.at if _of_status(following) is reason else at, reason)


def _of_status(failure: Failure) -> Reason | None:
    return Reason.STATUS if failure.attempt.status in _GONE_STATUSES else None


def _is_of(failure: Failure, run: Run) -> bool:
    seen = failure.observation
    return seen.vantage == run.vantage and run.first <= seen.at <= run.last and seen.outcome is run.outcome


def _stretches(looks: Sequence[_Look]) -> Iterator[Gone]:
    """The stretches that are long enough: looks that found it gone, joined where nobody found it there in between."""
    there = Spans.of((look.first, look.last + 1) for look in looks if look.gone is None)
    found = sorted(look for look in looks if look.gone is not None)
    pieces = Spans.of((look.first, look.last + 1) for look in found) - there
    joined: list[Span] = []
    for piece in pieces:
        if joined and not there.clip(Span(joined[-1].end, piece.start)):
            joined[-1] = Span(joined[-1].start, piece.end)
        else:
            joined.append(piece)
    for start, end in joined:
        reason = next((look.gone for look in found if look.gone and look.last >= start), None)
        if reason is not None and end - 1 - start >= GONE_AFTER:
            yield Gone(Span(start, end - 1), reason)
