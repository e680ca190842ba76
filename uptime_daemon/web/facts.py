"""`/api/v1/` for what people and vendors state: facts in by POST, what is on record out by GET."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from uptime_daemon.desk.intake import IntakeError
from uptime_daemon.desk.judge import UnknownError
from uptime_daemon.desk.listing import LISTS, fact_row
from uptime_daemon.desk.submission import FORMS
from uptime_daemon.store.ports import ConflictError, StoreError
from uptime_daemon.web.api import answer, asked, asked_instant
from uptime_daemon.web.entry import signed_in
from uptime_daemon.web.ports import QueryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.store.ports import Fact
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
            *(web.get(f"/api/v1/{kind}", partial(self.listed, kind)) for kind in LISTS),
            web.get("/api/v1/revisions", self.revisions),
            *(web.post(f"/api/v1/{form}", partial(self.stated, form)) for form in FORMS),
        ]

    async def listed(self, kind: str, request: web.Request) -> web.Response:
        """What is on record, as known at any instant."""
        query = asked(request, ("agreement", "as_of"))
        as_of = asked_instant(query, "as_of")
        try:
            rows = await self._intake.listed(kind, query.get("agreement"), as_of)
        except UnknownError as unknown:
            raise QueryError(404, "not_found", str(unknown), "agreement") from unknown
        return answer({kind: list(rows)}, self._boards.board())

    async def revisions(self, request: web.Request) -> web.Response:
        """What was frozen when periods closed, and what later facts have changed."""
        query = asked(request, ("agreement", "period"))
        try:
            rows = await self._intake.revisions(query.get("agreement"), query.get("period"))
        except UnknownError as unknown:
            raise QueryError(404, "not_found", str(unknown), "agreement") from unknown
        return answer({"revisions": list(rows)}, self._boards.board())

    async def stated(self, form: str, request: web.Request) -> web.Response:
        """Record one fact; the answer is the fact as recorded, with its flags."""
        asked(request, ())
        fact = await taken(self._intake, form, await body(request), signed_in(request))
        return web.json_response({"fact": fact_row(fact)}, status=201 if fact.id else 200)


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
