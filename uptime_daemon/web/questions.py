"""What may be asked of the API, as values: each key once, with its form and its meaning.

The same values refuse what is asked wrongly and describe in the OpenAPI document what may be asked.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from aiohttp import web

from uptime_daemon.core.time.instants import DAY, format_instant, parse_instant
from uptime_daemon.web.ports import QueryError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.showing.board import Board

# A `+` that is not written as %2B arrives as a space; nothing else can stand before an offset.
_LOST_PLUS: Final = re.compile(r" (?=\d{2}:\d{2}$)", re.ASCII)
EARLIEST: Final[Instant] = 0
"""1970: nothing is on record before it, and an instant before the year 1 could not be written back."""
LATEST: Final[Instant] = 2_000 * 365 * DAY
"""In the fortieth century, for the same reasons."""
PAGE_ROWS: Final = 200
"""How many rows an answer has unless asked otherwise: a month of a busy vendor on one page."""
PAGE_ROWS_MAX: Final = 1_000
"""How many it has at most: some hundred kilobytes, made within one turn of the loop."""
_OFFSET_MAX: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Parameter:
    """One key of a question."""

    name: str
    about: str
    schema: Mapping[str, Any]


def _text(name: str, about: str, example: str) -> Parameter:
    return Parameter(name, about, {"type": "string", "minLength": 1, "examples": [example]})


def _instant(name: str, about: str) -> Parameter:
    schema = {"type": "string", "format": "date-time", "examples": ["2026-06-03T10:00:00Z"]}
    return Parameter(name, about, schema)


def choice(name: str, about: str, words: Collection[str]) -> Parameter:
    """A key whose value is one of some words."""
    return Parameter(name, about, {"type": "string", "enum": sorted(words)})


AGREEMENT: Final = _text("agreement", "Of this agreement only.", "acme-voice")
GROUP: Final = _text("group", "Of this group only.", "service")
PERIOD: Final = Parameter(
    "period",
    "The period; a coarser name lists those within.",
    {
        "type": "string",
        "pattern": r"^(current|last|(19|2[0-9])[0-9]{2}(-(0[1-9]|1[0-2])|-Q[1-4])?)$",
        "examples": ["2026-06", "2026-Q2", "2026", "current", "last"],
    },
)
AS_OF: Final = _instant("as_of", "As known at this instant.")
FROM: Final = _instant("from", "The stretch begins here; ninety days before its end unless given.")
TO: Final = _instant("to", "The stretch ends here; now unless given.")
LIMIT: Final = Parameter(
    "limit",
    f"Rows of one answer; {PAGE_ROWS} unless given.",
    {"type": "integer", "minimum": 1, "maximum": PAGE_ROWS_MAX},
)
OFFSET: Final = Parameter(
    "offset", "Rows that are left out first.", {"type": "integer", "minimum": 0, "maximum": _OFFSET_MAX}
)
PAGING: Final = (LIMIT, OFFSET)


def asked(request: web.Request, keys: Collection[str] | Sequence[Parameter]) -> Mapping[str, str]:
    """The query's values; a key that is unknown or written twice is refused, as a typo would widen the answer."""
    known = [key.name if isinstance(key, Parameter) else key for key in keys]
    for key in request.query:
        if key not in known:
            told = f"known are {', '.join(known)}" if known else "there are none"
            raise QueryError(400, "unknown_key", f"the key {key!r} is unknown; {told}", key)
        if len(request.query.getall(key)) > 1:
            raise QueryError(400, "duplicate_key", f"the key {key!r} is written more than once", key)
    for parameter in keys:
        if isinstance(parameter, Parameter) and (text := request.query.get(parameter.name)) is not None:
            _refuse_unfit(parameter, text)
    return request.query


def _refuse_unfit(parameter: Parameter, text: str) -> None:
    """Refuse a value that is not of the form that the document promises."""
    name, schema = parameter.name, parameter.schema
    if not text:
        raise QueryError(400, "invalid_value", f"the key {name!r} has no value; write one or leave it out", name)
    words: Sequence[str] = schema.get("enum", ())
    if words and text not in words:
        raise QueryError(400, "invalid_value", f"{text!r} is none of: {', '.join(words)}", name)
    if (pattern := schema.get("pattern")) and not re.fullmatch(pattern, text, re.ASCII):
        examples = ", ".join(schema["examples"])
        raise QueryError(400, "invalid_value", f"{text!r} has another form than these: {examples}", name)
    if schema["type"] == "integer":
        low, high = schema["minimum"], schema["maximum"]
        if not re.fullmatch(r"\d{1,8}", text, re.ASCII) or not low <= int(text) <= high:
            raise QueryError(400, "invalid_value", f"{text!r} is no whole number from {low} to {high}", name)


def asked_facet(query: Mapping[str, str], facets: Collection[str]) -> str:
    """Which of a page's choices is shown: the value of `show`, empty for all."""
    facet = query.get("show", "")
    if facet not in facets:
        raise QueryError(400, "invalid_value", f"{facet!r} is no choice of this page", "show")
    return facet


def asked_instant(query: Mapping[str, str], key: str) -> Instant | None:
    """The instant under a key."""
    text = query.get(key)
    if text is None:
        return None
    try:
        asked_for = parse_instant(_LOST_PLUS.sub("+", text))
    except (ValueError, OverflowError) as mistake:
        raise QueryError(400, "invalid_value", str(mistake), key) from mistake
    return min(max(asked_for, EARLIEST), LATEST)


def asked_stretch(query: Mapping[str, str]) -> tuple[Instant | None, Instant | None]:
    """The instants under `from` and `to`, in this order where both are given."""
    start, end = asked_instant(query, FROM.name), asked_instant(query, TO.name)
    if start is not None and end is not None and start >= end:
        raise QueryError(400, "invalid_value", "the stretch ends before it starts", TO.name)
    return start, end


def answer(content: Mapping[str, Any], board: Board) -> web.Response:
    """A JSON answer that says as of when it is, and whether what it tells is a demonstration."""
    head: dict[str, Any] = {"at": format_instant(board.at)}
    if board.demonstration:
        head["demonstration"] = True
    return web.json_response(head | dict(content), dumps=_compact)


def paged(name: str, rows: Sequence[Mapping[str, Any]], request: web.Request, board: Board) -> web.Response:
    """One page of rows, and where the next one is."""
    query = request.query
    limit, offset = int(query.get(LIMIT.name, PAGE_ROWS)), int(query.get(OFFSET.name, 0))
    following = None
    if offset + limit < len(rows):
        others = [(key, value) for key, value in query.items() if key not in {LIMIT.name, OFFSET.name}]
        following = f"{request.path}?{urlencode([*others, (LIMIT.name, limit), (OFFSET.name, offset + limit)])}"
    page = {"total": len(rows), "limit": limit, "offset": offset, "next": following}
    return answer({name: list(rows[offset : offset + limit]), "page": page}, board)


def _compact(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
