"""The hour of the outage: the mail says what to do, its link opens a page with one button, and the metric turns."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING

import aiohttp

from tests.daemon.running import PATIENCE_SECONDS, files, listener, running, service, until
from tests.delivery.servers import Mailbox, real_server

if TYPE_CHECKING:
    from pathlib import Path

MISSING = 'report_missing{agreement="acme",group="service",channel="phone"}'


async def test_from_the_mail_to_the_recorded_report(tmp_path: Path) -> None:
    """While nobody has reported the outage the metric is 1; the button behind the mail's link makes it 0."""
    mailbox = Mailbox()
    async with service() as watched, listener() as one, listener() as two, real_server(mailbox) as mail:
        own = files(tmp_path / "own", watched.port, (one.port, two.port), mail)
        async with (
            running(own) as daemon,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE_SECONDS)) as client,
        ):
            await daemon.until_metric(MISSING, "0")
            await watched.become("errors")
            await daemon.until_metric(MISSING, "1")

            async def told() -> bool:
                return bool(mailbox.received)

            await until(told, lambda: "nobody is told")
            content = mailbox.received[0].content
            assert isinstance(content, bytes)
            message = message_from_bytes(content, _class=EmailMessage, policy=default)
            body = message.get_body(("plain",))
            assert body is not None
            (link,) = re.findall(rf"http://127\.0\.0\.1:{own.port}/report\S+", body.get_content())
            assert "has been unavailable since" in " ".join(body.get_content().split())
            async with client.get(link) as response:
                page = await response.text()
            assert "not reported yet" in page
            token = re.search(r'name="form_token" value="(\w+)"', page)
            assert token
            fields = {"form_token": token.group(1), "channel": "phone", "by": "ana"}
            async with client.post(link, data=fields) as response:
                page = await response.text()
            assert "<code>T1</code> by phone" in page
            await daemon.until_metric(MISSING, "0")
            tickets = await daemon.json("/api/v1/tickets?agreement=acme")
            assert [event["by"] for event in tickets["tickets"][0]["events"]] == ["ana"]
            await daemon.until_metric('tickets_open{agreement="acme",group="service",severity="unstated"}', "1")
            resolved = {"agreement": "acme", "ticket": "T1", "kind": "resolved", "by": "ana"}
            async with client.post(f"http://127.0.0.1:{own.port}/api/v1/tickets", json=resolved) as response:
                assert response.status == 201, await response.text()
            await daemon.until_metric('tickets_open{agreement="acme",group="service",severity="unstated"}', "0")
            assert await daemon.end() == 0
