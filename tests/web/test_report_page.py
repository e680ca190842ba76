"""The page behind the link in the mail: what to say to whom, one button, and no way in for other sites."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.web.listening import Keys
from tests.web.test_facts import Asking, asking
from uptime_daemon.core.time.instants import HOUR
from uptime_daemon.web.forms import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

from uptime_daemon.clock import SystemClock

PAGE = "/report?agreement=acme&group=service"


async def page(api: Asking, path: str = PAGE, **options: Any) -> tuple[int, str]:
    """Status and text of the page."""
    async with api.client.get(api.address + path, **options) as response:
        return response.status, await response.text()


async def send(api: Asking, fields: dict[str, str], **options: Any) -> tuple[int, str]:
    """Status and text of the answer to the form."""
    async with api.client.post(api.address + PAGE, data=fields, allow_redirects=False, **options) as response:
        return response.status, await response.text()


def token(text: str) -> str:
    """The token that the page's form carries."""
    found = re.search(rf'name="{TOKEN}" value="([0-9a-f]+)"', text)
    assert found
    return found.group(1)


async def test_one_button_records_the_report(tmp_path: Path) -> None:
    """The page names duty, numbers and words; the button records a ticket by its channel, and the page says so."""
    async with asking(tmp_path) as api:
        api.desk.since = SystemClock().now() - HOUR
        status, text = await page(api)
        assert status == 200
        for said in ("not reported yet", "Every critical incident was reported by phone", "has been unavailable since"):
            assert said in text
        status, _ = await send(api, {TOKEN: token(text), "channel": "phone", "by": "ana", "ticket": "", "at": ""})
        assert status == 303
        status, text = await page(api)
        assert "Down since" in text
        assert "not reported yet" not in text
        assert "<code>T1</code> by phone" in text
        (fact,) = api.store.facts()
        assert (fact.by, fact.body["channel"], fact.body["group"]) == ("ana", "phone", "service")


async def test_mistakes_stay_on_the_page(tmp_path: Path) -> None:
    """What is wrong is said above the form, what was filled in stays, and nothing is recorded."""
    async with asking(tmp_path) as api:
        _, text = await page(api)
        assert "No outage is going on" in text
        status, text = await send(
            api, {TOKEN: token(text), "channel": "phone", "by": "<b>ana", "at": "2026-10-25 02:30"}
        )
        assert status == 400
        assert "occurs twice in Europe/Prague" in text
        assert 'value="2026-10-25 02:30"' in text
        assert 'value="&lt;b&gt;ana"' in text
        assert api.store.facts() == []


@pytest.mark.parametrize("given", [None, "0" * 64])
async def test_forms_of_others_are_refused(tmp_path: Path, given: str | None) -> None:
    """Without the token of a page of ours, or with another one, nothing is recorded."""
    async with asking(tmp_path) as api:
        status, text = await send(api, {"channel": "phone", "by": "ana"} | ({TOKEN: given} if given else {}))
        assert (status, "load it again" in text) == (403, True)
        async with api.client.post(api.address + PAGE, json={"channel": "phone"}) as response:
            assert response.status == 415
        assert api.store.facts() == []


async def test_who_signed_in_reports(tmp_path: Path) -> None:
    """The page asks for no name, and a token given to one person is of no use to another."""
    async with asking(tmp_path, Keys()) as api:
        work: dict[str, Any] = {"headers": {"Authorization": "Bearer work"}}
        look: dict[str, Any] = {"headers": {"Authorization": "Bearer look"}}
        _, text = await page(api, **work)
        assert 'name="by"' not in text
        _, other = await page(api, **look)
        assert token(other) != token(text)
        assert (await send(api, {TOKEN: token(other), "channel": "phone"}, **work))[0] == 403
        assert (await send(api, {TOKEN: token(text), "channel": "phone"}, **work))[0] == 303
        assert [fact.by for fact in api.store.facts()] == ["work"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/report", 400),
        ("/report?agreement=acme", 400),
        ("/report?agreement=nobody&group=service", 404),
        ("/report?agreement=acme&group=nothing", 404),
        ("/report?agreement=acme&group=service&x=1", 400),
    ],
)
async def test_links_that_lead_nowhere(tmp_path: Path, path: str, status: int) -> None:
    """An unknown agreement or group, or a broken link, is told as such."""
    async with asking(tmp_path) as api:
        assert (await page(api, path))[0] == status


async def test_the_form_goes_nowhere_else(tmp_path: Path) -> None:
    """The page may send its form to us alone; every other rule stays."""
    async with asking(tmp_path) as api, api.client.get(api.address + PAGE) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "form-action 'self'" in policy
        assert "default-src 'none'" in policy
        assert response.headers["X-Frame-Options"] == "DENY"
