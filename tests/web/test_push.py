"""Reports come in with a probe's own token, and with no user's."""

from typing import Any

import aiohttp
import pytest

from tests.web.listening import Kept, Keys, Life, Shown, metrics_of, served
from tests.web.test_openapi import fitting
from uptime_daemon.clock import SystemClock
from uptime_daemon.probers.push import Reports
from uptime_daemon.web.app import internal_app
from uptime_daemon.web.openapi import document

TOKEN = "a-token-of-a-test-that-is-long"


async def told(reports: Reports, token: str, **body: Any) -> int:
    """The status of one report, where users are known."""
    shown = Shown()
    app = internal_app(
        boards=shown, records=Kept(), lifecycle=Life(), metrics=metrics_of(shown), access=Keys(), listener=reports
    )
    headers = {"Authorization": token} if token else {}
    async with (
        served(app) as address,
        aiohttp.ClientSession() as client,
        client.post(f"{address}/api/v1/push", headers=headers, **body) as response,
    ):
        return response.status


async def asked(reports: Reports, token: str) -> tuple[int, Any]:
    """Status and content of the question what was heard."""
    shown = Shown()
    app = internal_app(
        boards=shown, records=Kept(), lifecycle=Life(), metrics=metrics_of(shown), access=Keys(), listener=reports
    )
    async with (
        served(app) as address,
        aiohttp.ClientSession() as client,
        client.get(f"{address}/api/v1/push", headers={"Authorization": token}) as response,
    ):
        return response.status, await response.json()


@pytest.fixture
def reports() -> Reports:
    """Listening for one token."""
    made = Reports(SystemClock())
    made.expect([TOKEN])
    return made


@pytest.mark.parametrize(
    ("body", "works", "message"),
    [
        ({}, True, ""),
        ({"json": {}}, True, ""),
        ({"json": {"state": "up", "message": "fine"}}, True, "fine"),
        ({"json": {"state": "down", "message": "disk full"}}, False, "disk full"),
    ],
)
async def test_report_is_taken(reports: Reports, body: dict[str, Any], works: bool, message: str) -> None:
    """With the probe's token alone, the latest report is what was sent."""
    assert await told(reports, f"Bearer {TOKEN}", **body) == 204
    latest = reports.latest(TOKEN)
    assert latest is not None
    assert (latest.works, latest.message) == (works, message)


@pytest.mark.parametrize("works", [None, True, False])
async def test_what_was_heard_is_told_to_who_reports(reports: Reports, works: bool | None) -> None:
    """The age of the latest report and what it said, as the document of the API promises; to nobody else."""
    if works is not None:
        reports.take(TOKEN, "disk full", works=works)
    status, heard = await asked(reports, f"Bearer {TOKEN}")
    assert (status, sorted(heard)) == (200, ["age_seconds", "listening_seconds", "message", "state"])
    expected = {None: (None, ""), True: ("up", "disk full"), False: ("down", "disk full")}
    assert (heard["state"], heard["message"]) == expected[works]
    assert (heard["age_seconds"] is None) is (works is None)
    assert 0 <= (heard["age_seconds"] or 0) <= heard["listening_seconds"]
    fitting(heard, document()["paths"]["/api/v1/push"]["get"])
    assert (await asked(reports, "Bearer look"))[0] == 401


@pytest.mark.parametrize("token", ["", TOKEN, "Bearer look", "Bearer work", "Bearer ", f"Basic {TOKEN}"])
async def test_stranger_is_refused(reports: Reports, token: str) -> None:
    """Neither nobody nor a user may report for a probe."""
    assert await told(reports, token) == 401
    assert reports.latest(TOKEN) is None


@pytest.mark.parametrize(
    "body",
    [
        {"data": b"no json"},
        {"json": ["up"]},
        {"json": {"state": "fine"}},
        {"json": {"state": ["up"]}},
        {"json": {"message": 7}},
        {"json": {"colour": "red"}},
    ],
)
async def test_report_that_cannot_be_read_is_refused(reports: Reports, body: dict[str, Any]) -> None:
    """A mistake in a report is told, and is no report."""
    assert await told(reports, f"Bearer {TOKEN}", **body) == 400
    assert reports.latest(TOKEN) is None
