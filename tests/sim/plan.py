"""What happens in a world, all of it from one integer: what is truly up and down, and what goes wrong on our side.

Everything stands in elapsed time since the world began, which no clock of the daemon's shows.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND, parse_instant
from uptime_daemon.core.time.spans import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from uptime_daemon.core.time.instants import Duration, Instant

SERVICES = ("autodial", "inbound")
HERE = "here"
MOVED = "moved"
"""What the daemon's vantage is called in turn, where it comes back in another place."""
OTHERS = ("there", "elsewhere")
"""The vantages beside the daemon's, in the worlds that have several."""
STARTS = tuple(
    map(
        parse_instant,
        (
            "2026-06-03T08:00:00Z",
            "2026-07-31T19:30:00Z",  # Friday: a month and the deadline of a claim end in two hours and a half in Prague
            "2026-10-24T18:00:00Z",  # the clocks change in the night
            "2026-12-31T10:00:00Z",
        ),
    )
)
SETTLED = 20 * MINUTE
"""The end of every world: nothing changes any more, so that what is shown live can be compared with the record."""
APART = 5 * MINUTE
"""The least distance of two things that go wrong on our side."""


class Mood(StrEnum):
    """What goes wrong on our side."""

    CALM = "calm"
    BLIND = "blind"
    """The vantage sees nothing, or its resolver fails."""
    CLOCK = "clock"
    """The wall clock is stepped, the process is stopped for a while."""
    KILLS = "kills"
    """The daemon is killed, or ends and starts again, here or in another place."""
    DISK = "disk"
    """The disk is full for a while."""
    ALL = "all"
    LIES = "lies"
    """One of three vantages at a time says the opposite of what is true, although its sentinels answer."""
    CROWD = "crowd"
    """More attempts are due at the services' host than can be made: most of them hang until their timeout."""


@dataclass(frozen=True)
class Lie:
    """A stretch in which one vantage says the opposite of what is true."""

    vantage: str
    span: Span


@dataclass(frozen=True)
class Off:
    """A stretch without a daemon."""

    at: Duration
    length: Duration
    killed: bool

    @property
    def moves(self) -> bool:
        """Whether the daemon begins again elsewhere, under another name; a coin that takes nothing of the dice."""
        return self.length % 2 == 1


@dataclass(frozen=True)
class Ours:
    """What goes wrong on our side."""

    blind: Spans
    """Nothing can be reached."""
    deaf: Spans
    """The resolver fails."""
    full: Spans
    """The disk is full."""
    steps: tuple[tuple[Duration, Duration], ...]
    """When the wall clock is stepped, and by how much."""
    stops: tuple[Span, ...]
    """The process stands still."""
    offs: tuple[Off, ...]
    lies: tuple[Lie, ...]
    crowded: Spans
    """Whoever shares a host with the services hangs, so that they wait for a place."""

    def lying(self, vantage: str, at: Duration) -> bool:
        """Whether a vantage says the opposite of what is true."""
        return any(lie.vantage == vantage and lie.span.start <= at < lie.span.end for lie in self.lies)

    @property
    def disturbed(self) -> Spans:
        """Everything that may keep our side from seeing, each with its whole length; lies are outvoted instead."""
        return Spans.of(
            [
                *self.crowded,
                *self.blind,
                *self.deaf,
                *((at, at + 1) for at, _ in self.steps),
                *self.stops,
                *((off.at - SECOND, off.at + off.length) for off in self.offs),
            ]
        )


@dataclass(frozen=True)
class Plan:
    """A world before it begins."""

    seed: int
    mood: Mood
    start: Instant
    length: Duration
    down: Mapping[str, Spans]
    """The truth."""
    kinds: Mapping[Span, str]
    """How a service fails in a stretch: `errors`, `refuses` or `silent`."""
    ours: Ours
    relay_gone: Spans
    dice: random.Random
    """What is left to chance while the world runs."""


def planned(seed: int, length: Duration | None = None, mood: Mood | None = None) -> Plan:
    """The world of a seed; `length` and `mood` instead of its own ones."""
    dice = random.Random(seed)
    mood = mood or tuple(Mood)[seed % len(Mood)]
    start = dice.choice(STARTS)
    total = length or dice.choice((2 * HOUR, 2 * HOUR, 3 * HOUR, 5 * HOUR))
    end = total - SETTLED
    down: dict[str, Spans] = {}
    kinds: dict[Span, str] = {}
    for service in SERVICES:
        spans = Spans.of(_outages(dice, end))
        down[service] = spans
        kinds |= {span: dice.choice(("errors", "refuses", "silent")) for span in spans}
    if dice.random() < 0.5:  # both fail together for long: a breach of the month
        together = Span(5 * MINUTE, min(90 * MINUTE, end))
        down = {service: spans | Spans.one(*together) for service, spans in down.items()}
        kinds |= {span: dice.choice(("errors", "refuses", "silent")) for spans in down.values() for span in spans}
    ours = _wrong(dice, mood, end)
    relay_gone = Spans.of((at, at + dice.randrange(HOUR, 4 * HOUR)) for at in _moments(dice, end, 1))
    return Plan(seed, mood, start, total, down, kinds, ours, relay_gone, dice)


def _outages(dice: random.Random, end: Duration) -> Iterable[Span]:
    at = dice.randrange(MINUTE, 2 * HOUR)
    while at < end - MINUTE:
        length = int(SECOND * 10 ** dice.uniform(0.3, 4))  # two seconds to almost three hours
        yield Span(at, min(at + length, end - MINUTE))
        at += length + int(MINUTE * 10 ** dice.uniform(0, 2.5))


def with_brief_outages(plan: Plan, length: Duration) -> Plan:
    """The same world with outages of one length alone, each somewhere within five minutes of its own."""
    five = 5 * MINUTE
    starts = range(five, plan.length - SETTLED - five, five)
    down = {
        service: Spans.of(
            (at, at + length) for at in (start + plan.dice.randrange(five - 2 * length) for start in starts)
        )
        for service in SERVICES
    }
    kinds = {span: plan.dice.choice(("errors", "refuses", "silent")) for spans in down.values() for span in spans}
    return replace(plan, down=down, kinds=kinds)


_SORTS = {
    Mood.CALM: (),
    Mood.BLIND: ("blind", "deaf"),
    Mood.CLOCK: ("step", "stop"),
    Mood.KILLS: ("off",),
    Mood.DISK: ("full",),
    Mood.ALL: ("blind", "deaf", "step", "stop", "off", "full", "crowd"),
    Mood.LIES: ("lie",),
    Mood.CROWD: ("crowd",),
}


def _wrong(dice: random.Random, mood: Mood, end: Duration) -> Ours:
    """What goes wrong on our side: stretches that lie apart, each of one sort."""
    found: dict[str, list[Span]] = {sort: [] for sorts in _SORTS.values() for sort in sorts}
    at = dice.randrange(APART, HOUR)
    while sorts := _SORTS[mood]:
        sort = dice.choice(sorts)
        span = Span(at, at + _length(dice, sort))
        if span.end > end - APART:
            break
        found[sort].append(span)
        at = span.end + APART + int(MINUTE * 10 ** dice.uniform(0, 2.3))
    return Ours(
        blind=Spans.of(found["blind"]),
        deaf=Spans.of(found["deaf"]),
        full=Spans.of(found["full"]),
        steps=tuple(
            (each.start, dice.choice((-1, 1)) * int(SECOND * 10 ** dice.uniform(0, 4))) for each in found["step"]
        ),
        stops=tuple(found["stop"]),
        offs=tuple(Off(each.start, each.length, dice.random() < 0.7) for each in found["off"]),
        lies=tuple(Lie(dice.choice((HERE, *OTHERS)), each) for each in found["lie"]),
        crowded=Spans.of(found["crowd"]),
    )


def _length(dice: random.Random, sort: str) -> Duration:
    match sort:
        case "step":
            return SECOND
        case "stop":
            return int(SECOND * dice.uniform(0.2, 100))
        case _:
            return int(SECOND * 10 ** dice.uniform(0.5, 3.7))  # three seconds to an hour and a half


def _moments(dice: random.Random, end: Duration, number: int) -> list[Duration]:
    return sorted(dice.randrange(0, end) for _ in range(number))


@dataclass(frozen=True)
class WallClock:
    """What the wall clock of a world shows."""

    start: Instant
    steps: tuple[tuple[Duration, Duration], ...]

    def at(self, elapsed: Duration) -> Instant:
        """The reading at an elapsed time; at a step the one after it."""
        return self.start + elapsed + sum(by for at, by in self.steps if at <= elapsed)

    def image(self, spans: Spans) -> Spans:
        """What the wall clock showed during these stretches."""
        edges = sorted(at for at, _ in self.steps)
        pairs = []
        for span in spans:
            cuts = [span.start, *(at for at in edges if span.start < at < span.end), span.end]
            for start, end in pairwise(cuts):
                offset = self.at(start) - start
                pairs.append((start + offset, end + offset))
        return Spans.of(pairs)

    @property
    def doubtful(self) -> Spans:
        """The stretches of wall time that were skipped or shown twice."""
        edges = [(self.at(at - 1), self.at(at)) for at, _ in self.steps]
        return Spans.of((min(edge), max(edge)) for edge in edges)
