"""What must be up for a whole to be up: the operator every group and every binding names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never


class NeedKind(StrEnum):
    """How many members of a group must be up for the group to be up."""

    ALL = "all"
    ANY = "any"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True)
class Need:
    """What must be up: `all`, `any`, or at least `count` members."""

    kind: NeedKind
    count: int = 0
    """Only for `at_least`."""

    def downs(self, members: int) -> int:
        """How many of `members` must be down for the whole to be down (Kleene logic on three states)."""
        match self.kind:
            case NeedKind.ALL:
                return 1
            case NeedKind.ANY:
                return members
            case NeedKind.AT_LEAST:
                return members - self.count + 1
            case _:
                assert_never(self.kind)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a contract's group is measured by: probe groups and how many of them must be up."""

    need: Need
    groups: tuple[str, ...]
