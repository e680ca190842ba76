"""Reports that come to us: what is asked here is only whether the latest is young enough, and what it said."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import Phase, Reason
from uptime_daemon.core.time.instants import seconds_text
from uptime_daemon.probers.progress import tried
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.endpoints.machines import PushEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.ports import Clock
    from uptime_daemon.probers.progress import Progress

MESSAGE_CHARACTERS_MAX: Final = 500
"""How much of a report's words is kept: as much as of any answer."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was reported."""

    at: Duration
    """When it came, reading of the monotonic clock."""
    works: bool
    message: str


class Reports:
    """The latest report of each token that is expected; as many as there are probes of this kind."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[str, Duration] = {}
        self._latest: dict[str, Report] = {}

    def expect(self, tokens: Iterable[str]) -> None:
        """The tokens from now on; who stays is listened to without a break."""
        now = self._clock.elapsed()
        # digests, so that how long a comparison takes says nothing about a token
        self._since = {key: self._since.get(key, now) for key in map(_key, tokens)}
        self._latest = {key: report for key, report in self._latest.items() if key in self._since}

    def take(self, token: str, message: str = "", *, works: bool = True) -> bool:
        """Take a report; whether anybody expects it."""
        key = _key(token)
        if key not in self._since:
            return False
        self._latest[key] = Report(self._clock.elapsed(), works, message[:MESSAGE_CHARACTERS_MAX])
        return True

    def latest(self, token: str) -> Report | None:
        """The latest report, if there was one."""
        return self._latest.get(_key(token))

    def since(self, token: str) -> Duration | None:
        """Since when reports are listened for, reading of the monotonic clock."""
        return self._since.get(_key(token))


async def attempt(endpoint: PushEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One look at what was reported; nobody is asked."""
    return await tried(partial(_looked, endpoint, equipment), (), within, equipment.clock, [endpoint.token])


async def _looked(endpoint: PushEndpoint, equipment: Equipment, progress: Progress) -> None:
    progress.phase = Phase.ANSWER
    now, every = equipment.clock.elapsed(), endpoint.every
    since = None if equipment.reports is None else equipment.reports.since(endpoint.token)
    if equipment.reports is None or since is None:
        raise AttemptError(Reason.PROBER, "only the running daemon hears reports; ask it, not a single attempt")
    report = equipment.reports.latest(endpoint.token)
    if report is None and now - since <= every:
        raise AttemptError(Reason.PROBER, f"no report yet, and we have listened for {seconds_text(now - since)} s only")
    if report is None or now - report.at > every:
        silence = now - (report.at if report else since)
        detail = f"no report for {seconds_text(silence)} s, more than {seconds_text(every)} s"
        raise AttemptError(Reason.ANSWER_TIMEOUT, detail)
    progress.answer.body += report.message.encode()
    if not report.works:
        raise AttemptError(Reason.CHECK, f"it reports that it does not work: {report.message}".rstrip(": "))


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
