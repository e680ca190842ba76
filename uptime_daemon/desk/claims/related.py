"""One outage under two agreements makes two claims: each names the other, inside the house alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from uptime_daemon.core.claims.claim import ClaimId
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.ports import Judging


@dataclass(frozen=True, slots=True)
class Judged:
    """The statements behind claims as known at one instant, each period judged once."""

    sources: Judging
    at: Instant
    _kept: dict[tuple[str, str], Sequence[Statement]] = field(default_factory=dict)

    def of(self, claim: ClaimId) -> tuple[Agreement, Statement] | None:
        """The agreement and the statement of a claim; None where either is no longer configured."""
        agreement = next((each for each in self.sources.agreements() if each.id == claim.agreement), None)
        if agreement is None:
            return None
        key = claim.agreement, claim.period
        if key not in self._kept:
            self._kept[key] = self.sources.statements(*key, self.at)
        statement = next((each for each in self._kept[key] if each.judgement.group.name == claim.group), None)
        return None if statement is None else (agreement, statement)

    def related(
        self, claim: ClaimId, agreement: Agreement, statement: Statement, others: Iterable[ClaimId]
    ) -> Iterator[str]:
        """The same for claims that are on record; only what the same probes measured is judged for it."""
        signed = {each.id: each for each in self.sources.agreements()}
        near = [
            (other, *known)
            for other in others
            if other.agreement in signed
            and other.agreement != agreement.id
            and shares_probes(agreement, claim.group, signed[other.agreement], other.group)
            and (known := self.of(other)) is not None
        ]
        return related(claim, agreement, statement, near)


def related(
    claim: ClaimId,
    agreement: Agreement,
    statement: Statement,
    others: Iterable[tuple[ClaimId, Agreement, Statement]],
) -> Iterator[str]:
    """The numbers of claims under other agreements that are about an outage of this claim."""
    counted = statement.judgement.point.counted
    for other, theirs, judged in others:
        is_shared = theirs.id != agreement.id and shares_probes(agreement, claim.group, theirs, other.group)
        if is_shared and counted & judged.judgement.point.counted:
            yield str(other)


def shares_probes(one: Agreement, group: str, other: Agreement, others_group: str) -> bool:
    """Whether two agreements' groups are measured by a group of probes in common."""
    return not _measured_by(one, group).isdisjoint(_measured_by(other, others_group))


def _measured_by(agreement: Agreement, group: str) -> frozenset[str]:
    binding = agreement.bindings.get(group)
    return frozenset() if binding is None else frozenset(binding.groups)
