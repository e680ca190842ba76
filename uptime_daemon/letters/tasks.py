"""What the contract asks for with a claim that no record of ours answers: for a person to see to before it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uptime_daemon.core.terms.claim import Holding, TruthSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.claims.stages import DueStage
    from uptime_daemon.core.terms.claim import ClaimTerms
    from uptime_daemon.letters.wording import Wording


def tasks(terms: ClaimTerms, due: DueStage, zone: ZoneInfo, words: Wording) -> Iterator[str]:
    """One line each, in the order in which they come up."""
    say = words.catalogue.gettext
    if due.opens is not None:
        named = {"at": words.instant(due.opens, zone), "clause": words.clause(due.stage.clause)}
        yield say("send it from %(at)s on, not before (%(clause)s)") % named
    for item in terms.evidence:
        if item.held is Holding.PERSON:
            yield say("add what the contract wants to be shown: %(what)s") % {"what": words.title(item.what)}
    if terms.redact:
        yield say("remove from the evidence: %(what)s") % {"what": ", ".join(words.word(each) for each in terms.redact)}
    if terms.truth_source is TruthSource.VENDOR:
        yield say("the vendor's own measurements decide: hold ours against them first")
    for risk in terms.risks:
        named = {"what": words.title(risk.what), "clause": words.clause(risk.clause)}
        yield say("weigh the risk: %(what)s (%(clause)s)") % named
