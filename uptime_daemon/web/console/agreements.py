"""`/console/agreements`: every judged group of every agreement in one line, the most endangered first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from aiohttp import web

from uptime_daemon.desk.showing.budget import allowed, remaining
from uptime_daemon.desk.showing.today import nearness
from uptime_daemon.web.console.frame import Place
from uptime_daemon.web.console.paging import paged
from uptime_daemon.web.entry import CONSOLE
from uptime_daemon.web.questions import asked, asked_facet
from uptime_daemon.web.views import judged_view

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.showing.board import AgreementEntry, Board, JudgedEntry
    from uptime_daemon.web.console.frame import Frame
    from uptime_daemon.web.views import JudgedView

PATH: Final = f"{CONSOLE}/agreements"
ROWS_OF_A_PAGE: Final = 50
"""A screen or two; what is endangered stands on the first page."""
FACETS: Final = {"": "All", "breached": "Breached", "possible": "Possibly breached", "low": "Little budget left"}
"""What can be picked out, by the word in the address."""
_RANKS: Final = {"breached": 0, "possible": 1, "low": 2}
_CALM: Final = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One judged group in one line."""

    agreement: AgreementEntry
    judged: JudgedView
    kind: str
    """Of the period: month, year."""
    link: str
    ends: Instant


class AgreementsPage:
    """The list."""

    PLACE: Final = Place(PATH, "Agreements", "a")

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[web.RouteDef]:
        """The list alone; one agreement has a module of its own."""
        return [web.get(PATH, self._frame.told(self.shown))]

    async def shown(self, request: web.Request) -> web.StreamResponse:
        """The lines that were asked for."""
        query = asked(request, ("q", "show", "page"))
        facet, words = asked_facet(query, FACETS), query.get("q", "").casefold().split()
        return await self._frame.page(request, "agreements.html.j2", lambda: self._read(facet, words, query))

    def _read(self, facet: str, words: Sequence[str], query: Mapping[str, str]) -> Mapping[str, Any]:
        board, now = self._frame.house.board(), self._frame.house.now()
        found = [each for each in _endangered(board) if _fits(each[1], each[2], words)]
        counts = {name: sum(_within(rank, name) for rank, _, _ in found) for name in FACETS}
        shown = [each for each in found if _within(each[0], facet)]
        page = paged(shown, query, ROWS_OF_A_PAGE, lambda number: _link(query, page=number))
        return {
            "rows": [row_of(agreement, judged) for _, agreement, judged in page.rows],
            "paged": page,
            "now": now,
            "facets": [(name, title, counts[name], _link(query, show=name)) for name, title in FACETS.items()],
            "facet": facet,
            "unjudged": [each for each in board.agreements if not each.judged],
            "words": query.get("q", ""),
        }


def row_of(agreement: AgreementEntry, judged: JudgedEntry) -> Row:
    """One judged group as a line; its running period, or the last one where none runs."""
    statement = judged.current or judged.last
    if statement is None:
        raise ValueError("a judged group has a statement")
    return Row(
        agreement=agreement,
        judged=judged_view(judged, statement, agreement),
        kind=judged.kind.value,
        link=agreement_link(agreement.id, judged.group),
        ends=statement.period.span.end,
    )


def agreement_link(agreement: str, group: str = "", period: str = "", as_of: str = "") -> str:
    """The page of an agreement."""
    query = {key: value for key, value in (("group", group), ("period", period), ("as_of", as_of)) if value}
    return f"{PATH}/{quote(agreement, safe='')}{f'?{urlencode(query)}' if query else ''}"


def _endangered(board: Board) -> list[tuple[int, AgreementEntry, JudgedEntry]]:
    found = [
        (rank if (rank := nearness(judged)) is not None else _CALM, agreement, judged)
        for agreement in board.agreements
        for judged in agreement.judged
        if (judged.current or judged.last) is not None
    ]
    return sorted(found, key=lambda each: (each[0], _left(each[2]), each[1].id, each[2].group))


def _left(judged: JudgedEntry) -> float:
    """The share of the budget that is left: for the order of lines alone."""
    statement = judged.current
    whole = None if statement is None else allowed(statement)
    left = None if statement is None else remaining(statement)
    return 2.0 if not whole or left is None else float(left / whole)


def _within(rank: int, facet: str) -> bool:
    return facet == "" or rank == _RANKS[facet]


def _fits(agreement: AgreementEntry, judged: JudgedEntry, words: Sequence[str]) -> bool:
    text = " ".join(_texts(agreement, judged)).casefold()
    return all(word in text for word in words)


def _texts(agreement: AgreementEntry, judged: JudgedEntry) -> Iterator[str]:
    yield from (agreement.id, agreement.title, agreement.vendor, agreement.contract, judged.group)
    yield from agreement.measured_by.get(judged.group, ())


def _link(query: Mapping[str, str], **change: str) -> str:
    kept = {key: value for key, value in {**query, "page": "", **change}.items() if value}
    return f"{PATH}{f'?{urlencode(kept)}' if kept else ''}"
