"""Each group's timeline in a case: from the states that it states, or from what it measured, never from both."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.timeline import NO_DATA, Timeline, known
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.definitions.cases.measured import measured_timelines
from uptime_daemon.definitions.shapes import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.definitions.cases.facts import StateFact
    from uptime_daemon.definitions.cases.head import CaseHead
    from uptime_daemon.definitions.cases.measured import WatchedIn
    from uptime_daemon.definitions.cases.place import Place
    from uptime_daemon.definitions.nodes import Node
    from uptime_daemon.definitions.problems import Problems


def group_timelines(
    head: CaseHead,
    contract: Contract,
    agreement: Agreement,
    place: Place,
    reach: Span,
    node: Node,
    problems: Problems,
) -> tuple[dict[str, Timeline], WatchedIn | None]:
    """The timeline of each of the contract's groups over `reach`; and who watched them, where that is known.

    `node` is the whole case. Raises `RefusedError`.
    """
    facts = head.facts
    if facts.states and (facts.observations or facts.runs):
        message = "states and observations stand side by side; write what was measured, or what is stated"
        raise refuse(node.at("facts"), "facts", problems, message)
    if facts.observations or facts.runs or (head.probes is not None and not facts.states):
        return measured_timelines(head, contract, agreement, place, reach, node, problems)
    return _stated(head, contract, reach, node, problems), None


def _stated(head: CaseHead, contract: Contract, reach: Span, node: Node, problems: Problems) -> dict[str, Timeline]:
    stated: dict[str, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for fact in head.facts.states:
        stated[fact.group][fact.state].append(fact.span)
    found = {}
    for group in contract.groups:
        if not group.judged and group.id not in stated:
            continue
        sets = {state: Spans.of(stated[group.id][state]) for state in ("up", "down", "unknown")}
        _refuse_contradiction(sets, group.id, head.facts.states, node, problems)
        rest = Spans.one(*reach) - sets["up"] - sets["down"] - sets["unknown"]
        unknown = sets["unknown"] | (rest if head.otherwise == "unknown" else Spans())
        found[group.id] = known(reach, sets["down"], [(NO_DATA, unknown)])
    return found


def _refuse_contradiction(
    sets: Mapping[str, Spans], group: str, states: Sequence[StateFact], node: Node, problems: Problems
) -> None:
    for one, other in (("up", "down"), ("up", "unknown"), ("down", "unknown")):
        if both := sets[one] & sets[other]:
            last = max(at for at, fact in enumerate(states) if fact.group == group and both.clip(fact.span))
            message = f"{group} is stated {one} and {other} at once; keep one of them"
            raise refuse(node.at("facts", "states", last), f"facts.states[{last}]", problems, message)
