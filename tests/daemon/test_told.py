"""A real daemon tells the programs that listen: an outage that comes and goes, signed, repeated until it is taken."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from standardwebhooks.webhooks import Webhook

from tests.daemon.running import command, files, listener, running, service, until
from tests.delivery.test_webhooks import Inbox, listening

if TYPE_CHECKING:
    from pathlib import Path

    from tests.daemon.running import Files

SECRET = "whsec_" + base64.b64encode(b"a secret of this test, 32 bytes!").decode()


def _told(inbox: Inbox) -> list[dict[str, Any]]:
    """What was taken, verified as receivers do and each event once."""
    events = {}
    for _, headers, body in inbox.received:
        assert Webhook(SECRET).verify(body, headers) == json.loads(body)
        events[headers["webhook-id"]] = json.loads(body)
    return list(events.values())


async def test_an_outage_is_told_until_it_is_taken(tmp_path: Path) -> None:
    """Public news in the envelope of Statuspage, the agreement's own in ours; a receiver that was away gets all of it.

    Meanwhile the sign of life is given as long as the daemon does its work.
    """
    async with (
        service() as watched, listener() as one, listener() as two,
        listening(public := Inbox(503)) as status_url, listening(own := Inbox(204)) as outages_url,
        listening(heard := Inbox(200)) as heart_url,
    ):  # fmt: skip
        configured = files(tmp_path / "own", watched.port, (one.port, two.port))
        with configured.configuration.open("a") as file:
            file.write(f"""\
status_page: {{incident_hold: 1s}}
webhooks:
  - {{name: page, url: "{status_url}", secret: "{SECRET}", private: true, events: [status]}}
  - {{name: desk, url: "{outages_url}", secret: "{SECRET}", private: true, events: [outages, breaches, deadlines]}}
heartbeat: {{url: "{heart_url}", every: 10s, private: true}}
""")
        async with running(configured) as daemon:
            await daemon.until_metric('group_up{group="acme/voice"}', "1")
            await watched.become("errors")
            await daemon.until_metric('group_up{group="acme/voice"}', "0")
            await until(lambda: _holds(len(public.received) > 0), lambda: "".join(daemon.log[-20:]))
            public.status = 200  # the receiver is mended
            await until(lambda: _holds(len(_told(public)) >= 2), lambda: "".join(daemon.log[-20:]))
            await watched.become("ok")
            await until(
                lambda: _holds(len(_told(public)) >= 4 and len(_told(own)) >= 2), lambda: "".join(daemon.log[-20:])
            )
            await until(lambda: _holds(bool(heard.received)), lambda: "".join(daemon.log[-20:]))
            printed = ""

            async def are_sent() -> bool:
                nonlocal printed
                code, printed = await webhook(configured, "list", "--format", "json")
                assert code == 0, printed
                states = {(each["webhook"], each["state"]) for each in json.loads(printed)}
                return states == {("page", "sent"), ("desk", "sent")}

            await until(are_sent, lambda: printed)
            assert await webhook(configured, "test", "desk") == (0, "sent: 204 No Content\n")
            await daemon.until_counted('deliveries_total{integration="heartbeat"}', 1)
            text = "".join(daemon.log)
        assert SECRET not in text
        assert "/hook" not in text
    news = _told(public)
    assert {each["page"]["status_indicator"] for each in news} == {"critical", "none"}
    changes = [each["component_update"] for each in news if "component_update" in each]
    assert [(each["old_status"], each["new_status"]) for each in changes] == [
        ("operational", "major_outage"),
        ("major_outage", "operational"),
    ]
    incidents = [each["incident"] for each in news if "incident" in each]
    assert [each["status"] for each in incidents] == ["investigating", "resolved"]
    assert incidents[0]["id"] == incidents[1]["id"]
    told = [each for each in _told(own) if each["type"] != "test"]
    assert [each["type"] for each in told] == ["outage.started", "outage.ended"]
    assert {each["data"]["agreement"] for each in told} == {"acme"}
    assert all(each["demonstration"] for each in told)
    assert heard.received
    assert heard.received[0][0] == "/hook"


async def webhook(configured: Files, *arguments: str) -> tuple[int, str]:
    """A command about webhooks."""
    return await command("webhook", *arguments, "--config", str(configured.configuration))


async def _holds(answer: bool) -> bool:
    return answer
