"""An endpoint that is gone for good is told from one that is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime_daemon.core.facts.attempt import Attempt, Failure
from uptime_daemon.core.facts.observation import OWN_REASONS, Observation, Outcome, Phase, Reason
from uptime_daemon.core.facts.run import runs_of
from uptime_daemon.core.facts.suspicion import GONE_AFTER, Gone, Suspicion, gone, may_be_gone
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE
from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

START = 1_000 * HOUR
END = START + 30 * DAY
STALE = DAY


def seen(at: int, reason: Reason = Reason.NONE, status: int | None = None, vantage: str = "here") -> Failure:
    """One attempt with everything that is kept of one that did not pass."""
    own = Outcome.ERROR if reason in OWN_REASONS else Outcome.FAIL
    outcome = Outcome.PASS if reason is Reason.NONE else own
    return Failure(
        Observation("acme/web", vantage, START + at, outcome, reason),
        Attempt(outcome, reason, 1, Phase.ANSWER, status=status),
    )


def found(*attempts: Failure, until: int = END) -> tuple[Gone, ...]:
    """What the record of these attempts shows; what may be gone is never overlooked beforehand."""
    vantages = dict.fromkeys(each.observation.vantage for each in attempts)
    runs = [
        run
        for vantage in vantages
        for run in runs_of(
            sorted((each.observation for each in attempts if each.observation.vantage == vantage), key=lambda o: o.at),
            STALE,
        )
    ]
    told = gone(runs, [each for each in attempts if each.observation.outcome is not Outcome.PASS], until)
    assert may_be_gone(runs, until) or not told
    return told


@pytest.mark.parametrize(
    ("reason", "status", "suspect"),
    [
        (Reason.NAME_NOT_FOUND, None, True),
        (Reason.REDIRECT, 301, True),
        (Reason.STATUS, 404, True),
        (Reason.STATUS, 410, True),
        (Reason.STATUS, 503, False),
        (Reason.CONNECT_TIMEOUT, None, False),
        (Reason.CERTIFICATE, None, False),
        (Reason.ACCESS_REFUSED, 403, False),
    ],
)
def test_six_hours_of_being_gone(reason: Reason, status: int | None, suspect: bool) -> None:
    """Gone is no name, not found, gone, or elsewhere; anything else is an outage however long."""
    told = found(seen(0, reason, status), seen(GONE_AFTER, reason, status))
    assert told == ((Gone(Span(START, START + GONE_AFTER), reason),) if suspect else ())
    assert not found(seen(0, reason, status), seen(GONE_AFTER - 1, reason, status))


def test_anything_else_in_between_is_an_outage() -> None:
    """A service that sometimes answers with an error is there; an error of ours says nothing about that."""
    ends = [seen(0, Reason.STATUS, 404), seen(8 * HOUR, Reason.STATUS, 404)]
    assert found(*ends, seen(HOUR, Reason.RESOLVER))
    for other in (seen(HOUR, Reason.STATUS, 503), seen(HOUR, Reason.CONNECT_TIMEOUT), seen(HOUR)):
        assert not found(*ends, other)
    assert not found(*ends, seen(3 * HOUR, vantage="there"))


def test_an_outage_before_it_went_changes_nothing() -> None:
    """A service that broke, and was taken away the next day, is suspect from then on."""
    broken = [seen(hour * HOUR, Reason.STATUS, 503) for hour in range(24)]
    away = [seen(hour * HOUR, Reason.STATUS, 404) for hour in range(24, 48)]
    assert found(*broken, *away) == (Gone(Span(START + 24 * HOUR, START + 47 * HOUR), Reason.STATUS),)


def test_ways_of_being_gone_are_one() -> None:
    """First elsewhere, then without a name: one stretch, named by how it began."""
    told = found(
        seen(0, Reason.REDIRECT, 301), seen(4 * HOUR, Reason.NAME_NOT_FOUND), seen(7 * HOUR, Reason.STATUS, 404)
    )
    assert told == (Gone(Span(START, START + 7 * HOUR), Reason.REDIRECT),)


def test_a_status_without_its_context_is_none() -> None:
    """A run of statuses whose contexts were not kept may have been anything."""
    attempts = [seen(hour * HOUR, Reason.STATUS, 404) for hour in range(12)]
    runs = list(runs_of((each.observation for each in attempts), STALE))
    assert may_be_gone(runs, END)
    assert not gone(runs, (), END)
    assert gone(runs, attempts[5:], END) == (Gone(Span(START + 5 * HOUR, START + 11 * HOUR), Reason.STATUS),)


def test_nothing_is_known_of_later() -> None:
    """As of an earlier instant only what was seen until then counts."""
    attempts = [seen(hour * HOUR, Reason.NAME_NOT_FOUND) for hour in range(12)]
    assert found(*attempts, until=START + 7 * HOUR) == (Gone(Span(START, START + 7 * HOUR), Reason.NAME_NOT_FOUND),)
    assert not found(*attempts, until=START + 5 * HOUR)


def test_a_confirmation_is_known_from_its_instant_on() -> None:
    """Before somebody confirmed it nobody had."""
    doubted = Suspicion("service", "acme/web", Span(START, END), Reason.REDIRECT, START + DAY, "mail")
    assert doubted.as_known(START + DAY) == doubted
    assert doubted.as_known(START + DAY - 1).confirmed_at is None


LOOKS = st.lists(
    st.tuples(
        st.integers(0, 600),
        st.sampled_from(
            [(Reason.NONE, None), (Reason.NAME_NOT_FOUND, None), (Reason.STATUS, 404), (Reason.STATUS, 500)]
        ),
        st.sampled_from(["here", "there"]),
    ),
    unique_by=lambda each: each[0],
    max_size=12,
)


def naive(attempts: Sequence[Failure]) -> list[Span]:
    """The same told attempt by attempt."""
    told: list[Span] = []
    first = last = None
    for each in [*sorted(attempts, key=lambda each: each.observation.at), None]:
        is_gone = each is not None and (each.observation.reason is Reason.NAME_NOT_FOUND or each.attempt.status == 404)
        if each is not None and is_gone:
            first, last = first if first is not None else each.observation.at, each.observation.at
        elif first is not None and last is not None:
            told += [Span(first, last)] if last - first >= GONE_AFTER else []
            first = None
    return told


@given(LOOKS)
def test_one_vantage_tells_the_same_attempt_by_attempt(looks: list[tuple[int, tuple[Reason, int | None], str]]) -> None:
    """From runs and contexts comes what the attempts themselves show."""
    attempts = [seen(at * 10 * MINUTE, reason, status) for at, (reason, status), _ in looks]
    assert [each.span for each in found(*attempts)] == naive(attempts)


@given(LOOKS)
def test_no_stretch_holds_a_look_at_something_else(looks: list[tuple[int, tuple[Reason, int | None], str]]) -> None:
    """With several vantages, no instant at which any of them saw the endpoint lies in a stretch in which it is gone."""
    attempts = [seen(at * 10 * MINUTE, reason, status, place) for at, (reason, status), place in looks]
    there = [
        each.observation.at for each in attempts if each.observation.reason is Reason.NONE or each.attempt.status == 500
    ]
    for span, _ in found(*attempts):
        assert span.length >= GONE_AFTER
        assert not any(span.start <= at <= span.end for at in there)
