"""The live state of a group whose members change one by one."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from uptime_daemon.core.facts.state import State
from uptime_daemon.core.terms.need import Need, NeedKind
from uptime_daemon.desk.members import GroupState, Members, combined


@dataclass(frozen=True)
class Member:
    """How one of them stands."""

    state: State
    since: int | None


MEMBERS = st.builds(Member, st.sampled_from(State), st.none() | st.integers(1, 5))


def by_definition(members: list[Member], need: Need) -> GroupState:
    """Kleene logic in the words of its definition: down is what the fewest needed downs decide, in order of time."""
    downs = need.downs(len(members))
    for state, needed in ((State.DOWN, downs), (State.UP, len(members) - downs + 1)):
        since = sorted(member.since or 0 for member in members if member.state is state)
        if len(since) >= needed:
            return GroupState(state, since[needed - 1] or None)
    unknown = [member.since for member in members if member.state is State.UNKNOWN and member.since]
    return GroupState(State.UNKNOWN, max(unknown, default=None))


@given(
    st.lists(MEMBERS, min_size=1, max_size=6), st.lists(st.tuples(st.integers(0, 5), MEMBERS), max_size=8), st.data()
)
def test_moves_are_as_looking_at_all(
    members: list[Member], moves: list[tuple[int, Member]], data: st.DataObject
) -> None:
    """After any changes the group is what looking at each member says."""
    at_least = st.builds(Need, st.just(NeedKind.AT_LEAST), st.integers(1, len(members)))
    need = data.draw(st.sampled_from([Need(NeedKind.ALL), Need(NeedKind.ANY)]) | at_least)
    followed = Members(members)
    for place, now in moves:
        which = place % len(members)
        followed.move(members[which], now.state, now.since)
        members[which] = now
    assert followed.combined(need) == combined(members, need) == by_definition(members, need)
