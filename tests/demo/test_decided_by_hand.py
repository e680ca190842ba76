"""The demonstration's breach decided in its console by hand: real daemon, real mail, real Chromium."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browsing import PATIENCE_MS, chromium
from tests.demo.test_demonstration import Met
from tests.ports import free_ports
from uptime_daemon.demo.files import PEOPLE

pytestmark = [pytest.mark.browser, pytest.mark.prove]
PASSWORDS = {name: password for name, _, password in PEOPLE}


async def sign_in(page: Page, name: str) -> None:
    """As one of the demonstration's people."""
    await page.goto("/console/sign-in")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORDS[name])
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Today")


async def decided(page: Page, met: Met) -> None:
    """From the exclusion to the credit note; the letter arrives at the vendor's mailbox in between."""
    await sign_in(page, "ivo")
    await page.goto("/console/agreements/acme-daktela")
    await page.get_by_text("Propose one").click()
    outage = page.locator("#outage-1 time")
    start, end = await outage.nth(0).inner_text(), await outage.nth(1).inner_text()
    await page.get_by_label("From, Europe/Prague").fill(start)
    await page.get_by_label("To", exact=True).fill(end)
    await page.get_by_role("button", name="Propose").click()
    await page.goto("/console")
    await page.locator("#exclusion-acme-daktela-E1").get_by_role("button", name="Reject").click()
    await page.get_by_role("button", name="Sign out").click()
    await sign_in(page, "ana")
    await page.get_by_role("link", name="service.provisional").first.click()
    await page.get_by_role("button", name="Write the letter").click()
    await expect(page.frame_locator("iframe.letter").get_by_text("DEMONSTRATION").first).to_be_visible()
    await page.get_by_role("button", name="Approve this letter").click()
    await page.get_by_role("button", name="Send it").click()
    await expect(page.get_by_role("heading", name="They have it")).to_be_visible()
    letter = await met.receives("credits@vendor.example", "SLA Service Credit")
    assert "39.20 EUR" in letter.text
    await page.get_by_label("Their number").fill("V-77")
    await page.get_by_role("button", name="Acknowledged").click()
    await page.get_by_label("The outages that they admit").fill(f"{start} to {end}")
    await page.get_by_role("button", name="Compare").click()
    await expect(page.get_by_role("heading", name="Their figures beside ours")).to_be_visible()
    await page.get_by_label("Credited, EUR").fill("39.20")
    await page.get_by_label("Credit note").fill("CN-1")
    await page.get_by_role("button", name="Settle").click()
    await expect(page.get_by_text("Done.")).to_be_visible()


async def test_the_breach_is_decided_by_hand_and_a_restart_signs_nobody_out(tmp_path: Path) -> None:
    """The whole way in the browser; then the daemon is started again, and the same page is still open to ana."""
    folder, (port, *_) = tmp_path / "demo", free_ports(5)
    program = str(Path(sys.executable).with_name("uptime-daemon"))
    async with chromium() as browser:
        context = await browser.new_context(base_url=f"http://127.0.0.1:{port}")
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        for run in ("decided", "started again"):
            process = await asyncio.create_subprocess_exec(
                program, "demo", "--folder", str(folder), "--port", str(port),
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL, cwd=tmp_path,
            )  # fmt: skip
            try:
                met = Met(folder, port)
                await met.shows(1, "All up")
                if run == "decided":
                    await decided(page, met)
                    states = {each["claim"].rpartition(".")[2]: each["state"] for each in await met.claims()}
                    assert states["provisional"] == "settled"
                else:
                    await page.reload()
                    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
                    await expect(page.get_by_text("Done.")).to_be_visible()
            finally:
                process.send_signal(signal.SIGINT)
                await process.wait()
        await context.close()
