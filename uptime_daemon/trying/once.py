"""One attempt by hand, judged as the watch would judge it, and told to a person in the night."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from uptime_daemon.clock import SystemClock
from uptime_daemon.core.facts.observation import OUTAGE_CLASS, Observation, Outcome, Reason
from uptime_daemon.core.time.instants import format_instant, seconds_text
from uptime_daemon.probers.endpoints.machines import PushEndpoint
from uptime_daemon.probers.endpoints.scenarios import ScenarioEndpoint
from uptime_daemon.probers.endpoints.web import HttpEndpoint
from uptime_daemon.probers.equipment import Equipment
from uptime_daemon.probers.explain import headline, line, sights
from uptime_daemon.probers.registry import prober
from uptime_daemon.probers.resolver import SystemResolver
from uptime_daemon.trying.reports import asked
from uptime_daemon.trying.wiring import sentinels_of
from uptime_daemon.watch.holding import held
from uptime_daemon.watch.sentinels import doubted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.facts.attempt import Attempt, Vote
    from uptime_daemon.definitions.probes.vendor import ProbeDefinition
    from uptime_daemon.settings.values import Settings

_DOUBTS: Final = {
    Reason.SENTINELS: "no sentinel answers, so this vantage sees nothing; the endpoint may be well",
    Reason.RESOLVER: "our resolver denies the names of the sentinels, too, so its word is none",
}


_UNTRUSTED: Final = "no sentinel that has a name answers either: a network between may answer for everybody"


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt and what became of it."""

    definition: ProbeDefinition
    observation: Observation
    """The outcome as it would be recorded."""
    attempt: Attempt
    """What the prober saw by itself."""
    votes: tuple[Vote, ...] = ()
    """What the sentinels saw, who are asked where it failed."""

    @property
    def sees(self) -> bool:
        """Whether any of them answered."""
        return any(vote.passed for vote in self.votes)


async def tried_once(definition: ProbeDefinition, settings: Settings) -> Tried:
    """One attempt at an endpoint, outside any schedule; the sentinels are asked if it fails, nothing is recorded."""
    clock, resolver, endpoint = SystemClock(), SystemResolver(), definition.endpoint
    try:
        reports = await asked(settings.listen, endpoint.token) if isinstance(endpoint, PushEndpoint) else None
        equipment = Equipment(clock, resolver, reports=reports)
        at = clock.now()
        timeout = definition.probe.cadence.timeout
        attempt = await held(partial(prober(definition.kind), endpoint, timeout, equipment), timeout)
        outcome, reason = attempt.outcome, attempt.reason
        votes: tuple[Vote, ...] = ()
        if outcome is Outcome.FAIL:
            votes = await sentinels_of(settings, equipment, clock).verdict()
            if doubt := doubted(reason, votes):
                outcome, reason = Outcome.ERROR, doubt
    finally:
        resolver.close()
    observation = Observation(definition.probe.id, settings.vantage.name, at, outcome, reason, attempt.duration)
    return Tried(definition, observation, attempt, votes)


def told(tried: Tried) -> list[str]:
    """The attempt in lines for people: outcome, whose it is, what was tried, everything that was seen, the votes."""
    return list(_lines(tried))


def _lines(tried: Tried) -> Iterator[str]:
    seen, attempt = tried.observation, tried.attempt
    yield headline(seen.outcome, seen.reason, attempt)
    if seen.outcome is Outcome.FAIL:
        yield line("whose", f"the endpoint's: downtime once confirmed, of the class {OUTAGE_CLASS[seen.reason]}")
    elif seen.outcome is Outcome.ERROR:
        yield line("whose", "ours: we could not see, which is unknown time and never downtime")
    if seen.reason is not attempt.reason:
        yield line("why", _UNTRUSTED if attempt.reason is Reason.CERTIFICATE and tried.sees else _DOUBTS[seen.reason])
        yield line("doubted", f"the prober by itself saw {attempt.outcome}: {attempt.reason}: {attempt.detail}")
    elif attempt.detail:
        yield line("why", attempt.detail)
    timeout = seconds_text(tried.definition.probe.cadence.timeout)
    yield line("tried", f"{_asked(tried.definition)}, for at most {timeout} s")
    yield line("at", f"{format_instant(seen.at)}, from {seen.vantage}")
    yield from sights(attempt, seen.at)
    for vote in tried.votes:
        yield line("sentinel", f"{vote.place}: {_vote(vote)}")


def _asked(definition: ProbeDefinition) -> str:
    """What is tried, by the keys of its definition; a stand-in for a secret tells nobody anything."""
    endpoint = definition.endpoint
    if isinstance(endpoint, ScenarioEndpoint):
        return f"{definition.kind} of {len(endpoint.steps)} steps"
    told = {key: " ".join(value) if isinstance(value, list) else str(value) for key, value in endpoint.place.items()}
    if isinstance(endpoint, HttpEndpoint):
        told = {"method": endpoint.method, **told}
    return ", ".join([definition.kind, *(f"{key} {value}" for key, value in told.items() if value.strip("*"))])


def _vote(vote: Vote) -> str:
    if not vote.passed:
        return "silent"
    if vote.clock_offset is None:
        return "answers"
    way = "behind" if vote.clock_offset < 0 else "ahead"
    return f"answers, our clock is {seconds_text(abs(vote.clock_offset))} s {way}"
