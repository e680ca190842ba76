"""Who comes in: people by session or password, programs by token, under the configuration in force."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.desk.people.access import AccessList, Identity
from uptime_daemon.desk.people.backoff import Backoff
from uptime_daemon.desk.people.record import change, disabled
from uptime_daemon.desk.people.sessions import Sessions, digest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.desk.ports import Clocks
    from uptime_daemon.settings.values import Token, User
    from uptime_daemon.store.kept import Fact
    from uptime_daemon.store.ports import Store


class WaitError(Exception):
    """Too many wrong passwords: the next one is not looked at yet."""

    def __init__(self, wait: Duration) -> None:
        super().__init__("too many wrong passwords")
        self.wait = wait
        """How long until it is."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has begun."""

    secret: str
    """What the browser keeps; shown to it once."""
    identity: Identity


class Door:
    """The one place that knows who somebody is. Its memory outlives reloads of the configuration."""

    def __init__(self, store: Store, clock: Clocks) -> None:
        self._store, self._clock = store, clock
        self._backoff = Backoff()
        self._sessions = Sessions(store)
        self._list = AccessList((), ())
        self._off: frozenset[str] = frozenset()
        """Who may no longer come in."""

    def admit(self, users: Sequence[User], tokens: Sequence[Token]) -> None:
        """Take the users and tokens of a configuration."""
        self._list = AccessList(users, tokens)

    def load(self) -> None:
        """Read who is disabled and who is signed in still; waits for the disk."""
        self._off = disabled(self._store)
        self._sessions.load(self._clock.now())

    async def identity(self, authorization: str, address: str) -> Identity | None:
        """Whose the value of an Authorization header (Basic or Bearer) is. Raises `WaitError`."""
        found = self._list.known(authorization)
        if found is not None:
            return None if found.name in self._off else found
        name = self._list.claimed(authorization)
        if name is None:
            return None
        self._refuse_guessing(name, address)
        found = await self._list.by_password(authorization)
        if found is not None and found.name in self._off:
            found = None
        self._count(name, address, succeeded=found is not None)
        return found

    def person(self, secret: str) -> Identity | None:
        """Who a session's secret belongs to: a user of now, with the password by which it began."""
        session = self._sessions.of(secret, self._clock.now())
        user = None if session is None or session.name in self._off else self._list.user(session.name)
        if session is None or user is None or digest_of(user.password_hash.reveal()) != session.credential:
            return None
        return Identity(user.name, user.role)

    async def sign_in(self, name: str, password: str, address: str, secret: str) -> SignedIn | None:
        """Begin a session under a fresh secret; None for a wrong name or password. Raises `WaitError`."""
        self._refuse_guessing(name, address)
        user = await self._list.checked(name, password)
        if user is not None and user.name in self._off:
            user = None
        self._count(name, address, succeeded=user is not None)
        if user is None:
            return None
        credential = digest_of(user.password_hash.reveal())
        await asyncio.to_thread(self._sessions.begin, secret, user.name, credential, self._clock.now())
        return SignedIn(secret, Identity(user.name, user.role))

    async def sign_out(self, secret: str) -> None:
        """End a session."""
        await asyncio.to_thread(self._sessions.end, secret)

    def change(self, name: str, by: str, *, disable: bool, note: str | None) -> Fact:
        """Disable somebody, whose sessions end at once, or enable again; waits for the disk. Raises `IntakeError`."""
        fact = change(self._list.users, self._store, name, by, self._clock.now(), disable=disable, note=note)
        self._off = disabled(self._store)
        if disable:
            self._sessions.end_where(lambda each: each.name == name)
        return fact

    def _refuse_guessing(self, name: str, address: str) -> None:
        if wait := self._backoff.wait(name, address, self._clock.elapsed()):
            raise WaitError(wait)

    def _count(self, name: str, address: str, *, succeeded: bool) -> None:
        if succeeded:
            self._backoff.succeeded(name, address)
        else:
            self._backoff.failed(name, address, self._clock.elapsed())
