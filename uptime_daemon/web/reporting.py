"""`/report`: the page behind the link in the mail at an outage's start. What to say, to whom, and one button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from uptime_daemon.core.judging.step import local_text
from uptime_daemon.desk.judging.judge import UnknownError
from uptime_daemon.settings.values import Role
from uptime_daemon.web.entry import identity_of, refuse_role, signed_in
from uptime_daemon.web.facts import taken
from uptime_daemon.web.forms import FORM_HEADERS, TOKEN
from uptime_daemon.web.pages import ICON, STYLE, environment
from uptime_daemon.web.ports import QueryError
from uptime_daemon.web.questions import asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.desk.showing.reporting import OutageReport
    from uptime_daemon.web.forms import FormTokens
    from uptime_daemon.web.ports import BoardSource, Intake

_PATH: Final = "/report"
_FIELDS: Final = frozenset({"channel", "ticket", "by", "at"})


class ReportPage:
    """The page and the form on it."""

    def __init__(self, boards: BoardSource, intake: Intake, tokens: FormTokens) -> None:
        self._boards = boards
        self._intake = intake
        self._tokens = tokens
        self._template = environment().get_template("report.html.j2")

    def routes(self) -> list[web.RouteDef]:
        """The page and what its button does."""
        return [web.get(_PATH, self.shown), web.post(_PATH, self.sent)]

    async def shown(self, request: web.Request) -> web.Response:
        """How things stand, and the form."""
        return self._page(request, await self._report(request))

    async def sent(self, request: web.Request) -> web.Response:
        """Record the report as a ticket; what is wrong is said on the page, with what was filled in."""
        if identity_of(request) is not None:
            refuse_role(identity_of(request), Role.OPERATOR)
        report = await self._report(request)
        filled = await self._tokens.fields(request)
        if unknown := filled.keys() - _FIELDS:
            raise QueryError(400, "unknown_key", f"the form has no field {min(unknown)!r}", min(unknown))
        content = {**filled, "agreement": report.agreement, "group": report.group}
        try:
            await taken(self._intake, "tickets", content, signed_in(request))
        except QueryError as mistake:
            return self._page(request, report, mistake=mistake, filled=filled)
        return web.Response(status=303, headers={"Location": request.path_qs})  # so that loading it anew sends nothing

    async def _report(self, request: web.Request) -> OutageReport:
        query = asked(request, ("agreement", "group"))
        for key in ("agreement", "group"):
            if key not in query:
                raise QueryError(400, "missing_key", f"{key} is missing; follow the link in the mail", key)
        try:
            return await self._intake.report(query["agreement"], query["group"])
        except UnknownError as unknown:
            raise QueryError(404, "not_found", str(unknown)) from unknown

    def _page(
        self,
        request: web.Request,
        report: OutageReport,
        *,
        mistake: QueryError | None = None,
        filled: Mapping[str, str] | None = None,
    ) -> web.Response:
        shown: dict[str, Any] = {
            "style": STYLE.path,
            "icon": ICON.path,
            "demonstration": self._boards.board().demonstration,
            "report": report,
            "since": None if report.since is None else local_text(report.since, report.zone),
            "reported": [(each.ticket, each.channel, local_text(each.at, report.zone)) for each in report.reported],
            "action": request.path_qs,
            "token_name": TOKEN,
            "token": self._tokens.token(request),
            "asks_name": signed_in(request) is None,
            "mistake": None if mistake is None else mistake.message,
            "filled": filled or {},
        }
        status = 200 if mistake is None else mistake.status
        return web.Response(
            text=self._template.render(shown), content_type="text/html", status=status, headers=dict(FORM_HEADERS)
        )
