"""From probes to groups: three-valued logic against truth tables, quorum of vantages, recorded history, bindings."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.generated import span_sets
from tests.core.oracle import ticks
from tests.core.test_timeline import seen
from uptime_daemon.core.facts.measured import (
    NamedAbsence,
    Record,
    backed,
    bound,
    group_timeline,
    measured,
    views,
)
from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.facts.probe import Cadence, Confirmation, Group, Probe
from uptime_daemon.core.facts.run import Run, runs_of
from uptime_daemon.core.facts.timeline import REPLACED, Absence, Timeline, combined, known, majority, needed
from uptime_daemon.core.terms.need import Binding, Need, NeedKind
from uptime_daemon.core.time.spans import Span, Spans

ALL, ANY, TWO = Need(NeedKind.ALL), Need(NeedKind.ANY), Need(NeedKind.AT_LEAST, 2)


def member(states: str) -> Timeline:
    """A member whose state in each second is a letter: u up, d down, ? unknown."""
    window = Span(0, len(states))
    where = {letter: Spans.of((at, at + 1) for at, each in enumerate(states) if each == letter) for letter in "ud?"}
    return known(window, where["d"], [("no_data", where["?"])])


def states(timeline: Timeline) -> str:
    """The state of each second as a letter."""
    down, unknown = ticks(timeline.point), ticks(timeline.unknown_total)
    return "".join("d" if at in down else "?" if at in unknown else "u" for at in range(*timeline.window))


# Kleene's strong logic: a conjunction of up, a disjunction of up, and two of three.
TWO_MEMBERS = [
    # one, other, all must be up, any must be up
    ("u", "u", "u", "u"),
    ("u", "d", "d", "u"),
    ("u", "?", "?", "u"),
    ("d", "u", "d", "u"),
    ("d", "d", "d", "d"),
    ("d", "?", "d", "?"),
    ("?", "u", "?", "u"),
    ("?", "d", "d", "?"),
    ("?", "?", "?", "?"),
]
TWO_OF_THREE = dict(each.split("=") for each in "uuu=u uud=u uu?=u udd=d ud?=? u??=? ddd=d dd?=d d??=? ???=?".split())


@pytest.mark.parametrize(("one", "other", "of_all", "of_any"), TWO_MEMBERS)
def test_two_members(one: str, other: str, of_all: str, of_any: str) -> None:
    """Unknown decides only where the known member does not decide already."""
    members = [member(one), member(other)]
    assert states(needed(members, ALL)) == of_all
    assert states(needed(members, ANY)) == of_any
    assert states(needed(members, Need(NeedKind.AT_LEAST, 2))) == of_all
    assert states(needed(members, Need(NeedKind.AT_LEAST, 1))) == of_any


@pytest.mark.parametrize("letters", ["".join(each) for each in product("ud?", repeat=3)])
def test_two_of_three_members(letters: str) -> None:
    """Two must be up: it is up when two are, down when two are down, else unknown; the order does not matter."""
    expected = TWO_OF_THREE["".join(sorted(letters, key="ud?".index))]
    assert states(needed([member(each) for each in letters], TWO)) == expected


@pytest.mark.parametrize(
    ("votes", "state"),
    [
        ("d", "d"),
        ("u", "u"),
        ("?", "?"),
        ("dd", "d"),
        ("du", "u"),  # a tie is no majority
        ("d?", "?"),
        ("u?", "u"),  # the other vote alone cannot be more than half
        ("ddu", "d"),
        ("duu", "u"),
        ("du?", "?"),
        ("d??", "?"),
        ("dd?", "d"),
        ("u??", "?"),
        ("uu?", "u"),
        ("ddduu", "d"),
        ("dduu?", "?"),
        ("dddd????", "?"),
        ("dddduuuu", "u"),
        ("ddddduuu", "d"),
    ],
)
def test_the_quorum_of_vantages(votes: str, state: str) -> None:
    """More than half of all assigned vantages must see it down; unknown votes count as assigned."""
    assert states(majority([member(each) for each in votes])) == state


@pytest.mark.parametrize(
    ("need", "members", "downs"),
    [(ALL, 5, 1), (ANY, 5, 5), (Need(NeedKind.AT_LEAST, 2), 5, 4), (Need(NeedKind.AT_LEAST, 5), 5, 1)],
)
def test_how_many_down_members_take_the_whole_down(need: Need, members: int, downs: int) -> None:
    """What must be up says how many may be down."""
    assert need.downs(members) == downs


triples = st.lists(
    st.tuples(st.sampled_from("ud?"), st.sampled_from("ud?"), st.sampled_from("ud?")), min_size=5, max_size=30
)


@given(triples, st.integers(1, 3))
def test_logic_is_that_of_every_second(rows: list[tuple[str, str, str]], count: int) -> None:
    """Over any course of time the whole is what the truth table says of each second."""
    whole = needed([member("".join(row[place] for row in rows)) for place in range(3)], Need(NeedKind.AT_LEAST, count))

    def truth(row: tuple[str, str, str]) -> str:
        if row.count("u") >= count:
            return "u"
        return "?" if row.count("u") + row.count("?") >= count else "d"

    assert states(whole) == "".join(truth(row) for row in rows)


@st.composite
def bracketed(draw: st.DrawFn) -> Timeline:
    """A member with brackets of any width."""
    shortest, wider, widest, silent = (draw(span_sets(0, 40, 3)) for _ in range(4))
    point = shortest | wider
    unknown = silent - point
    named = (("no_data", unknown),) if unknown else ()
    return Timeline(Span(0, 40), shortest, point, point | widest | unknown, named)


@given(st.lists(bracketed(), min_size=1, max_size=4), st.data())
def test_brackets_of_a_whole(members: list[Timeline], data: st.DataObject) -> None:
    """Each bracket of the whole counts that bracket of the members; they stay nested, and unknown is never down."""
    downs = data.draw(st.integers(1, len(members)))
    whole = combined(members, downs)
    for bracket in ("shortest", "point", "longest"):
        held = [ticks(getattr(each, bracket)) for each in members]
        expected = {at for at in range(40) if sum(at in each for each in held) >= downs}
        assert ticks(getattr(whole, bracket)) == expected
    assert not whole.shortest - whole.point
    assert not (whole.point | whole.unknown_total) - whole.longest
    assert not whole.point & whole.unknown_total
    assert whole.unknown_total.total == sum(spans.total for _, spans in whole.unknown)


@given(st.lists(bracketed(), min_size=1, max_size=4), st.data())
def test_the_order_of_members_changes_no_state(members: list[Timeline], data: st.DataObject) -> None:
    """A group is the same in whatever order its members are listed."""
    downs = data.draw(st.integers(1, len(members)))
    shuffled = data.draw(st.permutations(members))
    one, other = combined(members, downs), combined(shuffled, downs)
    assert (one.shortest, one.point, one.longest) == (other.shortest, other.point, other.longest)
    assert one.unknown_total == other.unknown_total


def test_unknown_time_of_a_whole_keeps_its_reasons() -> None:
    """What is unknown carries the reason of the first member that says one."""
    one = known(Span(0, 10), Spans(), [("paused", Spans.one(0, 4))])
    other = known(Span(0, 10), Spans(), [("daemon_off", Spans.one(2, 8))])
    assert needed([one, other], ALL).unknown == (("daemon_off", Spans.one(4, 8)), ("paused", Spans.one(0, 4)))
    assert needed([one, other], ANY).unknown == (("paused", Spans.one(2, 4)),)


PROBE = Probe("v/p", "v/g", Cadence(interval=5), Confirmation(fails=2, passes=1))


def runs(story: str, vantage: str = "here") -> list[Run]:
    """The runs of a story told in steps of 5, as this vantage saw it."""
    told = (Observation("v/p", vantage, each.at, each.outcome, each.reason) for each in seen(story))
    return list(runs_of(told, PROBE.cadence.stale_after))


def test_one_of_two_vantages_is_no_majority() -> None:
    """An outage that one of two vantages sees is none; what both see is one, as long as both see it."""
    record = Record(runs={("v/p", "a"): runs("PFFFFFP", "a"), ("v/p", "b"): runs("PPPFFFP", "b")})
    assert measured(PROBE, record, Span(0, 35)).point == Spans.one(15, 30)
    record = Record(runs={("v/p", "a"): runs("PFFFFFP", "a"), ("v/p", "b"): runs("PPPPPPP", "b")})
    assert measured(PROBE, record, Span(0, 35)).point == Spans()


def test_runs_of_other_probes_do_not_matter() -> None:
    """A probe is measured by its own runs alone."""
    record = Record(runs={("v/p", "a"): runs("PPPP", "a"), ("v/q", "a"): runs("FFFF", "a")})
    assert measured(PROBE, record, Span(0, 20)).point == Spans()


def test_a_lost_vantage_leaves_the_quorum_open() -> None:
    """One vantage is away: two of three still decide, one of two does not; the absence concerns its vantage alone."""
    away = NamedAbsence(Absence(Span(0, 35), "vantage_lost"), vantage="c")
    three = {("v/p", name): runs("PFFFFFP", name) for name in "ab"} | {("v/p", "c"): []}
    timeline = measured(PROBE, Record(runs=three, absences=[away]), Span(0, 35))
    assert timeline.point == Spans.one(5, 30)
    assert timeline.unknown == ()
    two = {("v/p", "a"): runs("PFFFFFP", "a"), ("v/p", "c"): []}
    timeline = measured(PROBE, Record(runs=two, absences=[away]), Span(0, 35))
    assert timeline.point == Spans()
    assert timeline.unknown == (("vantage_lost", Spans.one(5, 30)),)
    assert timeline.longest == Spans.one(0, 30)


def test_a_place_that_was_taken_over_is_one_place() -> None:
    """A vantage has a vote from the first that is on record of it until another one takes its place, and not beyond."""
    later = [replace(run, first=run.first + 40, last=run.last + 40) for run in runs("PFFFP", "b")]
    both = {("v/p", "a"): runs("PFFFP", "a"), ("v/p", "b"): later}
    taken = [
        NamedAbsence(Absence(Span(25, 100), REPLACED), vantage="a"),
        NamedAbsence(Absence(Span(25, 40), "daemon_off"), vantage="b"),
    ]
    timeline = measured(PROBE, Record(runs=both, absences=taken), Span(-5, 65))
    assert timeline.point == Spans.of([(5, 20), (45, 60)])
    assert timeline.unknown == (("daemon_off", Spans.one(25, 40)), ("no_data", Spans.one(-5, 0)))
    assert list(views(PROBE, Record(runs=both, absences=taken), Span(30, 65))) == ["b"]
    # One that is merely lost keeps its vote, and one of two decides nothing.
    lost = NamedAbsence(Absence(Span(25, 100), "vantage_lost"), vantage="a")
    timeline = measured(PROBE, Record(runs=both, absences=[lost]), Span(0, 65))
    assert (timeline.point, timeline.unknown) == (Spans.one(5, 20), (("vantage_lost", Spans.of([(25, 40), (45, 60)])),))


def test_a_vantage_that_comes_later_takes_no_vote_from_the_time_before() -> None:
    """Until there is a second one, one vantage decides alone."""
    late = [replace(run, first=run.first + 30, last=run.last + 30) for run in runs("PPPP", "b")]
    record = Record(runs={("v/p", "a"): runs("PFFFPPPFFFP", "a"), ("v/p", "b"): late})
    timeline = measured(PROBE, record, Span(0, 50))
    assert timeline.point == Spans.one(5, 20)
    assert timeline.unknown == ()


@pytest.mark.parametrize(
    ("probe", "vantage", "concerns"),
    [
        (None, None, True),
        ("v/p", None, True),
        (None, "a", True),
        ("v/p", "a", True),
        ("v/q", None, False),
        (None, "b", False),
        ("v/p", "b", False),
    ],
)
def test_whom_an_absence_concerns(probe: str | None, vantage: str | None, concerns: bool) -> None:
    """An absence names a probe, a vantage, both, or neither and then all."""
    assert NamedAbsence(Absence(Span(0, 1), "paused"), probe, vantage).concerns("v/p", "a") is concerns


def test_a_probe_without_runs_is_unknown_for_its_reason() -> None:
    """Nothing on record is unknown time, paused where somebody paused it."""
    record = Record(runs={}, absences=[NamedAbsence(Absence(Span(5, 10), "paused"), probe="v/p")])
    assert measured(PROBE, record, Span(0, 20)).unknown == (
        ("no_data", Spans.of([(0, 5), (10, 20)])),
        ("paused", Spans.one(5, 10)),
    )


def test_recorded_history_speaks_where_nothing_was_measured() -> None:
    """History fills our gaps and never votes: where we measured, it has no say."""
    recorded = [
        Run("v/p", "old", Outcome.FAIL, Reason.NONE, 0, 12, 2, 12),
        Run("v/p", "old", Outcome.PASS, Reason.NONE, 12, 30, 2, 18),
    ]
    live = [Observation("v/p", "here", at, Outcome.PASS) for at in (6, 10, 20)]
    record = Record(
        runs={("v/p", "old"): recorded, ("v/p", "here"): list(runs_of(live, PROBE.cadence.stale_after))},
        recorded={("v/p", "old"): 40},
    )
    timeline = measured(PROBE, record, Span(-5, 30))
    assert timeline.point == Spans.one(0, 6)
    assert timeline.unknown == (("no_data", Spans.one(-5, 0)),)
    assert timeline.up == Spans.one(6, 30)


@given(bracketed(), bracketed())
def test_history_behind_a_timeline(live: Timeline, history: Timeline) -> None:
    """What was measured stands; unknown time becomes what history says, brackets stay nested."""
    whole = backed(live, history)
    gap = live.unknown_total
    assert whole.point - gap == live.point
    assert whole.point & gap == history.point & gap
    assert whole.unknown_total == gap & history.unknown_total
    assert not whole.shortest - whole.point
    assert not (whole.point | whole.unknown_total) - whole.longest


def test_bindings_join_probe_groups() -> None:
    """A contract's group may be bound to several probe groups: two groups that must all, or any, be up."""
    probes = {name: Probe(name, f"v/{name[-1]}", PROBE.cadence, PROBE.confirmation) for name in ("v/p", "v/q")}
    groups = {name: Group(name, name, ALL, (probe,)) for name, probe in (("v/g", "v/p"), ("v/h", "v/q"))}
    down = {"v/p": "PFFFFPP", "v/q": "PPPFFFP"}
    record = Record(
        runs={
            (name, "here"): list(
                runs_of((Observation(name, "here", each.at, each.outcome, each.reason) for each in seen(story)), 12)
            )
            for name, story in down.items()
        }
    )
    bindings = {"every": Binding(ALL, ("v/g", "v/h")), "one": Binding(ANY, ("v/g", "v/h"))}
    found = bound(bindings, groups, probes, record, Span(0, 35))
    assert found["every"].point == Spans.one(5, 30)
    assert found["one"].point == Spans.one(15, 25)
    members = {name: measured(probes[name], record, Span(0, 35)) for name in probes}
    whole = group_timeline(Group("v/both", "Both", ANY, ("v/p", "v/q")), members)
    assert whole.point == found["one"].point
