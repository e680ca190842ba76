"""How long somebody who guesses has to wait: twice as long after each failure, in bounded memory."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Duration

FREE_TRIES: Final = 4
"""Failures without a wait: a person with a password manager and a keyboard of another country needs three."""
FREE_TRIES_OF_A_PLACE: Final = 20
"""The same for one address whatever the name: a whole office may stand behind one."""
WAIT_FIRST: Final[Duration] = 2 * SECOND
WAIT_MAX: Final[Duration] = 15 * MINUTE
"""96 guesses a day; longer would lock the owner of the name out for no gain."""
FORGOTTEN_AFTER: Final[Duration] = HOUR
"""Without a new failure for this long the count begins again."""
KEYS_MAX: Final = 10_000
"""How many guessers are remembered, some 2 MB; the one who failed longest ago is forgotten first."""


@dataclass(slots=True)
class _Failures:
    number: int
    last: Duration


@dataclass(slots=True)
class Backoff:
    """Failures by name and address, and by address alone; `at` is a reading of the monotonic clock."""

    _failures: OrderedDict[bytes, _Failures] = field(default_factory=OrderedDict)

    def wait(self, name: str, address: str, at: Duration) -> Duration:
        """How long until the next try is looked at; 0 where it may come now."""
        return max(self._wait(key, free, at) for key, free in _keys(name, address))

    def failed(self, name: str, address: str, at: Duration) -> None:
        """Count a failure."""
        for key, _ in _keys(name, address):
            known = self._failures.pop(key, None)
            fresh = known is None or at - known.last >= FORGOTTEN_AFTER
            self._failures[key] = _Failures(1 if fresh or known is None else known.number + 1, at)
        while len(self._failures) > KEYS_MAX:
            self._failures.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of a name at an address; those of the address stay, or one good login frees a guesser."""
        self._failures.pop(_keys(name, address)[0][0], None)

    def _wait(self, key: bytes, free: int, at: Duration) -> Duration:
        known = self._failures.get(key)
        if known is None or known.number < free or at - known.last >= FORGOTTEN_AFTER:
            return 0
        doublings = min(known.number - free, WAIT_MAX.bit_length())
        return max(0, known.last + min(WAIT_FIRST << doublings, WAIT_MAX) - at)


def _keys(name: str, address: str) -> tuple[tuple[bytes, int], tuple[bytes, int]]:
    """Digests, so that a name of a megabyte takes no more room than another one."""
    pair = hashlib.sha256(f"{address}\0{name}".encode(errors="replace")).digest()
    return (pair, FREE_TRIES), (hashlib.sha256(address.encode(errors="replace")).digest(), FREE_TRIES_OF_A_PLACE)
