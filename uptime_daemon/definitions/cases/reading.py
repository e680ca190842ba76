"""A case file -> a `Case` for each period it names: the one format for what-if, dispute, evidence and tests.

`contract` is a path, the contract itself, or `{from: PATH, change: {...}}`, a contract with some keys exchanged
(RFC 7386 merge patch). A group's time is either stated (`states`) or measured (`observations`, `runs`), never both.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from uptime_daemon.core.claims.case import Case
from uptime_daemon.core.facts.facts import Facts
from uptime_daemon.core.facts.measured import also_seen
from uptime_daemon.core.time.spans import Span
from uptime_daemon.definitions.agreements import agreed, read_head
from uptime_daemon.definitions.cases.checking import check_facts
from uptime_daemon.definitions.cases.head import CASE, CaseHead
from uptime_daemon.definitions.cases.period import periods_of
from uptime_daemon.definitions.cases.place import Place
from uptime_daemon.definitions.cases.timelines import group_timelines
from uptime_daemon.definitions.contracts.checking import check_contract
from uptime_daemon.definitions.contracts.file import ContractFile
from uptime_daemon.definitions.contracts.reading import read_contract
from uptime_daemon.definitions.documents import parse_document, read_document
from uptime_daemon.definitions.nodes import Node, mapping_of, patched
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.records import unknown_keys
from uptime_daemon.definitions.shapes import named, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.facts.timeline import Timeline
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Readings
    from uptime_daemon.core.time.periods import Period


def read_case(place: Place, problems: Problems, plan: str | None = None) -> tuple[Case, ...]:
    """The cases of a file, one for each period that its period name covers. Raises `RefusedError`.

    A path in it is looked for beside the file, then in the working directory, then by name among the contracts.
    `plan` replaces the agreement's own, for a what-if.
    """
    own = Problems()
    try:
        node = read_document(place.file, own)
        if place.file.suffix == ".json":
            with suppress(RefusedError):
                return _cases(node, place, Problems(), plan)
            # JSON is read fast and without lines; a mistake in it is worth a slower second reading that knows them.
            node = parse_document(place.file.read_text(encoding="utf-8-sig"), str(place.file), own, lines=True)
        return _cases(node, place, own, plan)
    finally:
        for problem in own.found:
            problems.add(problem)


def case_of_text(text: str, name: str, problems: Problems) -> tuple[Case, ...]:
    """The cases of a text that stands for itself: it names no file. Raises `RefusedError`."""
    return _cases(parse_document(text, name, problems), Place(Path(name), ()), problems, None)


def _cases(node: Node, place: Place, problems: Problems, plan: str | None) -> tuple[Case, ...]:
    head = None
    with suppress(RefusedError):
        head = CASE.read(node, "", problems)
    file, agreement, terms = _signed(node, place, problems, plan)
    if head is None:
        raise RefusedError
    periods: tuple[Period, ...] = ()
    with suppress(RefusedError):
        periods = periods_of(head.period, terms.chosen, node, problems)
    check_facts(head.facts, file, terms, node, problems)
    if not periods:
        raise RefusedError
    instants = head.facts.instants
    reach = Span(
        min([periods[0].span.start, *instants]),
        max([periods[-1].span.end, *instants]),
    )
    timelines, watched_in = group_timelines(head, terms.chosen, agreement, place, reach, node, problems)
    facts = _facts(head, timelines)
    # Without an instant of its own a case is judged when every period has long closed: never by the wall clock.
    closed = max(periods[-1].span.end + terms.chosen.closes_after, reach.end)
    as_of = closed if head.as_of is None else head.as_of
    return tuple(
        Case(
            terms.deciding(Span(*agreement.covered(period.span))),
            agreement,
            period,
            replace(facts, watched=() if watched_in is None else watched_in(period.span)),
            as_of,
        )
        for period in periods
    )


def _facts(head: CaseHead, timelines: Mapping[str, Timeline]) -> Facts:
    """What the case states, all of which is so in each of its periods."""
    own = head.facts
    # An instant that nobody gave never hides what was stated; one that was given hides what was not known then.
    seen = [each for each in own.outages if head.as_of is None or each.known_at is None or each.known_at <= head.as_of]
    return Facts(
        timelines=also_seen(timelines, seen),
        tickets=tuple(
            ticket if ticket.id else replace(ticket, id=f"ticket {number}")
            for number, ticket in enumerate(own.tickets, start=1)
        ),
        conditions=own.conditions,
        maintenance=own.maintenance,
        exclusions=own.exclusions,
        earlier=own.earlier,
        requests=own.requests,
        suspicions=own.suspicions,
    )


def _signed(node: Node, place: Place, problems: Problems, plan: str | None) -> tuple[ContractFile, Agreement, Readings]:
    """The contract and what was agreed under it; both are read before either is refused."""
    file = head = None
    with suppress(RefusedError):
        file = _contract(_required(node, "contract"), place, problems)
    with suppress(RefusedError):
        head, _ = read_head(_required(node, "agreement"), "agreement", problems, {})
    if file is None or head is None:
        raise RefusedError
    agreement, terms = agreed(
        head if plan is None else replace(head, plan=plan, plan_changes=()), "case", file, "agreement", problems
    )
    return file, agreement, terms


def _required(node: Node, key: str) -> Node:
    """The node of a key whose absence is already a problem."""
    if (child := mapping_of(node).get(key)) is None:
        raise RefusedError
    return child


def _contract(node: Node, place: Place, problems: Problems) -> ContractFile:
    before = len(problems.found)
    varied = False
    match node.value:
        case str() as text:
            whole = place.document(text, node, "contract", problems)
        case dict() as mapping if "from" in mapping:
            if unknown_keys(node, "contract", problems, ("from", "change")):
                raise RefusedError
            source = mapping["from"]
            if not isinstance(source.value, str):
                message = f"{named(source)} is no path; write one such as contracts/NAME.yaml"
                raise refuse(source, "contract.from", problems, message)
            whole = place.document(source.value, source, "contract.from", problems)
            if varied := "change" in mapping:
                change = mapping["change"]
                if not isinstance(change.value, dict):
                    message = f"{named(change)} is no mapping; write the keys that are exchanged, null to remove one"
                    raise refuse(change, "contract.change", problems, message)
                whole = patched(whole, change)
        case dict():
            whole = node
        case _:
            message = f"{named(node)} is no contract; write a path such as contracts/NAME.yaml"
            raise refuse(node, "contract", problems, message)
    file = read_contract(whole, problems)
    check_contract(file, problems, varied=varied)
    if len(problems.found) > before:
        raise RefusedError
    return file
