"""Values that laws are tried on, drawn so that most examples hold something: several spans, windows that cut them."""

from hypothesis import settings
from hypothesis import strategies as st

from uptime_daemon.core.time.spans import Span, Spans

WIDELY = settings(max_examples=max(200, settings().max_examples))
"""For the laws on which most rests: as many examples as the time of a quick run allows, or as the profile asks for."""

RARELY = settings(max_examples=max(15, settings().max_examples // 10))
"""For laws of which one example judges dozens of periods."""


@st.composite
def span_sets(draw: st.DrawFn, low: int, high: int, most: int = 8) -> Spans:
    """A set of at most so many separate spans between two instants, any number of them as likely as another."""
    ends = 2 * draw(st.integers(0, most))
    return Spans(tuple(sorted(draw(st.lists(st.integers(low, high), min_size=ends, max_size=ends, unique=True)))))


@st.composite
def windows(draw: st.DrawFn, low: int, high: int) -> Span:
    """A stretch between two instants that holds at least one."""
    start, end = sorted(draw(st.lists(st.integers(low, high), min_size=2, max_size=2, unique=True)))
    return Span(start, end)
