"""What the listeners ask of the daemon: what is on record, and facts to be recorded."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from uptime_daemon.core.facts.state import State
from uptime_daemon.desk.intake.hooks import delivered, is_proven
from uptime_daemon.desk.intake.submission import FORMS, submitted
from uptime_daemon.desk.judging.closing import revisions
from uptime_daemon.desk.judging.judge import UnknownError
from uptime_daemon.desk.members import combined
from uptime_daemon.desk.showing import answers
from uptime_daemon.desk.showing.listing import rows
from uptime_daemon.desk.showing.reporting import outage_report
from uptime_daemon.web.ports import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.daemon.in_force import InForce
    from uptime_daemon.desk.claims.desk import ClaimsDesk
    from uptime_daemon.desk.intake.hooks import Delivered
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.measure import Measure
    from uptime_daemon.desk.showing.board import Board
    from uptime_daemon.desk.showing.reporting import OutageReport
    from uptime_daemon.store.kept import Fact
    from uptime_daemon.watch.ports import Clock
    from uptime_daemon.web.ports import BoardSource, OutagesQuery, StatementsQuery

T = TypeVar("T")
log = structlog.get_logger("uptime_daemon")


class Face:
    """The daemon as the listeners see it.

    `changed` is called when a fact has been recorded, `claimed` when something was done about a claim.
    """

    def __init__(
        self,
        boards: BoardSource,
        in_force: InForce,
        measure: Measure,
        clock: Clock,
        changed: Callable[[], None],
        claimed: Callable[[], None],
    ) -> None:
        self._boards, self._now, self._measure, self._clock = boards, in_force, measure, clock
        self._changed, self._claimed = changed, claimed
        self._stating = asyncio.Lock()
        """Held while a fact is checked against those on record and recorded, so that none comes between."""

    def now(self) -> Instant:
        """The wall clock."""
        return self._clock.now()

    def board(self) -> Board:
        """The latest board."""
        return self._boards.board()

    def judge(self) -> Judge:
        """The record and its judge, of the configuration in force."""
        return self._now.judge

    def claims(self) -> ClaimsDesk:
        """The claims desk of the configuration in force."""
        return self._now.claims

    async def decided(self, act: Callable[[ClaimsDesk, Instant], T]) -> T:
        """Do something about claims for the console; what follows from it is looked after at once."""
        async with self._stating:
            done = await asyncio.to_thread(act, self._now.claims, self._clock.now())
        self._claimed()
        return done

    async def statements(self, query: StatementsQuery) -> Sequence[Mapping[str, Any]]:
        """Statements for the API."""
        at = self._clock.now() if query.as_of is None else query.as_of
        try:
            return await answers.statements(self._now.judge, query.agreement, query.group, query.period, at)
        except UnknownError as unknown:
            raise QueryError(400, "invalid_value", str(unknown), "period") from unknown

    async def outages(self, query: OutagesQuery) -> Sequence[answers.MeasuredOutage]:
        """Outages for the API."""
        end = min(self._clock.now(), query.end) if query.end is not None else self._clock.now()
        try:
            return await answers.outages(self._now.judge, query.group, query.start, end)
        except UnknownError as unknown:
            raise QueryError(404, "not_found", str(unknown), "group") from unknown

    async def timeline(self, query: OutagesQuery) -> Sequence[answers.MeasuredStretch]:
        """The timeline for the API."""
        end = min(self._clock.now(), query.end) if query.end is not None else self._clock.now()
        judge = self._now.judge
        try:
            return await asyncio.to_thread(answers.measured_timeline, judge, query.group, query.start, end)
        except UnknownError as unknown:
            raise QueryError(404, "not_found", str(unknown), "group") from unknown

    async def stated(self, form: str, content: Mapping[str, Any], by: str | None) -> Fact:
        """Record a fact for the API, one after another; what it changes is judged at once."""
        async with self._stating:
            fact = await asyncio.to_thread(submitted, self._now.judge, FORMS[form], content, by, self._clock.now())
        if fact.id:
            log.info("stated", fact=fact.id, kind=fact.kind, agreement=fact.agreement or "", by=fact.by)
            self._changed()
        return fact

    async def revisions(self, agreement: str | None, period: str | None) -> Sequence[Mapping[str, Any]]:
        """Frozen statements and their revisions, for the API."""
        return await asyncio.to_thread(revisions, self._now.judge, agreement, period)

    async def hooked(self, name: str, headers: Mapping[str, str], body: bytes) -> Delivered | None:
        """Take a delivery of another system, one after another."""
        hook = next((each for each in self._now.settings.hooks if each.name == name), None)
        if hook is None or not is_proven(hook, headers, body):
            log.warning("delivery_refused", hook=name)
            return None
        async with self._stating:
            done = await asyncio.to_thread(delivered, self._now.judge, hook, headers, body, self._clock.now())
        if done.fact is not None:
            log.info("stated", fact=done.fact.id, kind=done.fact.kind, agreement=hook.agreement, by=done.fact.by)
            self._changed()
        return done

    async def report(self, agreement: str, group: str) -> OutageReport:
        """How things stand with the report of an outage, for the page."""
        judge = self._now.judge
        binding = judge.signed(agreement).agreement.bindings.get(group)
        since = None
        if binding is not None:
            state = combined([self._measure.group_state(each) for each in binding.groups], binding.need)
            since = state.since if state.state is State.DOWN else None
        return await asyncio.to_thread(outage_report, judge, agreement, group, since, self._clock.now())

    async def listed(self, kind: str, agreement: str | None, as_of: Instant | None) -> Sequence[Mapping[str, Any]]:
        """What is on record, for the API."""
        return await asyncio.to_thread(rows, self._now.judge, kind, agreement, as_of)
