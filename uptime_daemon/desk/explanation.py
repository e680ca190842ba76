"""A statement's derivation as lines of text; what leaves the house carries one reading and no notes of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uptime_daemon.core.judging.derivation import derivation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.judging.statement import Statement


def explanation(statement: Statement, *, for_vendor: bool) -> Iterator[str]:
    """The derivation line by line, then conditions and, inside the house, readings and what to review."""
    judgement = statement.judgement
    terms = judgement.terms
    plan = f", plan {terms.plan}" if terms.plan else ""
    yield f"{terms.title}, version {terms.version}{plan}: {judgement.group.name}, {statement.period.name}"
    steps = derivation(statement)
    wide = max(len(step.step) for step in steps)
    cited = max(len(step.clause) for step in steps)
    for step in steps:
        yield f"  {step.step:<{wide}}  {step.clause:<{cited}}  {step.value}".rstrip()
    for condition in judgement.conditions:
        evidence = f" ({condition.evidence})" if condition.evidence else ""
        yield f"  condition {condition.terms.clause} {condition.terms.title}: {condition.state}{evidence}"
    if for_vendor:
        return
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
