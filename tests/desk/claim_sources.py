"""The judging as the claims desk sees it, made of the letters' cases; what it answers can be changed by a test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tests.letters.cases import (
    JUNE_OUTAGES,
    notice_agreement,
    notice_contract,
    notice_statement,
    steps_agreement,
    steps_contract,
    steps_statement,
)
from uptime_daemon.core.time.instants import format_instant, parse_instant
from uptime_daemon.desk.claims.proof import MoreProof

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.spans import Span


@dataclass
class CaseSources:
    """June 2026 of the one agreement, the year 2025 of the other; every other period is without outages."""

    signed: list[Agreement] = field(default_factory=lambda: [steps_agreement(), notice_agreement()])
    steps: Contract = field(default_factory=steps_contract)
    outages: Sequence[tuple[str, str, str, str]] = JUNE_OUTAGES

    def agreements(self) -> list[Agreement]:
        """Those that are signed."""
        return self.signed

    def contract(self, agreement_id: str, at: Instant) -> Contract:
        """The terms of either."""
        del at
        return self.steps if agreement_id == "acme-daktela" else notice_contract()

    def statements(self, agreement_id: str, period_name: str, as_of: Instant) -> tuple[Statement, ...]:
        """The statement of the case, as of an instant."""
        agreement = next(each for each in self.signed if each.id == agreement_id)
        at = format_instant(as_of)
        if agreement_id == "acme-daktela" and period_name == "2026-06":
            return (steps_statement(at, self.outages, contract=self.steps, agreement=agreement),)
        if agreement_id == "acme-oki" and period_name == "2025":
            return (notice_statement(at),)
        return ()

    def case(self, agreement_id: str, period_name: str, as_of: Instant) -> Mapping[str, Any]:
        """A case with the fields that matter here."""
        return {"case": 1, "agreement": agreement_id, "period": period_name, "as_of": format_instant(as_of)}

    def judged_again(self, case: str) -> Mapping[str, Any]:
        """What the case says of itself: the claims desk hands it on and does not look."""
        return {"case": 1, "statements": [], "of": len(case)}

    def attempts(self, agreement_id: str, group: str, span: Span) -> Sequence[Mapping[str, Any]]:
        """One failed attempt."""
        del agreement_id, span
        return [{"probe": f"vendor/{group}", "outcome": "fail", "reason": "connect_timeout"}]

    def more(self, agreement_id: str, statement: Statement) -> MoreProof:
        """Nothing more."""
        del agreement_id, statement
        return MoreProof()

    def definitions(self, agreement_id: str, as_of: Instant) -> Sequence[Mapping[str, Any]]:
        """The contract's file as it was loaded first."""
        del as_of
        return [{"name": f"contracts/{agreement_id}.yaml", "sha256": "ab" * 32, "at": "2026-01-01T00:00:00Z"}]

    def classes(self, agreement_id: str, group: str, span: Span) -> Mapping[Instant, str]:
        """The June outage was silent."""
        del agreement_id, group, span
        return {parse_instant("2026-06-10T10:00:00+02:00"): "silent"}

    def only(self, agreement_id: str, **changes: Any) -> CaseSources:
        """With one agreement alone, changed."""
        return replace(self, signed=[replace(each, **changes) for each in self.signed if each.id == agreement_id])
