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

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.settings.values import Role, Token, User

REMEMBERED_MAX: Final = 1000
"""How many signed-in headers are remembered as digests, so that scrypt is not paid for each page."""
_SCRYPT_MEMORY: Final = 64 * 1024 * 1024


@dataclass(slots=True)
class AccessList:
    """Users and tokens of one configuration; a reload makes a new list."""

    users: Sequence[User]
    tokens: Sequence[Token]
    _known: OrderedDict[bytes, Role] = field(default_factory=OrderedDict)

    async def role(self, authorization: str) -> Role | None:
        """The role behind the value of an Authorization header, None if it opens nothing."""
        digest = hashlib.sha256(authorization.encode()).digest()
        if digest in self._known:
            return self._known[digest]
        scheme, _, value = authorization.partition(" ")
        role: Role | None = None
        if scheme.lower() == "bearer":
            role = self._by_token(value.strip())
        elif scheme.lower() == "basic":
            role = await asyncio.to_thread(self._by_password, value.strip())
        if role is not None:
            self._known[digest] = role
            if len(self._known) > REMEMBERED_MAX:
                self._known.popitem(last=False)
        return role

    def name(self, authorization: str) -> str:
        """The name of the user or token behind a header that opens something."""
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "bearer":
            token = self._token(value.strip())
            return "" if token is None else f"token {token.name}"
        return base64.b64decode(value.strip()).decode().partition(":")[0]

    def _by_token(self, token: str) -> Role | None:
        found = self._token(token)
        return None if found is None else found.role

    def _token(self, token: str) -> Token | None:
        own = f"sha256${hashlib.sha256(token.encode()).hexdigest()}"
        return next((each for each in self.tokens if hmac.compare_digest(own, each.hash.reveal())), None)

    def _by_password(self, encoded: str) -> Role | None:
        try:
            name, separator, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        user = next((each for each in self.users if each.name == name), None)
        if not separator or user is None:
            return None
        return user.role if is_password(password, user.password_hash.reveal()) else None


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
