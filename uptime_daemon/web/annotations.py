"""`/api/v1/annotations`: outages and announced work as stretches with words, for the graphs of others.

The columns are those that Grafana's Infinity data source asks of an annotation: `time` and `timeEnd` in milliseconds
since 1970, `title`, `text`, `tags`. What Prometheus knows of the same is sampled and wordless.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.web.endpoints import ANNOTATION_KINDS, ANNOTATIONS
from uptime_daemon.web.ports import OutagesQuery, QueryError
from uptime_daemon.web.questions import answer, asked, asked_instant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.showing.answers import MeasuredOutage
    from uptime_daemon.desk.showing.works import PlannedWork
    from uptime_daemon.web.ports import BoardSource, Records

_MILLISECOND: Final = 1_000
_MILLISECONDS: Final = re.compile(r"\d{1,14}", re.ASCII)
"""As Grafana writes `${__from}`; fourteen digits reach beyond the year 5000."""
OUTAGE, WORK = ANNOTATION_KINDS


class Annotations:
    """What graphs are marked with."""

    def __init__(self, boards: BoardSource, records: Records) -> None:
        self._boards, self._records = boards, records

    async def answer(self, request: web.Request) -> web.Response:
        """Every outage and every announced work that shares an instant with the stretch, in order of beginning."""
        query = asked(request, ANNOTATIONS.query)
        board = self._boards.board()
        kind, group = query.get("kind"), query.get("group")
        if group is not None and all(each.id != group for each in board.groups):
            raise QueryError(404, "not_found", f"no group of probes is called {group!r}", "group")
        start, end = _moment(query, "from"), _moment(query, "to")
        if start is not None and end is not None and start >= end:
            raise QueryError(400, "invalid_value", "the stretch ends before it starts", "to")
        marks: list[Mapping[str, Any]] = []
        if kind in {None, OUTAGE}:
            marks += map(_outage, await self._records.outages(OutagesQuery(group=group, start=start, end=end)))
        if kind in {None, WORK}:
            # Work that was called off took place for nobody and excuses nothing.
            marks += [
                _work(work)
                for work in board.works
                if not work.cancelled
                and group in {None, *work.groups}
                and (start is None or work.span.end > start)
                and (end is None or work.span.start < end)
            ]
        return answer({"annotations": sorted(marks, key=lambda mark: mark["time"])}, board)


def _moment(query: Mapping[str, str], key: str) -> Instant | None:
    """The instant under a key, in milliseconds since 1970 or as a date and time with an offset."""
    text = query.get(key, "")
    return int(text) * _MILLISECOND if _MILLISECONDS.fullmatch(text) else asked_instant(query, key)


def _outage(outage: MeasuredOutage) -> Mapping[str, Any]:
    shown = [] if outage.outage_class is None else [outage.outage_class.value]
    reasons = ", ".join(f"{reason} {number}" for reason, number in outage.reasons.items())
    longest = f"at most {format_instant(outage.longest.start)} to {format_instant(outage.longest.end)}"
    return {
        "time": outage.point.start // _MILLISECOND,
        # An open one is seen to its last fail; a region of no length would be a line and not an outage.
        "timeEnd": max(outage.point.end, outage.point.start + _MILLISECOND) // _MILLISECOND,
        "title": f"{outage.group} is down" if outage.is_open else f"{outage.group} was down",
        "text": "; ".join(["As measured, before any contract", longest, *([reasons] if reasons else [])]) + ".",
        "tags": [OUTAGE, outage.group, *shown],
    }


def _work(work: PlannedWork) -> Mapping[str, Any]:
    known = format_instant(work.announced_at)
    return {
        "time": work.span.start // _MILLISECOND,
        "timeEnd": work.span.end // _MILLISECOND,
        "title": f"Announced work: {', '.join(work.groups)}",
        "text": f"Announced by the vendor, known since {known}; whether it excuses anything is the contract's affair.",
        "tags": [WORK, *work.groups],
    }
