"""Who is signed in: a secret that only the browser holds, its digest here, until it ends."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import HOUR
from uptime_daemon.store.kept import KeptSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.store.ports import Store

LASTS: Final[Duration] = 12 * HOUR
"""A working day: who signs in at breakfast decides in the evening without signing in again."""
SESSIONS_MAX: Final = 1_000
"""How many are kept at the same time; the one that began first ends for the next one."""


@dataclass(slots=True)
class Sessions:
    """The sessions, in memory for each request and on disk for the next start. The methods wait for the disk."""

    store: Store
    _kept: dict[str, KeptSession] = field(default_factory=dict)

    def load(self, at: Instant) -> None:
        """Take up what an earlier run of the daemon left."""
        self._kept = {each.digest: each for each in self.store.sessions(at)}

    def begin(self, secret: str, name: str, credential: str, at: Instant) -> None:
        """Somebody has signed in."""
        ended = [each.digest for each in self._kept.values() if each.ends <= at]
        oldest = list(self._kept)[: max(0, len(self._kept) - SESSIONS_MAX + 1)]  # in order of beginning
        self._drop(list(dict.fromkeys([*ended, *oldest])))
        session = KeptSession(digest_of(secret), name, credential, at, at + LASTS)
        self.store.keep_session(session)
        self._kept[session.digest] = session

    def of(self, secret: str, at: Instant) -> KeptSession | None:
        """The session of a secret, if it has not ended. Waits for nothing."""
        found = self._kept.get(digest_of(secret))
        return None if found is None or found.ends <= at else found

    def end(self, secret: str) -> None:
        """Somebody signs out."""
        self._drop([digest_of(secret)])

    def end_where(self, ends: Callable[[KeptSession], bool]) -> None:
        """End every session of a kind: those of somebody who may no longer sign in."""
        self._drop([each.digest for each in self._kept.values() if ends(each)])

    def _drop(self, digests: list[str]) -> None:
        known = [each for each in digests if self._kept.pop(each, None) is not None]
        if known:
            self.store.drop_sessions(known)


def digest_of(text: str) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
