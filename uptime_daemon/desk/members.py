"""The live state of a group: how many of its members are up, down or unknown, and since when."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from uptime_daemon.core.facts.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uptime_daemon.core.terms.need import Need
    from uptime_daemon.core.time.instants import Instant


class Standing(Protocol):
    """Anything that is up, down or unknown since an instant."""

    @property
    def state(self) -> State:
        """What it is."""

    @property
    def since(self) -> Instant | None:
        """From when."""


@dataclass(frozen=True, slots=True)
class GroupState:
    """The live state of a functional group."""

    state: State
    since: Instant | None


class Members:
    """The members of a group by their state, in order of its begin: which of them decides is found without a search.

    A thousand members that fail within a minute would otherwise each look at the thousand.
    """

    __slots__ = ("_since",)

    def __init__(self, members: Iterable[Standing] = ()) -> None:
        """How they stand now; what changes later is told by `move`."""
        self._since: dict[State, list[Instant]] = {state: [] for state in State}
        for member in members:
            self._since[member.state].append(member.since or 0)
        for instants in self._since.values():
            instants.sort()

    def move(self, before: Standing, state: State, since: Instant | None) -> None:
        """One of them stands otherwise from now on."""
        left = self._since[before.state]
        del left[bisect_left(left, before.since or 0)]
        insort(self._since[state], since or 0)

    def combined(self, need: Need) -> GroupState:
        """The state of the whole by Kleene logic, since the member that decided it."""
        count = sum(map(len, self._since.values()))
        downs = need.downs(count)
        for state, needed in ((State.DOWN, downs), (State.UP, count - downs + 1)):
            since = self._since[state]
            if len(since) >= needed:
                return GroupState(state, since[needed - 1] or None)
        unknown = self._since[State.UNKNOWN]
        return GroupState(State.UNKNOWN, unknown[-1] or None if unknown else None)


def combined(members: Iterable[Standing], need: Need) -> GroupState:
    """The live state of a group whose members are looked at once."""
    return Members(members).combined(need)
