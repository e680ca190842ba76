"""`/api/v1/` for what people and vendors state: facts in by POST, what is on record out by GET."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from uptime_daemon.desk.intake.facts import IntakeError
from uptime_daemon.desk.intake.submission import FORMS
from uptime_daemon.desk.judging.judge import UnknownError
from uptime_daemon.desk.showing.listing import fact_row
from uptime_daemon.store.errors import ConflictError, StoreError
from uptime_daemon.web.endpoints import FACTS, PREFIX, REVISIONS, Endpoint
from uptime_daemon.web.entry import signed_in
from uptime_daemon.web.ports import QueryError
from uptime_daemon.web.questions import PAGING, asked, asked_instant, paged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.store.kept import Fact
    from uptime_daemon.web.ports import BoardSource, Intake

BODY_MAX_BYTES: Final = 8 * 1024 * 1024
"""The largest body that is read: a page of evidence or a mail with a picture; larger files go in by command."""


class Facts:
    """The answers about facts, and the way in for new ones."""

    def __init__(self, boards: BoardSource, intake: Intake) -> None:
        self._boards = boards
        self._intake = intake

    def routes(self) -> list[web.RouteDef]:
        """Every path with its answer."""
        return [
            *(web.get(endpoint.path, partial(self.listed, endpoint)) for endpoint in FACTS.values()),
            web.get(REVISIONS.path, self.revisions),
            *(web.post(f"{PREFIX}{form}", partial(self.stated, form)) for form in FORMS),
        ]

    async def listed(self, endpoint: Endpoint, request: web.Request) -> web.Response:
        """What is on record, as known at any instant."""
        query = asked(request, endpoint.query)
        as_of = asked_instant(query, "as_of")
        try:
            rows = await self._intake.listed(endpoint.name, query.get("agreement"), as_of)
        except UnknownError as unknown:
            raise QueryError(404, "not_found", str(unknown), "agreement") from unknown
        return paged(endpoint.name, _chosen(rows, query), request, self._boards.board())

    async def revisions(self, request: web.Request) -> web.Response:
        """What was frozen when periods closed, and what later facts have changed."""
        query = asked(request, REVISIONS.query)
        try:
            rows = await self._intake.revisions(query.get("agreement"), query.get("period"))
        except UnknownError as unknown:
            raise QueryError(404, "not_found", str(unknown), "agreement") from unknown
        return paged(REVISIONS.name, _chosen(rows, query), request, self._boards.board())

    async def stated(self, form: str, request: web.Request) -> web.Response:
        """Record one fact; the answer is the fact as recorded, with its flags."""
        asked(request, ())
        fact = await taken(self._intake, form, await body(request), signed_in(request))
        return web.json_response({"fact": fact_row(fact)}, status=201 if fact.id else 200)


def _chosen(rows: Sequence[Mapping[str, Any]], query: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    """The rows whose columns have the values that are asked for; what is no column was asked of the record."""
    paging = {parameter.name for parameter in PAGING}
    wanted = {key: value for key, value in query.items() if key not in {*paging, "agreement", "period", "as_of"}}
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


async def taken(intake: Intake, form: str, content: Mapping[str, Any], by: str | None) -> Fact:
    """Let a fact be recorded; what is wrong with it becomes an answer that names the key."""
    try:
        return await intake.stated(form, content, by)
    except IntakeError as mistake:
        raise QueryError(400, "invalid_value", str(mistake), mistake.field) from mistake
    except UnknownError as unknown:
        raise QueryError(404, "not_found", str(unknown), "agreement") from unknown
    except ConflictError as conflict:
        raise QueryError(409, "conflict", str(conflict)) from conflict
    except StoreError as trouble:
        raise QueryError(503, "database", str(trouble)) from trouble


async def body(request: web.Request) -> Mapping[str, Any]:
    """The JSON object of a request. Another type is refused: a page of another site can send it without asking."""
    if request.content_type != "application/json":
        raise QueryError(415, "unsupported_media_type", "the body is no application/json; send a JSON object")
    try:
        content = json.loads(await request.text(), object_pairs_hook=_once)
    except (ValueError, RecursionError) as mistake:
        raise QueryError(400, "invalid_body", f"the body is no JSON object: {mistake}") from mistake
    if not isinstance(content, dict):
        raise QueryError(400, "invalid_body", "the body is no JSON object")
    return content


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys occur once: of two values nobody knows which one was meant."""
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a key is written more than once")
    return content
