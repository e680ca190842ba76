"""The JSON of `/api/v1/`: what is asked is checked word by word, what is answered comes from the board or the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.web.endpoints import AGREEMENTS, CLAIMS, OUTAGES, STATEMENTS, TIMELINE
from uptime_daemon.web.ports import OutagesQuery, QueryError, StatementsQuery
from uptime_daemon.web.questions import PERIOD, asked, asked_instant, asked_stretch, paged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.time.spans import Span
    from uptime_daemon.desk.showing.answers import MeasuredOutage, MeasuredStretch
    from uptime_daemon.desk.showing.board import AgreementEntry, Board, ClaimEntry, JudgedEntry
    from uptime_daemon.web.ports import BoardSource, Records


class Api:
    """The answers to questions about agreements, statements, outages and claims."""

    def __init__(self, boards: BoardSource, records: Records) -> None:
        self._boards = boards
        self._records = records

    def routes(self) -> list[web.RouteDef]:
        """Every path with its answer."""
        return [
            web.get(AGREEMENTS.path, self.agreements),
            web.get(STATEMENTS.path, self.statements),
            web.get(OUTAGES.path, self.outages),
            web.get(TIMELINE.path, self.timeline),
            web.get(CLAIMS.path, self.claims),
        ]

    async def agreements(self, request: web.Request) -> web.Response:
        """What is agreed, measured by what, and which statements there are."""
        asked(request, AGREEMENTS.query)
        board = self._boards.board()
        return paged(AGREEMENTS.name, [_agreement(each) for each in board.agreements], request, board)

    async def statements(self, request: web.Request) -> web.Response:
        """Judgements with their derivation, recomputed from the store for any period and as known at any instant."""
        query = asked(request, STATEMENTS.query)
        board = self._boards.board()
        agreement = _known_agreement(board, query)
        group = query.get("group")
        groups = {judged.group for each in board.agreements if agreement in {None, each.id} for judged in each.judged}
        if group is not None and group not in groups:
            raise QueryError(404, "not_found", f"no agreement asked for has a judged group {group!r}", "group")
        found = await self._records.statements(
            StatementsQuery(
                agreement=agreement,
                group=group,
                period=query.get(PERIOD.name, "current"),
                as_of=asked_instant(query, "as_of"),
            )
        )
        return paged("results", found, request, board)

    async def outages(self, request: web.Request) -> web.Response:
        """What was measured, with brackets, before any contract."""
        query = asked(request, OUTAGES.query)
        board = self._boards.board()
        found = await self._records.outages(_measured(query, board))
        state = query.get("state")
        rows = [_outage(each) for each in found if state is None or each.is_open is (state == "open")]
        return paged(OUTAGES.name, rows, request, board)

    async def timeline(self, request: web.Request) -> web.Response:
        """Every stretch of a group of probes in one state."""
        query = asked(request, TIMELINE.query)
        board = self._boards.board()
        found = await self._records.timeline(_measured(query, board))
        state = query.get("state")
        return paged(TIMELINE.name, [_stretch(each) for each in found if state in {None, each.state}], request, board)

    async def claims(self, request: web.Request) -> web.Response:
        """Claims with their states, deadlines and amounts."""
        query = asked(request, CLAIMS.query)
        board = self._boards.board()
        agreement, group, state = _known_agreement(board, query), query.get("group"), query.get("state")
        found = [
            _claim(each)
            for each in board.claims
            if agreement in {None, each.id.agreement}
            and group in {None, each.id.group}
            and state in {None, each.state.value}
        ]
        return paged(CLAIMS.name, found, request, board)


def _measured(query: Mapping[str, str], board: Board) -> OutagesQuery:
    group = query.get("group")
    if group is not None and all(each.id != group for each in board.groups):
        raise QueryError(404, "not_found", f"no group of probes is called {group!r}", "group")
    start, end = asked_stretch(query)
    return OutagesQuery(group=group, start=start, end=end)


def _known_agreement(board: Board, query: Mapping[str, str]) -> str | None:
    name = query.get("agreement")
    if name is not None and board.agreement(name) is None:
        raise QueryError(404, "not_found", f"no agreement is called {name!r}", "agreement")
    return name


def _agreement(entry: AgreementEntry) -> Mapping[str, Any]:
    watermark = entry.evaluation.watermark
    return {
        "id": entry.id,
        "contract": entry.contract,
        "version": entry.version,
        "plan": entry.plan,
        "title": entry.title,
        "vendor": entry.vendor,
        "timezone": entry.zone.key,
        "currency": entry.currency,
        "groups": {group: list(probe_groups) for group, probe_groups in entry.measured_by.items()},
        "judged": [_judged(each) for each in entry.judged],
        "evaluated_to": None if watermark is None else format_instant(watermark),
    }


def _judged(entry: JudgedEntry) -> Mapping[str, Any]:
    return {
        "group": entry.group,
        "period": entry.kind.value,
        "current": None if entry.current is None else entry.current.period.name,
        "last": None if entry.last is None else entry.last.period.name,
    }


def _outage(outage: MeasuredOutage) -> Mapping[str, Any]:
    return {
        "group": outage.group,
        "open": outage.is_open,
        "shortest": _span(outage.shortest),
        "point": _span(outage.point),
        "longest": _span(outage.longest),
        "class": None if outage.outage_class is None else outage.outage_class.value,
        "reasons": dict(outage.reasons),
        "phases": dict(outage.phases),
        "votes": {place: {"passed": passed, "asked": asked} for place, (passed, asked) in outage.votes.items()},
        "suspect": outage.is_suspect,
    }


def _stretch(stretch: MeasuredStretch) -> Mapping[str, Any]:
    return {"group": stretch.group, **_span(stretch.span), "state": stretch.state, "reason": stretch.reason}


def _span(span: Span) -> Mapping[str, str]:
    return {"from": format_instant(span.start), "to": format_instant(span.end)}


def _claim(entry: ClaimEntry) -> Mapping[str, Any]:
    return {
        "id": str(entry.id),
        "agreement": entry.id.agreement,
        "period": entry.id.period,
        "group": entry.id.group,
        "stage": entry.id.stage,
        "state": entry.state.value,
        "deadline": None if entry.deadline is None else format_instant(entry.deadline),
        "amount": None if entry.amount is None else str(entry.amount),
        "currency": None if entry.amount is None else entry.amount.currency,
    }
