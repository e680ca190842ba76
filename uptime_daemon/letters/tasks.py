"""What the contract asks for with a claim that no record of ours answers: for a person to see to before it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uptime_daemon.core.judging.step import local_text
from uptime_daemon.core.terms.claim import Holding, TruthSource
from uptime_daemon.letters.rendering import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.claims.stages import DueStage
    from uptime_daemon.core.terms.claim import ClaimTerms


def tasks(terms: ClaimTerms, due: DueStage, zone: ZoneInfo) -> Iterator[str]:
    """One line each, in the order in which they come up."""
    if due.opens is not None:
        yield f"send it from {local_text(due.opens, zone)} on, not before ({due.stage.clause})"
    for item in terms.evidence:
        if item.held is Holding.PERSON:
            yield f"add what the contract wants to be shown: {one_line(item.what)}"
    if terms.redact:
        yield f"remove from the evidence: {', '.join(each.replace('_', ' ') for each in terms.redact)}"
    if terms.truth_source is TruthSource.VENDOR:
        yield "the vendor's own measurements decide: hold ours against them first"
    for risk in terms.risks:
        yield f"weigh the risk that {one_line(risk.what)} ({risk.clause})"
