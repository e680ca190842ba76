"""Notices to programs that listen: signed as https://www.standardwebhooks.com/ asks, posted, never redirected.

A receiver verifies the three headers `webhook-id`, `webhook-timestamp` and `webhook-signature` with a library of that
specification or three lines of its own, refuses stamps that are older than a few minutes, and does each id once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import HOUR, SECOND
from uptime_daemon.delivery.fate import Fate, Talk
from uptime_daemon.delivery.http import Address, request
from uptime_daemon.delivery.outbox import Patience, Way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.delivery.ports import Clock, DueNotice, Secret

PATIENCE: Final = Patience(first=5 * SECOND, longest=HOUR, attempts_max=82)
"""Three days: a receiver that broke on Friday evening is mended on Monday."""
ANSWER_SECONDS: Final = 30
"""How long a receiver may take, name and handshake included: as long as Statuspage lets its own."""
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - how secrets of the specification begin
SECRET_BYTES: Final = range(24, 65)
"""As the specification has it: 192 to 512 bits."""
_GONE: Final = 410


class SigningSecretError(ValueError):
    """A text that is no secret to sign with."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is told, and how it knows that it was us."""

    address: Address
    secrets: tuple[Secret, ...]
    """The one in force, and while it is exchanged the former one as well."""


def signing_key(text: str) -> bytes:
    """The bytes of a secret that is written as the specification has it. Raises `SigningSecretError`."""
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(SECRET_PREFIX) or len(key) not in SECRET_BYTES:
        raise SigningSecretError(f"is no secret of a webhook; make one: echo {SECRET_PREFIX}$(openssl rand -base64 32)")
    return key


def signed(receiver: Receiver, event: str, at: Instant, body: bytes) -> Mapping[str, str]:
    """The headers of one attempt: the stamp is its own, so that an old delivery cannot be sent again by others."""
    stamp = str(at // SECOND)
    content = b".".join((event.encode(), stamp.encode(), body))
    signatures = (hmac.digest(signing_key(secret.reveal()), content, hashlib.sha256) for secret in receiver.secrets)
    return {
        "webhook-id": event,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(each).decode()}" for each in signatures),
        "Content-Type": "application/json",
    }


def by_webhook(receiver: Receiver, clock: Clock) -> Way[DueNotice]:
    """The way of notices to one receiver."""

    async def hand_over(notice: DueNotice) -> Talk:
        return await post(receiver, notice.event, notice.body, clock.now())

    return Way(hand_over, PATIENCE, one_receiver=True)


async def post(receiver: Receiver, event: str, body: bytes, at: Instant) -> Talk:
    """One attempt."""
    answer = await request("POST", receiver.address, ANSWER_SECONDS, body, signed(receiver, event, at, body))
    if answer.is_taken:
        return Talk(Fate.SENT, answer.words)
    # 410 says that nobody listens there any more; whatever else is wrong a person may mend within days.
    return Talk(Fate.REFUSED if answer.status == _GONE else Fate.LATER, answer.words)
