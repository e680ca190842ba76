"""How short an outage may be and is surely seen: held against the timeline, second by second."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.facts.probe import Cadence, Confirmation, Group, Probe
from uptime_daemon.core.facts.run import runs_of
from uptime_daemon.core.facts.sight import Sight, sight, sights
from uptime_daemon.core.facts.timeline import probe_timeline
from uptime_daemon.core.terms.need import Binding, Need, NeedKind
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.core.time.spans import Span


def probe(name: str, interval: int, repeat: int, timeout: int, fails: int) -> Probe:
    """A probe; seconds."""
    cadence = Cadence(interval * SECOND, repeat * SECOND, timeout * SECOND)
    return Probe(name, "acme/web", cadence, Confirmation(fails))


def test_the_default_cadence() -> None:
    """Half a minute until the first fail, then two more, each of which may take ten seconds."""
    assert sight([Probe("acme/web", "acme/web")]) == Sight(50 * SECOND, Fraction(120))


def test_several_probes() -> None:
    """The one that looks least often decides what is surely seen; one that stands in two groups is tried once."""
    often, seldom = probe("acme/a", 10, 5, 5, 3), probe("acme/b", 300, 60, 20, 2)
    all_up = Need(NeedKind.ALL)
    groups = {
        "acme/x": Group("acme/x", "X", all_up, ("acme/a", "acme/b")),
        "acme/y": Group("acme/y", "Y", all_up, ("acme/a",)),
    }
    bindings = {"service": Binding(all_up, ("acme/x", "acme/y"))}
    assert sights(bindings, groups, {each.id: each for each in (often, seldom)}) == {
        "service": Sight(360 * SECOND, Fraction(372))
    }


@given(st.integers(1, 30), st.integers(1, 9), st.integers(1, 9), st.integers(1, 4), st.integers(0, 60), st.booleans())
def test_an_outage_so_long_is_never_missed(
    interval: int, repeat: int, timeout: int, fails: int, start: int, silent: bool
) -> None:
    """Whenever it begins, whether the endpoint answers at once or never; a second less may be missed."""
    tried = probe("acme/a", interval, repeat, timeout, fails)
    down = Span((100 + start) * SECOND, (100 + start) * SECOND + sight([tried]).shortest)
    seen, at = [], 0
    due = 0
    while at < down.end + 200 * SECOND:
        is_down = down.start <= at < down.end
        seen.append(Observation("acme/a", "here", at, *((Outcome.FAIL, Reason.STATUS) if is_down else (Outcome.PASS,))))
        due = at - at % (interval * SECOND) + interval * SECOND
        if is_down:
            due = min(due, at + repeat * SECOND)
            due = max(due, at + (timeout * SECOND if silent else 0))
        at = due
    runs = list(runs_of(seen, tried.cadence.stale_after))
    window = Span(0, at)
    timeline = probe_timeline(runs, window, tried.confirmation, max(tried.cadence.stale_after, 100 * SECOND))
    assert len(timeline.point) == 1
