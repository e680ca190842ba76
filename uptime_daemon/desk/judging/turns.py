"""Whose turn it is to be judged: at once what has changed, in turn the rest, so that a thousand groups stay current.

A statement costs milliseconds of processor time under every reading, so judging everything each time that anything
happens would show a change only after all the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.members import GroupState
    from uptime_daemon.settings.values import Settings, SignedAgreement
    from uptime_daemon.store.kept import Mark

    Live = Mapping[str, Sequence[GroupState]]
    """By agreement how its groups stand now."""

FRESH_FOR: Final[Duration] = 10 * SECOND
"""How long statements of which nothing has changed stay as they are: only `so far` and clocks move with the time."""


@dataclass(slots=True)
class _Last:
    """What an agreement was judged from."""

    at: Instant
    live: Sequence[GroupState]


@dataclass(slots=True)
class Turns:
    """What was judged when, and from what."""

    _settings: Settings | None = None
    _mark: Mark | None = None
    _last: dict[str, _Last] = field(default_factory=dict)
    _stated: set[str] = field(default_factory=set)
    """Agreements of which something was stated, or written in files, since they were judged."""

    def order(self, judge: Judge, live: Live, at: Instant) -> Iterator[tuple[SignedAgreement, bool]]:
        """The agreements to be judged, and whether each has changed.

        Those that have come first; one that was never judged, or by other files, has. Then what is down or unknown,
        then what was judged longest ago.
        """
        self._look(judge)
        every = judge.settings.agreements
        changed = [each for each in every if self._changed(each.agreement.id, live)]
        yield from ((each, True) for each in changed)
        names = {each.agreement.id for each in changed}
        waiting = [
            each
            for each in every
            if each.agreement.id not in names and not 0 <= at - self._last[each.agreement.id].at < FRESH_FOR
        ]
        waiting.sort(key=lambda each: (_is_up(live.get(each.agreement.id, ())), self._last[each.agreement.id].at))
        yield from ((each, False) for each in waiting)

    def is_stated(self, agreement: str) -> bool:
        """Whether a fact of an agreement, or other files, came since it was judged: its last period may differ, too."""
        return agreement in self._stated

    def judged(self, agreement: str, live: Live, at: Instant) -> None:
        """An agreement was judged from how its groups stood, as known at an instant."""
        self._last[agreement] = _Last(at, live.get(agreement, ()))
        self._stated.discard(agreement)

    def _look(self, judge: Judge) -> None:
        """Forget what rests on other files, or on facts that have been added to since."""
        mark, whose = judge.store.changed_since(self._mark)
        if judge.settings is not self._settings:
            self._stated = {each.agreement.id for each in judge.settings.agreements}
            self._last.clear()
        if whose is None:  # what concerns everybody alike is no news of one agreement's last period
            self._last.clear()
        for agreement in whose or ():
            self._stated.add(agreement)
            self._last.pop(agreement, None)
        self._settings, self._mark = judge.settings, mark

    def _changed(self, agreement: str, live: Live) -> bool:
        last = self._last.get(agreement)
        return last is None or last.live != live.get(agreement, ())


def _is_up(groups: Sequence[GroupState]) -> bool:
    return all(group.state is State.UP for group in groups)
