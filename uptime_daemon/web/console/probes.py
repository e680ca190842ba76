"""`/console/probes`: every probe in one line, those that need somebody first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from aiohttp import web

from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import DAY
from uptime_daemon.web.console.frame import Place
from uptime_daemon.web.console.paging import paged
from uptime_daemon.web.entry import CONSOLE
from uptime_daemon.web.questions import asked, asked_facet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.showing.board import ProbeEntry
    from uptime_daemon.web.console.frame import Frame

PATH: Final = f"{CONSOLE}/probes"
ROWS_OF_A_PAGE: Final = 100
CERTIFICATE_SOON: Final = 21 * DAY
"""As long before its end as the alert."""
FACETS: Final = {
    "": "All",
    "down": "Down",
    "unknown": "Not known",
    "slow": "Slow",
    "certificate": "Certificate ends soon",
}


class ProbesPage:
    """The list."""

    PLACE: Final = Place(PATH, "Probes", "p")

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[web.RouteDef]:
        """The list alone; one probe has a module of its own."""
        return [web.get(PATH, self._frame.told(self.shown))]

    async def shown(self, request: web.Request) -> web.StreamResponse:
        """The probes that were asked for."""
        query = asked(request, ("q", "show", "page"))
        facet = asked_facet(query, FACETS)
        return await self._frame.page(request, "probes.html.j2", lambda: self._read(facet, query))

    def _read(self, facet: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        board, now = self._frame.house.board(), self._frame.house.now()
        words = query.get("q", "").casefold().split()
        titles = {group.id: group.title for group in board.groups}
        found = [each for each in board.probes if _fits(each, titles[each.group], words)]
        shown = sorted((each for each in found if _within(each, facet, now)), key=lambda each: (_rank(each), each.id))
        return {
            "now": now,
            "zone_here": board.zone,
            "titles": titles,
            "words": query.get("q", ""),
            "facet": facet,
            "facets": [
                (name, title, sum(_within(each, name, now) for each in found), _link(query, show=name))
                for name, title in FACETS.items()
            ],
            "soon": now + CERTIFICATE_SOON,
            "link": probe_link,
            "mark": mark_of,
            "paged": paged(shown, query, ROWS_OF_A_PAGE, lambda page: _link(query, page=page)),
        }


def probe_link(probe: str) -> str:
    """The page of a probe."""
    return f"{PATH}/{quote(probe, safe='')}"


def mark_of(probe: ProbeEntry) -> tuple[str, str]:
    """How the state of a probe is drawn, and in words."""
    if probe.paused:
        return "quiet", "paused"
    if probe.state is State.UP and probe.degraded:
        return "slow", "up, slow"
    return probe.state.value, probe.state.value


def _link(query: Mapping[str, str], **changed: str) -> str:
    kept = {key: value for key, value in {**query, "page": "", **changed}.items() if value}
    return f"{PATH}?{urlencode(kept)}" if kept else PATH


def _fits(probe: ProbeEntry, title: str, words: Sequence[str]) -> bool:
    text = f"{probe.id} {title} {probe.kind} {probe.target}".casefold()
    return all(word in text for word in words)


def _within(probe: ProbeEntry, facet: str, now: Instant) -> bool:
    match facet:
        case "certificate":
            return probe.certificate_end is not None and probe.certificate_end < now + CERTIFICATE_SOON
        case "slow":
            return probe.degraded
        case "":
            return True
        case _:
            return probe.state.value == facet


def _rank(probe: ProbeEntry) -> int:
    """Down first, then what is not known, then what is slow."""
    if probe.state is State.DOWN:
        return 0
    if probe.state is State.UNKNOWN:
        return 3 if probe.paused else 1
    return 2 if probe.degraded else 4
