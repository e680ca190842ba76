"""`/console/search`: agreements, groups, claims and probes whose names hold every word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from aiohttp import web

from uptime_daemon.web.console.agreements import agreement_link
from uptime_daemon.web.console.probes import probe_link
from uptime_daemon.web.entry import CONSOLE
from uptime_daemon.web.questions import asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uptime_daemon.desk.showing.board import Board
    from uptime_daemon.web.console.frame import Frame

FOUND_MAX: Final = 100
"""How much is listed; who finds more asks with another word."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something with a name."""

    kind: str
    name: str
    about: str
    link: str
    """Empty where it has no page of its own."""

    @property
    def text(self) -> str:
        """What words are looked for in."""
        return f"{self.kind} {self.name} {self.about}".casefold()


class SearchPage:
    """What was found."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[web.RouteDef]:
        """The one path."""
        return [web.get(f"{CONSOLE}/search", self._frame.told(self.shown))]

    async def shown(self, request: web.Request) -> web.StreamResponse:
        """The names that hold every word; one alone is gone to at once."""
        words = asked(request, ("q",)).get("q", "")

        def read() -> Mapping[str, Any]:
            found = list(_found(self._frame.house.board(), words))
            return {"found": found[:FOUND_MAX], "more": max(0, len(found) - FOUND_MAX), "words": words}

        return await self._frame.page(request, "search.html.j2", read)


def _found(board: Board, words: str) -> Iterator[Found]:
    wanted = words.casefold().split()
    if not wanted:
        return
    for each in _named(board):
        if all(word in each.text for word in wanted):
            yield each


def _named(board: Board) -> Iterator[Found]:
    for agreement in board.agreements:
        about = f"{agreement.vendor}, {agreement.contract}"
        yield Found("agreement", agreement.id, f"{agreement.title}, {about}", agreement_link(agreement.id))
        for judged in agreement.judged:
            yield Found("judged group", judged.group, agreement.id, agreement_link(agreement.id, judged.group))
    for claim in board.claims:
        yield Found("claim", str(claim.id), claim.state.value, f"{CONSOLE}/claims/{quote(str(claim.id), safe='')}")
    for group in board.groups:
        yield Found("group of probes", group.id, group.title, "")
        for probe in group.probes:
            yield Found("probe", probe.id, f"{probe.kind} {probe.target}", probe_link(probe.id))
