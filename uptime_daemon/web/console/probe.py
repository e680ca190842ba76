"""`/console/probes/ID`: one probe: its last day, how long passes take, its certificate, its latest failures."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from uptime_daemon.core.time.instants import HOUR, SECOND, moment
from uptime_daemon.desk.showing.latencies import PERCENTILES, REACHES, latencies
from uptime_daemon.desk.showing.probe import probe_dossier
from uptime_daemon.web.console.frame import RefusedError
from uptime_daemon.web.console.probes import PATH, mark_of, probe_link
from uptime_daemon.web.console.strips import clock_ticks, spans_strip, states
from uptime_daemon.web.ports import QueryError
from uptime_daemon.web.questions import asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from uptime_daemon.desk.showing.latencies import Latencies
    from uptime_daemon.desk.showing.probe import ProbeDossier
    from uptime_daemon.web.console.frame import Frame

_ONE: Final = f"{PATH}/{{probe}}"
_REACH_NAMES: Final = {"1d": "One day", "7d": "Seven days", "90d": "Ninety days"}
_ROWS_MAX: Final = 90
"""Rows of the table that says what the plot shows: a day by hours, or a season by days."""


class ProbePage:
    """The page and the numbers of its plot."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[web.RouteDef]:
        """The page and its plot."""
        return [web.get(_ONE, self._frame.told(self.shown)), web.get(f"{_ONE}/latencies", self.plotted)]

    async def shown(self, request: web.Request) -> web.StreamResponse:
        """The probe as it is now."""
        probe, reach = request.match_info["probe"], _reach(request)
        return await self._frame.page(request, "probe.html.j2", lambda: self._read(probe, reach))

    async def plotted(self, request: web.Request) -> web.StreamResponse:
        """The plot's columns: seconds since 1970, then milliseconds of each percentile of each vantage."""
        probe, reach = request.match_info["probe"], _reach(request)
        house = self._frame.house
        if probe not in house.judge().settings.probes:
            raise QueryError(404, "not_found", f"there is no probe {probe!r}")
        now, (back, step) = house.now(), REACHES[reach]
        found = await self._frame.apart(lambda: latencies(house.judge().store, probe, reach, now))
        return web.json_response({"from": (now - back) // SECOND, "to": now // SECOND, **_columns(found, step)})

    def _read(self, probe: str, reach: str) -> Mapping[str, Any]:
        house = self._frame.house
        board, now = house.board(), house.now()
        found = probe_dossier(house.judge(), probe, reach, now)
        entry = next((each for each in board.probes if each.id == probe), None)
        if entry is None:
            raise RefusedError(f"{probe} is not on the board yet; load the page again in a moment", status=503)
        zone = board.zone
        return {
            "found": found,
            "entry": entry,
            "group": next(group for group in board.groups if group.id == entry.group),
            "zone_here": zone,
            "now": now,
            "state": mark_of(entry),
            "strips": list(_strips(found, zone)),
            "reach": reach,
            "reaches": [(name, _REACH_NAMES[name], f"{probe_link(probe)}?reach={name}") for name in REACHES],
            "plot": f"{probe_link(probe)}/latencies?reach={reach}",
            "tables": [(vantage, list(_rows(points, zone))) for vantage, points in found.latencies.items()],
            "percentiles": PERCENTILES,
        }


def _reach(request: web.Request) -> str:
    reach = asked(request, ("reach",)).get("reach", "1d")
    if reach not in REACHES:
        raise QueryError(400, "invalid_value", f"{reach!r} is none of {', '.join(REACHES)}", "reach")
    return reach


def _strips(found: ProbeDossier, zone: ZoneInfo) -> Iterator[tuple[str, Any]]:
    for vantage, timeline in found.views.items():
        title = f"The last day from {vantage}"
        yield vantage, spans_strip(states(timeline), found.window, title, clock_ticks(found.window, zone))


def _rows(points: Sequence[Latencies], zone: ZoneInfo) -> Iterator[tuple[str, int, tuple[int, ...], int]]:
    """The same as the plot for whoever reads: the worst of each hour, or of each day where hours are too many."""
    by_hour = len({each.at // HOUR for each in points}) <= _ROWS_MAX

    def stretch(point: Latencies) -> str:
        return f"{moment(point.at, zone):%Y-%m-%d %H:00}" if by_hour else f"{moment(point.at, zone):%Y-%m-%d}"

    for name, each in groupby(points, stretch):
        own = list(each)
        worst = tuple(max(column) for column in zip(*(point.percentiles for point in own), strict=True))
        yield name, sum(point.count for point in own), worst, max(point.longest for point in own)


def _columns(found: Mapping[str, Iterable[Latencies]], step: int) -> Mapping[str, Any]:
    """Every stretch from the first to the last, so that a gap is drawn as one."""
    points = {vantage: {each.at: each for each in own} for vantage, own in found.items()}
    seen = [at for own in points.values() for at in own]
    ats = list(range(min(seen), max(seen) + 1, step)) if seen else []
    return {
        "at": [at // SECOND for at in ats],
        "series": [
            {
                "vantage": vantage,
                "percentile": percentile,
                "milliseconds": [
                    None if (point := own.get(at)) is None else round(point.percentiles[index] / 1000, 1) for at in ats
                ],
            }
            for vantage, own in points.items()
            for index, percentile in enumerate(PERCENTILES)
        ],
    }
