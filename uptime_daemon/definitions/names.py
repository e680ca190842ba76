"""Names that one key of a contract uses and another one declares: a misspelt one would silently change a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

from uptime_daemon.core.terms.credit import Days, DurationBands, ErrorRateTiers, NoCredit, PerBlock, Steps, Tiers
from uptime_daemon.core.terms.metric import MetricKind, WindowMetric
from uptime_daemon.core.terms.target import TargetKind
from uptime_daemon.definitions.nodes import ABSENT, Node
from uptime_daemon.definitions.problems import Problems, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uptime_daemon.core.terms.claim import Stage
    from uptime_daemon.core.terms.condition import ConditionTerms
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.terms.duty import CustomerDuty
    from uptime_daemon.core.terms.exclusion import Cause
    from uptime_daemon.core.terms.target import Target

T = TypeVar("T")
Keys: TypeAlias = tuple[str | int, ...]
"""The way to a node: keys of mappings and places in lists."""


def check_names(contract: Contract, closed: Node, problems: Problems) -> None:
    """Refuse names that nothing declares and ids that two share. Raises `RefusedError` after all are looked at."""
    before = len(problems.found)
    for keys, what, name, declared in (*_of_terms(contract), *_of_lists(contract, closed)):
        if name is not None and name not in declared:
            advice = f"write one of: {', '.join(declared)}" if declared else "there is none, declare it"
            message = f"{name!r} is no {what}; {advice}"
            problems.add(node_at(closed, keys).problem(path_of(keys), message))
    _check_ids(contract, closed, problems)
    if len(problems.found) > before:
        raise RefusedError


def _of_terms(contract: Contract) -> Iterator[tuple[Keys, str, str | None, Sequence[str]]]:
    """Each name that stands once: where, what it should be, the name, what is declared."""
    if not isinstance(contract.credit, NoCredit):
        in_percent = isinstance(contract.credit.rule, Steps | Tiers | Days | ErrorRateTiers)
        targets = [each for each in contract.targets if not in_percent or each.kind is TargetKind.AVAILABILITY]
        for name in contract.credit.rule.targets:
            what = "availability target" if in_percent else "target"
            yield ("credit", "target"), what, name, [each.id for each in targets]
        timed = isinstance(contract.credit.rule, PerBlock | DurationBands)
        if timed and contract.metric is not None and not isinstance(contract.metric, WindowMetric):
            metrics = [MetricKind.ERROR_WINDOWS.value, MetricKind.MINUTE_RULE.value]
            yield ("metric", "kind"), "metric by which time is lost", contract.metric.kind.value, metrics
    if contract.termination is not None:
        yield ("termination", "target"), "target", contract.termination.target, [each.id for each in contract.targets]
    if (loss := contract.total_loss) is not None:
        groups = [group.id for group in contract.groups]
        conditions = [condition.id for condition in contract.conditions]
        yield ("total_loss", "group"), "group", loss.group, groups
        yield ("total_loss", "functions"), "group", loss.functions, groups
        yield ("total_loss", "condition"), "condition", loss.condition, conditions
    if (announced := contract.exclusions.announced) is not None:
        causes = [cause.id for cause in contract.exclusions.causes]
        yield ("exclusions", "announced", "cause"), "cause", announced.cause, causes
    if (emergency := contract.exclusions.emergency) is not None:
        causes = [cause.id for cause in contract.exclusions.causes]
        yield ("exclusions", "emergency", "cause"), "cause", emergency.cause, causes


def _of_lists(contract: Contract, closed: Node) -> Iterator[tuple[Keys, str, str | None, Sequence[str]]]:
    """Each name that stands in an item of a list."""
    register = [ambiguity.id for ambiguity in contract.ambiguities]
    for index, target in _numbered(closed, ("targets",), contract.targets):
        for name in target.rests_on:
            yield ("targets", index, "rests_on"), "ambiguity of the register", name, register
    causes = [cause.id for cause in contract.exclusions.causes]
    for name in sorted(contract.downtime.denominator_causes):
        yield ("downtime", "denominator_causes"), "cause", name, causes
    for index, window in _numbered(closed, ("exclusions", "windows"), contract.exclusions.windows):
        yield ("exclusions", "windows", index, "cause"), "cause", window.cause, causes
    for index, upstream in _numbered(closed, ("exclusions", "upstreams"), contract.exclusions.upstreams):
        yield ("exclusions", "upstreams", index, "cause"), "cause", upstream.cause, causes
        groups = [group.id for group in contract.groups]
        yield ("exclusions", "upstreams", index, "group"), "group", upstream.group, groups
    for index, cap in _numbered(closed, ("exclusions", "caps"), contract.exclusions.caps):
        for name in cap.causes:
            yield ("exclusions", "caps", index, "causes"), "cause", name, causes


def _check_ids(contract: Contract, closed: Node, problems: Problems) -> None:
    lists: tuple[tuple[Keys, Sequence[Target | ConditionTerms | CustomerDuty | Cause | Stage]], ...] = (
        (("targets",), contract.targets),
        (("conditions",), contract.conditions),
        (("customer_duties",), contract.duties),
        (("exclusions", "causes"), contract.exclusions.causes),
        (("claim", "stages"), contract.claim.stages),
    )
    for keys, items in lists:
        taken: set[str] = set()
        for index, item in _numbered(closed, keys, items):
            if item.id in taken:
                place = (*keys, index, "id")
                message = f"{item.id!r} is the id of an earlier one; give each its own"
                problems.add(node_at(closed, place).problem(path_of(place), message))
            taken.add(item.id)


def _numbered(closed: Node, keys: Keys, items: Sequence[T]) -> Iterator[tuple[int, T]]:
    """The items of a list with their places in the file, of which a reading may leave out some."""
    written = node_at(closed, keys).value
    if isinstance(written, list):
        yield from zip([at for at, item in enumerate(written) if item.value is not ABSENT], items, strict=True)


def node_at(node: Node, keys: Keys) -> Node:
    """The node at the end of a way, or the last one on it."""
    for key in keys:
        match node.value:
            case dict() as mapping if key in mapping:
                node = mapping[str(key)]
            case list() as items if isinstance(key, int):
                node = items[key]
    return node


def path_of(keys: Keys) -> str:
    """The way as messages show it: `credit.tiers[1]`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")
