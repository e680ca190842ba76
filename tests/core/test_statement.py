"""What one group's month comes to: groups and main groups, partial periods, readings, status, and what needs review."""

from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

import pytest

from tests.core.builders import (
    ALWAYS,
    GROUP,
    PLANNED,
    RULES,
    TICKETS,
    UTC,
    contract,
    down,
    judge,
    period,
    rules,
    statements,
    stepped,
    ticket,
)
from uptime_daemon.core.claims.case import Case
from uptime_daemon.core.claims.case import statements as statements_of
from uptime_daemon.core.facts.facts import Facts
from uptime_daemon.core.facts.records import Answer, Condition, Decision, Exclusion
from uptime_daemon.core.facts.timeline import Timeline
from uptime_daemon.core.judging.availability import Breach
from uptime_daemon.core.judging.conditions import Claimable
from uptime_daemon.core.judging.statement import Statement, Status
from uptime_daemon.core.terms.agreement import Fee, FeeBase
from uptime_daemon.core.terms.condition import ConditionKind, ConditionTerms
from uptime_daemon.core.terms.contract import Contract, Missing, Readings
from uptime_daemon.core.terms.downtime import Denominator, StartEvent, Unmeasured
from uptime_daemon.core.terms.exclusion import MaintenanceWindow
from uptime_daemon.core.terms.group import GroupTerms, PrimaryCombination, PrimaryTerms, TotalLoss
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.terms.target import Target, TargetKind
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.core.time.windows import WeeklyWindow

MONTH: Final = period(0, 30 * DAY)
WINDOW: Final = Span(-10 * DAY, 40 * DAY)


def minutes(*outages: tuple[int, int], unknown: tuple[int, int] | None = None) -> Timeline:
    """A timeline down in these minutes of the month."""
    spans = [(start * MINUTE, end * MINUTE) for start, end in outages]
    return down(WINDOW, *spans, unknown=Spans.one(*(at * MINUTE for at in unknown)) if unknown else None)


def lost(statement: Statement) -> dict[str, int]:
    """Minutes that do not count, by reason."""
    return {reason.value: spans.total // MINUTE for reason, spans in statement.judgement.labels.not_counted}


def counted(statement: Statement) -> int:
    """Downtime in minutes."""
    return statement.judgement.point.downtime // MINUTE


INBOUND, AUTODIAL = GroupTerms("inbound", "Inbound", "2"), GroupTerms("autodial", "Autodial", "2")
API: Final = GroupTerms("api", "API", "3", counts=False)
MAIN: Final = {
    "autodial": minutes((100, 220)),
    "inbound": minutes((200, 230)),
    "api": minutes((300, 307)),
}


@pytest.mark.parametrize(
    ("primary", "combination", "expected"),
    [
        # the statements in their order: what counts in minutes, and what does not because it is no main group
        (("inbound",), "either", {"inbound": (30, 0), "autodial": (0, 120), "api": (0, 7)}),
        (("autodial",), "both", {"autodial": (120, 0), "inbound": (0, 30), "api": (0, 7)}),
        (
            ("inbound", "autodial"),
            "either",
            {"inbound+autodial": (130, 0), "autodial": (0, 120), "inbound": (0, 30), "api": (0, 7)},
        ),
        (
            ("inbound", "autodial"),
            "both",
            {"inbound+autodial": (20, 0), "autodial": (0, 120), "inbound": (0, 30), "api": (0, 7)},
        ),
        ((), "either", {"autodial": (120, 0), "inbound": (30, 0), "api": (0, 7)}),
        (("elsewhere",), "either", {"autodial": (0, 120), "inbound": (0, 30), "api": (0, 7)}),
        (
            ("inbound", "elsewhere"),  # one of them is not measured
            "either",
            {"inbound+elsewhere": (30, 0), "autodial": (0, 120), "inbound": (0, 30), "api": (0, 7)},
        ),
        (
            ("inbound", "elsewhere"),
            "both",
            {"inbound+elsewhere": (0, 0), "autodial": (0, 120), "inbound": (0, 30), "api": (0, 7)},
        ),
    ],
)
def test_main_groups(primary: tuple[str, ...], combination: str, expected: dict[str, tuple[int, int]]) -> None:
    """Where the customer's main groups decide, either or both of them fail the service; other groups are shown."""
    terms = contract(groups=(AUTODIAL, INBOUND, API), primary=PrimaryTerms(PrimaryCombination(combination), "2"))
    found = statements(MAIN, MONTH, terms, agreement=replace(ALWAYS, primary=primary))
    shown = [(each.judgement.group.name, (counted(each), lost(each).get("not_primary", 0))) for each in found]
    assert shown == list(expected.items())


def test_a_main_group_that_nobody_measures_is_unknown() -> None:
    """Either group's failure counts where it is seen, and the rest of the time is unknown, not up."""
    terms = contract(groups=(AUTODIAL, INBOUND), primary=PrimaryTerms(PrimaryCombination.EITHER, "2"))
    (both, *_) = statements(MAIN, MONTH, terms, agreement=replace(ALWAYS, primary=("inbound", "elsewhere")))
    assert both.judgement.labels.up.total == 0
    assert [(reason, spans.total // MINUTE) for reason, spans in both.judgement.labels.unmeasured] == [
        ("no_data", 43_200 - 30)
    ]


def test_groups_without_a_main_one_are_all_judged() -> None:
    """A contract that knows no main groups judges each of its groups that counts, in its own order."""
    found = statements(MAIN, MONTH, contract(groups=(INBOUND, API, AUTODIAL)))
    assert [(each.judgement.group.name, counted(each)) for each in found] == [
        ("inbound", 30),
        ("autodial", 120),
        ("api", 0),
    ]


def test_a_group_without_a_timeline_has_no_statement() -> None:
    """What nobody measures or states is not judged, and not called up."""
    found = statements({"inbound": minutes((1, 2))}, MONTH, contract(groups=(INBOUND, AUTODIAL)))
    assert [each.judgement.group.name for each in found] == ["inbound"]


FUNCTIONS: Final = GroupTerms("functions", "Login and calls", "4", judged=False)
ALL_USERS: Final = ConditionTerms("all_users", "4.4", "It hit all users", ConditionKind.PARTIAL_LOSS)
LOSSES: Final = {"service": minutes((100, 130)), "functions": minutes((120, 190))}


@pytest.mark.parametrize(
    ("condition", "answer", "expected", "not_total", "asked"),
    [
        # everything down from minute 100 to 130, login down from 120 to 190
        ("all_users", Answer.YES, 90, 0, True),
        ("all_users", Answer.NO, 30, 60, True),
        ("all_users", Answer.UNKNOWN, 30, 60, True),
        ("all_users", None, 30, 60, True),
        (None, Answer.YES, 30, 60, True),  # a reading in which functions never make a total loss
    ],
)
def test_loss_of_functions(
    condition: str | None, answer: Answer | None, expected: int, not_total: int, asked: bool
) -> None:
    """Lost functions are a loss of the whole where a person says that all users lost them, else they are not total."""
    terms = contract(
        groups=(GROUP, FUNCTIONS), total_loss=TotalLoss("service", "functions", condition, "4"), conditions=(ALL_USERS,)
    )
    stated = [Condition("all_users", answer)] if answer else []
    (statement,) = statements(LOSSES, MONTH, terms, conditions=stated)
    assert counted(statement) == expected
    assert lost(statement).get("not_total", 0) == not_total
    assert bool(statement.judgement.conditions) is asked
    assert statement.judgement.labels.total == MONTH.span.length


def test_losses_of_functions_ask_nothing_where_there_are_none() -> None:
    """The question whether all users were hit is asked only in a period in which functions were lost."""
    terms = contract(
        groups=(GROUP, FUNCTIONS),
        total_loss=TotalLoss("service", "functions", "all_users", "4"),
        conditions=(ALL_USERS,),
    )
    for lost_at, asked in (
        ((-100, -10), False),
        ((-100, 1), True),
        ((43_199, 43_300), True),
        ((43_200, 43_300), False),
    ):
        timelines = {"service": minutes((100, 130)), "functions": minutes(lost_at)}
        (statement,) = statements(timelines, MONTH, terms)
        assert bool(statement.judgement.conditions) is asked
    (statement,) = statements({"service": minutes(), "functions": minutes((100, 130))}, MONTH, terms)
    assert bool(statement.judgement.conditions) is True
    within = {"service": minutes((100, 130)), "functions": minutes((100, 130))}
    (statement,) = statements(within, MONTH, terms)
    assert statement.judgement.conditions == ()


def test_a_ticket_about_functions_reports_the_whole() -> None:
    """Where lost functions count as the whole, a ticket about them is a ticket about it."""
    terms = contract(
        groups=(GROUP, FUNCTIONS),
        total_loss=TotalLoss("service", "functions", "all_users", "4"),
        downtime=rules(starts=StartEvent.TICKET, tickets=TICKETS),
    )
    told = ticket("T1", ("opened portal", 125 * MINUTE), group="functions")
    yes = [Condition("all_users", Answer.YES)]
    (statement,) = statements(LOSSES, MONTH, terms, tickets=[told], conditions=yes)
    assert counted(statement) == 65
    other = ticket("T1", ("opened portal", 125 * MINUTE), group="elsewhere")
    (statement,) = statements(LOSSES, MONTH, terms, tickets=[other], conditions=yes)
    assert counted(statement) == 0


@pytest.mark.parametrize(
    ("starts", "ends", "expected", "fee"),
    [
        # outages of 60 minutes on day 5, of 30 over midnight of day 15, of 40 on day 25
        (None, None, 130, "100.00"),
        (15, None, 60, "200.00"),  # the outage at midnight counts from the agreement's start
        (None, 15, 70, "100.00"),
        (10, 20, 30, "100.00"),
        (20, None, 40, "200.00"),
    ],
)
def test_a_partial_period(starts: int | None, ends: int | None, expected: int, fee: str) -> None:
    """Outside the agreement time is deemed up and the denominator stays the whole month; its first fee counts."""
    day = 24 * 60
    timeline = minutes(
        (5 * day, 5 * day + 60), (15 * day - 10, 15 * day + 20), (25 * day, 25 * day + 40), unknown=(0, 30)
    )
    agreement = replace(
        ALWAYS,
        starts=None if starts is None else starts * DAY,
        ends=None if ends is None else ends * DAY,
        fees=(
            Fee(-DAY, 12 * DAY, Money(10_000, "EUR"), FeeBase.MONTH),
            Fee(12 * DAY, None, Money(20_000, "EUR"), FeeBase.MONTH),
        ),
    )
    terms = contract(credit=stepped("availability", "0.1", "1"))
    statement = judge(timeline, MONTH, terms, agreement=agreement)
    judgement = statement.judgement
    assert counted(statement) == expected
    assert judgement.denominator == 30 * DAY
    assert judgement.labels.total == 30 * DAY
    assert judgement.credit.fee is not None
    assert str(judgement.credit.fee.amount) == fee
    assert (judgement.coverage == 1) is (starts is not None)


@pytest.mark.parametrize(
    ("unknown", "coverage", "met"),
    [
        (2_160, Fraction(95, 100), True),  # a twentieth of 43,200 minutes: exactly the least that is needed
        (2_161, Fraction(41_039, 43_200), None),
        (0, Fraction(1), True),
    ],
)
def test_too_little_measured(unknown: int, coverage: Fraction, met: bool | None) -> None:
    """Below the least coverage a target that nothing speaks against is not called met, and that needs review."""
    statement = judge(minutes(unknown=(0, unknown) if unknown else None), MONTH)
    assert statement.judgement.coverage == coverage
    assert [result.met for result in statement.judgement.targets] == [met]
    review = "service: too little of the period was measured to call a target met"
    assert (review in statement.needs_review) is (met is None)


def test_coverage_is_that_of_the_time_under_agreement() -> None:
    """Time before an agreement starts was not measured well: it is no time of it at all."""
    timeline = minutes(unknown=(29 * 24 * 60 - 500, 29 * 24 * 60 + 720))
    statement = judge(timeline, MONTH, agreement=replace(ALWAYS, starts=29 * DAY))
    assert statement.judgement.coverage == Fraction(1, 2)
    assert statement.judgement.targets[0].met is None
    before = judge(timeline, MONTH, agreement=replace(ALWAYS, starts=29 * DAY), as_of=29 * DAY)
    assert before.judgement.coverage is None
    ended = judge(timeline, MONTH, agreement=replace(ALWAYS, ends=29 * DAY))
    assert ended.judgement.coverage == 1 - Fraction(500, 29 * 24 * 60)


def test_a_miss_is_a_miss_whatever_was_measured() -> None:
    """With little measured, what was seen can still show a miss."""
    statement = judge(minutes((40_000, 40_100), unknown=(0, 39_000)), MONTH)
    (result,) = statement.judgement.targets
    assert (result.met, result.breach) == (False, Breach.PROVEN)


def test_unknown_time_is_up_excluded_and_possible() -> None:
    """Unknown time counts as up, and possibly down, unless the contract leaves it out of everything."""
    timeline = minutes((100, 200), unknown=(1_000, 1_300))
    kept = judge(timeline, MONTH).judgement
    assert [part.downtime // MINUTE for part in (kept.shortest, kept.point, kept.longest)] == [100, 100, 400]
    assert kept.denominator == 43_200 * MINUTE
    left_out = judge(timeline, MONTH, contract(downtime=rules(unmeasured=Unmeasured.EXCLUDED))).judgement
    assert [part.downtime // MINUTE for part in (left_out.shortest, left_out.point, left_out.longest)] == [100] * 3
    assert left_out.denominator == 42_900 * MINUTE
    assert left_out.measure(left_out.longest).availability == Fraction(42_800, 42_900)


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        (-DAY, Status.OPEN),
        (30 * DAY - 1, Status.OPEN),
        (30 * DAY, Status.SETTLING),
        (31 * DAY - 1, Status.SETTLING),
        (31 * DAY, Status.CLOSED),
    ],
)
def test_status(as_of: int, status: Status) -> None:
    """A statement is open until the period ends, settles for a day, and then is closed."""
    assert judge(minutes(), MONTH, as_of=as_of).status is status


def test_an_open_period_is_judged_at_its_best() -> None:
    """The rest of a period is deemed up in contract figures; `so_far` is the share of what has passed."""
    timeline = minutes((100, 160), (20 * 24 * 60, 20 * 24 * 60 + 500))
    statement = judge(timeline, MONTH, as_of=10 * DAY)
    judgement = statement.judgement
    assert counted(statement) == 60
    assert judgement.measure(judgement.point).availability == 1 - Fraction(60, 43_200)
    assert statement.so_far is not None
    assert statement.so_far.availability == 1 - Fraction(60, 14_400)
    assert judgement.coverage == 1
    assert judge(timeline, MONTH, as_of=0).so_far is None
    assert judge(timeline, MONTH, as_of=0).judgement.coverage is None
    closed = judge(timeline, MONTH)
    assert closed.so_far == closed.judgement.measure(closed.judgement.point)


def test_an_outage_over_now_ends_now() -> None:
    """Facts after the instant of judging do not count."""
    statement = judge(minutes((100, 160)), MONTH, as_of=140 * MINUTE)
    assert counted(statement) == 40
    assert statement.judgement.point.outages[0].span == Span(100 * MINUTE, 140 * MINUTE)


def test_so_far_leaves_out_what_the_denominator_leaves_out() -> None:
    """Where windows and unknown time leave the denominator, so do those of the time that has passed, no others."""
    window = WeeklyWindow(UTC, frozenset(range(1, 8)), 2 * HOUR, 4 * HOUR, frozenset())
    terms = contract(
        downtime=rules(denominator=Denominator.PERIOD_MINUS_EXCLUDED, unmeasured=Unmeasured.EXCLUDED),
        exclusions=replace(PLANNED, windows=(MaintenanceWindow("planned", "4", window, None),)),
    )
    statement = judge(minutes((600, 660), unknown=(700, 760)), MONTH, terms, as_of=10 * DAY + 3 * HOUR)
    assert statement.judgement.denominator == (720 - 60 - 1) * HOUR
    assert statement.so_far is not None
    assert statement.so_far.denominator == (243 - 21 - 1) * HOUR  # ten windows of two hours and half of the eleventh
    assert statement.so_far.downtime == HOUR


def test_an_exclusion_counts_from_when_it_was_known() -> None:
    """What was known at an instant is judged by what was known then."""
    said = Exclusion(Span(100 * MINUTE, 130 * MINUTE), "customer", Decision.ACCEPTED, known_at=40 * DAY)
    assert counted(judge(minutes((100, 160)), MONTH, exclusions=[said], as_of=40 * DAY - 1)) == 60
    assert counted(judge(minutes((100, 160)), MONTH, exclusions=[said], as_of=40 * DAY)) == 30


def with_credit(percent: int = 1, **changes: Any) -> Contract:
    """Steps of 0.01 points below 99.9 %, a percent or more each, of a fee of 100.00."""
    return contract(credit=stepped("availability", "0.01", str(percent)), **changes)


HUNDRED: Final = replace(ALWAYS, fees=(Fee(-DAY, None, Money(10_000, "EUR"), FeeBase.MONTH),))


def test_readings() -> None:
    """The chosen reading makes the figures; the smaller total is conservative; one turned id alone shows its effect."""
    timeline = minutes((100, 160))
    recommended, dearer = with_credit(1), with_credit(3)
    late = replace(recommended, downtime=replace(RULES, starts=StartEvent.TICKET, tickets=TICKETS))
    turned = {"AMB-1": late, "AMB-2": dearer, "AMB-3": recommended}
    # 60 of 43,200 minutes are 0.1388888889 %: 0.0388888889 points below 99.9, three completed steps
    readings = Readings("recommended", recommended, recommended, late, turned)
    statement = judge(timeline, MONTH, readings, agreement=HUNDRED)
    assert statement.recommended.text == "3.00"
    assert statement.conservative.text == "0.00"
    assert {key: figure.text for key, figure in statement.differs_by.items()} == {"AMB-1": "0.00", "AMB-2": "9.00"}
    assert str(statement.judgement.credit.amount) == "3.00"
    chosen = judge(timeline, MONTH, Readings("AMB-2", dearer, recommended, late, turned), agreement=HUNDRED)
    assert str(chosen.judgement.credit.amount) == "9.00"
    assert (chosen.recommended.text, chosen.conservative.text) == ("3.00", "0.00")
    # Strict words that would give more never raise the conservative figure.
    odd = judge(timeline, MONTH, Readings("recommended", recommended, recommended, dearer), agreement=HUNDRED)
    assert (odd.recommended.text, odd.conservative.text) == ("3.00", "3.00")


def test_readings_without_an_amount() -> None:
    """Under a contract without credit a figure is whether it is breached; both readings must agree on a breach."""
    plain = contract()
    strict = replace(plain, targets=(replace(plain.targets[0], limit=Fraction(99)),))
    statement = judge(minutes((100, 160)), MONTH, Readings("recommended", plain, plain, strict, {"AMB-1": strict}))
    assert (statement.recommended.text, statement.conservative.text) == ("breached", "not breached")
    assert {key: figure.text for key, figure in statement.differs_by.items()} == {"AMB-1": "not breached"}


def test_a_waived_target_is_missed_without_consequences() -> None:
    """A target whose miss the contract waives is held against all the same and makes no breach."""
    single = Target("single", TargetKind.SINGLE_OUTAGE, Fraction(30), "6", claimable=False)
    waived = judge(minutes((100, 131)), MONTH, contract(targets=(single,)))
    assert [result.met for result in waived.judgement.targets] == [False]
    assert waived.judgement.breached is False
    kept = judge(minutes((100, 131)), MONTH, contract(targets=(replace(single, claimable=True),)))
    assert kept.judgement.breached is True
    assert judge(minutes((100, 130)), MONTH, contract(targets=(single,))).judgement.targets[0].met is True


def test_what_needs_review() -> None:
    """Everything that a person must look at is named once, with its clause."""
    terms = contract(
        downtime=rules(starts=StartEvent.TICKET, tickets=TICKETS),
        credit=stepped("availability", "0.1", "1"),
        conditions=(ConditionTerms("supported", "9.3", "Supported"), ConditionTerms("paid", "9.4", "Paid")),
        missing=(Missing("holidays", "7.2", "the window"),),
        primary=PrimaryTerms(PrimaryCombination.EITHER, "2.1"),
    )
    statement = judge(
        minutes((100, 160), (1_000, 1_025)),
        MONTH,
        terms,
        tickets=[ticket("T1", ("opened portal", 110 * MINUTE)), ticket("T2", ("opened portal", 5_000 * MINUTE))],
        conditions=[Condition("paid", Answer.YES)],
        exclusions=[
            Exclusion(Span(0, MINUTE), "customer", Decision.PROPOSED),
            Exclusion(Span(0, MINUTE), "customer", Decision.PROPOSED),
            Exclusion(Span(-MINUTE, 0), "planned", Decision.PROPOSED),
            Exclusion(Span(0, MINUTE), "planned", Decision.PROPOSED, group="other"),
        ],
    )
    assert statement.needs_review == (
        "9.3 supported: unknown",
        "7.2 parameter holidays: missing, needed for the window",
        "2.1 primary_group: missing, every group is judged as if it were the main one",
        "2 service: outage from 1970-01-01T16:40:00Z of 0:25:00 has no accepted ticket and does not count",
        "exclusion customer from 1970-01-01T00:00:00Z: undecided",
        "7 fee: none in force at 1970-01-01T00:00:00Z",
        "ticket T2: belongs to no outage of service",
    )


def test_a_clean_month_needs_no_review() -> None:
    """Where all is known there is nothing to look at; a duplicate ticket about an outage is not loose."""
    tickets = [ticket("T1", ("opened portal", 100 * MINUTE)), ticket("T2", ("opened portal", 110 * MINUTE))]
    terms = contract(downtime=rules(starts=StartEvent.TICKET, tickets=TICKETS))
    assert judge(minutes((100, 160)), MONTH, terms, tickets=tickets).needs_review == ()


def test_a_month_without_conditions_can_be_claimed() -> None:
    """Claimable is yes where no condition is left open."""
    assert judge(minutes((100, 160)), MONTH).judgement.claimable is Claimable.YES


def test_a_case_is_judged_like_its_parts() -> None:
    """A case holds all that a judgement rests on."""
    terms = contract()
    readings = Readings("recommended", terms, terms, terms)
    case = Case(readings, ALWAYS, MONTH, Facts({"service": minutes((100, 160))}), 400 * DAY)
    assert [counted(each) for each in statements_of(case)] == [60]
    assert statements_of(case) == (judge(minutes((100, 160)), MONTH, as_of=400 * DAY),)
