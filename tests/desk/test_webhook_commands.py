"""What an operator asks of webhooks by command: what was told, and that what was given up is tried once more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from tests.desk.acme import Acme, acme
from tests.desk.test_notices import webhook
from uptime_daemon.settings.webhooks import Topic
from uptime_daemon.store.database import open_store
from uptime_daemon.store.kept import MailState, Notice

if TYPE_CHECKING:
    from uptime_daemon.settings.values import Settings


def test_what_was_given_up_is_tried_once_more(tmp_path: Path) -> None:
    """Of the named webhook alone; an unknown name is told with those there are."""
    desk = acme(tmp_path)
    known: Settings = replace(desk.settings, webhooks=(webhook("ops", Topic.STATUS), webhook("desk", Topic.OUTAGES)))
    with open_store(known.database, create=False) as store:
        store.queue_notices([Notice(name, "e1", "test", b"{}", 1) for name in ("ops", "desk")])
        for each in store.notices():
            store.mark(each.id, MailState.PENDING, MailState.FAILED, error="given up after 82 attempts: 503")
    with patch.object(Acme, "settings", known):
        code, said = desk.run("webhook again nobody")
        assert (code, said) == (2, "there is no webhook 'nobody'; the webhooks are: ops, desk\n")
        assert desk.said("webhook again ops") == "1 in the outbox again\n"
        rows = desk.json("webhook list")
        assert [row["webhook"] for row in desk.json("webhook list --webhook desk")] == ["desk"]
    assert [(row["webhook"], row["state"], row["reply"]) for row in rows] == [
        ("ops", "pending", "released again"),
        ("desk", "failed", "given up after 82 attempts: 503"),
    ]
