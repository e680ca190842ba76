"""The month of announced work: recorded, shown with what stands of it, called off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.web.console.house import visiting
from uptime_daemon.web.console.frame import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

PATH = "/console/maintenance"
NASTY = "<script>alert(1)</script>"


async def test_work_from_its_announcement_to_its_end(tmp_path: Path) -> None:
    """An operator records what the vendor told; it stands in the calendar until it is called off."""
    async with visiting(tmp_path) as house:
        await house.sign_in("ivo")
        token = await house.token(PATH)
        told = {
            TOKEN: token, "month": "2026-11", "agreement": "acme", "from": "2026-11-12 22:00",
            "to": "2026-11-13 02:00", "received_at": "2026-11-02 09:00", "channel": "mail", "note": NASTY,
        }  # fmt: skip
        done = await house.send(PATH, told)
        assert (done.status, done.headers["Location"]) == (303, f"{PATH}?month=2026-11")
        status, page = await house.get(f"{PATH}?month=2026-11")
        assert status == 200, page
        assert NASTY not in page
        assert page.count('class="work up"') == 2, "it touches two days"
        identity = re.search(r'name="id" value="([^"]+)"', page)
        assert identity, page
        gone = {TOKEN: token, "month": "2026-11", "agreement": "acme", "id": identity[1]}
        assert (await house.send(f"{PATH}/cancellations", gone)).status == 303
        _, page = await house.get(f"{PATH}?month=2026-11")
        assert 'class="work quiet"' in page
        assert 'name="id"' not in page
        _, other = await house.get(f"{PATH}?month=2026-09")
        assert 'class="work' not in other


async def test_what_is_no_month_or_no_announcement(tmp_path: Path) -> None:
    """Each is told on the page, and a viewer says nothing."""
    async with visiting(tmp_path) as house:
        await house.sign_in("ivo")
        token = await house.token(PATH)
        for month in ("2026-13", "1066-10", "now", "2026"):
            status, _ = await house.get(f"{PATH}?month={month}")
            assert status == 400, month
        backwards = {TOKEN: token, "agreement": "acme", "from": "2026-11-13 02:00", "to": "2026-11-12 22:00"}
        assert (await house.send(PATH, backwards)).status == 400
        house.client.cookie_jar.clear()
        await house.sign_in("vit")
        mine = await house.token(PATH)
        assert (await house.send(PATH, {**backwards, TOKEN: mine})).status == 403


async def test_the_house_itself(tmp_path: Path) -> None:
    """The page of the system names what was loaded, the seals and what has not left."""
    async with visiting(tmp_path) as house:
        store = house.rooms.store
        store.store_definitions({"probes/x.yaml": "vendor: x"}, house.rooms.now() - 1)
        store.seal(house.rooms.now())
        await house.sign_in("vit")
        status, page = await house.get("/console/system")
        text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
        assert status == 200, page
        head = store.seals(house.rooms.judge().periods("acme", "2026-10", house.rooms.now())[0].span)[-1].head
        for words in ("probes/x.yaml", head, "finance@acme.example", "in force"):
            assert words in text, words
