"""`/console/outages/AGREEMENT/GROUP?at=INSTANT`: one outage from every vantage, and what becomes of its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from aiohttp import web

from uptime_daemon.core.judging.downtime import NotCounted
from uptime_daemon.core.time.instants import format_instant, parse_instant
from uptime_daemon.desk.showing.outage import outage_dossier
from uptime_daemon.web.console.agreements import agreement_link
from uptime_daemon.web.console.frame import RefusedError
from uptime_daemon.web.console.strips import clock_ticks, labelled, spans_strip, states
from uptime_daemon.web.entry import CONSOLE
from uptime_daemon.web.questions import asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uptime_daemon.core.facts.timeline import Timeline
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.showing.outage import OutageDossier
    from uptime_daemon.web.console.frame import Frame
    from uptime_daemon.web.console.strips import Strip, Tick

_PATH: Final = f"{CONSOLE}/outages"
_NOT_COUNTED: Final = {
    NotCounted.NO_TICKET: "no accepted ticket was open",
    NotCounted.BEFORE_TICKET: "before the ticket was received",
    NotCounted.BELOW_MINIMUM: "shorter than the contract's minimum",
    NotCounted.NOT_PRIMARY: "not the main group",
    NotCounted.NOT_TOTAL: "no total loss",
}


def outage_link(agreement: str, group: str, at: Instant) -> str:
    """The page of the outage of a contract's group in which an instant lies."""
    return f"{_PATH}/{quote(agreement, safe='')}/{quote(group, safe='')}?{urlencode({'at': format_instant(at)})}"


class OutagePage:
    """The page; it decides nothing, and leads to where that is done."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[web.RouteDef]:
        """The one path."""
        return [web.get(f"{_PATH}/{{agreement}}/{{group}}", self._frame.told(self.shown))]

    async def shown(self, request: web.Request) -> web.StreamResponse:
        """The outage, as known now."""
        agreement, group = request.match_info["agreement"], request.match_info["group"]
        at = _instant(asked(request, ("at",)).get("at", ""))
        return await self._frame.page(request, "outage.html.j2", lambda: self._read(agreement, group, at))

    def _read(self, agreement: str, group: str, at: Instant) -> Mapping[str, Any]:
        house = self._frame.house
        found = outage_dossier(house.judge(), house.board().agreement(agreement), agreement, group, at, house.now())
        period = found.statement.period.name
        return {
            "found": found,
            "zone_here": found.statement.judgement.terms.zone,
            "kept": sum(len(view.failures) for view in found.views),
            "reasons": list(_reasons(found)),
            "judged_strip": _judged(found),
            "measured_strip": _strip(found.measured, found, f"{group} as measured, before the contract"),
            "strips": [
                (view, _strip(view.timeline, found, f"{view.probe} from {view.vantage}")) for view in found.views
            ],
            "agreement_link": agreement_link(agreement, found.statement.judgement.group.name, period),
            "json": f"/api/v1/outages?{urlencode({'start': format_instant(found.window.start)})}",
        }


def _instant(text: str) -> Instant:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise RefusedError(
            f"`at` is an instant inside the outage, such as 2026-06-03T08:00:00Z: {error}", "at"
        ) from error


def _reasons(found: OutageDossier) -> Iterator[tuple[str, str, Duration]]:
    """Why parts of it do not count: in words, by which clause, and how much."""
    row, terms = found.row, found.statement.judgement.terms
    causes = {cause.id: cause for cause in terms.exclusions.causes}
    for cause, length in row.excluded:
        yield f"excluded: {causes[cause].title}", causes[cause].clause, length
    for reason, length in row.not_counted:
        yield _NOT_COUNTED[reason], terms.downtime.clause, length
    for why, length in row.unmeasured:
        yield f"not measured: {why.replace('_', ' ')}", "", length
    if row.elsewhere:
        yield "counted with an earlier outage of the service, or too few of its groups were down", "", row.elsewhere
    if row.outside:
        yield "outside the period", "", row.outside


def _judged(found: OutageDossier) -> Strip:
    """What becomes of each stretch under the contract; the margins are up or belong to other outages."""
    parts = labelled(found.statement.judgement.labels, found.window.end)
    return spans_strip(parts, found.window, "What becomes of each stretch under the contract", _ticks(found))


def _strip(timeline: Timeline, found: OutageDossier, title: str) -> Strip:
    return spans_strip(states(timeline), found.window, title, _ticks(found))


def _ticks(found: OutageDossier) -> list[Tick]:
    return clock_ticks(found.window, found.statement.judgement.terms.zone)
