"""`/console/claims`: every claim in one line, those that a person must bring on first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from aiohttp import web

from uptime_daemon.core.claims.claim import FOLLOWS, ClaimState
from uptime_daemon.web.console.frame import Place
from uptime_daemon.web.entry import CONSOLE
from uptime_daemon.web.questions import asked, asked_facet
from uptime_daemon.web.views import CLAIM_MARKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.showing.board import Board, ClaimEntry
    from uptime_daemon.web.console.frame import Frame

PATH: Final = f"{CONSOLE}/claims"
ROWS_MAX: Final = 200
"""How many are listed; older ones are found by search."""
_OURS: Final = frozenset({ClaimState.ELIGIBLE, ClaimState.DRAFTED, ClaimState.APPROVED})
_THEIRS: Final = frozenset({ClaimState.SENT, ClaimState.ACKNOWLEDGED, ClaimState.REJECTED, ClaimState.DISPUTED})
FACETS: Final[Mapping[str, tuple[str, frozenset[ClaimState]]]] = {
    "": ("All", frozenset(ClaimState)),
    "ours": ("Our turn", _OURS),
    "theirs": ("With the vendor", _THEIRS | {ClaimState.CREDITED}),
    "done": ("Done", frozenset(ClaimState) - _OURS - _THEIRS - {ClaimState.CREDITED}),
}
"""What can be picked out, by the word in the address."""


class ClaimsPage:
    """The list."""

    PLACE: Final = Place(PATH, "Claims", "c")

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[web.RouteDef]:
        """The list alone; one claim has a module of its own."""
        return [web.get(PATH, self._frame.told(self.shown))]

    async def shown(self, request: web.Request) -> web.StreamResponse:
        """The claims that were asked for."""
        facet = asked_facet(asked(request, ("show",)), FACETS)
        return await self._frame.page(request, "claims.html.j2", lambda: self._read(facet))

    def _read(self, facet: str) -> Mapping[str, Any]:
        board, now = self._frame.house.board(), self._frame.house.now()
        found = [each for each in board.claims if each.state in FACETS[facet][1]]
        rows = sorted(found, key=lambda each: _urgency(each, now))
        return {
            "now": now,
            "rows": [(each, _zone(board, each), _open_deadline(each), claim_link(str(each.id))) for each in rows][
                :ROWS_MAX
            ],
            "more": max(0, len(rows) - ROWS_MAX),
            "marks": CLAIM_MARKS,
            "facet": facet,
            "facets": [
                (name, title, sum(each.state in states for each in board.claims), _facet_link(name))
                for name, (title, states) in FACETS.items()
            ],
        }


def claim_link(claim: str) -> str:
    """The page of a claim."""
    return f"{PATH}/{quote(claim, safe='')}"


def _facet_link(name: str) -> str:
    return f"{PATH}?{urlencode({'show': name})}" if name else PATH


def _zone(board: Board, claim: ClaimEntry) -> object:
    agreement = board.agreement(claim.id.agreement)
    return board.zone if agreement is None else agreement.zone


def _open_deadline(claim: ClaimEntry) -> Instant | None:
    """The deadline of what can still be sent in time."""
    return claim.deadline if claim.state in FOLLOWS[ClaimState.EXPIRED] else None


def _urgency(claim: ClaimEntry, now: Instant) -> tuple[int, Instant, str]:
    turn = 0 if claim.state in _OURS else (1 if claim.state in _THEIRS else 2)
    return turn, claim.deadline or now, str(claim.id)
