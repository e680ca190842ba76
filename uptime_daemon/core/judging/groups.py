"""What statements are about: each group that a contract judges, and several main groups as one service."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.records import Answer
from uptime_daemon.core.facts.timeline import NO_DATA, Timeline, combined, known
from uptime_daemon.core.time.spans import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.facts.facts import Facts
    from uptime_daemon.core.facts.ticket import Ticket
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract


@dataclass(frozen=True, slots=True)
class Member:
    """A group whose outages count by its own tickets and its own exclusions."""

    name: str
    groups: frozenset[str]
    """The contract's groups whose tickets, maintenance and exclusions speak of it."""
    timeline: Timeline
    tickets: tuple[Ticket, ...]


@dataclass(frozen=True, slots=True)
class JudgedGroup:
    """What one statement is about: a group of the contract, or several main groups as one."""

    name: str
    members: tuple[Member, ...]
    """One, unless several main groups are judged as one."""
    downs: int
    """How many members must count as down for the whole to."""
    timeline: Timeline
    partial: Spans
    """Down time of single functions that is no total loss."""
    losses: Spans
    """Down time of single functions while the rest was up, counted or not."""
    counts: bool

    @property
    def groups(self) -> frozenset[str]:
        """The contract's groups that make up what is judged."""
        return frozenset[str]().union(*(member.groups for member in self.members))


def judged_groups(terms: Contract, agreement: Agreement, facts: Facts) -> Iterator[JudgedGroup]:
    """What gets a statement: every group of the contract that is judged, and several main groups as one."""
    single = {group.id: _group(group.id, terms, facts) for group in terms.groups if group.judged}
    present = {name: group for name, group in single.items() if group is not None}
    counting = {group.id for group in terms.groups if group.counts}
    primary = [present[name] for name in agreement.primary if name in present]
    if terms.primary is not None and len(agreement.primary) > 1 and primary:
        # Nothing is known of a main group that nobody measures.
        window = primary[0].timeline.window
        unseen = known(window, Spans(), [(NO_DATA, Spans.one(*window))])
        members = tuple(
            member
            for name in agreement.primary
            for member in (present[name].members if name in present else [Member(name, frozenset({name}), unseen, ())])
        )
        downs = terms.primary.downs(len(members))
        yield JudgedGroup(
            name="+".join(agreement.primary),
            members=members,
            downs=downs,
            timeline=combined([member.timeline for member in members], downs),
            partial=Spans(),
            losses=Spans(),
            counts=True,
        )
    # The only main group may have no timeline: that does not make main groups of the others.
    everything = terms.primary is None or not agreement.primary
    main = {name for name in present if name in counting and (everything or agreement.primary == (name,))}
    for name in sorted(present, key=lambda each: each not in main):  # the main group first, the rest as in the contract
        yield replace(present[name], counts=name in main)


def in_force(group: JudgedGroup, agreement: Agreement) -> JudgedGroup:
    """The group without time outside the agreement; in a partial period the rest is deemed up."""
    covered = Span(*agreement.covered(group.timeline.window))
    return replace(
        group,
        members=tuple(replace(member, timeline=member.timeline.clip(covered)) for member in group.members),
        timeline=group.timeline.clip(covered),
        partial=group.partial.clip(covered),
        losses=group.losses.clip(covered),
    )


def _group(name: str, terms: Contract, facts: Facts) -> JudgedGroup | None:
    timeline = facts.timelines.get(name)
    if timeline is None:
        return None
    groups, partial, losses = {name}, Spans(), Spans()
    loss = terms.total_loss
    if loss is not None and loss.group == name and (functions := facts.timelines.get(loss.functions)) is not None:
        groups.add(loss.functions)
        losses = functions.point - timeline.point
        states = {condition.id: condition.state for condition in facts.conditions}
        if loss.condition is not None and states.get(loss.condition) is Answer.YES:
            timeline = combined([timeline, functions], 1)
        else:
            partial = losses
    tickets = tuple(ticket for ticket in facts.tickets if ticket.group in groups)
    return JudgedGroup(
        name=name,
        members=(Member(name, frozenset(groups), timeline, tickets),),
        downs=1,
        timeline=timeline,
        partial=partial,
        losses=losses,
        counts=True,
    )
