"""The derivation can be followed by a reader and repeated with a pocket calculator; the table of outages adds up."""

import re
from dataclasses import replace
from fractions import Fraction
from typing import Final

import pytest
from hypothesis import given

from tests.core.builders import ALWAYS, TICKETS, contract, down, judge, period, rules, stretch, ticket
from tests.core.test_credit import PRAGUE, stepped
from tests.core.worlds import PERIOD, Happened, happenings
from uptime_daemon.core.facts.timeline import Timeline
from uptime_daemon.core.judging.derivation import derivation
from uptime_daemon.core.judging.outage_table import outage_rows
from uptime_daemon.core.judging.step import Step, local_text
from uptime_daemon.core.terms.agreement import Fee, FeeBase
from uptime_daemon.core.terms.downtime import (
    Denominator,
    Granularity,
    GranularityLevel,
    StartEvent,
    StopEvent,
    Unmeasured,
)
from uptime_daemon.core.terms.exclusion import Cause, ExclusionTerms, MaintenanceWindow
from uptime_daemon.core.terms.money import Money, Rounding, decimal_text
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND, parse_instant
from uptime_daemon.core.time.periods import named_period
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.core.time.windows import WeeklyWindow

CLOCK: Final = re.compile(r"(-?)(\d+):(\d\d):(\d\d)(\.\d+)?")


def ticks(text: str) -> int:
    """The microseconds of a length written as hours, minutes and seconds."""
    match = CLOCK.fullmatch(text)
    assert match, text
    sign, hours, minutes, seconds, fraction = match.groups()
    length = (int(hours) * 3_600 + int(minutes) * 60 + int(seconds)) * SECOND + int(Fraction(fraction or 0) * SECOND)
    return -length if sign else length


def test_the_steps_of_a_credit() -> None:
    """Every step from the period to the amount, with its clause, in the contract's zone."""
    nights = WeeklyWindow(PRAGUE, frozenset({1, 2, 3, 4}), 21 * HOUR, 25 * HOUR, frozenset())
    excluded = ExclusionTerms(
        causes=(Cause("planned", "Planned", "7.2"),), windows=(MaintenanceWindow("planned", "7.2", nights, None),)
    )
    june = named_period("2026-06", PRAGUE)
    timeline = down(
        june.span,
        stretch("2026-06-08T10:00:00+02:00", "2026-06-08T12:14:31+02:00"),
        stretch("2026-06-11T20:20:00+02:00", "2026-06-11T23:00:00+02:00"),
        unknown=Spans.one(*stretch("2026-06-20T00:30:00+02:00", "2026-06-20T01:40:00.5+02:00")),
    )
    fees = (Fee(june.span.start, None, Money(125_075, "EUR"), FeeBase.MONTH),)
    terms = stepped("99.9", "2", exclusions=excluded)
    steps = derivation(judge(timeline, june, terms, agreement=replace(ALWAYS, fees=fees)))
    assert tuple((each.step, each.clause, each.value) for each in steps) == tuple(
        each
        for each in (
            (
                "period 2026-06",
                "0",
                "2026-06-01 00:00:00 +02:00 to 2026-07-01 00:00:00 +02:00, Europe/Prague",
            ),
            ("service time", "3", "720:00:00"),
            ("outage 1", "2", "2026-06-08 10:00:00 +02:00 to 2026-06-08 12:14:31 +02:00, 2:14:31"),
            ("outage 2", "2", "2026-06-11 20:20:00 +02:00 to 2026-06-11 23:00:00 +02:00, 2:40:00"),
            ("excluded: planned", "7.2", "2:00:00 (2026-06-11 21:00:00 +02:00 to 2026-06-11 23:00:00 +02:00)"),
            ("unmeasured: no_data, counts as up", "", "1:10:00.5"),
            ("counted", "2", "2:54:31 = 2:14:31 + 0:40:00"),
            ("rounded to 0:01:00, half_up, once for the sum", "2.2", "175 min (rounding 29 s)"),
            ("downtime", "2", "2:55:00"),
            ("downtime, shortest to longest", "", "2:55:00 to 4:05:00"),
            ("availability", "3", "43025/43200 = 99.5949074074 %"),
            ("target availability", "2.1", "99.5949074074 against at least 99.9 percent: missed, breach proven"),
            ("below the target", "2.3", "99.9 - availability = 0.3050925926 points"),
            ("completed steps of 0.1 points", "2.3", "3 x 2 % = 6 %"),
            ("fee of the period", "2.4", "1250.75 EUR (1250.75 per month)"),
            ("credit", "2.3", "1250.75 x 6 % = 75.045, half_up: 75.05 EUR"),
        )
    )


def _last(steps: tuple[Step, ...]) -> tuple[str, str, str]:
    return steps[-1].step, steps[-1].clause, steps[-1].value


def steps_of(statement_steps: tuple[Step, ...]) -> dict[str, str]:
    """The steps' values by what they are about."""
    return {each.step: each.value for each in statement_steps}


def test_an_outage_tells_what_counts_of_it() -> None:
    """The ticket, its receipt, what counts, and why something does not, stand with the outage."""
    terms = contract(downtime=rules(starts=StartEvent.TICKET, stops=StopEvent.RESOLVED, tickets=TICKETS))
    month = period(0, 30 * DAY)
    tickets = [
        ticket("T1", ("opened portal", 107 * MINUTE), ("resolved", 150 * MINUTE)),
        ticket("T3", ("opened portal", 505 * MINUTE), ("resolved", 505 * MINUTE)),
        ticket("T4", ("opened portal", 699 * MINUTE), ("resolved", 700 * MINUTE)),
    ]
    starts = ((100, 160), (300, 310), (500, 510), (700, 710))
    timeline = down(month.span, *((start * MINUTE, end * MINUTE) for start, end in starts))
    steps = steps_of(derivation(judge(timeline, month, terms, tickets=tickets)))
    assert steps["outage 1"] == (
        "1970-01-01 01:40:00 +00:00 to 1970-01-01 02:40:00 +00:00, 1:00:00; "
        "ticket T1 received 1970-01-01 01:47:00 +00:00; "
        "counts from 1970-01-01 01:47:00 +00:00 to 1970-01-01 02:30:00 +00:00, 0:43:00"
    )
    assert steps["outage 2"].endswith("0:10:00; does not count: no_ticket")
    assert steps["outage 3"].endswith("received 1970-01-01 08:25:00 +00:00; does not count: before_ticket")
    assert steps["outage 4"].endswith("0:10:00; ticket T4 received 1970-01-01 11:39:00 +00:00; "
                                      "does not count: ended before it could count")  # fmt: skip
    assert steps["not counted: no_ticket"] == "0:35:00"
    assert steps["not counted: before_ticket"] == "0:12:00"
    assert steps["counted"] == "0:43:00"


@pytest.mark.parametrize(
    ("terms", "step"),
    [
        (rules(), None),
        (rules(denominator=Denominator.PERIOD_MINUS_EXCLUDED), "excluded windows"),
        (rules(unmeasured=Unmeasured.EXCLUDED), "unmeasured time"),
        (
            rules(denominator=Denominator.PERIOD_MINUS_EXCLUDED, unmeasured=Unmeasured.EXCLUDED),
            "excluded windows and unmeasured time",
        ),
    ],
)
def test_a_smaller_denominator_is_explained(terms: object, step: str | None) -> None:
    """Where the denominator is not the whole period, a step says what it leaves out."""
    month = period(0, 30 * DAY)
    timeline = down(month.span, (0, HOUR), unknown=Spans.one(2 * HOUR, 4 * HOUR))
    steps = steps_of(derivation(judge(timeline, month, contract(downtime=terms))))
    shown = {name.removeprefix("denominator: service time minus "): value for name, value in steps.items()}
    hours = 718 if step and "unmeasured" in step else 720
    assert shown.get(step or "") == (f"{hours}:00:00" if step else None)
    assert steps["availability"].startswith(f"{(hours - 1) * 3_600}/{hours * 3_600} = ")


def test_each_outage_is_said_to_be_rounded() -> None:
    """Rounding each outage is not called rounding once."""
    grain = Granularity(MINUTE, Rounding.CEILING, GranularityLevel.OUTAGE, "2.2")
    month = period(0, 30 * DAY)
    timeline = down(month.span, (0, SECOND), (HOUR, HOUR + SECOND))
    steps = steps_of(derivation(judge(timeline, month, contract(downtime=rules(granularity=grain)))))
    assert steps["rounded to 0:01:00, ceiling, for each outage"] == "2 min (rounding 118 s)"


def test_a_credit_without_a_fee_is_not_computed() -> None:
    """The derivation ends where the fee is missing, and says so."""
    month = named_period("2026-06", PRAGUE)
    timeline = down(month.span, (month.span.start, month.span.start + 67 * MINUTE))
    steps = derivation(judge(timeline, month, stepped("99.95", "4")))
    assert _last(steps) == ("credit", "2.3", "not computed: no fee is in force")
    assert _last(derivation(judge(timeline, month, contract()))) == (
        "credit",
        "7",
        "none: the contract names no amount",
    )


def test_the_cap_and_the_proven_amount_are_shown() -> None:
    """A capped percent and an amount that the shortest brackets do not prove have steps of their own."""
    june = named_period("2026-06", PRAGUE)
    start = june.span.start
    timeline = replace(down(june.span, (start, start + 4_320 * MINUTE)), shortest=Spans.one(start, start + 67 * MINUTE))
    fees = (Fee(start, None, Money(98_000, "EUR"), FeeBase.MONTH),)
    steps = steps_of(derivation(judge(timeline, june, stepped("99.95", "4"), agreement=replace(ALWAYS, fees=fees))))
    assert steps["completed steps of 0.1 points"] == "99 x 4 % = 396 %"
    assert steps["cap"] == "100 %"
    assert steps["credit"] == "980 x 100 % = 980, half_up: 980.00 EUR"
    assert steps["proven by the shortest outages alone"] == "39.20 EUR"


def test_local_text_has_its_offset() -> None:
    """An instant is shown on the zone's clock with the offset of that night, also in UTC."""
    at = parse_instant("2026-10-25T00:30:00Z")
    assert local_text(at, PRAGUE) == "2026-10-25 02:30:00 +02:00"
    assert local_text(at + HOUR, PRAGUE) == "2026-10-25 02:30:00 +01:00"
    assert local_text(at + 500_000, contract().zone) == "2026-10-25 00:30:00.500000 +00:00"


@given(happenings)
def test_the_derivation_can_be_repeated(happened: Happened) -> None:
    """From the written steps alone: the parts add up, the fraction is what it says, and the amount follows."""
    statement = happened.statement()
    steps = steps_of(derivation(statement))
    judgement = statement.judgement
    total, _, parts = steps["counted"].partition(" = ")
    assert not parts or sum(ticks(each) for each in parts.split(" + ")) == ticks(total)
    listed = {
        name: value for name, value in steps.items() if name.startswith(("excluded", "unmeasured", "not counted"))
    }
    affected = ticks(total) + sum(ticks(value.split(" ")[0]) for value in listed.values())
    assert affected == PERIOD.length - judgement.labels.up.total
    downtime = ticks(steps["downtime"])
    rounded = next((value for name, value in steps.items() if name.startswith("rounded")), None)
    if rounded is None:
        assert downtime == ticks(total)
    else:
        added = re.search(r"\(rounding (\S+) s\)", rounded)
        assert added is not None
        assert downtime == ticks(total) + Fraction(added[1]) * SECOND
    if "availability" in steps:
        up, _, rest = steps["availability"].partition("/")
        whole = rest.split(" ")[0]
        denominator = next((value for name, value in steps.items() if name.startswith("denominator")), None)
        size = ticks(denominator or steps["service time"])
        assert Fraction(int(up), int(whole)) == max(Fraction(0), Fraction(size - downtime, size))
    amount = re.fullmatch(r"(\S+) x (\S+) % = (\S+), half_up: (\S+) EUR", steps["credit"])
    assert amount is not None
    assert Fraction(amount[1]) * Fraction(amount[2]) / 100 == Fraction(amount[3])
    assert abs(Fraction(amount[3]) - Fraction(amount[4])) <= Fraction(1, 200)


@given(happenings)
def test_rows_of_outages_add_up(happened: Happened) -> None:
    """The parts of each row make its outage, and all rows together what the labels say."""
    judgement = happened.statement().judgement
    rows = outage_rows(judgement, PERIOD)
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        parts = [row.counted, row.outside, *(part for _, part in (*row.excluded, *row.not_counted, *row.unmeasured))]
        assert sum(parts) == row.outage.span.length
        assert row.shortest <= row.outage.span.length
    assert sum(row.counted for row in rows) == judgement.labels.counted.total
    assert sum(part for row in rows for _, part in row.not_counted) == sum(
        spans.total for _, spans in judgement.labels.not_counted
    )


def test_a_row_shows_its_brackets() -> None:
    """A row says how long its outage was at least and at most, over the period's edge too."""
    month = period(0, 30 * DAY)
    timeline = Timeline(
        Span(-DAY, 31 * DAY),
        shortest=Spans.one(-5 * MINUTE, 18 * MINUTE),
        point=Spans.one(-6 * MINUTE, 19 * MINUTE),
        longest=Spans.one(-9 * MINUTE, 22 * MINUTE),
    )
    (row,) = outage_rows(judge(timeline, month).judgement, month.span)
    assert (row.shortest, row.outage.span.length, row.longest) == (23 * MINUTE, 25 * MINUTE, 31 * MINUTE)
    assert (row.counted, row.outside) == (19 * MINUTE, 6 * MINUTE)


@given(happenings)
def test_decimals_of_a_derivation_are_exact(happened: Happened) -> None:
    """The fee and the percent that are multiplied are written exactly."""
    credit = happened.statement().judgement.credit
    assert credit.base is not None
    assert Fraction(decimal_text(credit.base / 100)) * 100 == credit.base
