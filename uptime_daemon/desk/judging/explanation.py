"""A statement's derivation as lines of text; what leaves the house carries one reading and no notes of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.stages import is_owed, stages_of
from uptime_daemon.core.judging.derivation import derivation
from uptime_daemon.core.judging.statement import Status
from uptime_daemon.core.judging.step import local_text
from uptime_daemon.core.terms.claim import Holding, TruthSource
from uptime_daemon.core.terms.money import decimal_text
from uptime_daemon.core.time.instants import clock_text
from uptime_daemon.languages.language import Language
from uptime_daemon.letters.figures import (
    StepFigures,
    claimed_derivation,
    group_title,
    kept_conditions,
    proven_derivation,
    sight_text,
    step_figures,
)
from uptime_daemon.letters.wording import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from uptime_daemon.core.facts.sight import Sight
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.duty import CustomerDuty


def explanation(statement: Statement, *, for_vendor: bool) -> Iterator[str]:
    """The derivation line by line, then conditions and, inside the house, readings and what to review."""
    if for_vendor:
        yield from _for_vendor(statement)
        return
    judgement = statement.judgement
    terms = judgement.terms
    plan = f", plan {terms.plan}" if terms.plan else ""
    yield f"{terms.title}, version {terms.version}{plan}: {judgement.group.name}, {statement.period.name}"
    yield from _aligned(tuple(StepFigures(each.step, each.clause, each.value) for each in derivation(statement)))
    yield f"  probes: {sight_line(judgement.sight)}"
    for condition in judgement.conditions:
        evidence = f" ({condition.evidence})" if condition.evidence else ""
        yield f"  condition {condition.terms.clause} {condition.terms.title}: {condition.state}{evidence}"
    recommended, conservative = statement.recommended, statement.conservative
    yield f"  recommended reading: {recommended.text}; conservative reading: {conservative.text}"
    questions = {each.id: each for each in terms.ambiguities}
    for name, figure in statement.differs_by.items():
        ambiguity = questions[name]
        yield f"  {name} ({ambiguity.clause}) {ambiguity.question}"
        yield f"    recommended: {ambiguity.recommended}"
        yield f"    conservative: {ambiguity.conservative}; then {figure.text}"
    for line in statement.needs_review:
        yield f"  to review: {line}"
    for duty in terms.duties:
        yield f"  our duty {duty.clause}: {duty.title}{_when(duty)}"
    if is_owed(statement):
        yield from _claiming(statement)


def sight_line(sight: Sight | None) -> str:
    """How closely was looked, in one line."""
    if sight is None:
        return "how closely was looked is not on record"
    history = "; a part of the period is history that others recorded" if sight.with_history else ""
    return (
        f"{decimal_text(sight.attempts_per_hour)} attempts an hour at each vantage, at each endpoint one every"
        f" {clock_text(sight.interval)}; an outage of {clock_text(sight.shortest)} and more is seen for sure, a shorter"
        f" one may not be{history}"
    )


def sight_lines(statements: Iterable[Statement]) -> Iterator[str]:
    """How closely was looked for each of some statements, one line for all of which the same holds."""
    found: dict[str, list[str]] = {}
    for each in statements:
        found.setdefault(sight_line(each.judgement.sight), []).append(f"{each.period.name} {each.judgement.group.name}")
    for line, names in found.items():
        yield f"{'probes' if len(found) == 1 else ', '.join(dict.fromkeys(names))}: {line}"


def _for_vendor(statement: Statement) -> Iterator[str]:
    """What the other side may read and check: the claimed reading alone, what is proven, what is known to hold."""
    judgement, period = statement.judgement, statement.period
    terms, zone = judgement.terms, judgement.terms.zone
    words = wording(Language.ENGLISH, terms)
    plan = f", plan {terms.plan}" if terms.plan else ""
    yield f"{terms.title}, version {terms.version}{plan}: {group_title(judgement, words)}, {period.name}"
    yield f"  as recorded until {local_text(statement.as_of, zone)}{_UNFINISHED.get(statement.status, '')}"
    yield from _aligned(step_figures(claimed_derivation(statement), words))
    if proven := proven_derivation(statement):
        yield "  Claimed is what even the shortest form of each outage comes to:"
        yield from _aligned(step_figures(proven, words))
    for each in kept_conditions(judgement, words):
        yield f"  holds: {each.title} ({each.clause}){f', shown by {each.evidence}' if each.evidence else ''}"
    yield f"  {sight_text(judgement, words)}"
    yield "  Each figure follows from those above it. Time is rounded only where it says so, money once;"
    yield "  shares are computed exactly and shown with ten decimals."
    if judgement.shortest.downtime != judgement.longest.downtime:
        yield (
            "  An outage counts from its first failed measurement to the first good one after it. It was shorter at the"
            " least (to its last failed measurement) and longer at the most (from the last good one before it)."
        )


_UNFINISHED: Final = {
    Status.OPEN: "; the period still runs, and the rest of it is taken as available",
    Status.SETTLING: "; the period has ended, and facts may still arrive",
}


def _aligned(steps: Sequence[StepFigures]) -> Iterator[str]:
    """The steps as a table of what, clause and value."""
    wide = max(len(step.title) for step in steps)
    cited = max(len(step.clause) for step in steps)
    for step in steps:
        yield f"  {step.title:<{wide}}  {step.clause:<{cited}}  {step.value}".rstrip()


def _when(duty: CustomerDuty) -> str:
    lead = "" if duty.lead is None else f", at least {duty.lead} before {duty.before}"
    every = "" if duty.every is None else f", every {duty.every}"
    remind = "" if duty.remind is None else f"; reminder {duty.remind} ahead"
    return f"{lead}{every}{remind}"


def _claiming(statement: Statement) -> Iterator[str]:
    """What the contract asks for when this is claimed, and which of it a person has to add."""
    terms = statement.judgement.terms.claim
    zone = statement.judgement.terms.zone
    yield f"  claim {terms.clause}: by {terms.channel}, subject {terms.subject!r}, in {' or '.join(terms.languages)}"
    if terms.truth_source is not TruthSource.NOT_STATED:
        yield f"    whose measurements decide: {terms.truth_source}"
    for due in stages_of(statement):
        opens = "" if due.opens is None else f"from {local_text(due.opens, zone)} on, "
        until = "no deadline" if due.deadline is None else f"before {local_text(due.deadline, zone)}"
        yield f"    {due.stage.id} {due.stage.clause}: {opens}{until}"
    for item in terms.evidence:
        where = "a person adds it" if item.held is Holding.PERSON else f"held: {item.held}"
        yield f"    evidence: {item.what}; {where}"
    if terms.redact:
        yield f"    to be removed from evidence: {', '.join(terms.redact)}"
    if terms.sole_remedy is not None:
        yield f"    nothing beyond the credit can be claimed ({terms.sole_remedy})"
    for risk in terms.risks:
        yield f"    risk ({risk.clause}): {risk.what}"
    for step in terms.escalation:
        after = "" if step.after is None else f" for {step.after}"
        yield f"    if {step.when}{after} ({step.clause}): {step.how}"
