"""Reports that come to us: what is asked here is only whether the latest is young enough, and what it said."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from uptime_daemon.core.facts.attempt import CheckResult
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


class Heard(NamedTuple):
    """What is known of the reports of one token."""

    listening: Duration
    """For how long reports have been listened for, microseconds."""
    age: Duration | None
    """How old the latest is; None where there was none."""
    works: bool = True
    message: str = ""


class Listening(Protocol):
    """Whoever hears reports."""

    def heard(self, token: str) -> Heard | None:
        """What is known; None where nobody listens for this token."""


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

    def heard(self, token: str) -> Heard | None:
        """What is known now of the reports of a token; None where it is not listened for."""
        now, since, report = self._clock.elapsed(), self.since(token), self.latest(token)
        if since is None:
            return None
        if report is None:
            return Heard(now - since, None)
        return Heard(now - since, now - report.at, report.works, report.message)

    def since(self, token: str) -> Duration | None:
        """Since when reports are listened for, reading of the monotonic clock."""
        return self._since.get(_key(token))


async def attempt(endpoint: PushEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One look at what was reported; nobody is asked."""
    return await tried(partial(_looked, endpoint, equipment), (), within, equipment.clock, [endpoint.token])


async def _looked(endpoint: PushEndpoint, equipment: Equipment, progress: Progress) -> None:
    progress.phase = Phase.ANSWER
    heard, every = equipment.reports.heard(endpoint.token) if equipment.reports else None, endpoint.every
    if heard is None:
        raise AttemptError(Reason.PROBER, "only the running daemon hears reports; ask it, not a single attempt")
    if heard.age is None and heard.listening <= every:
        listening = seconds_text(heard.listening)
        raise AttemptError(Reason.PROBER, f"no report yet, and we have listened for {listening} s only")
    silence, limit = heard.listening if heard.age is None else heard.age, seconds_text(every)
    actual = f"none for {seconds_text(silence)} s" if heard.age is None else f"{seconds_text(silence)} s ago"
    progress.told.append(CheckResult("report", f"within {limit} s", actual, holds=silence <= every))
    progress.answer.body += heard.message.encode()
    if silence > every:
        raise AttemptError(Reason.ANSWER_TIMEOUT, f"no report for {seconds_text(silence)} s, more than {limit} s")
    progress.told.append(CheckResult("state", "up", "up" if heard.works else "down", holds=heard.works))
    if not heard.works:
        raise AttemptError(Reason.CHECK, f"it reports that it does not work: {heard.message}".rstrip(": "))


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
