"""What programs that listen are told of outages, breaches and deadlines: an envelope of our own, once an event.

News of the public page goes to them in the envelope of Statuspage, which the page itself makes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.time.instants import SECOND, format_instant
from uptime_daemon.settings.webhooks import Topic
from uptime_daemon.store.kept import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.settings.webhooks import Webhook

OUTAGE_STARTED: Final = "outage.started"
OUTAGE_ENDED: Final = "outage.ended"
BREACH_FOUND: Final = "breach.found"
DEADLINE_NEAR: Final = "deadline.near"
DEADLINE_PASSED: Final = "deadline.passed"


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of an agreement."""

    topic: Topic
    type: str
    agreement: str
    key: str
    """What tells it from others of its type: said twice it is one event."""
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listeners:
    """The webhooks in force."""

    webhooks: tuple[Webhook, ...] = ()
    demonstration: bool = False

    def notices(self, happening: Happening, at: Instant) -> tuple[Notice, ...]:
        """The notices of an event, one for each webhook that wants it."""
        wanted = [each.name for each in self.webhooks if each.wants(happening.topic, happening.agreement)]
        if not wanted:
            return ()
        content: dict[str, Any] = {
            "type": happening.type,
            "timestamp": format_instant(at),
            "data": {"agreement": happening.agreement, **happening.data},
        }
        if self.demonstration:
            content["demonstration"] = True
        event = event_id(happening.type, happening.agreement, happening.key)
        return tuple(Notice(name, event, happening.type, written(content), at) for name in wanted)


def event_id(*parts: str) -> str:
    """The id of an event: the same words give the same id."""
    return f"evt_{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"


def written(content: Mapping[str, Any]) -> bytes:
    """JSON as it is signed and sent."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def outage_happening(
    agreement: str, group: str, since: Instant, until: Instant | None, outage_class: str | None, link: str
) -> Happening:
    """An outage of a contract's group that began, or has ended."""
    data: dict[str, Any] = {"group": group, "since": format_instant(since), "class": outage_class}
    if until is not None:
        data |= {"until": format_instant(until), "seconds": (until - since) // SECOND}
    if link:
        data["report"] = link
    kind = OUTAGE_STARTED if until is None else OUTAGE_ENDED
    return Happening(Topic.OUTAGES, kind, agreement, f"{group}@{since}", data)


def breach_happening(claim: str, agreement: str, facts: Mapping[str, Any]) -> Happening:
    """A target that was missed, so that a claim begins: what its first step records of it."""
    return Happening(Topic.BREACHES, BREACH_FOUND, agreement, claim, {"claim": claim, **facts})


def claim_deadline(
    claim: str, agreement: str, deadline: Instant, state: str, left: Duration | None, step: str
) -> Happening:
    """A claim's deadline that is near (`left` of it) or has passed."""
    data: dict[str, Any] = {"claim": claim, "state": state, "deadline": format_instant(deadline)}
    if left is not None:
        data["seconds_left"] = left // SECOND
    kind = DEADLINE_PASSED if left is None else DEADLINE_NEAR
    return Happening(Topic.DEADLINES, kind, agreement, f"{claim}:{step}", data)


def ticket_deadline(agreement: str, facts: Mapping[str, Any], key: str, *, passed: bool) -> Happening:
    """A clock of a ticket that is about to run out, or has before the vendor did what it promised."""
    return Happening(Topic.DEADLINES, DEADLINE_PASSED if passed else DEADLINE_NEAR, agreement, key, facts)
