"""Whether this vantage could see at all: well-known places elsewhere are asked when a probe fails.

If one of them answers, the fail stands; if none does, the fault is on our side and the observation is an `error`.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from uptime_daemon.core.facts.attempt import Vote
from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.core.facts.probe import DOUBTED_WITHIN
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.loopback import is_loopback

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.watch.ports import Clock

SHARED: Final = SECOND
"""How long one verdict serves all probes that fail, microseconds: a thousand fails in one second ask once."""
TIMEOUT: Final = DOUBTED_WITHIN
"""How long a sentinel may take, microseconds; the next repeat, after 5 s by default, is not delayed."""
_OF_NAMES: Final = {Reason.NAME_NOT_FOUND: Reason.RESOLVER, Reason.CERTIFICATE: Reason.SENTINELS}
"""What a fail with such a reason is where no sentinel that has a name answers, which those of https do."""
PLACES_MIN: Final = 2
"""One place alone could itself be down, and then every fail of a vendor would look like ours."""


class SentinelKind(StrEnum):
    """How a sentinel is asked."""

    TCP = "tcp"
    HTTPS = "https"


@dataclass(frozen=True, slots=True)
class Sentinel:
    """One place that is practically always there."""

    kind: SentinelKind
    address: str
    """`host:port` for tcp, a URL for https."""
    place: str
    """A name that stands in the votes, such as `quad9`."""

    def __post_init__(self) -> None:
        """The address can be asked."""
        try:
            complete = bool(self.host and self.port and self.place)
        except ValueError:
            complete = False
        if not complete or (self.kind is SentinelKind.HTTPS) is not self.address.startswith("https://"):
            raise ValueError(
                f"{self.kind} {self.address!r} is no sentinel; write one such as"
                ' {tcp: "9.9.9.9:53", place: quad9} or {https: "https://www.debian.org/", place: debian}'
            )

    @property
    def host(self) -> str:
        """The host that is asked."""
        return self._parts[0]

    @property
    def port(self) -> int:
        """The port that is asked."""
        return self._parts[1]

    @property
    def by_name(self) -> bool:
        """Whether it must be looked up before it can be asked."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return True
        return False

    @property
    def _parts(self) -> tuple[str, int]:
        url = urlsplit(self.address if self.kind is SentinelKind.HTTPS else f"tcp://{self.address}")
        https_port = 443
        return url.hostname or "", url.port or (https_port if self.kind is SentinelKind.HTTPS else 0)


class Heard(NamedTuple):
    """What one sentinel answered."""

    passed: bool
    """Whether it answered at all."""
    clock_offset: Duration | None = None
    """Our wall clock less its, microseconds, where it tells the time."""


Knock: TypeAlias = Callable[[Sentinel], Awaitable[Heard]]
"""Asks one sentinel; `OSError` is a no."""


class Sentinels:
    """The sentinels of a vantage, asked together, with the answer shared for a second."""

    def __init__(self, sentinels: Sequence[Sentinel], knock: Knock, clock: Clock, *, loopback: bool = False) -> None:
        """Refuse with `ValueError` what could not tell."""
        refuse_unfit(sentinels, loopback=loopback)
        self._sentinels, self._knock, self._clock = tuple(sentinels), knock, clock
        self._asked: asyncio.Future[tuple[Vote, ...]] | None = None
        self._asked_at: Duration = 0
        self._clock_offset: Duration | None = None

    @property
    def clock_offset(self) -> Duration | None:
        """Our wall clock less the sentinels', microseconds: the median of the latest verdict that told the time."""
        return self._clock_offset

    async def verdict(self) -> tuple[Vote, ...]:
        """What every sentinel sees, asked now or within the last second."""
        at = self._clock.elapsed()
        if self._asked is not None and not self._asked.cancelled() and at - self._asked_at < SHARED:
            # Whoever stops waiting must not take the verdict away from the others.
            return await asyncio.shield(self._asked)
        asked = self._asked = asyncio.get_running_loop().create_future()
        self._asked_at = at
        try:
            votes = tuple(await asyncio.gather(*map(self._vote, self._sentinels)))
        except BaseException:
            asked.cancel()
            raise
        told = sorted(vote.clock_offset for vote in votes if vote.clock_offset is not None)
        if told:
            self._clock_offset = told[len(told) // 2]
        asked.set_result(votes)
        return votes

    async def _vote(self, sentinel: Sentinel) -> Vote:
        try:
            async with asyncio.timeout(TIMEOUT / SECOND):
                passed, clock_offset = await self._knock(sentinel)
        except OSError:  # TimeoutError is one, too
            passed, clock_offset = False, None
        return Vote(sentinel.place, passed, clock_offset, sentinel.by_name)


def doubted(reason: Reason, votes: Sequence[Vote]) -> Reason | None:
    """Why a fail with this reason is ours after all; None where it stands.

    A resolver that lies denies the names of the sentinels, too, if any has one; and a network that breaks TLS open, or
    answers for everybody, shows a certificate that nobody trusts to the sentinels as well.
    """
    if not any(vote.passed for vote in votes):
        return Reason.SENTINELS
    named = [vote for vote in votes if vote.by_name]
    if named and not any(vote.passed for vote in named):
        return _OF_NAMES.get(reason)
    return None


def refuse_unfit(sentinels: Sequence[Sentinel], *, loopback: bool) -> None:
    """Refuse with `ValueError` sentinels that could not tell; loopback tells nothing, unless all is a demonstration."""
    if len({sentinel.place for sentinel in sentinels}) < max(PLACES_MIN, len(sentinels)):
        raise ValueError(f"sentinels need {PLACES_MIN} different places or more; each place stands once")
    near = [sentinel.address for sentinel in sentinels if is_loopback(sentinel.host)]
    if near and not loopback:
        raise ValueError(f"{near[0]} is this machine, which always answers; write a place elsewhere")
    hosts = {sentinel.host for sentinel in sentinels}
    if len(hosts) < PLACES_MIN and not loopback:
        raise ValueError(f"all sentinels are one host, {min(hosts)}; write a second one elsewhere")
