"""What one attempt saw: pass, fail or error, and why. Whether that makes an outage is `timeline`'s question."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.time.instants import Duration, Instant


class Outcome(StrEnum):
    """The outcome of one attempt. `fail`: the endpoint did wrong. `error`: our side could not measure."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    ERROR = "error"


class Phase(StrEnum):
    """How far an attempt came before it ended."""

    NAME = "name"
    ROUTE = "route"
    TCP = "tcp"
    TLS = "tls"
    ANSWER = "answer"


class OutageClass(StrEnum):
    """What kind of failure an outage's attempts show, the most telling one first."""

    ANSWERED_WITH_ERROR = "answered_with_error"
    REFUSED = "refused"
    SILENT = "silent"


class Reason(StrEnum):
    """Why an attempt did not pass. The closed list; `docs/outcomes.md` says for each whose it is and why."""

    NONE = "none"
    # the endpoint did wrong: fail
    NAME_NOT_FOUND = "name_not_found"
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_RESET = "connection_reset"
    CONNECT_TIMEOUT = "connect_timeout"
    TLS_FAILED = "tls_failed"
    CERTIFICATE = "certificate"
    ANSWER_TIMEOUT = "answer_timeout"
    ANSWER_INVALID = "answer_invalid"
    ANSWER_TOO_LARGE = "answer_too_large"
    STATUS = "status"
    CHECK = "check"
    REDIRECT = "redirect"
    # our side could not measure: error
    ACCESS_REFUSED = "access_refused"
    RESOLVER = "resolver"
    NO_ROUTE = "no_route"
    DESCRIPTORS = "descriptors"
    LATE_LOOP = "late_loop"
    CLOCK_STEP = "clock_step"
    SENTINELS = "sentinels"
    PROBER = "prober"


OWN_REASONS: Final = frozenset(
    {
        Reason.ACCESS_REFUSED,
        Reason.RESOLVER,
        Reason.NO_ROUTE,
        Reason.DESCRIPTORS,
        Reason.LATE_LOOP,
        Reason.CLOCK_STEP,
        Reason.SENTINELS,
        Reason.PROBER,
    }
)
"""Reasons that lie with us: an attempt that ends so is an `error`, never a `fail`."""

OUTAGE_CLASS: Final[Mapping[Reason, OutageClass]] = {
    Reason.NAME_NOT_FOUND: OutageClass.REFUSED,
    Reason.CONNECTION_REFUSED: OutageClass.REFUSED,
    Reason.CONNECTION_RESET: OutageClass.REFUSED,
    Reason.TLS_FAILED: OutageClass.REFUSED,
    Reason.CONNECT_TIMEOUT: OutageClass.SILENT,
    Reason.ANSWER_TIMEOUT: OutageClass.SILENT,
    Reason.CERTIFICATE: OutageClass.ANSWERED_WITH_ERROR,
    Reason.ANSWER_INVALID: OutageClass.ANSWERED_WITH_ERROR,
    Reason.ANSWER_TOO_LARGE: OutageClass.ANSWERED_WITH_ERROR,
    Reason.STATUS: OutageClass.ANSWERED_WITH_ERROR,
    Reason.CHECK: OutageClass.ANSWERED_WITH_ERROR,
    Reason.REDIRECT: OutageClass.ANSWERED_WITH_ERROR,
}


@dataclass(frozen=True, slots=True)
class Observation:
    """The outcome of one attempt at its start instant."""

    probe: str
    vantage: str
    at: Instant
    outcome: Outcome
    reason: Reason = Reason.NONE
    duration: Duration = 0
    """Elapsed microseconds of the attempt."""

    def __post_init__(self) -> None:
        """A pass has no reason; an error has one of ours; a fail never has one of ours."""
        own = self.reason in OWN_REASONS
        fits = {
            Outcome.PASS: self.reason is Reason.NONE,
            Outcome.FAIL: not own,
            Outcome.ERROR: own,
        }[self.outcome]
        if not fits:
            raise ValueError(f"an observation {self.outcome} cannot have the reason {self.reason}")
