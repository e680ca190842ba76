"""Time that should not count: who says so, for which cause, and what a person decided about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uptime_daemon.core.facts.records import Decision
from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.desk.intake.facts import IntakeError, checked_note, made, refuse_unknown
from uptime_daemon.desk.intake.records import FactKind
from uptime_daemon.desk.intake.tickets import next_name
from uptime_daemon.store.kept import in_force

if TYPE_CHECKING:
    from uptime_daemon.core.time.spans import Span
    from uptime_daemon.desk.intake.facts import Author
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.kept import Fact
    from uptime_daemon.store.ports import Store


def proposal(
    store: Store,
    signed: SignedAgreement,
    span: Span,
    cause: str,
    author: Author,
    *,
    group: str | None = None,
    note: str | None = None,
    evidence: str | None = None,
) -> Fact:
    """A checked exclusion that nobody has decided yet, not yet recorded."""
    terms = signed.readings
    causes = {each.id: None for read in (terms.recommended, terms.conservative) for each in read.exclusions.causes}
    refuse_unknown(cause, list(causes), "cause", signed, "cause")
    if group is not None:
        refuse_unknown(group, [each.id for each in terms.chosen.groups], "group", signed, "group")
    names = {fact.subject for fact in store.facts(agreement=signed.agreement.id, kind=FactKind.EXCLUSION.value)}
    body = {
        "from": format_instant(span.start),
        "to": format_instant(span.end),
        "group": group,
        "cause": cause,
        "decision": Decision.PROPOSED.value,
        "note": checked_note(note),
    }
    return made(FactKind.EXCLUSION, next_name("E", names), body, signed, author, evidence)


def decision(
    store: Store,
    signed: SignedAgreement,
    name: str,
    decided: Decision,
    author: Author,
    *,
    note: str | None = None,
    evidence: str | None = None,
) -> Fact:
    """A person's decision on an exclusion, not yet recorded; the one before stays on record.

    Evidence and note are the decision's own; without evidence that of the proposal stays with it.
    """
    facts = {
        fact.subject: fact
        for fact in in_force(store.facts(agreement=signed.agreement.id, kind=FactKind.EXCLUSION.value))
    }
    if name not in facts:
        listed = ", ".join(facts) or "none"
        raise IntakeError(f"there is no exclusion {name!r}; those of {signed.agreement.id} are: {listed}", "id")
    before = facts[name]
    if before.body["decision"] == decided.value:
        raise IntakeError(f"{name} is {decided.value} already, by {before.by}", "decision")
    body = {key: value for key, value in before.body.items() if key != "note"}
    body |= {"decision": decided.value, "note": checked_note(note)}
    return made(FactKind.EXCLUSION, name, body, signed, author, evidence or before.evidence, supersedes=before.id)
