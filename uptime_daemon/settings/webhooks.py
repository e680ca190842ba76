"""The keys `webhooks:`, `heartbeat:` and `timestamps:`: who is told, who notices our silence, who vouches for us."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from uptime_daemon.addresses import PrivateAddressError, refuse_private
from uptime_daemon.core.time.instants import DAY, MINUTE
from uptime_daemon.definitions.records import ListOf, Record, optional, required
from uptime_daemon.definitions.shapes import IDENTIFIER, Choice, Flag, Text, refuse
from uptime_daemon.definitions.times import Length
from uptime_daemon.delivery.heartbeat import EVERY, Heart
from uptime_daemon.delivery.http import Address
from uptime_daemon.delivery.stamps import Authority
from uptime_daemon.delivery.webhooks import Receiver, SigningSecretError, signing_key
from uptime_daemon.settings.secret import Secret

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.definitions.nodes import Node
    from uptime_daemon.definitions.problems import Problems


class Topic(StrEnum):
    """What a webhook may be told of."""

    STATUS = "status"
    """What the public page shows, in the envelope of Statuspage."""
    OUTAGES = "outages"
    """Outages of a contract's groups, at their start and end."""
    BREACHES = "breaches"
    """Targets that were missed, when a claim about it begins."""
    DEADLINES = "deadlines"
    """Deadlines of claims and clocks that are near or have passed."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A program that is told."""

    name: str
    receiver: Receiver
    events: frozenset[Topic]
    agreements: frozenset[str] | None = None
    """Of which agreements; None: of all. Status belongs to none of them."""

    def wants(self, topic: Topic, agreement: str | None = None) -> bool:
        """Whether it is told of a topic, and of this agreement."""
        return topic in self.events and (agreement is None or self.agreements is None or agreement in self.agreements)


class _SecretShape:
    def read(self, node: Node, path: str, problems: Problems) -> Secret:
        text = node.value if isinstance(node.value, str) else ""
        try:
            signing_key(text)
        except SigningSecretError as mistake:
            raise refuse(node, path, problems, f'{mistake}, and write "${{file:/run/secrets/NAME}}"') from mistake
        return Secret(text)


def _address(url: str, *, private: bool, signed: bool = False) -> Address:
    """An address that may be asked, as far as its text shows; the rest is seen when its name is looked up.

    What is signed by itself may come over http as well.
    """
    if url.startswith("http://") and not private and not signed:
        raise ValueError("url: http is for a network of our own only; write https, or private: true")
    if not private:
        try:
            refuse_private(url)
        except PrivateAddressError as mistake:
            raise ValueError(f"url: {mistake.strerror}") from mistake
    return Address(url, private)


def _webhook(
    name: str,
    url: str,
    secret: Secret,
    former_secret: Secret | None,
    events: tuple[Topic, ...],
    agreements: tuple[str, ...] | None,
    private: bool,  # noqa: FBT001 - a key of the file
) -> Webhook:
    secrets = (secret,) if former_secret is None else (secret, former_secret)
    return Webhook(
        name,
        Receiver(_address(url, private=private), secrets),
        frozenset(events),
        None if agreements is None else frozenset(agreements),
    )


_URL: Final = Text("address", r"https?://[^\s/@]+(/\S*)?", "https://hooks.acme.example/uptime")
WEBHOOK: Final = Record(
    _webhook,
    {
        "name": required(IDENTIFIER),
        "url": required(_URL),
        "secret": required(_SecretShape()),
        "former_secret": optional(_SecretShape()),
        "events": required(ListOf(Choice(Topic), at_least=1)),
        "agreements": optional(ListOf(IDENTIFIER, at_least=1)),
        "private": optional(Flag(), default=False),
    },
)


def _heart(url: str, every: Duration, private: bool) -> Heart:  # noqa: FBT001 - a key of the file
    if not MINUTE // 6 <= every <= DAY:
        raise ValueError("every: a sign of life is given every 10 seconds at most and once a day at least")
    return Heart(_address(url, private=private), every)


HEARTBEAT: Final = Record(
    _heart, {"url": required(_URL), "every": optional(Length(), EVERY), "private": optional(Flag(), default=False)}
)


def _authority(url: str, certificates: str, private: bool) -> Authority:  # noqa: FBT001 - a key of the file
    if find_spec("rfc3161_client") is None:
        raise ValueError("time stamps need another package; install uptime-daemon[pki]")
    return Authority(_address(url, private=private, signed=True), Path(certificates))


AUTHORITY: Final = Record(
    _authority,
    {
        "url": required(_URL),
        "certificates": required(Text("file", example="authority.pem")),
        "private": optional(Flag(), default=False),
    },
)
