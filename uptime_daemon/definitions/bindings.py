"""What measures a group: which probe groups, and how many of them must be up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from uptime_daemon.core.terms.need import Binding, Need, NeedKind
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.records import ListOf, Record, required
from uptime_daemon.definitions.shapes import OneOf, Shape, Text, Whole, named, refuse

GROUP_REFERENCE: Final = Text("probe group", r"[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*", "vendor/web")
_NEEDS: Final = tuple(kind.value for kind in NeedKind)
_MEMBERS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class NeedShape:
    """`all`, `any` or `{at_least: 2}`: how many members must be up."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """The words, or a number of members."""
        return (OneOf(_NEEDS[:2]), Record(dict, {"at_least": required(Whole(1, _MEMBERS_MAX))}))

    def read(self, node: Node, path: str, problems: Problems) -> Need:
        """The operator."""
        match node.value:
            case "all" | "any" as word:
                return Need(NeedKind(word))
            case dict() as mapping if set(mapping) == {"at_least"}:
                count = Whole(1, _MEMBERS_MAX).read(mapping["at_least"], f"{path}.at_least", problems)
                return Need(NeedKind.AT_LEAST, count)
        message = f"{named(node)} says not what must be up; write all, any or {{at_least: 2}}"
        raise refuse(node, path, problems, message)


@dataclass(frozen=True, slots=True)
class BindingShape:
    """What measures a contract's group: one probe group, or `{all|any: [...]}`, or `{at_least: 2, of: [...]}`."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """One probe group, or an operator over several."""
        return (
            GROUP_REFERENCE,
            *(Record(dict, {word: required(ListOf(GROUP_REFERENCE, at_least=1))}) for word in _NEEDS[:2]),
            Record(
                dict,
                {
                    "at_least": required(Whole(1, _MEMBERS_MAX)),
                    "of": required(ListOf(GROUP_REFERENCE, at_least=1)),
                },
            ),
        )

    def read(self, node: Node, path: str, problems: Problems) -> Binding:
        """The binding; several groups without an operator are refused, for both readings of a bare list are usual."""
        match node.value:
            case str():
                return Binding(Need(NeedKind.ALL), (GROUP_REFERENCE.read(node, path, problems),))
            case list():
                message = "a bare list says not how its groups combine; write {any: [...]} or {all: [...]}"
                raise refuse(node, path, problems, message)
            case dict() as mapping if len(mapping) == 1 and set(mapping) <= {"all", "any"}:
                word, members = next(iter(mapping.items()))
                groups = _members(members, f"{path}.{word}", problems)
                return Binding(Need(NeedKind(word)), groups)
            case dict() as mapping if set(mapping) == {"at_least", "of"}:
                groups = _members(mapping["of"], f"{path}.of", problems)
                count = Whole(1, len(groups)).read(mapping["at_least"], f"{path}.at_least", problems)
                return Binding(Need(NeedKind.AT_LEAST, count), groups)
        message = f"{named(node)} is no binding; write a probe group such as vendor/web, or {{any: [...]}} of several"
        raise refuse(node, path, problems, message)


def _members(node: Node, path: str, problems: Problems) -> tuple[str, ...]:
    """The groups of a binding, each once: one that stood twice would count twice."""
    groups = ListOf(GROUP_REFERENCE, at_least=1).read(node, path, problems)
    for index, group in enumerate(groups):
        if group in groups[:index]:
            raise refuse(node, f"{path}[{index}]", problems, f"{group} stands twice; keep one")
    return groups
