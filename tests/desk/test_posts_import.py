"""`import statuspage`: a page read again and again, its work as announcements, its incidents as figures."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.desk.acme import Acme, acme
from tests.sources.test_statuspage import INCIDENT, WORK, document, serving
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.house import House
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.store.database import open_store
from uptime_daemon.store.kept import MailState

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Acme:
    """A configuration with a database."""
    return acme(tmp_path)


def imported(desk: Acme, content: bytes, more: str = "", command: str = "import statuspage") -> list[str]:
    """What an import of a document prints."""
    (desk.folder / "page.json").write_bytes(content)
    return desk.said(f"{command} {desk.folder / 'page.json'} --agreement acme --by ana {more}".rstrip()).splitlines()


def works(desk: Acme) -> list[dict[str, Any]]:
    """The announcements."""
    rows: list[dict[str, Any]] = desk.json("maintenance list")
    return rows


def test_every_version_once(desk: Acme) -> None:
    """The same document twice changes nothing; another version of a post is kept beside the first."""
    content = document(INCIDENT, works=[WORK])
    assert imported(desk, content, "--dry-run")[-1].startswith("page.json: 3 to record, 0 posts known")
    assert imported(desk, content)[-1] == (
        "page.json: 3 recorded, 0 posts known already, 0 about something else, 0 skipped"
    )
    assert imported(desk, content)[-1].startswith("page.json: 0 recorded, 2 posts known already")
    worded = document({**INCIDENT, "name": "Calls fail for some"}, works=[{**WORK, "status": "in_progress"}])
    assert imported(desk, worded)[-1].startswith("page.json: 2 recorded, 0 posts known already")
    assert len(works(desk)) == 1


def test_work_is_announced_moved_and_called_off(desk: Acme) -> None:
    """Published as the page says and received when it was read; a move is another announcement."""
    imported(desk, document(works=[WORK]), "--cause planned_maintenance --group service")
    (first,) = works(desk)
    assert (first["id"], first["channel"], first["cause"], first["group"]) == (
        "2kxrmwbgm4ty", "page", "planned_maintenance", "service"
    )  # fmt: skip
    assert (first["published_at"], first["received_at"]) == ("2026-10-05T08:00:00Z", first["known_at"])
    assert first["evidence"] is not None
    moved = {**WORK, "scheduled_until": "2026-10-10T11:00:00Z", "updated_at": "2026-10-09T08:00:00Z"}
    imported(desk, document(works=[moved]))
    assert [(row["id"], row["stands"], row["published_at"]) for row in works(desk)] == [
        ("2kxrmwbgm4ty", "whole", "2026-10-05T08:00:00Z"),
        ("2kxrmwbgm4ty v2", "whole", "2026-10-09T08:00:00Z"),
    ]
    called_off = {**moved, "status": "completed", "resolved_at": "2026-10-10T08:00:00Z"}
    assert any("maintenance_cancelled" in line for line in imported(desk, document(works=[called_off])))
    assert [row["stands"] for row in works(desk)] == ["taken back", "cancelled"]


def test_only_what_is_about_a_component(desk: Acme) -> None:
    """A post that names other components is somebody else's; one that names none may be ours."""
    content = document({**INCIDENT, "incident_updates": []}, works=[WORK])
    assert imported(desk, content, "--component Console")[-1].startswith(
        "page.json: 2 recorded, 0 posts known already, 1 about something else"
    )
    assert imported(desk, content, "--component Voice")[-1].startswith("page.json: 1 recorded, 1 posts known already")


def test_maintenance_import_takes_pages_too(desk: Acme) -> None:
    """Of a page its planned work alone."""
    lines = imported(desk, document(INCIDENT, works=[WORK]), command="maintenance import")
    assert lines[-1].startswith("page.json: 2 recorded, 0 posts known already, 1 about something else")


async def test_from_the_page_itself(desk: Acme) -> None:
    """Of an address without a document's name both documents are asked for; nobody there is trouble, not a mistake."""
    import asyncio  # noqa: PLC0415 - the command runs a loop of its own, in a thread

    async with serving(document(INCIDENT, works=[WORK])) as url:
        base = url.partition("/api/")[0]
        said = await asyncio.to_thread(desk.said, f"import statuspage {base} --agreement acme --by ana")
    assert [line for line in said.splitlines() if ".json: " in line] == [
        "incidents.json: 3 recorded, 0 posts known already, 0 about something else, 0 skipped",
        "scheduled-maintenances.json: 0 recorded, 2 posts known already, 0 about something else, 0 skipped",
    ]
    code, output = await asyncio.to_thread(desk.run, f"import statuspage {base} --agreement acme")
    assert (code, "ClientConnectorError" in output) == (3, True)


def posted_claim(desk: Acme) -> str:
    """October's final claim, posted to the vendor."""
    at = parse_instant("2026-11-03T09:00:00+01:00")
    with closing(open_store(desk.settings.database, create=False)) as store:
        claims = ClaimsDesk(Judge(desk.settings, store), store, House("claims@acme.example"))
        claims.review(at)
        claims.approve("acme.2026-10.service.final", at, "ana")
        claims.send("acme.2026-10.service.final", at, "ana")
        mail = claims.claim("acme.2026-10.service.final", at).mail
        assert mail is not None
        store.mark(mail.id, MailState.PENDING, MailState.SENDING)
        store.mark(mail.id, MailState.SENDING, MailState.SENT, error="250 ok")
        claims.record_deliveries(at)
    return "acme.2026-10.service.final"


def test_its_incidents_are_its_figures(desk: Acme) -> None:
    """Two hours by the page beside our three: what both call downtime is not disputed. What is light or open is not."""
    claim = posted_claim(desk)
    refused, output = desk.run(f"claim counter {claim}")
    assert (refused, "the vendor has told no figures" in output) == (2, True)
    refused, output = desk.run(f"claim counter {claim} --posted --by ana")
    assert (refused, "nothing of a status page is on record" in output) == (2, True)
    light = {**INCIDENT, "id": "light", "impact": "minor", "started_at": None, "created_at": "2026-10-10T09:00:00Z"}
    open_one = {**INCIDENT, "id": "open", "resolved_at": None}
    long_ago = {**INCIDENT, "id": "old", "started_at": "2026-09-10T09:00:00Z", "resolved_at": "2026-09-10T10:00:00Z"}
    imported(desk, document(INCIDENT, light, open_one, long_ago))
    told = desk.said(f"claim counter {claim} --posted --by ana")
    assert "left out: open Calls fail has not ended by the vendor's word" in told
    assert "2026-10-10T09:00:00Z 2026-10-10T11:00:00Z" in told
    assert "undisputed: 78.40 EUR" in told
    assert "undisputed: 78.40 EUR" in desk.said(f"claim counter {claim}")
    event = desk.json(f"claim show {claim}")["events"][-1]
    assert (event["step"], "evidence" in event["details"]) == ("countered", True)
    corrected = {**INCIDENT, "resolved_at": "2026-10-10T10:00:00Z", "updated_at": "2026-10-20T10:00:00Z"}
    imported(desk, document(corrected))
    assert "undisputed: 0.00 EUR" in desk.said(f"claim counter {claim} --posted --by ana")
    assert "undisputed: 78.40 EUR" in desk.said(f"claim counter {claim} --posted --impact minor --by ana")


def test_mistakes(desk: Acme) -> None:
    """What is no page, and a group that the contract does not have."""
    (desk.folder / "page.json").write_text(json.dumps({"posts": []}), encoding="utf-8")
    code, output = desk.run(f"import statuspage {desk.folder / 'page.json'} --agreement acme")
    assert (code, "there are no `incidents`" in output) == (2, True)
    lines = imported(desk, document(works=[WORK]), "--group nothing")
    assert any(line.startswith("skipped: page.json: 2kxrmwbgm4ty: ") for line in lines)
