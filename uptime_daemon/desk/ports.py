"""What the use cases need from those who judge: agreements, statements, cases. How they are made is not asked here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.periods import Period
    from uptime_daemon.core.time.spans import Span, Spans
    from uptime_daemon.desk.claims.proof import MoreProof


class Clocks(Protocol):
    """The clocks of this machine, or of a test."""

    def now(self) -> Instant:
        """The wall clock; it may step."""

    def elapsed(self) -> Duration:
        """The monotonic clock."""


class Agreements(Protocol):
    """The agreements in force and the terms they were signed on."""

    def agreements(self) -> Sequence[Agreement]:
        """Every agreement that is configured."""

    def contract(self, agreement_id: str, at: Instant) -> Contract:
        """The terms of an agreement's contract, version and plan at an instant, under the chosen reading."""


class Statements(Protocol):
    """Judgements from the record."""

    def statements(self, agreement_id: str, period_name: str, as_of: Instant) -> Sequence[Statement]:
        """The statements of every judged group for one period, as known at an instant."""


class KnownStatements(Protocol):
    """What was judged a short while ago for somebody else, so that it need not be judged again."""

    def known(self, agreement_id: str, period: Period, at: Instant) -> Sequence[Statement]:
        """The statements of every judged group for one period; none where they were not judged, or too long ago."""


class Judging(Agreements, Statements, Protocol):
    """What was signed and what it comes to."""


class EvidenceCase(Protocol):
    """The record in the form in which anybody can judge it again."""

    def case(self, agreement_id: str, period_name: str, as_of: Instant) -> Mapping[str, Any]:
        """A case that `evaluate` accepts: JSON values without floats, the claimed reading only, no personal data."""


class ProofSources(Protocol):
    """What else proves a claim."""

    def judged_again(self, case: str) -> Mapping[str, Any]:
        """The statements that anybody gets who judges the text of a case, as the other side may see them."""

    def attempts(self, agreement_id: str, group: str, span: Span) -> Sequence[Mapping[str, Any]]:
        """The failed attempts at the probes of a contract's group within a stretch, without what may be secret."""

    def more(self, agreement_id: str, statement: Statement) -> MoreProof:
        """What was seen around each outage of a statement, what was announced, and the seals of the period's days."""

    def definitions(self, agreement_id: str, as_of: Instant) -> Sequence[Mapping[str, Any]]:
        """Name, digest and instant of the definition files that this agreement was judged by."""


class OutageClasses(Protocol):
    """How outages showed themselves."""

    def classes(self, agreement_id: str, group: str, span: Span) -> Mapping[Instant, str]:
        """`answered_with_error`, `refused` or `silent` by an outage's first instant, where it is known."""


class CounterFigures(Protocol):
    """What a claim comes to when a vendor's own outages are held against ours."""

    def agreements(self) -> Sequence[Agreement]:
        """Every agreement in force."""

    def countered(
        self, agreement_id: str, period_name: str, group: str, theirs: Spans | None, as_of: Instant
    ) -> Statement | None:
        """The statement of a group from what we prove, and, with `theirs`, only where both call it down.

        None where the agreement or the group is no longer there.
        """


class ClaimSources(Judging, EvidenceCase, ProofSources, OutageClasses, Protocol):
    """All that the claims desk asks of the judging."""
