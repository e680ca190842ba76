"""The public page in six languages: chosen, told to caches, rendered rarely, and the same facts in each."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.browsing import barriers, chromium
from tests.web.boards import HEAD, board
from tests.web.conftest import Listener
from tests.web.public.test_statuspage import told
from tests.web.test_pages import Tags
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.showing.board import Board, MonthShare
from uptime_daemon.desk.showing.works import PlannedWork
from uptime_daemon.languages.language import Language
from uptime_daemon.web.public.page import FRESH_FOR, STALE_FOR, Rendered, StatusPage

WORDS = {
    Language.ENGLISH: "Inbound call handling: down",
    Language.SERBIAN: "Inbound call handling: ne radi",
    Language.RUSSIAN: "Inbound call handling: не работает",
    Language.UKRAINIAN: "Inbound call handling: не працює",
    Language.TURKISH: "Inbound call handling: çalışmıyor",
    Language.CZECH: "Inbound call handling: nefunguje",
}
MONTHS = (
    MonthShare(date(2026, 4, 1), 0, 0, 30 * DAY),
    MonthShare(date(2026, 5, 1), 31 * DAY - HOUR, 40 * MINUTE, 20 * MINUTE),
)


def full() -> Board:
    """A board with everything that the page can show."""
    shown = told(board())
    work = PlannedWork(
        "w1", (shown.groups[0].id,), Span(shown.at + DAY, shown.at + DAY + HOUR), shown.at, shown.at, 0, cancelled=False
    )
    return replace(shown, groups=tuple(replace(each, months=MONTHS) for each in shown.groups), works=(work,))


@pytest.mark.parametrize("language", Language)
def test_each_language_says_the_same(language: Language) -> None:
    """The headline in its words, six languages to choose from with this one marked, every tag closed."""
    page = StatusPage(HEAD).text(full(), language)
    assert Tags(page).open == []
    assert f'<p class="words">{WORDS[language]}</p>' in page
    assert f'<html lang="{language.tag}">' in page
    assert page.count("hreflang=") == 2 * len(Language)
    assert f'href="/?lang={language.value}" aria-current="true">{language.native_name}' in page


def test_months_say_how_much_was_measured() -> None:
    """A month of which nothing was seen has no share of up time; the newest stands first."""
    shown = full()
    page = StatusPage(HEAD).text(replace(shown, groups=(replace(shown.groups[0], days=()),)))
    may, april = page.index("May 2026"), page.index("April 2026")
    assert may < april
    row = page[april : page.index("</tr>", april)]
    assert row.count("–") == 2
    assert "0%" in row
    assert "99.91%" in page[may:april]
    assert "40\N{NO-BREAK SPACE}min" in page[may:april]


def test_what_was_not_measured_is_never_green() -> None:
    """A day of which nobody saw anything is one hatched bar."""
    shown = full()
    days = (replace(shown.groups[0].days[0], up=0, down=0, unknown=DAY),)
    page = StatusPage(HEAD).text(replace(shown, groups=(replace(shown.groups[0], days=days, months=()),)))
    picture = page[page.index('<figure class="history">') : page.index("</figure>")]
    assert picture.count('class="unmeasured"') == 1
    assert 'class="up"' not in picture
    assert "not measured 24" in picture


@pytest.mark.parametrize(
    ("path", "accepted", "language"),
    [
        ("/", "", "en"),
        ("/", "de, sr-RS;q=0.8, ru;q=0.5", "sr-Latn"),
        ("/", "tr", "tr"),
        ("/?lang=cs", "tr", "cs"),
        ("/?lang=en", "ru", "en"),
    ],
)
async def test_the_language_is_negotiated(outside: Listener, path: str, accepted: str, language: str) -> None:
    """The address decides, else the browser; caches are told what it depends on."""
    response, page = await outside.get(path, headers={"Accept-Language": accepted})
    assert response.headers["Content-Language"] == language
    assert response.headers["Vary"] == "Accept-Encoding, Accept-Language"
    assert f'<html lang="{language}">' in page


async def test_an_unknown_language_is_refused(outside: Listener) -> None:
    """A typo in an address is said and not guessed."""
    assert (await outside.get("/?lang=klingon"))[0].status == 400


async def test_a_held_page_is_not_sent_again(outside: Listener) -> None:
    """Each language, packed or not, has its own mark; who holds it gets 304, also by HEAD."""
    marks = set()
    for language in ("en", "uk"):
        for coding in ("gzip", "identity"):
            headers = {"Accept-Language": language, "Accept-Encoding": coding}
            response, page = await outside.get("/", headers=headers)
            assert (response.status, response.headers.get("Content-Encoding", "identity")) == (200, coding)
            assert "</html>" in page
            marks.add(response.headers["ETag"])
            for method in ("GET", "HEAD"):
                again, body = await outside.ask(
                    method, "/", headers=headers | {"If-None-Match": f'"x", W/{response.headers["ETag"]}'}
                )
                assert (again.status, body) == (304, "")
                assert again.headers["ETag"] == response.headers["ETag"]
    assert len(marks) == 4


async def until_new(page: StatusPage, shown: Board, before: Rendered) -> Rendered:
    """The rendering that comes after one, once it is there."""
    async with asyncio.timeout(120):
        while (after := await page.rendered(shown, Language.ENGLISH)) is before:  # noqa: ASYNC110 - a thread makes it
            await asyncio.sleep(0.01)
    return after


async def test_one_rendering_serves_a_crowd() -> None:
    """Within seconds nothing is rendered anew unless a state changes; the last one is shown until the next is there.

    One that is too old is waited for.
    """
    page, shown = StatusPage(HEAD), full()
    first = await page.rendered(shown, Language.ENGLISH)
    assert await page.rendered(replace(shown, at=shown.at + FRESH_FOR - SECOND), Language.ENGLISH) is first
    later = replace(shown, at=shown.at + FRESH_FOR)
    assert await page.rendered(later, Language.ENGLISH) is first
    second = await until_new(page, later, first)
    assert second.at == later.at
    well = replace(later, groups=tuple(replace(each, state=State.UP, degraded=False) for each in later.groups))
    assert await page.rendered(well, Language.ENGLISH) is second
    assert b"All up" in (await until_new(page, well, second)).body
    old = replace(well, at=well.at + STALE_FOR + SECOND)
    assert (await page.rendered(old, Language.ENGLISH)).at == old.at


@pytest.mark.browser
async def test_people_can_use_it(outside: Listener, tmp_path: Path) -> None:
    """In light and dark, on a phone and wide: it fits, axe finds nothing serious, and the switch of languages works."""
    outside.shown.now = full()
    async with chromium() as browser:
        for scheme in ("light", "dark"):
            context = await browser.new_context(
                color_scheme="dark" if scheme == "dark" else "light", java_script_enabled=True
            )
            page = await context.new_page()
            for width in (390, 1280):
                await page.set_viewport_size({"width": width, "height": 900})
                await page.goto(f"{outside.address}/")
                await page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
                assert await page.evaluate("document.documentElement.scrollWidth") <= width
                assert await barriers(page) == []
                await page.screenshot(path=tmp_path / f"{scheme}-{width}.png", full_page=True)
            await page.get_by_role("link", name="Čeština").click()
            assert await page.locator(".headline .words").inner_text() == WORDS[Language.CZECH]
            await context.close()
        # Everything is there without any script.
        bare = await browser.new_context(java_script_enabled=False)
        page = await bare.new_page()
        await page.goto(f"{outside.address}/?lang=ru")
        assert await page.locator(".headline .words").inner_text() == WORDS[Language.RUSSIAN]
        await page.locator(".group summary").first.click()
        assert await page.locator(".group .probes").first.is_visible()
