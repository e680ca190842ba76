"""How many attempts are in flight at once, in all and at one host; who finds no place waits for one."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from enum import StrEnum


class Skip(StrEnum):
    """Why a probe that was due was not tried. None of these is a fail."""

    STILL_RUNNING = "still_running"
    """Its attempt before had not ended."""
    IN_FLIGHT = "in_flight"
    """It still waited for a place among all attempts."""
    HOST_BUSY = "host_busy"
    """It still waited for a place among the attempts at its host."""
    LATE_LOOP = "late_loop"
    """This program, or its machine, did not come to it."""
    CLOCK_STEP = "clock_step"
    """The wall clock stepped back behind what is already recorded; a record only grows forward."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many attempts may be in flight."""

    in_flight: int = 400
    """Each holds one descriptor, two while it tries two addresses: 800 stay below the usual limit of 1,024 and leave
    room for the database, listeners and readers. 400 that take a second each are 12,000 probes every 30 s."""
    at_host: int = 32
    """What one vendor's machine is asked at once. A hundred probes at a host that went silent, each for 10 s, take
    turns within 32 s; with up to an interval of 30 s until the next slot that is no gap yet, which begins at 75 s."""


class Admission:
    """The places for attempts, each item in flight or waiting at most once; waiting is in order of arrival."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._hosts: dict[str, str] = {}
        self._at_host: Counter[str] = Counter()
        self._waiting: dict[str, tuple[str, Skip]] = {}
        self._for_host: dict[str, deque[str]] = {}
        self._for_any: deque[str] = deque()

    def __len__(self) -> int:
        """How many places are taken."""
        return len(self._hosts)

    def __contains__(self, item: str) -> bool:
        """Whether the item has a place."""
        return item in self._hosts

    def waits_for(self, item: str) -> Skip | None:
        """What an item waits for, None if it does not wait."""
        waiting = self._waiting.get(item)
        return waiting[1] if waiting else None

    def enter(self, item: str, host: str) -> bool:
        """Take a place, or wait for one."""
        if self._at_host[host] >= self._limits.at_host:
            self._wait(item, host, Skip.HOST_BUSY)
        elif len(self._hosts) >= self._limits.in_flight:
            self._wait(item, host, Skip.IN_FLIGHT)
        else:
            self._take(item, host)
        return item in self._hosts

    def leave(self, item: str) -> str | None:
        """Give a place back; the item that waited for it longest has it now, if any did."""
        host = self._hosts.pop(item)
        self._at_host[host] -= 1
        while queue := self._for_host.get(host) or self._for_any:
            following = queue.popleft()
            if following not in self._waiting:
                continue  # forgotten meanwhile
            wanted, _ = self._waiting.pop(following)
            if self.enter(following, wanted):
                return following
        return None

    def forget(self, item: str) -> None:
        """Let an item wait no more."""
        self._waiting.pop(item, None)

    def _wait(self, item: str, host: str, reason: Skip) -> None:
        self._waiting[item] = (host, reason)
        queue = self._for_host.setdefault(host, deque()) if reason is Skip.HOST_BUSY else self._for_any
        queue.append(item)

    def _take(self, item: str, host: str) -> None:
        self._hosts[item] = host
        self._at_host[host] += 1
