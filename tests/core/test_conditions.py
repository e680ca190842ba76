"""Preconditions of a contract: what persons stated, what tickets show, and what then can be claimed."""

from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from tests.core.builders import GROUP, TICKETS, contract, down, judge, period, rules, ticket
from uptime_daemon.core.facts.records import Answer, Condition, Decision, Exclusion
from uptime_daemon.core.facts.ticket import Ticket
from uptime_daemon.core.judging.conditions import Claimable, ConditionResult, claimable
from uptime_daemon.core.terms.condition import ConditionKind, ConditionTerms, Reporting, Scope
from uptime_daemon.core.terms.lapse import Lapse, LapseUnit
from uptime_daemon.core.time.instants import DAY, MINUTE
from uptime_daemon.core.time.spans import Span

MONTH: Final = period(0, 30 * DAY)
WINDOW: Final = Span(-10 * DAY, 40 * DAY)
PHONED: Final = ConditionTerms("phoned", "4.1", "By phone", ConditionKind.REPORTED, Reporting(frozenset({"phone"})))
SUPPORTED: Final = ConditionTerms("supported", "9.3", "Supported")


def told(name: str, minute: int, *channels: str | None, kind: str = "opened") -> Ticket:
    """A ticket with one event for each channel, from a minute on."""
    events = [(f"{kind} {each}" if each else kind, (minute + number) * MINUTE) for number, each in enumerate(channels)]
    return ticket(name, *events)


def answers(
    *tickets: Ticket, outages: tuple[tuple[int, int], ...] = ((100, 160), (1_000, 1_060)), **facts: object
) -> tuple[ConditionResult, ...]:
    """The conditions of a month with two outages, at the minutes 100 and 1,000."""
    terms = contract(groups=(GROUP,), downtime=rules(tickets=TICKETS_ANYWHERE), conditions=(PHONED, SUPPORTED))
    timeline = down(WINDOW, *((start * MINUTE, end * MINUTE) for start, end in outages))
    return judge(timeline, MONTH, terms, tickets=tickets, **facts).judgement.conditions


TICKETS_ANYWHERE: Final = type(TICKETS)(
    frozenset({"phone", "mail", "portal", "ticket"}), frozenset({"opened", "reported"})
)


@pytest.mark.parametrize(
    ("tickets", "state", "evidence"),
    [
        ((), "unknown", None),
        ((told("T1", 101, "phone"),), "unknown", "T1"),  # one of two outages has no ticket
        ((told("T1", 101, "phone"), told("T2", 1_001, "phone")), "yes", "T1, T2"),
        ((told("T1", 101, "phone"), told("T2", 1_001, "mail")), "no", "T1, T2"),
        ((told("T1", 101, "phone"), told("T2", 1_001, None)), "unknown", "T1, T2"),
        ((told("T1", 101, "mail"), told("T2", 1_001, None)), "no", "T1, T2"),  # one that is not so decides
        ((told("T1", 101, "mail", "phone"), told("T2", 1_001, "phone")), "yes", "T1, T2"),
        ((told("T1", 101, "mail", None), told("T2", 1_001, "phone")), "unknown", "T1, T2"),
        ((told("T1", 101, "phone", kind="reported"), told("T2", 1_001, "phone")), "yes", "T1, T2"),
        ((told("T1", 101, "phone"), told("T2", 5_000, "mail")), "unknown", "T1"),  # T2 is about no outage
    ],
)
def test_reported_on_a_channel(tickets: tuple[Ticket, ...], state: str, evidence: str | None) -> None:
    """It holds when every counted outage was reported so, fails when one was not, and else stays unknown."""
    phoned, _ = answers(*tickets)
    assert (phoned.state.value, phoned.evidence) == (state, evidence)


def test_without_an_outage_nothing_is_shown() -> None:
    """Nothing is yes by default, also where there was nothing to report."""
    phoned, supported = answers(outages=())
    assert (phoned.state, phoned.evidence) == (Answer.UNKNOWN, None)
    assert supported.state is Answer.UNKNOWN


def test_only_counted_outages_need_a_report() -> None:
    """An outage that is excluded whole, or that lies outside the period, asks for no report."""
    excluded = [Exclusion(Span(990 * MINUTE, 1_100 * MINUTE), "planned", Decision.ACCEPTED)]
    phoned, _ = answers(told("T1", 101, "phone"), exclusions=excluded)
    assert (phoned.state, phoned.evidence) == (Answer.YES, "T1")
    in_part = [Exclusion(Span(990 * MINUTE, 1_059 * MINUTE), "planned", Decision.ACCEPTED)]
    assert answers(told("T1", 101, "phone"), exclusions=in_part)[0].state is Answer.UNKNOWN
    phoned, _ = answers(told("T1", 101, "phone"), outages=((100, 160), (-60, 0), (43_200, 43_260)))
    assert phoned.state is Answer.YES


@pytest.mark.parametrize("state", Answer)
def test_a_person_has_the_last_word(state: Answer) -> None:
    """What a person states stands before what tickets show, and the latest statement before earlier ones."""
    stated = [Condition("phoned", Answer.NO, "old"), Condition("phoned", state, "call log")]
    phoned, supported = answers(told("T1", 101, "phone"), told("T2", 1_001, "phone"), conditions=stated)
    assert (phoned.state, phoned.evidence) == (state, "call log")
    assert supported.state is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("states", "waived", "result"),
    [
        ((), False, "yes"),
        (("yes", "yes"), False, "yes"),
        (("yes", "unknown"), False, "open"),
        (("unknown", "no"), False, "no"),
        (("no", "yes"), False, "no"),
        (("yes", "yes"), True, "no"),
        ((), True, "no"),
        (("unknown",), True, "no"),
    ],
)
def test_claimable(states: tuple[str, ...], waived: bool, result: str) -> None:
    """No if waived or any condition fails, open if any is unknown, else yes."""
    conditions = [ConditionResult(SUPPORTED, Answer(state), None) for state in states]
    assert claimable(conditions, waived=waived) is Claimable(result)


def test_a_judgement_is_claimable_by_its_conditions() -> None:
    """The statement says what its conditions say together."""
    terms = contract(conditions=(SUPPORTED,))
    timeline = down(WINDOW, (100 * MINUTE, 160 * MINUTE))
    for state, expected in ((Answer.YES, "yes"), (Answer.NO, "no"), (Answer.UNKNOWN, "open")):
        stated = [Condition("supported", state)]
        assert judge(timeline, MONTH, terms, conditions=stated).judgement.claimable.value == expected


def reported_within(within: Lapse | None, severities: tuple[str, ...], *tickets: Ticket) -> str:
    """The state of a duty to report by phone in time, after outages at the minutes 100 and 1,000."""
    duty = replace(PHONED, reporting=Reporting(frozenset({"phone"}), within, frozenset(severities)))
    terms = contract(groups=(GROUP,), downtime=rules(tickets=TICKETS_ANYWHERE), conditions=(duty,))
    timeline = down(WINDOW, (100 * MINUTE, 160 * MINUTE), (1_000 * MINUTE, 1_060 * MINUTE))
    (phoned,) = judge(timeline, MONTH, terms, tickets=tickets).judgement.conditions
    return phoned.state.value


HOUR_OF_REPORT: Final = Lapse(1, LapseUnit.HOURS, ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("second", "state"),
    [
        (told("T2", 1_001, "phone"), "yes"),
        (told("T2", 1_059, "phone"), "yes"),
        (told("T2", 1_001, "mail", "phone"), "yes"),
        (told("T2", 1_000 + 59, "mail", "phone"), "no"),  # the call came at the end of the hour: too late
        (told("T2", 1_059, None), "unknown"),
    ],
)
def test_reported_in_time(second: Ticket, state: str) -> None:
    """A report counts before the end of the time that the clause gives, from the outage's own start."""
    assert reported_within(HOUR_OF_REPORT, (), told("T1", 101, "phone"), second) == state


@pytest.mark.parametrize(("severity", "state"), [("critical", "no"), ("minor", "yes"), (None, "no")])
def test_duty_for_some_severities(severity: str | None, state: str) -> None:
    """A duty that is about critical failures asks nothing of a minor one; a ticket without a severity may be one."""
    mailed = replace(told("T2", 1_001, "mail"), severity=severity)
    first = replace(told("T1", 101, "phone"), severity="critical")
    assert reported_within(None, ("critical",), first, mailed) == state


@pytest.mark.parametrize(
    ("products", "state", "evidence"),
    [
        (None, "unknown", None),
        ((), "unknown", None),
        (("voice",), "yes", "voice"),
        (("voice", "phone"), "yes", "voice, phone"),
        (("voice", "agent"), "no", "voice, agent"),
        (("voice", "radio"), "unknown", "voice, radio"),
    ],
)
def test_covered_products(products: tuple[str, ...] | None, state: str, evidence: str | None) -> None:
    """All products covered is a yes, one that is not a no, and one that no list names is for a person to look at."""
    scope = Scope(frozenset({"voice", "phone"}), frozenset({"agent"}), products)
    terms = contract(conditions=(ConditionTerms("covered", "1.7", "Covered", ConditionKind.COVERED, scope=scope),))
    (found,) = judge(down(WINDOW), MONTH, terms).judgement.conditions
    assert (found.state.value, found.evidence) == (state, evidence)


def test_doubt_leaves_it_open() -> None:
    """A doubt about the measurement is no answer to a condition: what was claimable is open, what is not stays so."""
    assert claimable((), waived=False) is Claimable.YES
    assert claimable((), waived=False, doubted=True) is Claimable.OPEN
    assert claimable((), waived=True, doubted=True) is Claimable.NO
