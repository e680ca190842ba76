"""The configuration in force and what is made from it; a reload exchanges it as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.house import house
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.desk.people.door import Door
from uptime_daemon.desk.telling.outages import OutageNotices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.settings.values import Settings
    from uptime_daemon.store.ports import Store
    from uptime_daemon.watch.ports import Clock


class InForce:
    """What every part of the daemon looks at anew each time, so that a reload reaches all of them at once."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._store = store
        self.door = Door(store, clock)
        self.take(settings)

    def take(self, settings: Settings) -> None:
        """Make a configuration the one in force."""
        us = house(settings)
        self.settings = settings
        self.judge = Judge(settings, self._store)
        self.claims = ClaimsDesk(self.judge, self._store, us)
        self.notices = OutageNotices(self.judge, self._store, us)
        self.door.admit(settings.users, settings.tokens)


def fixed(settings: Settings) -> Mapping[str, object]:
    """What is read at the start only; a reload that changes it says so."""
    mail = settings.mail
    password = mail.password.reveal() if mail and mail.password else None
    return {
        "database": settings.database,
        "listen": settings.listen,
        "public_listen": settings.public_listen,
        "vantage": settings.vantage,
        "mail": mail and (replace(mail, password=None), password),
        "users": bool(settings.users or settings.tokens),  # whether there are any: who they are is read anew
    }
