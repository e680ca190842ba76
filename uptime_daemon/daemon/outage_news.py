"""Telling the technical contacts of outages, once at their start and once at their end."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import structlog

from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.members import combined

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.daemon.in_force import InForce
    from uptime_daemon.desk.measure import GroupChange, Measure
    from uptime_daemon.desk.members import GroupState
    from uptime_daemon.store.ports import Store
    from uptime_daemon.watch.ports import Clock

log = structlog.get_logger("uptime_daemon")


class OutageNews:
    """Who has been told of which outage."""

    def __init__(self, in_force: InForce, measure: Measure, store: Store, clock: Clock) -> None:
        self._now, self._measure, self._store, self._clock = in_force, measure, store, clock
        self._told: dict[tuple[str, str], Instant] = {}
        """Outages of a contract's group whose start was told, by their first instant."""
        self._one_at_a_time = Lock()  # a reload catches up beside the loop that tells of changes

    def tell(self, change: GroupChange) -> None:
        """Tell the technical contacts of an outage of a contract's group, once at its start and once at its end.

        A contract's group may be bound to several groups of probes: one of them down is an outage only if the binding
        says so. Time that nobody saw ends no outage; the recovery does.
        """
        since = change.now.since or self._clock.now()
        log.info("group_changed", group=change.group, state=change.now.state.value, since=format_instant(since))
        for signed in self._now.settings.agreements:
            for name, binding in signed.agreement.bindings.items():
                if change.group in binding.groups and all(group in change.states for group in binding.groups):
                    members = [change.states[group] for group in binding.groups]
                    self._tell_of(signed.agreement.id, name, combined(members, binding.need))

    def _tell_of(self, agreement: str, group: str, state: GroupState) -> None:
        """Who is told is remembered once the mail is in the outbox, so that trouble there makes nobody miss it."""
        key, now = (agreement, group), self._clock.now()
        since = state.since or now
        trouble: str | None = None
        with self._one_at_a_time:
            if state.state is State.DOWN and key not in self._told:
                trouble = self._now.notices.started(agreement, group, since, now, self._class(key, since, now))
                self._told[key] = since
            elif state.state is State.UP and key in self._told:
                begun = self._told[key]
                trouble = self._now.notices.ended(agreement, group, begun, since, now, self._class(key, begun, now))
                del self._told[key]
        if trouble:
            log.warning("not_told", agreement=agreement, trouble=trouble)

    def _class(self, key: tuple[str, str], since: Instant, now: Instant) -> str | None:
        """How an outage showed itself, as far as its failures are on record."""
        self._store.flush()
        classes = self._now.judge.classes(*key, Span(since, max(now, since + 1)))
        return next(iter(classes.values()), None)

    def catch_up(self) -> None:
        """Tell what the changes did not: after a start, or a reload that redefined groups.

        The last daemon may have ended before it told of an outage that is still open. A mail that is in the outbox
        already is not written again, and the end is still to be told.
        """
        for signed in self._now.settings.agreements:
            for name, binding in signed.agreement.bindings.items():
                state = combined([self._measure.group_state(group) for group in binding.groups], binding.need)
                if state.since is not None:
                    self._tell_of(signed.agreement.id, name, state)
