"""Tickets in the console: reported, what happened since, the vendor's times, the notice about missed ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.web.console.house import visiting
from uptime_daemon.web.console.frame import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

NASTY = "<script>alert(1)</script>"


async def test_a_ticket_from_its_report_to_its_end(tmp_path: Path) -> None:
    """An operator records the report and the answer; the clocks of the contract stand beside it."""
    async with visiting(tmp_path) as house:
        await house.sign_in("ivo")
        token = await house.token("/console/tickets")
        report = {
            TOKEN: token, "agreement": "acme", "group": "service", "channel": "phone", "severity": "1",
            "ticket": "T-1", "at": "2026-11-02 10:00", "note": NASTY,
        }  # fmt: skip
        done = await house.send("/console/tickets", report)
        assert (done.status, done.headers["Location"]) == (303, "/console/tickets/acme/T-1")
        status, page = await house.get("/console/tickets/acme/T-1")
        assert status == 200, page
        assert NASTY not in page
        text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
        assert "opened phone" in text
        assert "by ivo" in text
        _, listed = await house.get("/console/tickets")
        assert 'href="/console/tickets/acme/T-1"' in listed
        for kind in ("response", "resolved"):
            fields = {TOKEN: token, "kind": kind, "channel": "mail", "at": "2026-11-02 10:20"}
            assert (await house.send("/console/tickets/acme/T-1", fields)).status == 303
        _, page = await house.get("/console/tickets/acme/T-1")
        text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
        assert "resolved mail" in text
        assert "kept" in text


async def test_what_cannot_be_is_told_on_the_page(tmp_path: Path) -> None:
    """An event before the report, a group of nobody, a viewer, no such ticket: told, and nothing is recorded."""
    async with visiting(tmp_path) as house:
        await house.sign_in("ivo")
        token = await house.token("/console/tickets")
        wrong = {TOKEN: token, "agreement": "acme", "group": "nobody", "channel": "phone"}
        for fields in (wrong, {**wrong, "group": "service", "at": "soon"}, {**wrong, "by": "ana"}):
            assert (await house.send("/console/tickets", fields)).status == 400
        status, _ = await house.get("/console/tickets/acme/T-9")
        assert status == 404
        missing = await house.send("/console/tickets/acme/T-9", {TOKEN: token, "kind": "resolved"})
        assert missing.status in {400, 404}
        house.client.cookie_jar.clear()
        await house.sign_in("vit")
        mine = await house.token("/console/tickets")
        assert (await house.send("/console/tickets", {**wrong, TOKEN: mine, "group": "service"})).status == 403
        assert not house.rooms.store.facts(kind="ticket_event")
