"""How short an outage may be and is surely seen: held against the timeline, second by second."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from uptime_daemon.core.facts.measured import Defined, Record
from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.facts.probe import Cadence, Confirmation, Group, Probe
from uptime_daemon.core.facts.run import Run, runs_of
from uptime_daemon.core.facts.sight import Sight, sight_of, surely_seen, watches
from uptime_daemon.core.facts.timeline import probe_timeline
from uptime_daemon.core.terms.need import Binding, Need, NeedKind
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND
from uptime_daemon.core.time.spans import Span


def probe(name: str, interval: int, repeat: int, timeout: int, fails: int) -> Probe:
    """A probe; seconds."""
    cadence = Cadence(interval * SECOND, repeat * SECOND, timeout * SECOND)
    return Probe(name, "acme/web", cadence, Confirmation(fails))


ALL = Need(NeedKind.ALL)
PERIOD = Span(1_000 * HOUR, 1_744 * HOUR)
BINDINGS = {"service": Binding(ALL, ("acme/x", "acme/y")), "portal": Binding(ALL, ("acme/y",))}
OFTEN, SELDOM = probe("acme/a", 10, 5, 5, 3), probe("acme/b", 300, 60, 20, 2)


def defined(*probes: Probe, until: int | None = None) -> Defined:
    """Two groups: all the probes, and the first of them."""
    groups = {
        "acme/x": Group("acme/x", "X", ALL, tuple(each.id for each in probes)),
        "acme/y": Group("acme/y", "Y", ALL, (probes[0].id,)),
    }
    return Defined(until, groups, {each.id: each for each in probes})


def tried(*series: tuple[str, str], within: Span = PERIOD, recorded: tuple[str, ...] = ()) -> Record:
    """One run a probe and vantage, of which some are history of others."""
    runs = {
        (name, vantage): [Run(name, vantage, Outcome.PASS, Reason.NONE, within.start, within.end - 1, 9, MINUTE)]
        for name, vantage in series
    }
    return Record(runs, {key: 10 * MINUTE for key in runs if key[1] in recorded})


BOTH = tried(("acme/a", "here"), ("acme/b", "here"))


def test_the_default_cadence() -> None:
    """Half a minute until the first fail, then two more after ten seconds each and three for the sentinels."""
    (watch,) = watches(BINDINGS, [defined(Probe("acme/a", "acme/x"))], BOTH, PERIOD)
    assert sight_of([watch], {"service"}) == Sight(30 * SECOND, Fraction(120), 56 * SECOND)


def test_several_probes() -> None:
    """The one that looks least often decides what is surely seen; one that stands in several groups is tried once."""
    found = watches(BINDINGS, [defined(OFTEN, SELDOM)], BOTH, PERIOD)
    whole = Sight(300 * SECOND, Fraction(372), 360 * SECOND)
    assert sight_of(found, {"service"}) == sight_of(found, {"service", "portal"}) == whole
    assert sight_of(found, {"portal"}) == Sight(10 * SECOND, Fraction(360), 26 * SECOND)


def test_definitions_that_changed() -> None:
    """What was in force in the period counts, at the least; what held before it or came after it does not."""
    slow, slower = probe("acme/a", 60, 5, 5, 3), probe("acme/a", 900, 5, 5, 3)
    kept = [
        defined(slower, until=PERIOD.start),
        defined(OFTEN, until=PERIOD.start + HOUR),
        defined(slow, until=PERIOD.end),
        defined(slower),
    ]
    found = watches(BINDINGS, kept, BOTH, PERIOD)
    assert len(found) == 2
    assert sight_of(found, {"service"}) == Sight(60 * SECOND, Fraction(60), 76 * SECOND)


def test_what_nobody_of_us_tried() -> None:
    """Definitions alone see nothing: an endpoint that was not tried is no part of it, and history says so."""

    def seen(record: Record) -> Sight | None:
        return sight_of(watches(BINDINGS, [defined(OFTEN, SELDOM)], record, PERIOD), {"service"})

    alone = Sight(300 * SECOND, Fraction(12), 360 * SECOND)
    assert seen(tried()) is None
    assert seen(tried(("acme/a", "here"), within=Span(PERIOD.end, PERIOD.end + HOUR))) is None
    assert seen(tried(("acme/a", "here"), within=Span(PERIOD.start - HOUR, PERIOD.start))) is None
    assert seen(tried(("acme/b", "here"))) == alone
    assert seen(tried(("acme/b", "old"), recorded=("old",))) is None
    series = (("acme/b", "here"), ("acme/a", "old"))
    assert seen(tried(*series, recorded=("old",))) == replace(alone, with_history=True)
    assert sight_of([], {"service"}) is None
    assert sight_of(watches(BINDINGS, [defined(OFTEN)], BOTH, PERIOD), {"other"}) is None


@given(
    cadence=st.tuples(st.integers(1, 30), st.integers(1, 9), st.integers(1, 20)),
    fails=st.integers(1, 4),
    start=st.integers(0, 60),
    longer=st.sampled_from([0, 300]),
    silent=st.booleans(),
    doubted=st.integers(0, 3),
)
def test_an_outage_so_long_is_never_missed(
    cadence: tuple[int, int, int], fails: int, start: int, longer: int, silent: bool, doubted: int
) -> None:
    """Whenever it begins, whether the endpoint answers at once or never, however long the sentinels take.

    It has no hole, however much longer than its interval an attempt takes.
    """
    at_it = probe("acme/a", *cadence, fails)
    interval, repeat, timeout = (each * SECOND for each in cadence)
    down = Span((100 + start) * SECOND, (100 + start + longer) * SECOND + surely_seen(at_it))
    seen, at, failed = [], 0, 0
    while at < down.end + 200 * SECOND:
        is_down = down.start <= at < down.end
        seen.append(Observation("acme/a", "here", at, *((Outcome.FAIL, Reason.STATUS) if is_down else (Outcome.PASS,))))
        failed = failed + 1 if is_down else 0
        took = (timeout if silent else 0) + doubted * SECOND if is_down else 0
        grid = at + took + interval - (at + took) % interval
        at = min(grid, at + max(repeat, took)) if 0 < failed < fails else grid
    runs = list(runs_of(seen, at_it.cadence.stale_after))
    window = Span(0, at)
    timeline = probe_timeline(runs, window, at_it.confirmation, at_it.cadence.stale_after)
    assert not timeline.unknown
    assert len(timeline.point) == 1
