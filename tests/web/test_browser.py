from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Request

from tests.browsing import barriers, chromium
from tests.web.boards import board
from tests.web.conftest import Listener

pytestmark = pytest.mark.browser

WIDTHS = (360, 768, 1440)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium."""
    async with chromium() as started:
        yield started


ABANDONED = "net::ERR_ABORTED"
"""Why the browser gives up a request, as for the icon in a tab, when the page that asked for it is left meanwhile."""


async def test_the_page_fits_and_obeys_its_policy(outside: Listener, browser: Browser) -> None:
    """From 360 pixels up it is no wider than the window, and the browser has nothing to complain about."""
    outside.shown.now = board(demonstration=True)
    complaints: list[str] = []

    def failed(request: Request) -> None:
        if request.failure != ABANDONED:
            complaints.append(f"{request.url}: {request.failure}")

    for scheme in ("light", "dark"):
        context = await browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
        page = await context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("requestfailed", failed)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 800})
            await page.goto(f"{outside.address}/")
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
            assert await page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgba(0, 0, 0, 0)"
        assert await barriers(page) == []
        await context.close()
    assert complaints == []


async def test_colours_follow_the_scheme_of_the_reader(outside: Listener, browser: Browser) -> None:
    """The ground is light for those who like it light and dark for the others, without any script."""
    grounds = []
    for scheme in ("light", "dark"):
        context = await browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
        page = await context.new_page()
        await page.goto(f"{outside.address}/")
        grounds.append(await page.evaluate("getComputedStyle(document.body).backgroundColor"))
        await context.close()
    assert grounds == ["rgb(245, 246, 248)", "rgb(18, 22, 26)"]
