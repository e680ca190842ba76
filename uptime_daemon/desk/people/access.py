"""Who may do what: people by password, programs by token; only digests are kept, and compared in constant time."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from uptime_daemon.settings.values import Role, Token, User

if TYPE_CHECKING:
    from collections.abc import Sequence

REMEMBERED_MAX: Final = 1000
"""How many signed-in headers are remembered as digests, so that scrypt is not paid for each page."""
CHECKED_AT_ONCE: Final = 2
"""Passwords checked at the same time, each in 32 MiB and a tenth of a second: guessers wait for each other."""
_SCRYPT_MEMORY: Final = 64 * 1024 * 1024
_NOBODY: Final = f"scrypt$32768$8$1${'00' * 16}${'00' * 32}"
"""The hash of no password: an unknown name takes as long as a known one, so that names cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, once it is known."""

    name: str
    """As it stands on what they do: `ana`, `token grafana`."""
    role: Role


@dataclass(slots=True)
class AccessList:
    """Users and tokens of one configuration; a reload makes a new list."""

    users: Sequence[User]
    tokens: Sequence[Token]
    _known: OrderedDict[bytes, Identity] = field(default_factory=OrderedDict)
    _checking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CHECKED_AT_ONCE))

    def user(self, name: str) -> User | None:
        """The user of a name."""
        return next((each for each in self.users if each.name == name), None)

    def known(self, authorization: str) -> Identity | None:
        """Whose header it is, as far as that costs nothing: a token, or a password that was right before."""
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "bearer":
            own = f"sha256${hashlib.sha256(value.strip().encode()).hexdigest()}"
            token = next((each for each in self.tokens if hmac.compare_digest(own, each.hash.reveal())), None)
            return None if token is None else Identity(f"token {token.name}", token.role)
        return self._known.get(hashlib.sha256(authorization.encode()).digest())

    def claimed(self, authorization: str) -> str | None:
        """The name that a header with a password gives; None for any other header."""
        pair = _pair(authorization)
        return None if pair is None else pair[0]

    async def by_password(self, authorization: str) -> Identity | None:
        """Whose header with a password it is; remembered where it is right."""
        pair = _pair(authorization)
        user = None if pair is None else await self.checked(*pair)
        if user is None:
            return None
        identity = Identity(user.name, user.role)
        self._known[hashlib.sha256(authorization.encode()).digest()] = identity
        if len(self._known) > REMEMBERED_MAX:
            self._known.popitem(last=False)
        return identity

    async def checked(self, name: str, password: str) -> User | None:
        """The user whose name and password these are."""
        user = self.user(name)
        kept = _NOBODY if user is None else user.password_hash.reveal()
        async with self._checking:
            fits = await asyncio.to_thread(is_password, password, kept)
        return user if fits else None


def _pair(authorization: str) -> tuple[str, str] | None:
    """Name and password of a Basic header."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, separator, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if separator else None


def is_password(password: str, kept: str) -> bool:
    """Whether a password belongs to a hash `scrypt$N$r$p$salt$key`; a hash of another form fits none."""
    try:
        scheme, n, r, p, salt, key = kept.split("$")
        expected = bytes.fromhex(key)
        own = hashlib.scrypt(
            password.encode(),
            salt=bytes.fromhex(salt),
            n=int(n),
            r=int(r),
            p=int(p),
            maxmem=_SCRYPT_MEMORY,
            dklen=len(expected),
        )
    except ValueError:
        return False
    return scheme == "scrypt" and hmac.compare_digest(own, expected)
