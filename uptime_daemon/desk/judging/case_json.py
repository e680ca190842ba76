"""The record in the words of a case file: agreement, definitions, runs and attempts without people and secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uptime_daemon.core.time.instants import format_instant, seconds_text
from uptime_daemon.definitions.nodes import plain

if TYPE_CHECKING:
    from uptime_daemon.core.facts.attempt import Failure, Vote
    from uptime_daemon.core.facts.measured import NamedAbsence
    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.core.terms.need import Need
    from uptime_daemon.definitions.probes.vendor import ProbeDefinition, Vendor
    from uptime_daemon.desk.judging.defined import InForce
    from uptime_daemon.settings.values import SignedAgreement


def bound_groups(signed: SignedAgreement) -> set[str]:
    """The groups of probes that measure an agreement."""
    return {name for binding in signed.agreement.bindings.values() for name in binding.groups}


def is_bound(vendor: Vendor, signed: SignedAgreement) -> bool:
    """Whether one of a vendor's groups measures an agreement."""
    return any(group.id in bound_groups(signed) for group in vendor.groups)


def agreement_json(signed: SignedAgreement, plan: str | None) -> dict[str, Any]:
    """The agreement as written under one plan, without our people and without what the contract was closed with.

    All clauses read conservatively are one rule more than each alone, so that choice stays.
    """
    written = plain(signed.node)
    assert isinstance(written, dict)  # noqa: S101 - it was read as a record
    inside = {"id", "contract", "people", "parameters", "readings", "plan_changes"}
    kept = {key: value for key, value in written.items() if key not in inside}
    kept |= {} if plan is None else {"plan": plan}
    return kept | ({"readings": "conservative"} if signed.readings.name == "conservative" else {})


def vendors_json(kept: InForce, signed: SignedAgreement) -> list[dict[str, Any]]:
    """The definitions behind an agreement's groups, by the names of probes that the record knows."""
    wanted = bound_groups(signed)
    return [_vendor_json(vendor, wanted) for vendor in kept.vendors if is_bound(vendor, signed)]


def _vendor_json(vendor: Vendor, groups: set[str]) -> dict[str, Any]:
    by_id = {each.probe.id: each for each in vendor.probes}
    return {
        "vendor": vendor.id,
        "groups": {
            group.id.partition("/")[2]: {
                "title": group.title,
                "up": _need_json(group.need),
                "probes": [_probe_json(by_id[probe]) for probe in group.probes],
            }
            for group in vendor.groups
            if group.id in groups
        },
    }


def _vote_json(vote: Vote) -> dict[str, Any]:
    """What a sentinel saw, and how far our clock was from its, microseconds, where it told the time."""
    told: dict[str, Any] = {"place": vote.place, "passed": vote.passed}
    return told if vote.clock_offset is None else told | {"clock_offset": vote.clock_offset}


def _need_json(need: Need) -> str | dict[str, int]:
    return {"at_least": need.count} if need.count else need.kind.value


def _probe_json(definition: ProbeDefinition) -> dict[str, Any]:
    """A probe's definition without headers, bodies, queries and credentials: they may be secrets."""
    probe = definition.probe
    return {
        "id": probe.id.partition("/")[2],
        "kind": definition.kind,
        **definition.endpoint.place,
        "interval": f"{probe.cadence.interval}us",
        "repeat": f"{probe.cadence.repeat}us",
        "timeout": f"{probe.cadence.timeout}us",
        "confirm": {"fails": probe.confirmation.fails, "passes": probe.confirmation.passes},
    }


def run_json(run: Run) -> dict[str, Any]:
    """A run as case files write it."""
    return {
        "probe": run.probe,
        "vantage": run.vantage,
        "outcome": run.outcome.value,
        "reason": run.reason.value,
        "first": format_instant(run.first),
        "last": format_instant(run.last),
        "count": run.count,
        "largest_distance_seconds": seconds_text(run.distance),
    }


def attempt_json(failure: Failure) -> dict[str, Any]:
    """How far an attempt came and what the sentinels saw; the answer's text stays here, it may hold personal data."""
    seen, attempt = failure.observation, failure.attempt
    body: dict[str, Any] = {
        "probe": seen.probe,
        "vantage": seen.vantage,
        "at": format_instant(seen.at),
        "outcome": seen.outcome.value,
        "reason": seen.reason.value,
        "seconds": seconds_text(seen.duration),
        "phase": attempt.phase.value,
        "phases": {phase.value: seconds_text(length) for phase, length in attempt.phases},
        "peer": attempt.peer or None,
        "status": attempt.status,
        "certificate": attempt.certificate_subject or None,
        "checks": [{"check": each.check, "expected": each.expected, "holds": each.holds} for each in attempt.checks],
        "votes": [_vote_json(vote) for vote in failure.votes],
    }
    return {key: value for key, value in body.items() if value is not None}


def absence_json(named: NamedAbsence) -> dict[str, Any]:
    """Time that nobody saw, with its reason."""
    body = {
        "from": format_instant(named.absence.span.start),
        "to": format_instant(named.absence.span.end),
        "reason": named.absence.reason,
        "probe": named.probe,
        "vantage": named.vantage,
    }
    return {key: value for key, value in body.items() if value is not None}
