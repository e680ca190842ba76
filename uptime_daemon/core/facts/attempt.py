"""Everything one attempt tells: its outcome, how far it came, what each check expected and saw. Kept for failures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.observation import Observation, Outcome, Phase, Reason

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Duration, Instant


class Means(StrEnum):
    """What a check that does not hold means: the endpoint is down, merely slow, or somebody should know."""

    DOWN = "down"
    SLOW = "slow"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One condition on an answer with what was expected and what came."""

    check: str
    expected: str
    actual: str
    holds: bool
    means: Means = Means.DOWN


@dataclass(frozen=True, slots=True)
class Attempt:
    """The raw result of one try by a prober."""

    outcome: Outcome
    reason: Reason
    duration: Duration
    """Elapsed microseconds."""
    phase: Phase
    """The furthest phase that was reached."""
    detail: str = ""
    """One line for people, without secrets."""
    phases: tuple[tuple[Phase, Duration], ...] = ()
    """Elapsed microseconds of each finished phase."""
    checks: tuple[CheckResult, ...] = ()
    peer: str = ""
    """Address and port that answered or refused, empty if none was reached."""
    status: int | None = None
    """The protocol's status code, where it has one."""
    certificate_end: Instant | None = None
    """When the earliest certificate of the vendor's chain that was seen expires."""
    certificate_subject: str = ""
    tls_version: str = ""
    """Such as `TLS 1.3`, empty without TLS."""
    version: str = ""
    """Of HTTP in the answer, such as `1.1`; empty for other protocols."""
    redirects: int = 0
    """How many were followed."""
    excerpt: str = ""
    """The first part of the answer, for evidence."""
    course: tuple[str, ...] = ()
    """What came before the answer, a line each, without secrets: redirects, challenges, the steps of a scenario. Shown
    to who tries by hand, and not kept."""

    @property
    def degraded(self) -> bool:
        """Whether it passed with a check that means `slow` not holding."""
        return self.outcome is Outcome.PASS and any(
            not check.holds and check.means is Means.SLOW for check in self.checks
        )


@dataclass(frozen=True, slots=True)
class Vote:
    """What one sentinel saw when a probe failed."""

    place: str
    passed: bool
    clock_offset: Duration | None = None
    """Our wall clock less the sentinel's, microseconds, known to about half a second; None where it tells no time."""
    by_name: bool = False
    """Whether it was looked up, so that its answer vouches for our resolver, too."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The context of an observation that did not pass: a row of its own beside the run."""

    observation: Observation
    attempt: Attempt
    votes: tuple[Vote, ...] = ()
