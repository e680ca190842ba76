"""The JSON of `/api/v1/`: what is asked is checked word by word, what is answered comes from the board or the store."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.time.instants import format_instant, parse_instant
from uptime_daemon.web.ports import OutagesQuery, QueryError, StatementsQuery

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.spans import Span
    from uptime_daemon.desk.answers import MeasuredOutage
    from uptime_daemon.desk.board import AgreementEntry, Board, ClaimEntry, JudgedEntry
    from uptime_daemon.web.ports import BoardSource, Records

_PERIOD: Final = re.compile(r"current|last|\d{4}(-(0[1-9]|1[0-2])|-Q[1-4])?", re.ASCII)
# A `+` that is not written as %2B arrives as a space; nothing else can stand before an offset.
_LOST_PLUS: Final = re.compile(r" (?=\d{2}:\d{2}$)", re.ASCII)


class Api:
    """The answers to questions about agreements, statements, outages and claims."""

    def __init__(self, boards: BoardSource, records: Records) -> None:
        self._boards = boards
        self._records = records

    def routes(self) -> list[web.RouteDef]:
        """Every path with its answer."""
        return [
            web.get("/api/v1/agreements", self.agreements),
            web.get("/api/v1/statements", self.statements),
            web.get("/api/v1/outages", self.outages),
            web.get("/api/v1/claims", self.claims),
        ]

    async def agreements(self, request: web.Request) -> web.Response:
        """What is agreed, measured by what, and which statements there are."""
        asked(request, ())
        board = self._boards.board()
        return answer({"agreements": [_agreement(each) for each in board.agreements]}, board)

    async def statements(self, request: web.Request) -> web.Response:
        """Judgements with their derivation, recomputed from the store for any period and as known at any instant."""
        query = asked(request, ("agreement", "group", "period", "as_of"))
        board = self._boards.board()
        agreement = _known_agreement(board, query)
        group = query.get("group")
        groups = {judged.group for each in board.agreements if agreement in {None, each.id} for judged in each.judged}
        if group is not None and group not in groups:
            raise QueryError(404, "not_found", f"no agreement asked for has a judged group {group!r}", "group")
        period = query.get("period", "current")
        if not _PERIOD.fullmatch(period):
            message = f"{period!r} is no period; write 2026-06, 2026-Q2, 2026, current or last"
            raise QueryError(400, "invalid_value", message, "period")
        found = await self._records.statements(
            StatementsQuery(agreement=agreement, group=group, period=period, as_of=asked_instant(query, "as_of"))
        )
        return answer({"results": list(found)}, board)

    async def outages(self, request: web.Request) -> web.Response:
        """What was measured, with brackets, before any contract."""
        query = asked(request, ("group", "from", "to"))
        board = self._boards.board()
        group = query.get("group")
        if group is not None and all(each.id != group for each in board.groups):
            raise QueryError(404, "not_found", f"no group of probes is called {group!r}", "group")
        start, end = asked_instant(query, "from"), asked_instant(query, "to")
        if start is not None and end is not None and start >= end:
            raise QueryError(400, "invalid_value", "the stretch ends before it starts", "to")
        found = await self._records.outages(OutagesQuery(group=group, start=start, end=end))
        return answer({"outages": [_outage(each) for each in found]}, board)

    async def claims(self, request: web.Request) -> web.Response:
        """Claims with their states, deadlines and amounts."""
        query = asked(request, ("agreement", "state"))
        board = self._boards.board()
        agreement = _known_agreement(board, query)
        state = query.get("state")
        if state is not None and state not in set(ClaimState):
            message = f"{state!r} is no state of a claim; the states are {', '.join(ClaimState)}"
            raise QueryError(400, "invalid_value", message, "state")
        found = [
            _claim(each)
            for each in board.claims
            if agreement in {None, each.id.agreement} and state in {None, each.state.value}
        ]
        return answer({"claims": found}, board)


def asked(request: web.Request, keys: Collection[str]) -> Mapping[str, str]:
    """The query's values; a key that is unknown or written twice is refused, as a typo would widen the answer."""
    for key in request.query:
        if key not in keys:
            known = f"known are {', '.join(keys)}" if keys else "there are none"
            raise QueryError(400, "unknown_key", f"the key {key!r} is unknown; {known}", key)
        if len(request.query.getall(key)) > 1:
            raise QueryError(400, "duplicate_key", f"the key {key!r} is written more than once", key)
    return request.query


def answer(content: Mapping[str, Any], board: Board) -> web.Response:
    """A JSON answer that says as of when it is, and whether what it tells is a demonstration."""
    head: dict[str, Any] = {"at": format_instant(board.at)}
    if board.demonstration:
        head["demonstration"] = True
    return web.json_response(head | dict(content), dumps=_compact)


def _compact(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _known_agreement(board: Board, query: Mapping[str, str]) -> str | None:
    name = query.get("agreement")
    if name is not None and board.agreement(name) is None:
        raise QueryError(404, "not_found", f"no agreement is called {name!r}", "agreement")
    return name


def asked_instant(query: Mapping[str, str], key: str) -> Instant | None:
    """The instant under a key."""
    text = query.get(key)
    if text is None:
        return None
    try:
        return parse_instant(_LOST_PLUS.sub("+", text))
    except ValueError as mistake:
        raise QueryError(400, "invalid_value", str(mistake), key) from mistake


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
