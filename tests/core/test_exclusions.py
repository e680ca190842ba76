"""What does not count and for which cause: windows over midnight, stated causes, announced work, people's decisions."""

from dataclasses import replace
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from tests.core.builders import GROUP, contract, down, judge, office, rules, seconds, statements, stretch, ticket
from uptime_daemon.core.facts.records import Decision, Exclusion, Maintenance, standing
from uptime_daemon.core.judging.derivation import derivation
from uptime_daemon.core.judging.exclusion import caps_from, excused, noticed
from uptime_daemon.core.judging.judgement import Judgement
from uptime_daemon.core.terms.contract import Contract
from uptime_daemon.core.terms.downtime import Denominator, LengthComparison, LengthCounts, MinimumLength, TicketTerms
from uptime_daemon.core.terms.exclusion import (
    Announced,
    Cause,
    EmergencyTerms,
    EmergencyTreatment,
    ExclusionTerms,
    ExcuseCap,
    MaintenanceWindow,
    NoticeTime,
    NoticeUnit,
    Upstream,
)
from uptime_daemon.core.terms.group import GroupTerms
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, parse_instant
from uptime_daemon.core.time.periods import PeriodKind, named_period
from uptime_daemon.core.time.spans import Span, Spans, union
from uptime_daemon.core.time.windows import WeeklyWindow

PRAGUE: Final = ZoneInfo("Europe/Prague")
JUNE: Final = named_period("2026-06", PRAGUE)
REACH: Final = Span(JUNE.span.start - 30 * DAY, JUNE.span.end + 30 * DAY)
CAUSES: Final = (Cause("planned", "Planned work", "4"), Cause("customer", "Customer", "5"))
ANY_CHANNEL: Final = TicketTerms(frozenset({"phone", "portal"}), frozenset({"opened"}))


def nights(excuses: set[str] | None = None, void_on: frozenset[date] = frozenset(), **rest: Any) -> Contract:
    """A contract with a window from Monday to Thursday, 21:00 to 01:00 in Prague."""
    window = WeeklyWindow(PRAGUE, frozenset({1, 2, 3, 4}), 21 * HOUR, 25 * HOUR, void_on)
    recurring = MaintenanceWindow("planned", "4", window, None if excuses is None else frozenset(excuses))
    terms = contract(zone=PRAGUE, exclusions=ExclusionTerms(causes=CAUSES, windows=(recurring,)), **rest)
    return replace(terms, downtime=replace(terms.downtime, tickets=ANY_CHANNEL))


def outage(start: str, end: str) -> Span:
    """A stretch of June 2026 in Prague, from `11T20:30` to `12T01:30`."""
    return stretch(f"2026-06-{start}:00+02:00", f"2026-06-{end}:00+02:00")


def judged(span: Span, terms: Contract, **facts: Any) -> Judgement:
    """The judgement of June with one outage."""
    return judge(down(REACH, span), JUNE, terms, **facts).judgement


@pytest.mark.parametrize(
    ("start", "end", "counted"),
    [
        ("11T20:30", "12T01:30", 60),  # Thursday to Friday: 30 minutes before the window, 30 behind it
        ("11T21:00", "12T01:00", 0),
        ("14T20:30", "15T01:30", 300),  # Sunday to Monday: no window
        ("12T20:30", "13T01:30", 300),  # Friday to Saturday: no window
        ("08T20:59", "08T21:01", 1),
        ("12T00:59", "12T01:01", 1),
        ("12T00:30", "12T01:40", 40),  # Friday after midnight lies in Thursday's window
        ("15T00:00", "15T01:00", 60),  # Monday after midnight lies in none, since Sunday has none
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_starts(start: str, end: str, counted: int) -> None:
    """From Monday to Thursday a window excuses 21:00 to 01:00; the rest of an outage counts."""
    judgement = judged(outage(start, end), nights())
    assert judgement.point.downtime == counted * MINUTE
    rest = outage(start, end).length - counted * MINUTE
    assert {cause: spans.total for cause, spans in judgement.labels.excluded} == ({"planned": rest} if rest else {})


@pytest.mark.parametrize(("holiday", "counted"), [(11, 300), (12, 60)])
def test_a_holiday_voids_the_window_of_its_own_night(holiday: int, counted: int) -> None:
    """A holiday Thursday has no window, also not after midnight; a holiday Friday leaves Thursday's to its end."""
    terms = nights(void_on=frozenset({date(2026, 6, holiday)}))
    assert judged(outage("11T20:30", "12T01:30"), terms).point.downtime == counted * MINUTE


@pytest.mark.parametrize(
    ("night", "start", "end", "counted"),
    [
        # an outage of the whole local day on the nights of both clock changes, minus a window from 01:00 to 05:00
        ("2026-03-29", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", 20),
        ("2026-10-25", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", 20),
    ],
)
def test_windows_on_the_nights_of_clock_changes(night: str, start: str, end: str, counted: int) -> None:
    """A day of 23 or 25 hours minus its window of 3 or 5 leaves 20 hours: windows are wall time, downtime elapsed."""
    window = WeeklyWindow(PRAGUE, frozenset({7}), 1 * HOUR, 5 * HOUR, frozenset())
    exclusions = ExclusionTerms(causes=CAUSES, windows=(MaintenanceWindow("planned", "4", window, None),))
    month = named_period(night[:7], PRAGUE)
    span = stretch(start, end)
    judgement = judge(down(month.span, span), month, contract(zone=PRAGUE, exclusions=exclusions)).judgement
    assert span.length in {23 * HOUR, 25 * HOUR}
    assert judgement.point.downtime == counted * HOUR


NIGHT: Final = outage("11T20:30", "12T01:30")


@pytest.mark.parametrize(
    ("excuses", "ticket_cause", "work_cause", "counted"),
    [
        (None, None, None, 60),  # whatever happens in the window
        (None, "hardware", None, 60),
        ({"routine", "unknown"}, None, None, 60),  # nobody stated a cause
        ({"routine", "unknown"}, "routine", None, 60),
        ({"routine", "unknown"}, "hardware", None, 300),  # the hour alone does not excuse
        ({"routine", "unknown"}, None, "infrastructure", 300),
        ({"routine", "unknown"}, None, "routine", 60),
        ({"routine", "unknown"}, "routine", "infrastructure", 300),  # one of two stated causes does not fit
        ({"routine"}, None, None, 300),  # a cause must be stated
        ({"routine"}, "routine", None, 60),
        ({"routine"}, "hardware", None, 300),
        ({"routine"}, None, "routine", 60),
    ],
)
def test_a_window_may_excuse_stated_causes_only(
    excuses: set[str] | None, ticket_cause: str | None, work_cause: str | None, counted: int
) -> None:
    """What the vendor said about the outage, or about work in those hours, decides whether its window excuses it."""
    told = ticket("T1", ("opened phone", NIGHT.start), cause=ticket_cause)
    work = Maintenance(Span(NIGHT.start, NIGHT.end), cause=work_cause)
    judgement = judged(NIGHT, nights(excuses), tickets=[told], maintenance=[work] if work_cause else [])
    assert judgement.point.downtime == counted * MINUTE


def test_a_stated_cause_speaks_of_its_own_outage() -> None:
    """Another outage in the same window, about which nobody said anything, is excused."""
    first, second = outage("11T21:30", "11T22:00"), outage("11T23:00", "11T23:20")
    told = ticket("T1", ("opened phone", first.start), cause="hardware")
    judgement = judge(down(REACH, first, second), JUNE, nights({"unknown"}), tickets=[told]).judgement
    assert judgement.point.counted == Spans.one(*first)


def test_cancelled_work_states_no_cause() -> None:
    """Work that was cancelled neither excuses nor says what happened."""
    work = Maintenance(NIGHT, cause="infrastructure", cancelled=True)
    assert judged(NIGHT, nights({"routine", "unknown"}), maintenance=[work]).point.downtime == 60 * MINUTE


WORKING: Final = office(PRAGUE, frozenset(range(1, 6)), 0, 24 * HOUR, frozenset({date(2026, 6, 8)}))
ANNOUNCED: Final = "2026-06-05T10:00:00+02:00"  # a Friday before a holiday Monday


@pytest.mark.parametrize(
    ("amount", "unit", "start", "in_time"),
    [
        (48, "hours", "2026-06-07T10:00:00+02:00", True),
        (48, "hours", "2026-06-07T09:59:59+02:00", False),
        (2, "days", "2026-06-07T10:00:00+02:00", True),
        (2, "days", "2026-06-07T09:59:59+02:00", False),
        (1, "business_days", "2026-06-09T10:00:00+02:00", True),  # over the weekend and the holiday Monday
        (1, "business_days", "2026-06-09T09:59:59+02:00", False),
        (2, "business_days", "2026-06-10T10:00:00+02:00", True),
        (0, "hours", "2026-06-05T10:00:00+02:00", True),
        (0, "hours", "2026-06-05T09:59:59+02:00", False),  # announced when it had begun
    ],
)
def test_notice_is_counted_as_the_contract_says(amount: int, unit: str, start: str, in_time: bool) -> None:
    """Hours and days are elapsed time, business days keep the wall clock; exactly in time is in time."""
    rule = Announced("planned", "4", amount, NoticeUnit(unit), NoticeTime.ANNOUNCED, WORKING)
    work = Maintenance(stretch(start, "2026-06-20T00:00:00+02:00"), announced_at=parse_instant(ANNOUNCED))
    assert noticed(work, rule) is in_time


@pytest.mark.parametrize(("judged_by", "in_time"), [("announced", True), ("received", False)])
def test_notice_counts_from_sending_or_from_receipt(judged_by: str, in_time: bool) -> None:
    """An announcement sent in time and received too late is in time only where sending decides."""
    rule = Announced("planned", "4", 24, NoticeUnit.HOURS, NoticeTime(judged_by), None)
    sent = parse_instant(ANNOUNCED)
    work = Maintenance(Span(sent + 24 * HOUR, sent + 30 * HOUR), announced_at=sent, received_at=sent + HOUR)
    assert noticed(work, rule) is in_time


@pytest.mark.parametrize(("hours", "in_time"), [(24, True), (25, False)])
def test_notice_counts_from_publication(hours: int, in_time: bool) -> None:
    """Where the vendor's page decides, mail that came earlier does not help, and a page that nobody saw is none."""
    rule = Announced("planned", "4", hours, NoticeUnit.HOURS, NoticeTime.PUBLISHED, None)
    start = parse_instant(ANNOUNCED)
    work = Maintenance(Span(start, start + HOUR), announced_at=start - 9 * DAY, published_at=start - 24 * HOUR)
    assert noticed(work, rule) is in_time
    assert not noticed(replace(work, published_at=None), rule)


@pytest.mark.parametrize(("channel", "in_time"), [("mail", True), ("portal", False), (None, False)])
def test_notice_on_another_channel_is_none(channel: str | None, in_time: bool) -> None:
    """A contract that names the channels of notice accepts it on no other, nor on one that nobody recorded."""
    rule = Announced("planned", "4", 1, NoticeUnit.HOURS, NoticeTime.ANNOUNCED, None, frozenset({"mail"}))
    work = Maintenance(Span(DAY, 2 * DAY), announced_at=0, channel=channel)
    assert noticed(work, rule) is in_time


@pytest.mark.parametrize(
    ("treatment", "noticed_before", "counted"),
    [
        (None, 48, 0),  # no rule: an emergency is work like any other
        (None, 1, 2),
        ("counts", 48, 2),  # not even notice in time excuses it
        ("counts", 1, 2),
        ("excluded", 48, 0),
        ("excluded", 0, 0),  # without any notice
    ],
)
def test_emergencies(treatment: str | None, noticed_before: int, counted: int) -> None:
    """Work that could not wait counts, or is excused without notice, as the contract says."""
    span = outage("16T10:00", "16T12:00")
    work = Maintenance(span, announced_at=span.start - noticed_before * HOUR, emergency=True)
    rule = None
    if treatment is not None:
        cause = "customer" if treatment == "excluded" else None
        rule = EmergencyTerms(EmergencyTreatment(treatment), "7.5", cause)
    terms = announcing()
    terms = replace(terms, exclusions=replace(terms.exclusions, emergency=rule))
    assert judged(span, terms, maintenance=[work]).point.downtime == counted * HOUR
    planned = replace(work, emergency=False)
    usual = 0 if noticed_before == 48 else 2
    assert judged(span, terms, maintenance=[planned]).point.downtime == usual * HOUR


@pytest.mark.parametrize(
    ("start", "end", "counted"),
    [
        ("16T10:00", "16T12:00", 60),  # the other service was down from 10:30 to 11:30
        ("16T10:45", "16T11:15", 0),
        ("16T12:00", "16T13:00", 60),
    ],
)
def test_an_upstream_excuses_what_it_brings_down(start: str, end: str, counted: int) -> None:
    """While somebody else's service is down on which this one depends, this one's down time is excused."""
    upstream = Upstream("customer", "14", "speech")
    groups = (GROUP, GroupTerms("speech", "Speech of another", "14", judged=False))
    terms = contract(groups=groups, exclusions=ExclusionTerms(causes=CAUSES, upstreams=(upstream,)))
    timelines = {"service": down(REACH, outage(start, end)), "speech": down(REACH, outage("16T10:30", "16T11:30"))}
    (statement,) = statements(timelines, JUNE, terms)
    assert statement.judgement.point.downtime == counted * MINUTE
    (unseen,) = statements({"service": timelines["service"]}, JUNE, terms)
    assert unseen.judgement.point.downtime == outage(start, end).length


def capping(amount: int, per: PeriodKind, *causes: str) -> Contract:
    """A contract that excuses so much for these causes in each such stretch of the calendar."""
    cap = ExcuseCap(frozenset(causes), amount, per, "7.4")
    return contract(zone=PRAGUE, exclusions=ExclusionTerms(causes=CAUSES, caps=(cap,)))


def accepted(cause: str, *spans: Span) -> list[Exclusion]:
    """Accepted exclusions of one cause."""
    return [Exclusion(span, cause, Decision.ACCEPTED) for span in spans]


@pytest.mark.parametrize(
    ("amount", "counted"),
    [
        # excused would be 60 minutes on the 10th and 60 on the 20th
        (0, ["10T10:00 10T11:00", "20T10:00 20T11:00"]),
        (30, ["10T10:30 10T11:00", "20T10:00 20T11:00"]),
        (60, ["20T10:00 20T11:00"]),
        (90, ["20T10:30 20T11:00"]),
        (120, []),
        (121, []),
    ],
)
def test_what_exceeds_a_cap_counts(amount: int, counted: list[str]) -> None:
    """Of the month's excused down time the latest part counts, from where the cap is reached on."""
    spans = outage("10T10:00", "10T11:00"), outage("20T10:00", "20T11:00")
    terms = capping(max(amount, 0) * MINUTE, PeriodKind.MONTH, "planned")
    judgement = judge(down(REACH, *spans), JUNE, terms, exclusions=accepted("planned", *spans)).judgement
    assert judgement.point.counted == Spans.of(outage(*each.split(" ")) for each in counted)
    assert judgement.labels.total == JUNE.span.length


def test_a_cap_of_the_year_is_used_up_by_earlier_months() -> None:
    """A yearly cap runs over the calendar year in the contract's zone; a monthly one starts anew."""
    may, june = stretch("2026-05-30T10:00:00+02:00", "2026-05-30T11:00:00+02:00"), outage("20T10:00", "20T11:00")
    facts = accepted("planned", may, june)
    for per, counted in ((PeriodKind.YEAR, 60), (PeriodKind.QUARTER, 60), (PeriodKind.MONTH, 0)):
        judgement = judge(down(REACH, may, june), JUNE, capping(HOUR, per, "planned"), exclusions=facts).judgement
        assert judgement.point.downtime == counted * MINUTE


@pytest.mark.parametrize(
    ("per", "first"), [(PeriodKind.MONTH, "06-01"), (PeriodKind.QUARTER, "04-01"), (PeriodKind.YEAR, "01-01")]
)
def test_how_far_back_a_cap_reaches(per: PeriodKind, first: str) -> None:
    """What was down since the cap's month, quarter or year began bears on a period of it."""
    offset = "01:00" if first == "01-01" else "02:00"
    assert caps_from(capping(HOUR, per, "planned"), JUNE.span) == parse_instant(f"2026-{first}T00:00:00+{offset}")
    assert caps_from(contract(zone=PRAGUE), JUNE.span) == JUNE.span.start


def test_a_cap_is_explained() -> None:
    """The derivation says what the cap is and what it left excused."""
    span = outage("10T10:00", "10T11:30")
    statement = judge(
        down(REACH, span), JUNE, capping(HOUR, PeriodKind.MONTH, "planned"), exclusions=accepted("planned", span)
    )
    shown = {step.step: (step.clause, step.value) for step in derivation(statement)}
    assert shown["at most 1:00:00 per month excused as planned, what comes later counts"] == (
        "7.4",
        "1:00:00 in the period",
    )
    assert shown["counted"] == ("2", "0:30:00")


def test_a_cap_holds_for_its_causes_together_and_for_no_others() -> None:
    """Two causes share a cap; time of a cause that it does not name is excused as ever."""
    spans = outage("10T10:00", "10T11:00"), outage("20T10:00", "20T11:00")
    facts = accepted("planned", spans[0]) + accepted("customer", spans[1])
    for causes, counted in ((("planned", "customer"), 60), (("planned",), 0), (("customer",), 0)):
        terms = capping(HOUR, PeriodKind.MONTH, *causes)
        assert judge(down(REACH, *spans), JUNE, terms, exclusions=facts).judgement.point.downtime == counted * MINUTE


def test_only_down_time_that_would_count_uses_a_cap_up() -> None:
    """Windows over up time, and outages too short to count, leave a cap as it was."""
    short, late = outage("10T10:00", "10T10:05"), outage("20T10:00", "20T11:00")
    facts = accepted("planned", outage("09T00:00", "12T00:00"), late)
    minimum = MinimumLength(10 * MINUTE, LengthComparison.AT_LEAST, LengthCounts.WHOLE, "2")
    terms = capping(HOUR, PeriodKind.MONTH, "planned")
    terms = replace(terms, downtime=replace(terms.downtime, minimum=minimum))
    assert judge(down(REACH, short, late), JUNE, terms, exclusions=facts).judgement.point.downtime == 0


def test_an_unknown_time_of_notice_is_no_notice() -> None:
    """Work of which nobody knows when it was announced excuses nothing."""
    rule = Announced("planned", "4", 0, NoticeUnit.HOURS, NoticeTime.RECEIVED, None)
    assert not noticed(Maintenance(NIGHT, announced_at=0), rule)


def test_business_days_need_a_calendar() -> None:
    """A contract that counts business days without saying which they are cannot be judged."""
    rule = Announced("planned", "4.2", 1, NoticeUnit.BUSINESS_DAYS, NoticeTime.ANNOUNCED, None)
    with pytest.raises(ValueError, match=r"4\.2: notice in business days needs the working time"):
        noticed(Maintenance(NIGHT, announced_at=0), rule)


def announcing(amount: int = 24) -> Contract:
    """A contract that excuses work announced so many hours before."""
    rule = Announced("planned", "4", amount, NoticeUnit.HOURS, NoticeTime.ANNOUNCED, None)
    return contract(zone=PRAGUE, exclusions=ExclusionTerms(causes=CAUSES, announced=rule))


def test_announced_work_excuses_its_own_time_only() -> None:
    """The announced stretch does not count, what overruns it does; late notice, cancelled, moved work do not help."""
    span = outage("16T10:00", "16T12:00")
    announced = Maintenance(Span(span.start, span.start + HOUR), announced_at=span.start - 2 * DAY)
    assert judged(span, announcing(), maintenance=[announced]).point.downtime == HOUR
    late = replace(announced, announced_at=span.start - 23 * HOUR)
    assert judged(span, announcing(), maintenance=[late]).point.downtime == 2 * HOUR
    cancelled = replace(announced, cancelled=True)
    assert judged(span, announcing(), maintenance=[cancelled]).point.downtime == 2 * HOUR
    moved = [cancelled, Maintenance(Span(span.start + HOUR, span.end), announced_at=span.start - 22 * HOUR)]
    assert judged(span, announcing(), maintenance=moved).point.downtime == 2 * HOUR
    assert judged(span, contract(zone=PRAGUE), maintenance=[announced]).point.downtime == 2 * HOUR


def test_work_on_another_group_excuses_nothing() -> None:
    """Announced work and decisions speak of their group, or of all groups where they name none."""
    span = outage("16T10:00", "16T12:00")
    work = Maintenance(span, announced_at=span.start - 2 * DAY)
    for group, counted in (("service", 0), (None, 0), ("other", 2 * HOUR)):
        assert judged(span, announcing(), maintenance=[replace(work, group=group)]).point.downtime == counted
        decided = Exclusion(span, "customer", Decision.ACCEPTED, group=group)
        assert judged(span, contract(), exclusions=[decided]).point.downtime == counted


@pytest.mark.parametrize(
    ("decision", "recommended", "conservative"),
    [(Decision.ACCEPTED, 0, 0), (Decision.PROPOSED, 60, 0), (Decision.REJECTED, 60, 60)],
)
def test_decisions_about_exclusions(decision: Decision, recommended: int, conservative: int) -> None:
    """An undecided exclusion counts in the recommended reading, not in the conservative one, and needs review."""
    span = outage("16T10:00", "16T11:00")
    said = Exclusion(span, "customer", decision)
    terms = contract(zone=PRAGUE)
    strict = replace(terms, exclusions=replace(terms.exclusions, subtracts_proposed=True))
    statement = judge(down(REACH, span), JUNE, terms, exclusions=[said])
    assert statement.judgement.point.downtime == recommended * MINUTE
    assert judged(span, strict, exclusions=[said]).point.downtime == conservative * MINUTE
    undecided = [text for text in statement.needs_review if text.startswith("exclusion")]
    assert undecided == (
        ["exclusion customer from 2026-06-16T08:00:00Z: undecided"] if decision is Decision.PROPOSED else []
    )


def test_a_cause_that_the_contract_lacks_excuses_nothing() -> None:
    """Only causes that the contract names in the reading at hand can be accepted."""
    span = outage("16T10:00", "16T11:00")
    assert judged(span, contract(), exclusions=[Exclusion(span, "weather", Decision.ACCEPTED)]).point.downtime == HOUR


def test_the_first_cause_of_the_contract_is_named() -> None:
    """Where two causes overlap, the instant carries the one that the contract lists first, and counts out once."""
    span = outage("16T10:00", "16T12:00")
    facts = [
        Exclusion(Span(span.start, span.start + 90 * MINUTE), "customer", Decision.ACCEPTED),
        Exclusion(Span(span.start + HOUR, span.end), "planned", Decision.ACCEPTED),
    ]
    judgement = judged(span, contract(), exclusions=facts)
    assert {cause: spans.total // MINUTE for cause, spans in judgement.labels.excluded} == {
        "planned": 60,
        "customer": 60,
    }
    assert judgement.point.downtime == 0


def test_excluded_sets_are_disjoint_and_in_the_order_of_the_contract() -> None:
    """Each cause keeps what no earlier cause took, within the window that was asked for."""
    terms = nights()
    said = [Exclusion(outage("08T20:00", "08T22:00"), "customer", Decision.ACCEPTED)]
    found = excused(terms, frozenset({"service"}), outage("08T00:00", "10T00:00"), [], said, [], {}, {})
    assert [cause for cause, _ in found] == ["planned", "customer"]
    assert dict(found)["planned"].total == 7 * HOUR  # two nights, the second cut at midnight
    assert dict(found)["customer"].total == HOUR
    assert union(spans for _, spans in found).total == 8 * HOUR


def test_a_window_over_up_time_enters_only_a_denominator_that_subtracts_windows() -> None:
    """June has 18 such nights of four hours: excluded is what was down in them, the denominator loses them whole."""
    span = outage("11T20:30", "12T01:30")
    kept = judged(span, nights())
    assert kept.denominator == 720 * HOUR
    assert sum(spans.total for _, spans in kept.labels.excluded) == 4 * HOUR
    assert kept.labels.up.total == 715 * HOUR
    terms = nights()
    minus = judged(
        span, replace(terms, downtime=replace(terms.downtime, denominator=Denominator.PERIOD_MINUS_EXCLUDED))
    )
    # 1 to 30 June: 5 Mondays, 5 Tuesdays, 4 Wednesdays and 4 Thursdays; the last Tuesday's night ends in July
    assert minus.denominator == (720 - 18 * 4 + 1) * HOUR
    assert minus.labels == kept.labels


def test_unknown_time_inside_an_exclusion_is_excluded() -> None:
    """An accepted exclusion covers unknown time too: it is no longer unmeasured."""
    unknown = Spans.one(*outage("16T10:00", "16T12:00"))
    said = Exclusion(outage("16T11:00", "16T13:00"), "customer", Decision.ACCEPTED)
    judgement = judge(down(REACH, unknown=unknown), JUNE, contract(), exclusions=[said]).judgement
    assert [(cause, spans.total) for cause, spans in judgement.labels.excluded] == [("customer", HOUR)]
    assert [(reason, spans.total) for reason, spans in judgement.labels.unmeasured] == [("no_data", HOUR)]
    assert judgement.longest.downtime == HOUR


def test_exclusions_come_after_the_minimum_length() -> None:
    """An outage long enough as a whole counts with what is left of it, however short that is."""
    span = seconds(0, 1_200)
    said = Exclusion(seconds(0, 900), "customer", Decision.ACCEPTED)
    month = named_period("1970-01", ZoneInfo("UTC"))
    minimum = MinimumLength(15 * MINUTE, LengthComparison.AT_LEAST, LengthCounts.WHOLE, "2")
    judgement = judge(down(month.span, span), month, contract(downtime=rules(minimum=minimum)), exclusions=[said])
    assert judgement.judgement.point.longest == 20 * MINUTE
    assert judgement.judgement.point.downtime == 5 * MINUTE


ANNOUNCED_ONCE: Final = Maintenance(Span(10 * HOUR, 12 * HOUR), id="M1", announced_at=0)


@pytest.mark.parametrize(
    ("new", "old_stands"),
    [
        ((13, 15), None),  # moved away
        ((10, 14), (10, 12)),  # lengthened
        ((10, 11), (10, 11)),  # shortened
        ((11, 13), (11, 12)),  # moved by half
        ((12, 13), None),  # moved by its whole length
    ],
)
def test_work_that_was_moved(new: tuple[int, int], old_stands: tuple[int, int] | None) -> None:
    """Of its old time only what the new time contains stays announced; the new time is an announcement of its own."""
    moved = Maintenance(Span(new[0] * HOUR, new[1] * HOUR), id="M2", replaces="M1", announced_at=9 * HOUR)
    expected = [(moved, moved.span)]
    if old_stands is not None:
        expected.insert(0, (ANNOUNCED_ONCE, Span(old_stands[0] * HOUR, old_stands[1] * HOUR)))
    assert list(standing([ANNOUNCED_ONCE, moved])) == expected
    rule = Announced("planned", "4", 8, NoticeUnit.HOURS, NoticeTime.ANNOUNCED, None)
    assert [work.id for work, _ in expected if noticed(work, rule)] == ["M1"] * (old_stands is not None)


def test_moved_twice_and_called_off() -> None:
    """A third announcement takes time from both before it; called off, it takes all of theirs."""
    second = Maintenance(Span(8 * HOUR, 11 * HOUR), id="M2", replaces="M1")
    third = Maintenance(Span(9 * HOUR, 12 * HOUR), id="M3", replaces="M2")
    assert [span for _, span in standing([third, ANNOUNCED_ONCE, second])] == [
        third.span,
        Span(10 * HOUR, 11 * HOUR),
        Span(9 * HOUR, 11 * HOUR),
    ]
    assert not list(standing([ANNOUNCED_ONCE, second, replace(third, cancelled_at=9 * HOUR)]))


def test_announcements_that_replace_each_other() -> None:
    """Two announcements that name each other end no search and excuse what both contain."""
    one = Maintenance(Span(0, 2 * HOUR), id="A", replaces="B")
    other = Maintenance(Span(HOUR, 3 * HOUR), id="B", replaces="A")
    assert {span for _, span in standing([one, other])} == {Span(HOUR, 2 * HOUR)}


def test_what_was_known_of_announced_work() -> None:
    """Before it was recorded an announcement is unknown; before the vendor called it off it stood."""
    work = replace(ANNOUNCED_ONCE, known_at=HOUR, cancelled_at=3 * HOUR)
    assert work.as_known(HOUR - 1) is None
    assert work.as_known(2 * HOUR) == replace(work, cancelled_at=None)
    assert work.as_known(3 * HOUR) == work
