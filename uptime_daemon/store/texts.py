"""Values as JSON text in one canonical form, and back: equal values are equal texts and have equal digests."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from uptime_daemon.core.facts.attempt import Attempt, CheckResult, Means, Vote
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.time.instants import Instant


def digest(content: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def canonical(body: Mapping[str, Any]) -> str:
    """JSON with sorted keys and nothing optional; `TypeError` for floats, which have no exact text.

    Everything beyond ASCII is escaped: a lone surrogate or a NUL that a hostile answer brings in must not stop a write.
    """
    _refuse_inexact(body)
    return compact(body)


def attempt_text(attempt: Attempt) -> str:
    """An attempt as JSON, without the course that only whoever tries by hand is shown."""
    body = asdict(attempt)
    del body["course"]
    return compact(body)


def attempt_of(text: str) -> Attempt:
    """The attempt that `attempt_text` wrote."""
    body = json.loads(text)
    return Attempt(
        **{
            **body,
            "outcome": Outcome(body["outcome"]),
            "reason": Reason(body["reason"]),
            "phase": Phase(body["phase"]),
            "phases": tuple((Phase(phase), duration) for phase, duration in body["phases"]),
            "checks": tuple(CheckResult(**{**check, "means": Means(check["means"])}) for check in body["checks"]),
        }
    )


def votes_text(votes: Sequence[Vote]) -> str:
    """The votes of sentinels as JSON."""
    return compact([asdict(vote) for vote in votes])


def votes_of(text: str) -> tuple[Vote, ...]:
    """The votes that `votes_text` wrote."""
    return tuple(Vote(**vote) for vote in json.loads(text))


def _refuse_inexact(value: object) -> None:
    match value:
        case float():
            raise TypeError(f"{value!r} is a float; write an integer, or a decimal as text")
        case dict():
            for key, inner in value.items():
                if not isinstance(key, str):
                    raise TypeError(f"the key {key!r} is no text; JSON would turn it into one silently")
                _refuse_inexact(inner)
        case list() | tuple():
            for inner in value:
                _refuse_inexact(inner)
        case _:
            pass


def compact(value: object) -> str:
    """JSON without a blank and in ASCII: what digests of the record are made of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def seal_head(start: Instant, end: Instant, kinds: str, previous: str, at: Instant, why: str) -> str:
    """The head of a seal, so that whoever has its parts can compute it again; `kinds` is compact JSON."""
    return digest(compact([start, end, kinds, previous, at, why]).encode())
