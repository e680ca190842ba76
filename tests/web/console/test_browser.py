"""The console in a real Chromium: the life of a breach by mouse and by keyboard, in every colour and width."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.async_api import expect

from tests.browsing import PATIENCE_MS, barriers, chromium
from tests.web.console.house import PASSWORDS, Visiting, visiting
from tests.web.console.test_pages import AGREEMENT, CLAIM, EVERY, PAGE, delivered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from playwright.async_api import Browser, ConsoleMessage, Page

pytestmark = pytest.mark.browser
WIDTHS = (360, 768, 1280, 1600)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@asynccontextmanager
async def opened(
    browser: Browser,
    house: Visiting,
    *,
    scheme: Literal["light", "dark"] = "light",
    width: int = 1280,
    script: bool = True,
) -> AsyncIterator[Page]:
    """A window; at its end the browser has had nothing to complain about."""
    context = await browser.new_context(
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        java_script_enabled=script,
        base_url=house.address,
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("console", heard)
    yield page
    await context.close()
    assert complaints == []


async def sign_in(page: Page, name: str) -> None:
    """As a person of the house, by the form."""
    await page.goto("/console/sign-in")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORDS[name])
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Today")


async def sign_out(page: Page) -> None:
    """By the button."""
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


async def by_mouse(page: Page, house: Visiting) -> None:
    """An exclusion rejected, the letter approved and sent, their figures, the credit note: all by clicks."""
    await sign_in(page, "ivo")
    await page.goto(f"{AGREEMENT}?period=2026-10")
    await page.get_by_text("Propose one").click()
    await page.get_by_label("From, Europe/Prague").fill("2026-10-10 11:00")
    await page.get_by_label("To", exact=True).fill("2026-10-10 11:30")
    await page.get_by_label("Why").fill("they call it planned")
    await page.get_by_role("button", name="Propose").click()
    await page.get_by_role("link", name="Today").click()
    await page.locator("#exclusion-acme-E1").get_by_role("button", name="Reject").click()
    await expect(page.locator("#exclusion-acme-E1")).to_have_count(0)
    await sign_out(page)
    await sign_in(page, "ana")
    await page.locator(f'[id="claim-{CLAIM}"]').get_by_role("link").click()
    await page.get_by_role("button", name="Write the letter").click()
    letter = page.frame_locator("iframe.letter")
    await expect(letter.get_by_text("SLA Service Credit").first).to_be_visible()
    await page.get_by_role("button", name="Approve this letter").click()
    await page.get_by_role("button", name="Send it").click()
    await expect(page.get_by_text("The letter is on its way.")).to_be_visible()
    await delivered(house)
    # News come by themselves: nobody loads the page anew.
    await expect(page.get_by_role("heading", name="They have it")).to_be_visible()
    await page.get_by_label("Their number").fill("V-77")
    await page.get_by_role("button", name="Acknowledged").click()
    await page.get_by_label("The outages that they admit").fill("2026-10-10 11:30 to 2026-10-10 12:00")
    await page.get_by_role("button", name="Compare").click()
    await expect(page.get_by_role("heading", name="Their figures beside ours")).to_be_visible()
    await page.get_by_label("Credited, EUR").fill("58.80")
    await page.get_by_label("Credit note").fill("CN-1")
    await page.get_by_role("button", name="Settle").click()
    await expect(page.get_by_text("Done.")).to_be_visible()


async def by_keyboard(page: Page, house: Visiting) -> None:
    """The same without a pointer: keys lead to pages and rows, tabulator and Enter press the buttons."""
    await page.goto("/console/sign-in")
    await page.keyboard.type("ana")  # the first field has the focus
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORDS["ana"])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    await page.keyboard.press("g")
    await page.keyboard.press("c")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Claims")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(CLAIM)
    for name in ("Write the letter", "Approve this letter", "Send it"):
        await pressed(page, name)
    await expect(page.get_by_text("The letter is on its way.")).to_be_visible()
    await delivered(house)
    await expect(page.get_by_role("heading", name="They have it")).to_be_visible()
    await tabbed(page, "their number")
    await page.keyboard.type("V-78")
    await page.keyboard.press("Enter")
    await tabbed(page, "the outages that they admit")
    await page.keyboard.type("2026-10-10 11:30 to 2026-10-10 12:00")
    await pressed(page, "Compare")
    await tabbed(page, "credited, eur")
    await page.keyboard.type("58.80")
    await page.keyboard.press("Tab")
    await page.keyboard.type("CN-2")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Done.")).to_be_visible()
    await page.keyboard.press("/")
    await page.keyboard.type("acme 2026-10")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name=CLAIM)).to_be_visible()


FOCUSED = """() => { const at = document.activeElement;
  return (at.labels?.[0]?.textContent || at.textContent || at.title || "").trim().toLowerCase() }"""
TABS_MAX = 80


async def tabbed(page: Page, words: str) -> None:
    """Go on with the tabulator until what has the focus begins with these words."""
    await expect(page.get_by_text(words[1:]).first).to_be_attached()
    for _ in range(TABS_MAX):
        await page.keyboard.press("Tab")
        if str(await page.evaluate(FOCUSED)).startswith(words.lower()):
            return
    raise AssertionError(f"the tabulator does not come to {words!r}")


async def pressed(page: Page, name: str) -> None:
    """Press a button without a pointer."""
    await expect(page.get_by_role("button", name=name)).to_be_visible()
    await tabbed(page, name.lower())
    await page.keyboard.press("Enter")


async def fits(page: Page, width: int, pages: Sequence[str] = EVERY) -> None:
    """No page is wider than the window, and axe finds nothing serious on any."""
    for path in pages:
        await page.goto(path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert await barriers(page) == [], path


async def test_a_breach_by_mouse(tmp_path: Path) -> None:
    """From the exclusion to the credit note in the dark, on a phone; then every page fits and is open to all."""
    async with (
        chromium() as browser,
        visiting(tmp_path) as house,
        opened(browser, house, scheme="dark", width=360) as page,
    ):
        await by_mouse(page, house)
        await fits(page, 360, EVERY[::2])  # each of them in every colour and width is a proof


@pytest.mark.prove
async def test_pages_read_without_a_script(tmp_path: Path) -> None:
    """Links, forms and the switch of colours work where scripts are off."""
    async with chromium() as browser, visiting(tmp_path) as house, opened(browser, house, script=False) as page:
        await sign_in(page, "ana")
        await page.get_by_role("button", name="Dark colours").click()
        assert await page.locator("html").get_attribute("data-theme") == "dark"
        await page.goto(PAGE)
        await page.get_by_role("button", name="Write the letter").click()
        await expect(page.get_by_role("button", name="Approve this letter")).to_be_visible()


@pytest.mark.prove
async def test_what_is_typed_survives_the_news(tmp_path: Path) -> None:
    """A page that somebody types into is not exchanged until they are done."""
    async with chromium() as browser, visiting(tmp_path) as house, opened(browser, house) as page:
        await sign_in(page, "ana")
        await page.goto(PAGE)
        await page.get_by_label("Why").fill("because")
        await house.rooms.stated("conditions", {"agreement": "acme", "id": "supported_version", "state": "yes"}, "ivo")
        await page.wait_for_timeout(600)
        assert await page.get_by_label("Why").input_value() == "because"


@pytest.mark.prove
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_whole_life_in_every_colour_and_width(
    tmp_path: Path, scheme: Literal["light", "dark"], width: int
) -> None:
    """By mouse and by keyboard, light and dark, 360 to 1600 pixels; every page fits, axe finds nothing serious."""
    async with chromium() as browser:
        for way in (by_mouse, by_keyboard):
            folder = tmp_path / way.__name__
            async with visiting(folder) as house, opened(browser, house, scheme=scheme, width=width) as page:
                await way(page, house)
                await fits(page, width)
