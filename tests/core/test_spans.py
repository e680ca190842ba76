"""Laws of span sets, checked against an independent interval algebra and against one bit a second."""

import random
import time
from itertools import pairwise

import portion
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.generated import span_sets, windows
from tests.core.oracle import bits, ticks
from uptime_daemon.core.time.instants import DAY
from uptime_daemon.core.time.spans import Span, Spans, at_least, union

END = 40
"""The seconds of the small world in which bits are counted; spans may lie around it."""

edges = st.integers(-5, END + 5)
pairs = st.lists(st.tuples(edges, edges), max_size=12)
sets = span_sets(-5, END + 5)
stretches = windows(-5, END + 5)


def in_portion(spans: Spans) -> object:
    """The same set in the other library."""
    whole = portion.empty()
    for start, end in spans:
        whole |= portion.closedopen(start, end)
    return whole


def from_portion(whole: object) -> list[tuple[int, int]]:
    """The stretches of a set of the other library."""
    return [(each.lower, each.upper) for each in whole]  # type: ignore[attr-defined] # portion ships no types


def is_normal(spans: Spans) -> bool:
    """Whether the boundaries strictly rise and come in pairs."""
    return len(spans.bounds) % 2 == 0 and all(low < high for low, high in pairwise(spans.bounds))


@given(sets, sets)
def test_union_and_intersection_commute(one: Spans, other: Spans) -> None:
    """Neither union nor intersection knows which set comes first."""
    assert one | other == other | one
    assert one & other == other & one


@given(sets, sets, sets)
def test_union_and_intersection_associate(one: Spans, other: Spans, third: Spans) -> None:
    """Three sets can be joined or cut in any grouping, and each operation distributes over the other."""
    assert (one | other) | third == one | (other | third)
    assert (one & other) & third == one & (other & third)
    assert one & (other | third) == (one & other) | (one & third)
    assert one | (other & third) == (one | other) & (one | third)


@given(sets)
def test_a_set_with_itself(spans: Spans) -> None:
    """A set joined or cut with itself is itself; minus itself it is empty; the empty set changes nothing."""
    assert spans | spans == spans
    assert spans & spans == spans
    assert spans - spans == Spans()
    assert spans | Spans() == Spans() | spans == spans
    assert spans & Spans() == Spans() & spans == Spans() - spans == Spans()
    assert spans - Spans() == spans


@given(sets, sets)
def test_difference_leaves_nothing_of_the_other(one: Spans, other: Spans) -> None:
    """What is left after subtracting a set shares no instant with it, and both parts make the first set again."""
    assert not (one - other) & other
    assert (one - other) | (one & other) == one
    assert one - other - other == one - other


@given(sets, sets)
def test_totals_add_up(one: Spans, other: Spans) -> None:
    """Lengths behave like a measure: nothing is counted twice, nothing is lost."""
    assert (one | other).total + (one & other).total == one.total + other.total
    assert (one - other).total + (one & other).total == one.total
    assert one.total == sum(span.length for span in one)


@given(sets, sets, stretches)
def test_results_are_in_normal_form(one: Spans, other: Spans, window: Span) -> None:
    """Every operation gives strictly rising boundaries, so equal sets compare equal."""
    for result in (one, one | other, one & other, one - other, one.clip(window), union([one, other])):
        assert is_normal(result)


@given(pairs)
def test_of_does_not_depend_on_order_or_cutting(stretches: list[tuple[int, int]]) -> None:
    """A union of stretches is the same in any order, with each given twice, and with each cut into seconds."""
    seconds = [(at, at + 1) for start, end in stretches for at in range(start, end)]
    assert Spans.of(stretches) == Spans.of(reversed(stretches)) == Spans.of(stretches * 2) == Spans.of(seconds)


@given(pairs)
def test_columns_are_the_same_stretches(stretches: list[tuple[int, int]]) -> None:
    """Starts and ends apart make the set that their pairs make: empty, touching or in normal form already."""
    for given_so in (stretches, sorted(stretches), list(Spans.of(stretches))):
        starts, ends = [start for start, _ in given_so], [end for _, end in given_so]
        assert Spans.of_columns(starts, ends) == Spans.of(given_so)


@given(sets, stretches)
def test_clip_is_intersection_with_one_stretch(spans: Spans, window: Span) -> None:
    """Clipping to a stretch is the intersection with it."""
    assert spans.clip(window) == spans & Spans.one(*window)


@given(sets, edges)
def test_an_instant_is_inside_when_a_span_holds_it(spans: Spans, at: int) -> None:
    """`in` includes starts and excludes ends."""
    assert (at in spans) is any(span.start <= at < span.end for span in spans)


@given(sets, stretches)
def test_touching_gives_the_whole_spans(spans: Spans, stretch: Span) -> None:
    """Touching finds exactly the spans that share an instant with a stretch, uncut and in time order."""
    start, end = stretch
    assert list(spans.touching(stretch)) == [span for span in spans if span.start < end and start < span.end]


@given(sets, sets)
def test_portion_agrees(one: Spans, other: Spans) -> None:
    """An independent interval algebra gives the same sets."""
    here, there = in_portion(one), in_portion(other)
    assert list(one | other) == from_portion(here | there)  # type: ignore[operator] # portion ships no types
    assert list(one & other) == from_portion(here & there)  # type: ignore[operator] # portion ships no types
    assert list(one - other) == from_portion(here - there)  # type: ignore[operator] # portion ships no types


@given(sets, sets)
def test_bits_agree(one: Spans, other: Spans) -> None:
    """One bit a second gives the same sets: arithmetic on whole numbers used as bit rows."""
    here, there = bits(one, -5, END + 5), bits(other, -5, END + 5)
    assert bits(one | other, -5, END + 5) == here | there
    assert bits(one & other, -5, END + 5) == here & there
    assert bits(one - other, -5, END + 5) == here & ~there
    assert one.total == here.bit_count()


@given(st.lists(sets, max_size=5))
def test_union_of_many_is_folded_union(many: list[Spans]) -> None:
    """The union of many sets is each added to the one before."""
    folded = Spans()
    for each in many:
        folded |= each
    assert union(many) == folded


@given(st.lists(sets, min_size=1, max_size=5), st.integers(1, 6))
def test_at_least_counts_memberships(many: list[Spans], count: int) -> None:
    """An instant is in the result exactly when that many of the sets hold it."""
    found = at_least(count, many)
    held = [ticks(each) for each in many]
    assert ticks(found) == {at for at in range(-5, END + 5) if sum(at in each for each in held) >= count}
    assert is_normal(found)


@given(st.lists(sets, min_size=1, max_size=4))
def test_at_least_one_is_union_and_at_least_all_is_intersection(many: list[Spans]) -> None:
    """One of them is any of them; all of them is each of them."""
    common = many[0]
    for each in many:
        common &= each
    assert at_least(1, many) == union(many)
    assert at_least(len(many), many) == common


@pytest.mark.parametrize("count", [0, -1])
def test_at_least_none_is_refused(count: int) -> None:
    """Every instant lies in at least none of the sets, and no finite set holds every instant."""
    with pytest.raises(ValueError, match=f"at least {count} of 2 sets"):
        at_least(count, [Spans(), Spans()])


def test_touching_spans_become_one() -> None:
    """A stretch that starts where another ends continues it; one second between them keeps two."""
    assert list(Spans.of([(3, 7), (0, 3)])) == [Span(0, 7)]
    assert list(Spans.of([(4, 7), (0, 3)])) == [Span(0, 3), Span(4, 7)]


def test_stretches_without_an_instant_add_nothing() -> None:
    """A stretch that ends at or before its start is dropped, also inside another."""
    assert Spans.of([(5, 5), (9, 2)]) == Spans() == Spans.one(5, 5) == Spans.one(9, 2)
    assert not Spans.of([(5, 5)])
    assert Spans.of([(0, 9), (5, 5), (8, 2)]) == Spans.one(0, 9)


@pytest.mark.parametrize("window", [Span(4, 4), Span(6, 4), Span(0, 0), Span(10, 10)])
def test_clipping_to_nothing_leaves_nothing(window: Span) -> None:
    """A window without an instant holds none of a set, inside a span and at its edges."""
    assert Spans.one(0, 10).clip(window) == Spans()


def test_subtraction_keeps_both_edges() -> None:
    """Cutting the middle out leaves a part that ends where the cut starts and one that starts where it ends."""
    assert list(Spans.one(0, 10) - Spans.one(4, 6)) == [Span(0, 4), Span(6, 10)]
    assert Spans.one(0, 10) - Spans.one(0, 6) == Spans.one(6, 10)
    assert Spans.one(0, 10) - Spans.one(-5, 15) == Spans()


def year_of(spans: int, seed: int) -> Spans:
    """That many separate stretches in one year, at random microseconds."""
    chance = random.Random(seed)
    return Spans(tuple(sorted({chance.randrange(365 * DAY) for _ in range(2 * spans)})))


def test_a_year_of_outages_minus_windows_is_fast() -> None:
    """20,000 outages minus 2,000 windows take under 30 ms; a quarter more is allowed for a noisy machine.

    The smallest of several runs is taken, in time of the processor: other work on the machine makes each longer.
    """
    outages, holes = year_of(20_000, 1), year_of(2_000, 2)
    assert (len(outages), len(holes)) == (20_000, 2_000)
    taken = []
    for _ in range(7):
        begun = time.thread_time()
        rest = outages - holes
        taken.append(time.thread_time() - begun)
    assert rest.total == outages.total - (outages & holes).total
    assert min(taken) < 0.030 * 1.25


@pytest.mark.prove
def test_portion_agrees_on_a_year() -> None:
    """Thousands of random stretches of a year give the same difference in the independent algebra."""
    outages, holes = year_of(3_000, 3), year_of(3_000, 4)
    here = portion.Interval(*(portion.closedopen(*span) for span in outages))
    there = portion.Interval(*(portion.closedopen(*span) for span in holes))
    assert list(outages - holes) == from_portion(here - there)


@given(span_sets(0, 40, 5), windows(0, 40))
def test_whole_spans_and_meeting(spans: Spans, window: Span) -> None:
    """The uncut spans that share an instant with a stretch are those that meet it, and none where none does."""
    expected = [each for each in spans if each.start < window.end and window.start < each.end and window.length > 0]
    assert list(spans.whole(window)) == expected
    assert spans.meets(window) is bool(expected)
