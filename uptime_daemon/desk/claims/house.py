"""Who we are when we write: our mailbox, who may release letters, what evidence is signed with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from uptime_daemon.core.time.instants import DAY
from uptime_daemon.desk.telling.notices import Listeners
from uptime_daemon.languages.language import Language
from uptime_daemon.settings.values import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.evidence.signing import SigningKey
    from uptime_daemon.settings.values import Settings


@dataclass(frozen=True, slots=True)
class House:
    """Who we are when we write."""

    sender: str | None
    """The claims mailbox; None where no mail is configured."""
    demonstration: bool = False
    url: str = ""
    """Where people reach the internal listener; empty where there is none."""
    approvers: frozenset[str] | None = None
    """Who may release letters; None where no users are configured, then any named person may."""
    four_eyes: Mapping[str, Money] = field(default_factory=dict)
    """By currency: an amount above this is released by two different people."""
    silence: Duration = 30 * DAY
    """How long after the last word a vendor counts as silent."""
    language: Language = Language.ENGLISH
    """What our own people are written to in, unless they want another."""
    key: SigningKey | None = None
    """What evidence is signed with; None: it is not signed."""
    archive: str | None = None
    """The mailbox that gets a copy of every letter that has left."""
    listeners: Listeners = field(default_factory=Listeners)
    """The programs that are told what our people are told."""


def house(settings: Settings) -> House:
    """Who we are, as configured."""
    finance = frozenset(user.name for user in settings.users if user.role is Role.FINANCE)
    return House(
        sender=settings.mail.from_address if settings.mail else None,
        demonstration=settings.vantage.loopback,
        url=settings.url,
        approvers=finance if settings.users else None,
        four_eyes=settings.claims.four_eyes,
        silence=settings.claims.silence,
        language=settings.language,
        key=settings.signing_key,
        archive=settings.mail.archive if settings.mail else None,
        listeners=Listeners(settings.webhooks, settings.vantage.loopback),
    )
