"""`/console/agreements/ID`: one agreement over one period, down to each outage, decision and clause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from uptime_daemon.core.time.instants import local_date
from uptime_daemon.core.time.periods import midnight
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.intake.facts import IntakeError, stated_time
from uptime_daemon.desk.judging.explanation import sight_line
from uptime_daemon.desk.showing.board import JudgedEntry
from uptime_daemon.desk.showing.dossier import Dossier, dossier
from uptime_daemon.settings.values import Role
from uptime_daemon.web.console.acting import recorded
from uptime_daemon.web.console.agreements import PATH, agreement_link
from uptime_daemon.web.console.frame import RefusedError, back
from uptime_daemon.web.console.outage import outage_link
from uptime_daemon.web.console.strips import Tick, days_strip, labelled, share, spans_strip
from uptime_daemon.web.questions import asked
from uptime_daemon.web.views import judged_view
from uptime_daemon.web.words import percent_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.showing.dossier import Cell
    from uptime_daemon.web.console.frame import Frame
    from uptime_daemon.web.console.strips import Strip

_ONE: Final = f"{PATH}/{{agreement}}"
_DAYS_MAX: Final = 62
"""A longer period is marked by months."""
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class CellView:
    """A period beside the shown one, ready to print."""

    name: str
    link: str
    mark: str
    words: str
    availability: str
    credit: str
    is_shown: bool


class AgreementPage:
    """The page and the decisions made on it."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[web.RouteDef]:
        """The page and its forms."""
        return [
            web.get(_ONE, self._frame.told(self.shown)),
            web.post(f"{_ONE}/exclusions", self._frame.told(self.proposed)),
            web.post(f"{_ONE}/exclusions/decisions", self._frame.told(self.decided)),
            web.post(f"{_ONE}/conditions", self._frame.told(self.answered)),
        ]

    async def shown(self, request: web.Request, mistake: RefusedError | None = None) -> web.StreamResponse:
        """The agreement over a period, as known now or at an instant."""
        query = asked(request, ("group", "period", "as_of"))
        agreement = request.match_info["agreement"]
        return await self._frame.page(
            request,
            "agreement.html.j2",
            lambda: self._read(agreement, query.get("group"), query.get("period") or "current", query.get("as_of")),
            mistake=mistake,
        )

    async def proposed(self, request: web.Request) -> web.StreamResponse:
        """Somebody says that some time should not count."""
        return await self._stated(request, "exclusions", ("from", "to", "cause", "group", "note"))

    async def decided(self, request: web.Request) -> web.StreamResponse:
        """Somebody decides whether it does."""
        return await self._stated(request, "exclusions/decisions", ("id", "decision", "note"))

    async def answered(self, request: web.Request) -> web.StreamResponse:
        """Somebody answers a condition."""
        return await self._stated(request, "conditions", ("id", "state"))

    async def _stated(self, request: web.Request, form: str, keys: tuple[str, ...]) -> web.StreamResponse:
        agreement = request.match_info["agreement"]
        try:
            fields = await self._frame.form(request, Role.OPERATOR)
            onward = fields.pop("next", "")
            await recorded(self._frame, request, form, {**fields, "agreement": agreement}, ("agreement", *keys))
        except RefusedError as refused:
            return await self.shown(request, refused)
        return back(onward if onward.startswith("/console") else agreement_link(agreement))

    def _read(self, agreement: str, group: str | None, period: str, as_of: str | None) -> Mapping[str, Any]:
        house = self._frame.house
        now, entry = house.now(), house.board().agreement(agreement)
        at = None if not as_of else self._instant(agreement, as_of)
        found = dossier(house.judge(), entry, agreement, group, period, now, at)
        statement, zone = found.statement, found.terms.zone
        own = JudgedEntry(agreement, found.group, found.terms.period, statement, None)
        if entry is None:
            raise RefusedError(f"{agreement} is not judged yet; load the page again in a moment", status=503)
        return {
            "found": found,
            "now": now,
            "zone_here": zone,
            "judged": judged_view(own, statement, entry),
            "sight": sight_line(statement.judgement.sight),
            "entry": entry,
            "cells": [self._cell(each, found) for each in found.cells],
            "year": days_strip(found.days, f"The last {len(found.days)} days of {found.group}, before any contract"),
            "period_strip": _period_strip(found),
            "outage_links": [
                outage_link(agreement, line.row.outage.group, line.row.outage.span.start) for line in found.outages
            ],
            "past": None if at is None else at,
            "groups": [
                (each.judgement.group.name, self._link(found, group=each.judgement.group.name))
                for each in found.statements
            ],
            "causes": found.terms.exclusions.causes,
            "as_of_text": "" if at is None else as_of,
            "now_link": agreement_link(agreement, found.group, statement.period.name),
            "known_then": [
                (row, agreement_link(agreement, found.group, statement.period.name, row["at"]))
                for row in found.revisions
            ],
            "here_link": agreement_link(agreement, found.group, statement.period.name, as_of or ""),
            "json": f"/api/v1/statements?agreement={agreement}&period={statement.period.name}",
        }

    def _instant(self, agreement: str, text: str) -> Instant:
        try:
            at = stated_time(self._frame.house.judge().signed(agreement), text.replace("T", " "), "as_of")
        except IntakeError as mistake:
            raise RefusedError(str(mistake), "as_of") from mistake
        if at > self._frame.house.now():
            raise RefusedError(f"{text} has not come yet; nothing is known of it", "as_of")
        return at

    def _link(self, found: Dossier, *, group: str = "") -> str:
        return agreement_link(found.signed.agreement.id, group or found.group, found.statement.period.name)

    def _cell(self, cell: Cell, found: Dossier) -> CellView:
        mark, words = "up", "within target"
        if cell.missed:
            mark, words = "down", "breach proven" if cell.breach == "proven" else "missed, not proven"
        elif cell.breach == "possible":
            mark, words = "slow", "breach possible"
        elif cell.availability is None:
            mark, words = "unknown", "not measured"
        return CellView(
            name=cell.name,
            link=agreement_link(found.signed.agreement.id, found.group, cell.name),
            mark=mark,
            words=f"{words}, {cell.status}" if cell.status != "closed" else words,
            availability="–" if cell.availability is None else percent_text(cell.availability, cell.limit),
            credit=cell.credit,
            is_shown=cell.name == found.statement.period.name,
        )


def _period_strip(found: Dossier) -> Strip:
    """The shown period under its labels: every instant has exactly one."""
    window = found.statement.period.span
    labels = found.statement.judgement.labels
    passed = min(found.as_of, window.end)
    title = f"{found.statement.period.name}: every stretch that is not up, by what becomes of it"
    return spans_strip(labelled(labels, passed), window, title, _ticks(window, found.terms.zone))


def _ticks(window: Span, zone: ZoneInfo) -> list[Tick]:
    """Midnights of the contract's zone: every day of a month with a number each week, the months of a longer period."""
    first, end = local_date(window.start, zone), local_date(window.end - 1, zone)
    days = [first + timedelta(days=number) for number in range(1, (end - first).days + 1)]
    if len(days) > _DAYS_MAX:
        days = [each for each in days if each.day == 1]
        return [Tick(share(midnight(each, zone), window), f"{each:%b}") for each in days]
    return [
        Tick(share(midnight(each, zone), window), str(each.day) if each.day % _WEEK == 1 and each.day > 1 else "")
        for each in days
    ]
