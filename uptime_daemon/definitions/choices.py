"""What a contract file leaves open and how it is closed: by the plan, by the reading of an ambiguity, by a parameter.

Anywhere in a contract file a value may stand as `{by_plan: {...}}`, as `{ambiguity: ID, recommended: ..., conservative:
...}` or as `{parameter: NAME}`, with `default: VALUE` where the text itself names one. Closing them all turns the file
into plain terms; judging never meets an alternative.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from uptime_daemon.definitions.nodes import ABSENT, REFUSED, Node
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.records import unknown_keys
from uptime_daemon.definitions.shapes import named, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

RECOMMENDED: Final = "recommended"
CONSERVATIVE: Final = "conservative"

Settled: TypeAlias = "dict[int, Node]"
"""The parts of a file that hold no open place, by identity: every reading has the very same."""

_READING_KEYS: Final = ("ambiguity", RECOMMENDED, CONSERVATIVE)


@dataclass(slots=True)
class Closing:
    """How one set of terms closes what the file leaves open, and what it met on the way."""

    plan: str | None
    plans: tuple[str, ...]
    parameters: Mapping[str, Node]
    declared: frozenset[str]
    """Names of the parameters that the file declares."""
    ambiguities: frozenset[str]
    """Ids in the file's register."""
    conservative: frozenset[str]
    """Ambiguities that are read conservatively."""
    settled: Settled = field(default_factory=dict)
    met_ambiguities: set[str] = field(default_factory=set)
    met_parameters: set[str] = field(default_factory=set)
    """Parameters that are not set and that something needs."""

    def close(self, node: Node, path: str, problems: Problems) -> Node:
        """The tree with every open place closed; one that cannot be is collected and stands as refused.

        What holds no open place is given back as it is.
        """
        if id(node) in self.settled:
            return node
        try:
            match node.value:
                case dict() as mapping if "ambiguity" in mapping:
                    return self._by_reading(node, mapping, path, problems)
                case dict() as mapping if "by_plan" in mapping:
                    return self._by_plan(node, mapping, path, problems)
                case dict() as mapping if set(mapping) in ({"parameter"}, {"parameter", "default"}):
                    return self._by_parameter(node, mapping, path, problems)
        except RefusedError:
            return replace(node, value=REFUSED)
        match node.value:
            case dict() as mapping:
                inner = {
                    key: self.close(child, f"{path}.{key}".lstrip("."), problems) for key, child in mapping.items()
                }
                if all(inner[key] is child for key, child in mapping.items()):
                    return self._as_it_is(node)
                return replace(node, value=inner)
            case list() as items:
                closed = [self.close(child, f"{path}[{index}]", problems) for index, child in enumerate(items)]
                if all(one is item for one, item in zip(closed, items, strict=True)):
                    return self._as_it_is(node)
                # What a reading leaves out stands as null: the item is then skipped, and no other one changes place.
                left_out = [
                    one.value is None and item.value is not None for one, item in zip(closed, items, strict=True)
                ]
                return replace(
                    node,
                    value=[
                        replace(one, value=ABSENT) if out else one for one, out in zip(closed, left_out, strict=True)
                    ],
                )
            case _:
                return node

    def _as_it_is(self, node: Node) -> Node:
        self.settled[id(node)] = node
        return node

    def _by_reading(self, node: Node, mapping: dict[str, Node], path: str, problems: Problems) -> Node:
        if unknown_keys(node, path, problems, _READING_KEYS):
            raise RefusedError
        name = mapping["ambiguity"].value
        if not isinstance(name, str) or name not in self.ambiguities:
            known = f"write one of: {', '.join(sorted(self.ambiguities))}" if self.ambiguities else "declare it there"
            raise refuse(
                mapping["ambiguity"], f"{path}.ambiguity", problems,
                f"{named(mapping['ambiguity'])} is not in the register; {known}",
            )  # fmt: skip
        for reading in (RECOMMENDED, CONSERVATIVE):
            if reading not in mapping:
                raise refuse(node, path, problems, f"lacks the reading {reading}; write both, null where it is nothing")
        self.met_ambiguities.add(name)
        chosen = CONSERVATIVE if name in self.conservative else RECOMMENDED
        return self.close(mapping[chosen], f"{path}.{chosen}", problems)

    def _by_plan(self, node: Node, mapping: dict[str, Node], path: str, problems: Problems) -> Node:
        values = mapping["by_plan"].value
        if len(mapping) > 1 or not isinstance(values, dict):
            raise refuse(
                node, path, problems, "by_plan stands not alone with its values; write {by_plan: {PLAN: value}}"
            )
        for name in values:
            if name not in self.plans:
                plans = ", ".join(self.plans) or "none is declared"
                raise refuse(
                    values[name], f"{path}.by_plan.{name}", problems, f"{name!r} is no plan; the plans are: {plans}"
                )
        if lacking := [name for name in self.plans if name not in values]:
            raise refuse(node, path, problems, f"by_plan lacks {', '.join(lacking)}; write one value for each plan")
        if self.plan is None:
            raise refuse(node, path, problems, f"depends on the plan; write plan: one of {', '.join(self.plans)}")
        return self.close(values[self.plan], f"{path}.by_plan.{self.plan}", problems)

    def _by_parameter(self, node: Node, mapping: dict[str, Node], path: str, problems: Problems) -> Node:
        name_node = mapping["parameter"]
        name = name_node.value
        if not isinstance(name, str) or name not in self.declared:
            known = ", ".join(sorted(self.declared)) or "none"
            raise refuse(
                name_node, f"{path}.parameter", problems, f"{named(name_node)} is not declared; write one of: {known}"
            )
        if (given := self.parameters.get(name)) is not None and given.value is not None:
            return given
        if "default" in mapping:
            return self.close(mapping["default"], f"{path}.default", problems)
        self.met_parameters.add(name)
        return replace(node, value=ABSENT)
