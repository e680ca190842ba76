from collections.abc import Sequence

import pytest

from uptime_daemon.core.facts.probe import Group
from uptime_daemon.core.facts.timeline import Timeline, known
from uptime_daemon.core.terms.need import Need, NeedKind
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND, Instant, parse_instant
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.desk.intake.facts import Author, IntakeError
from uptime_daemon.desk.showing.incidents import (
    TEXT_MAX,
    Impact,
    Incident,
    IncidentStatus,
    incidents,
    news,
    one_of,
    public_id,
)
from uptime_daemon.store.kept import Fact

START = parse_instant("2026-06-21T10:00:00Z")
VOICE = "acme/voice"
GROUPS = {VOICE: Group(VOICE, "Voice", Need(NeedKind.ALL), ("acme/sip",))}
HOLD = 2 * MINUTE


def timeline(*downs: tuple[int, int], unknown: Sequence[tuple[int, int]] = (), minutes: int = 60) -> Timeline:
    """A timeline from START on; stretches in minutes."""
    window = Span(START, START + minutes * MINUTE)
    return known(window, stretches(downs), [("no_data", stretches(unknown))])


def stretches(pairs: Sequence[tuple[int, int]]) -> Spans:
    """Stretches in minutes from START on."""
    return Spans.of(Span(START + first * MINUTE, START + last * MINUTE) for first, last in pairs)


def found(line: Timeline, *facts: Fact) -> tuple[Incident, ...]:
    """The incidents of one group."""
    return incidents(GROUPS, {VOICE: line}, facts, HOLD)


def author(minute: int = 30) -> Author:
    """Ana, at a minute from START on."""
    at: Instant = START + minute * MINUTE
    return Author("ana", at, at)


def test_an_outage_that_lasts_is_an_incident() -> None:
    """Its first news comes when the hold is over, its last with the recovery; it is as long as the outage."""
    (incident,) = found(timeline((10, 25)))
    assert (incident.groups, incident.impact, incident.name) == ((VOICE,), Impact.MAJOR, None)
    assert incident.started_at == START + 10 * MINUTE
    assert [(each.status.value, each.at - START) for each in incident.updates] == [
        ("investigating", 12 * MINUTE),
        ("resolved", 25 * MINUTE),
    ]
    assert incident.is_over


def test_a_short_outage_is_none() -> None:
    """What is over before the hold is no news; exactly the hold is."""
    assert found(timeline((10, 11))) == ()
    assert len(found(timeline((10, 12)))) == 1


def test_an_open_outage_is_an_open_incident() -> None:
    """It is told once the hold is over, and has not ended."""
    assert found(timeline((59, 60))) == ()
    (incident,) = found(timeline((50, 60)))
    assert not incident.is_over
    assert incident.status is IncidentStatus.INVESTIGATING


def test_unknown_time_inside_makes_no_second_incident() -> None:
    """While nobody sees it, it goes on; unknown time up to now does not end it."""
    assert len(found(timeline((10, 15), (20, 25), unknown=[(15, 20)]))) == 1
    (incident,) = found(timeline((40, 50), unknown=[(50, 60)]))
    assert not incident.is_over


def test_an_outage_cut_by_the_window_has_left() -> None:
    """Its beginning is unknown, so it would get another name with each look."""
    assert found(timeline((0, 10))) == ()


def test_its_name_for_the_outside_stays() -> None:
    """The id is the same while the outage grows and when the window moves."""
    (early,) = found(timeline((10, 20), minutes=20))
    (late,) = found(timeline((10, 40)))
    assert early.id == late.id == public_id("incident", f"{VOICE}@{START + 10 * MINUTE}")


def test_people_write_between() -> None:
    """Written news stands among the measured by its time."""
    known_ones = found(timeline((10, 40)))
    identified = news(
        known_ones, GROUPS, author(20), "A cable was cut.", IncidentStatus.IDENTIFIED, incident=known_ones[0].id
    )
    (incident,) = found(timeline((10, 40)), identified)
    assert [each.status.value for each in incident.updates] == ["investigating", "identified", "resolved"]
    assert incident.updates[1].text == "A cable was cut."


def test_what_people_resolved_is_not_resolved_again() -> None:
    """The measured recovery adds nothing after a person said it is over, and a postmortem stays the last word."""
    known_ones = found(timeline((10, 40)))
    over = news(known_ones, GROUPS, author(35), "Mended.", IncidentStatus.RESOLVED, incident=known_ones[0].id)
    (incident,) = found(timeline((10, 40)), over)
    assert [each.status.value for each in incident.updates] == ["investigating", "resolved"]
    late = news(known_ones, GROUPS, author(50), "It was a cable.", IncidentStatus.POSTMORTEM, incident=known_ones[0].id)
    (incident,) = found(timeline((10, 40)), late)
    assert [each.status.value for each in incident.updates] == ["investigating", "resolved", "postmortem"]


def test_an_incident_by_hand() -> None:
    """People tell of what no probe sees; it lives by its news alone."""
    opened = news(
        (),
        GROUPS,
        author(5),
        "Recordings are missing.",
        IncidentStatus.INVESTIGATING,
        name="Recordings",
        affected=[VOICE],
    )
    (incident,) = found(timeline(), opened)
    assert (incident.name, incident.impact, incident.is_over) == ("Recordings", Impact.MINOR, False)
    closed = news([incident], GROUPS, author(45), "Found.", IncidentStatus.RESOLVED, incident=incident.id)
    (incident,) = found(timeline(), opened, closed)
    assert incident.is_over
    assert incident.first(IncidentStatus.RESOLVED) == START + 45 * MINUTE


def test_news_of_an_outage_that_left_leaves_with_it() -> None:
    """What was written about an outage older than the window is no incident of its own."""
    known_ones = found(timeline((10, 40)))
    written = news(known_ones, GROUPS, author(20), "A cable.", IncidentStatus.IDENTIFIED, incident=known_ones[0].id)
    assert found(timeline(), written) == ()


@pytest.mark.parametrize(
    ("text", "named", "message"),
    [
        (" ", {"incident": "x"}, "an update has some words"),
        ("x" * (TEXT_MAX + 1), {"incident": "x"}, "at most 5000 characters"),
        ("Words", {"incident": "0123456789ab"}, "there is no incident '0123456789ab'; those that go on are: none"),
        ("Words", {"affected": [VOICE]}, "a new incident needs its name"),
        ("Words", {"name": "Calls"}, "a new incident needs the groups it affects; write one of: acme/voice"),
        ("Words", {"name": "Calls", "affected": ["acme/vice"]}, "'acme/vice' is no group; write one of: acme/voice"),
    ],
)
def test_bad_news_is_refused(text: str, named: dict[str, str | list[str]], message: str) -> None:
    """A message says what to write instead, and nothing is recorded."""
    with pytest.raises(IntakeError, match=message.replace("?", r"\?")):
        news((), GROUPS, author(), text, IncidentStatus.MONITORING, **named)  # type: ignore[arg-type]


def test_words_are_a_closed_set() -> None:
    """An unknown word is refused with the known ones."""
    assert one_of(Impact, "major") is Impact.MAJOR
    with pytest.raises(IntakeError, match="'huge' is no such word; write one of: none, minor, major, critical"):
        one_of(Impact, "huge")


def test_the_hold_is_exact() -> None:
    """A microsecond less than the hold is no incident."""
    line = known(Span(START, START + HOUR), Spans.one(START + SECOND, START + SECOND + HOLD - 1), [])
    assert found(line) == ()
