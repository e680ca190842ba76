"""`/console/claims/ID`: one claim from its first figure to the credit note, with the letter and every step."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from uptime_daemon.core.claims.claim import FOLLOWS, ClaimState
from uptime_daemon.core.terms.claim import Channel
from uptime_daemon.core.terms.money import Money, parse_money
from uptime_daemon.core.time.instants import local_date
from uptime_daemon.desk.claims.answers import OUTAGES_MAX, ClaimAnswers
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.claims.file import claim_file, file_of
from uptime_daemon.desk.claims.letters import PDF
from uptime_daemon.desk.intake.facts import IntakeError, stated_stretch
from uptime_daemon.settings.values import Role
from uptime_daemon.store.errors import ConflictError
from uptime_daemon.web.console.acting import decided
from uptime_daemon.web.console.agreements import agreement_link
from uptime_daemon.web.console.claims import PATH, claim_link
from uptime_daemon.web.console.frame import FRAMED, RefusedError, back
from uptime_daemon.web.ports import QueryError
from uptime_daemon.web.questions import asked
from uptime_daemon.web.views import CLAIM_MARKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.spans import Span
    from uptime_daemon.desk.claims.desk import ClaimsDesk
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.web.console.frame import Frame

    Act = Callable[[ClaimsDesk, Instant], object]

_ONE: Final = f"{PATH}/{{claim}}"
WAY: Final = (
    ClaimState.ELIGIBLE, ClaimState.DRAFTED, ClaimState.APPROVED, ClaimState.SENT, ClaimState.ACKNOWLEDGED,
    ClaimState.CREDITED, ClaimState.SETTLED,
)  # fmt: skip
"""The straight way of a claim, as it is drawn."""
PDF_TYPE: Final = "application/pdf"
_UNSENT: Final = frozenset({ClaimState.ELIGIBLE, ClaimState.DRAFTED, ClaimState.APPROVED})
_SENT: Final = frozenset({ClaimState.SENT, ClaimState.ACKNOWLEDGED, ClaimState.REJECTED, ClaimState.DISPUTED})


class ClaimPage:
    """The page, its letter, and the steps that people take on it."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._acts: Mapping[str, Callable[[str, str, dict[str, str]], Act]] = {
            "draft": _draft,
            "approve": _approve,
            "send": _send,
            "again": lambda claim, by, _: lambda desk, at: desk.send_again(claim, at, by),
            "arrived": lambda claim, by, _: lambda desk, at: desk.confirm_arrival(claim, at, by),
            "acknowledge": self._answer("acknowledge", reference=""),
            "reject": self._answer("reject", reason=""),
            "dispute": self._answer("dispute", reason=""),
            "waive": self._answer("waive", reason=""),
            "withdraw": self._answer("withdraw", reason=""),
            "counter": self._counter,
            "settle": self._settle,
        }

    def routes(self) -> list[web.RouteDef]:
        """The page, its files, and one form for each step."""
        return [
            web.get(_ONE, self._frame.told(self.shown)),
            web.get(f"{_ONE}/letter", self._frame.told(self.letter)),
            web.get(f"{_ONE}/pdf", self._frame.told(self.pdf)),
            web.get(f"{_ONE}/files/{{digest}}", self._frame.told(self.file)),
            web.post(f"{_ONE}/{{step}}", self._frame.told(self.done)),
        ]

    async def shown(self, request: web.Request, mistake: RefusedError | None = None) -> web.StreamResponse:
        """The claim as it stands."""
        asked(request, ())
        claim = request.match_info["claim"]
        return await self._frame.page(request, "claim.html.j2", lambda: self._read(claim), mistake=mistake)

    async def done(self, request: web.Request) -> web.StreamResponse:
        """Take a step; what is refused is told on the page."""
        claim, step = request.match_info["claim"], request.match_info["step"]
        if step not in self._acts:
            raise web.HTTPNotFound
        try:
            fields = await self._frame.form(request, Role.FINANCE)
            seen = fields.pop("seen", "")
            act = self._acts[step](claim, self._frame.visitor(request).name, fields)
            await decided(self._frame, _as_seen(claim, seen, act))
        except RefusedError as refused:
            return await self.shown(request, refused)
        return back(claim_link(claim))

    async def letter(self, request: web.Request) -> web.StreamResponse:
        """The kept letter as its reader sees it, to be framed by our page alone."""
        _, content = await self._kept(request, asked(request, ("digest",)).get("digest", ""))
        return web.Response(body=content, content_type="text/html", charset="utf-8", headers=dict(FRAMED))

    async def pdf(self, request: web.Request) -> web.StreamResponse:
        """The letter as it is printed, for the browser's own viewer."""
        asked(request, ())
        letter = await asyncio.to_thread(self._pdf_of, request.match_info["claim"])
        if letter is None:
            raise QueryError(404, "not_found", "this claim has no letter as PDF yet")
        headers = {"Content-Disposition": f'inline; filename="{_plain(request.match_info["claim"])}.pdf"'}
        return web.Response(body=letter, content_type=PDF_TYPE, headers=headers)

    def _pdf_of(self, claim: str) -> bytes | None:
        desk = self._frame.house.claims()
        try:
            letter = desk.steps.one(claim).letter
        except ClaimError as error:
            raise QueryError(404, "not_found", str(error)) from error
        kept = None if letter is None else next((each for each in letter.attachments if each.name == PDF), None)
        found = None if kept is None else desk.store.evidence(kept.digest)
        return None if found is None else found.content

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A file of a letter, to be kept and not to be opened here."""
        asked(request, ())
        name, content = await self._kept(request, request.match_info["digest"])
        headers = {"Content-Disposition": f'attachment; filename="{_plain(name)}"'}
        return web.Response(body=content, content_type="application/octet-stream", headers=headers)

    async def _kept(self, request: web.Request, digest: str) -> tuple[str, bytes]:
        claim = request.match_info["claim"]
        try:
            found = await asyncio.to_thread(file_of, self._frame.house.claims(), claim, digest)
        except ClaimError as error:
            raise QueryError(404, "not_found", str(error)) from error
        if found is None:
            raise QueryError(404, "not_found", "this claim has no such file")
        return found[0].name, found[1].content

    def _read(self, claim: str) -> Mapping[str, Any]:
        house = self._frame.house
        now, judge, desk = house.now(), house.judge(), house.claims()
        try:
            found = claim_file(desk, ClaimAnswers(judge, desk.steps), claim, now)
        except ClaimError as error:
            raise QueryError(404, "not_found", str(error)) from error
        view = found.view
        reached = {event.kind: event for event in view.events if event.kind in set(ClaimState)}
        entry = house.board().agreement(view.id.agreement)
        return {
            "found": found,
            "view": view,
            "now": now,
            "zone_here": house.board().zone if entry is None else entry.zone,
            "entry": entry,
            "mark_of": CLAIM_MARKS.get(view.state, "unknown"),
            "way": [(state.value, reached.get(state.value)) for state in WAY],
            "astray": view.state not in WAY,
            "seen": view.events[-1].number,
            "base": claim_link(claim),
            "has_pdf": any(file.name == PDF for file in found.files),
            "agreement_link": agreement_link(view.id.agreement, view.id.group, view.id.period),
            "may": {state.value for state in ClaimState if view.state in FOLLOWS[state]},
            "is_unsent": view.state in _UNSENT | {ClaimState.EXPIRED},
            "is_sent": view.state in _SENT,
            "by_mail": view.channel is Channel.MAIL,
            "is_stuck": view.mail is not None and view.mail.state.value in {"doubtful", "failed"},
            "today": local_date(now, house.board().zone).isoformat(),
        }

    def _answer(self, step: str, **keys: str) -> Callable[[str, str, dict[str, str]], Act]:
        """A step with nothing but a text."""

        def made(claim: str, by: str, fields: dict[str, str]) -> Act:
            told = {key: fields.get(key, empty) for key, empty in keys.items()}
            return lambda desk, at: getattr(self._answers(desk), step)(claim, at, by, **told)

        return made

    def _answers(self, desk: ClaimsDesk) -> ClaimAnswers:
        return ClaimAnswers(self._frame.house.judge(), desk.steps)

    def _counter(self, claim: str, by: str, fields: dict[str, str]) -> Act:
        text = fields.get("outages", "")

        def act(desk: ClaimsDesk, at: Instant) -> object:
            agreement = desk.steps.one(claim).id.agreement
            outages = _stretches(self._frame.house.judge(), agreement, text)
            return self._answers(desk).counter(claim, at, by, outages=outages)

        return act

    def _settle(self, claim: str, by: str, fields: dict[str, str]) -> Act:
        def act(desk: ClaimsDesk, at: Instant) -> None:
            claimed = desk.steps.one(claim).last_amount
            amount = _amount(fields.get("amount", ""), claimed)
            reference, day = fields.get("reference", ""), _day(fields.get("day", ""))
            if not reference:
                raise RefusedError("name the credit note, or why there is none", "reference")
            self._answers(desk).settle(claim, at, by, amount=amount, reference=reference, day=day)

        return act


def _draft(claim: str, by: str, fields: dict[str, str]) -> Act:
    return lambda desk, at: desk.render(claim, at, by, anew="anew" in fields)


def _approve(claim: str, by: str, fields: dict[str, str]) -> Act:
    return lambda desk, at: desk.approve(claim, at, by, digest=fields.get("digest"))


def _send(claim: str, by: str, fields: dict[str, str]) -> Act:
    return lambda desk, at: desk.send(claim, at, by, reference=fields.get("reference"))


def _as_seen(claim: str, seen: str, act: Act) -> Act:
    """The act, unless somebody has taken a step since the page was loaded."""

    def checked(desk: ClaimsDesk, at: Instant) -> object:
        last = desk.steps.one(claim).events[-1]
        if str(last.number) != seen:
            raise ConflictError(f"{last.by} has taken a step meanwhile ({last.kind}); look at the claim again")
        return act(desk, at)

    return checked


def _stretches(judge: Judge, agreement: str, text: str) -> list[Span]:
    """The vendor's outages, one a line: `2026-10-10 11:00 to 2026-10-10 12:30`, on the contract's clock."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise RefusedError("write the outages that the vendor admits, one a line", "outages")
    if len(lines) > OUTAGES_MAX:
        raise RefusedError(f"{len(lines)} outages are more than {OUTAGES_MAX}", "outages")
    signed = judge.signed(agreement)
    found = []
    for number, line in enumerate(lines, 1):
        start, separator, end = line.partition(" to ")
        if not separator:
            raise RefusedError(f"line {number}: write it as 2026-10-10 11:00 to 2026-10-10 12:30", "outages")
        try:
            found.append(stated_stretch(signed, start.strip(), end.strip()))
        except IntakeError as mistake:
            raise RefusedError(f"line {number}: {mistake}", "outages") from mistake
    return found


def _amount(text: str, claimed: Money | None) -> Money | None:
    if not text:
        return None
    if claimed is None:
        raise RefusedError("this contract gives no credit; leave the amount empty", "amount")
    try:
        return parse_money(text, claimed.currency)
    except ValueError as mistake:
        raise RefusedError(f"{text!r} is no amount; write one such as {claimed}", "amount") from mistake


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as mistake:
        raise RefusedError(f"{text!r} is no day; write the credit note's as 2026-11-30", "day") from mistake


def _plain(name: str) -> str:
    """A file's name as a header may carry it."""
    return "".join(each if each.isascii() and (each.isalnum() or each in "._-") else "_" for each in name)[:100]
