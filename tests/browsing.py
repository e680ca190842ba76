"""A real Chromium for the tests of pages, and what it is asked about people who cannot see or point."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

SERIOUS = frozenset({"serious", "critical"})
PATIENCE_MS = 120_000
"""How long a page is waited for: many times what a busy machine needs, for it only matters where a test fails."""
expect.set_options(timeout=PATIENCE_MS)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The Chromium of this machine."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            # /dev/shm of a container may be too small for it
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            timeout=PATIENCE_MS,
        )
        try:
            yield browser
        finally:
            await browser.close()


async def barriers(page: Page) -> list[str]:
    """What axe-core finds serious or critical on a page as it is shown now, one line each.

    It is evaluated through the debugger's protocol, which a page's own policy against scripts does not hinder.
    """
    await page.evaluate(Axe().axe_script)
    found = await page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{each['impact']}: {each['id']}: {each['help']}: {node['html'][:200]}"
        for each in found["violations"]
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]
