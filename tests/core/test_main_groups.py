"""Several main groups judged as one service: each by its own tickets and exclusions, an instant never counted twice."""

from dataclasses import dataclass, replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import ALWAYS, TICKETS, contract, down, period, rules, statements, ticket
from tests.core.judging_oracle import Verdict, judged_by_ticks
from tests.core.oracle import ticks
from tests.core.test_judging_laws import labels
from tests.core.worlds import PERIOD, downtime_terms, timelines
from tests.core.worlds import tickets as tickets_about
from uptime_daemon.core.facts.records import Decision, Exclusion
from uptime_daemon.core.facts.ticket import Ticket
from uptime_daemon.core.facts.timeline import Timeline
from uptime_daemon.core.judging.derivation import derivation
from uptime_daemon.core.judging.outage_table import outage_rows
from uptime_daemon.core.judging.statement import Statement
from uptime_daemon.core.terms.downtime import (
    Denominator,
    DowntimeTerms,
    Granularity,
    GranularityLevel,
    StartEvent,
    StopEvent,
)
from uptime_daemon.core.terms.group import GroupTerms, PrimaryCombination, PrimaryTerms
from uptime_daemon.core.terms.money import Rounding
from uptime_daemon.core.time.instants import DAY, MINUTE
from uptime_daemon.core.time.spans import Span

MONTH: Final = period(0, 30 * DAY)
GROUPS: Final = (GroupTerms("inbound", "Inbound", "2"), GroupTerms("autodial", "Autodial", "2"))
BY_TICKET: Final = rules(starts=StartEvent.TICKET, tickets=TICKETS)
BY_RESOLUTION: Final = rules(starts=StartEvent.TICKET, stops=StopEvent.RESOLVED, tickets=TICKETS)
EITHER, BOTH = PrimaryCombination.EITHER, PrimaryCombination.BOTH


def minutes(*outages: tuple[int, int]) -> Timeline:
    """A timeline down in these minutes of the month."""
    return down(MONTH.span, *((start * MINUTE, end * MINUTE) for start, end in outages))


def service(
    inbound: Timeline,
    autodial: Timeline,
    combination: PrimaryCombination,
    terms: DowntimeTerms = BY_TICKET,
    order: tuple[str, ...] = ("inbound", "autodial"),
    **facts: Any,
) -> Statement:
    """The statement about both main groups as one."""
    written = contract(groups=GROUPS, primary=PrimaryTerms(combination, "2"), downtime=terms)
    both = {"inbound": inbound, "autodial": autodial}
    return statements(both, MONTH, written, agreement=replace(ALWAYS, primary=order), **facts)[0]


def opened(group: str, at: int, resolved: int | None = None) -> Ticket:
    """A ticket about one group, received and perhaps resolved in these minutes."""
    end = [] if resolved is None else [("resolved", resolved * MINUTE)]
    return ticket(f"T-{group}-{at}", ("opened portal", at * MINUTE), *end, group=group)


def counted(statement: Statement) -> tuple[int, dict[str, int]]:
    """Downtime in minutes, and minutes that do not count by reason."""
    judgement = statement.judgement
    lost = {reason.value: spans.total // MINUTE for reason, spans in judgement.labels.not_counted}
    assert judgement.labels.total == MONTH.span.length
    return judgement.point.downtime // MINUTE, lost


@pytest.mark.parametrize("order", [("inbound", "autodial"), ("autodial", "inbound")])
@pytest.mark.parametrize(
    ("tickets", "combination", "expected"),
    [
        # autodial down from 100 to 220, inbound from 200 to 230
        ([opened("autodial", 150)], EITHER, (70, {"before_ticket": 50, "no_ticket": 10})),
        ([opened("inbound", 201)], EITHER, (29, {"before_ticket": 1, "no_ticket": 100})),
        ([opened("autodial", 150), opened("inbound", 215)], EITHER, (80, {"before_ticket": 50})),
        ([opened("autodial", 150), opened("inbound", 225)], EITHER, (75, {"before_ticket": 55})),
        ([], EITHER, (0, {"no_ticket": 130})),
        ([opened("autodial", 150)], BOTH, (0, {"no_ticket": 20})),
        ([opened("inbound", 205)], BOTH, (0, {"before_ticket": 5, "no_ticket": 15})),
        ([opened("autodial", 150), opened("inbound", 205)], BOTH, (15, {"before_ticket": 5})),
        ([opened("autodial", 210), opened("inbound", 205)], BOTH, (10, {"before_ticket": 10})),
    ],
)
def test_a_ticket_speaks_of_its_own_group(
    tickets: list[Ticket], combination: PrimaryCombination, order: tuple[str, ...], expected: tuple[int, dict[str, int]]
) -> None:
    """A ticket about one main group makes no time of another count, in whatever order the groups are named."""
    found = service(minutes((200, 230)), minutes((100, 220)), combination, order=order, tickets=tickets)
    assert counted(found) == expected


@pytest.mark.parametrize("order", [("inbound", "autodial"), ("autodial", "inbound")])
@pytest.mark.parametrize(
    ("combination", "expected"),
    [
        # inbound counts from 100 to 110, autodial from 105 to 140: its ticket is open longer
        (EITHER, (40, {"no_ticket": 20, "before_ticket": 0})),
        (BOTH, (5, {"no_ticket": 50, "before_ticket": 5})),
    ],
)
def test_a_resolution_ends_its_own_group(
    combination: PrimaryCombination, order: tuple[str, ...], expected: tuple[int, dict[str, int]]
) -> None:
    """Where the resolution ends an outage, that of one group's ticket does not end another's."""
    told = [opened("inbound", 100, resolved=110), opened("autodial", 105, resolved=140)]
    found = service(minutes((100, 160)), minutes((100, 160)), combination, BY_RESOLUTION, order, tickets=told)
    amount, lost = counted(found)
    assert (amount, {"no_ticket": 0, "before_ticket": 0} | lost) == expected


@pytest.mark.parametrize(
    ("combination", "rounding", "expected"),
    [
        # minutes counted: inbound 100 to 130 and 300 to 301, autodial 120 to 157; units of 5 minutes
        (EITHER, Rounding.CEILING, (60 + 5, 57, 2)),  # 100 to 157 is one stretch of the service
        (EITHER, Rounding.FLOOR, (55 + 0, 57, 2)),
        (BOTH, Rounding.CEILING, (10, 10, 1)),  # 120 to 130
    ],
)
def test_overlaps_count_once(
    combination: PrimaryCombination, rounding: Rounding, expected: tuple[int, int, int]
) -> None:
    """Outages of two groups that overlap are one stretch of the service: rounded once, as long as both."""
    terms = rules(granularity=Granularity(5 * MINUTE, rounding, GranularityLevel.OUTAGE, "2.2"))
    point = service(minutes((100, 130), (300, 301)), minutes((120, 157)), combination, terms).judgement.point
    assert (point.downtime // MINUTE, point.longest // MINUTE, point.number) == expected
    assert [(each.group, each.span.start // MINUTE) for each in point.outages] == [
        ("inbound", 100),
        ("autodial", 120),
        ("inbound", 300),
    ]


def excluding(group: str | None, start: int, end: int) -> Exclusion:
    """An accepted exclusion of one group in these minutes."""
    return Exclusion(Span(start * MINUTE, end * MINUTE), "customer", Decision.ACCEPTED, group)


@pytest.mark.parametrize(
    ("combination", "exclusion", "downtime", "excluded"),
    [
        # inbound down from 100 to 130, autodial from 120 to 160
        (EITHER, excluding("inbound", 0, 1_000), 40, 20),  # autodial's failure is not excused
        (EITHER, excluding("autodial", 0, 1_000), 30, 30),
        (EITHER, excluding(None, 0, 1_000), 0, 60),
        (BOTH, excluding("inbound", 0, 125), 5, 5),  # without inbound the service as a whole cannot fail
        (BOTH, excluding(None, 0, 125), 5, 5),
    ],
)
def test_an_exclusion_excuses_its_own_group(
    combination: PrimaryCombination, exclusion: Exclusion, downtime: int, excluded: int
) -> None:
    """What excuses one main group excuses the service only as far as the others did not fail it."""
    found = service(minutes((100, 130)), minutes((120, 160)), combination, rules(), exclusions=[exclusion])
    assert counted(found)[0] == downtime
    assert sum(spans.total for _, spans in found.judgement.labels.excluded) == excluded * MINUTE


@pytest.mark.parametrize(
    ("combination", "group", "minutes_left"),
    [
        (EITHER, None, 43_200 - 1_000),
        (EITHER, "inbound", 43_200 - 30),  # up time stays in: autodial was promised
        (BOTH, "inbound", 43_200 - 1_000),  # both cannot fail while one is excused
    ],
)
def test_what_the_denominator_leaves_out_of_several_groups(
    combination: PrimaryCombination, group: str | None, minutes_left: int
) -> None:
    """Excused up time leaves the denominator only where nothing is left that could fail the service."""
    terms = rules(denominator=Denominator.PERIOD_MINUS_EXCLUDED)
    found = service(minutes((100, 130)), minutes(), combination, terms, exclusions=[excluding(group, 0, 1_000)])
    assert found.judgement.denominator == minutes_left * MINUTE


def test_the_derivation_names_the_group_of_each_outage() -> None:
    """Where several groups make the service, each outage says which one was down and which ticket is its own."""
    told = [opened("autodial", 120)]
    found = service(minutes((100, 130)), minutes((120, 160)), EITHER, tickets=told)
    shown = {step.step: step.value for step in derivation(found)}
    assert shown["outage 1"].startswith("inbound: 1970-01-01 01:40:00 +00:00 to ")
    assert shown["outage 1"].endswith("does not count: no_ticket")
    assert shown["outage 2"].startswith("autodial: 1970-01-01 02:00:00 +00:00 to ")
    assert "ticket T-autodial-120" in shown["outage 2"]
    assert "2 inbound: outage from 1970-01-01T01:40:00Z of 0:30:00 has no accepted ticket and does not count" in (
        found.needs_review
    )


def test_a_ticket_during_another_groups_outage_is_loose() -> None:
    """A ticket about a group that was up belongs to no outage, even while the other main group was down."""
    told = [opened("inbound", 100), opened("autodial", 110)]
    found = service(minutes((100, 130)), minutes(), EITHER, tickets=told)
    assert found.needs_review == ("ticket T-autodial-110: belongs to no outage of autodial",)


def test_rows_share_what_overlaps() -> None:
    """An overlap stands in the earlier row alone; what fails one group only is no time of a service that needs both."""
    either = service(minutes((100, 130)), minutes((120, 160)), EITHER, rules()).judgement
    rows = outage_rows(either, MONTH.span)
    assert [(row.counted // MINUTE, row.elsewhere // MINUTE) for row in rows] == [(30, 0), (30, 10)]
    both = service(minutes((100, 130)), minutes((120, 160)), BOTH, rules()).judgement
    rows = outage_rows(both, MONTH.span)
    assert [(row.counted // MINUTE, row.elsewhere // MINUTE) for row in rows] == [(10, 20), (0, 40)]


COMBINATIONS: Final = (
    PrimaryTerms(EITHER, "2"),
    PrimaryTerms(BOTH, "2"),
    PrimaryTerms(PrimaryCombination.AT_LEAST, "2", 1),
    PrimaryTerms(PrimaryCombination.AT_LEAST, "2", 2),
)


@pytest.mark.parametrize(
    ("combination", "count", "members", "downs"),
    [
        (EITHER, 0, 3, 1),
        (BOTH, 0, 3, 3),
        (PrimaryCombination.AT_LEAST, 2, 3, 2),
        (PrimaryCombination.AT_LEAST, 3, 2, 2),  # no more can fail than there are
    ],
)
def test_how_many_main_groups_fail_the_service(
    combination: PrimaryCombination, count: int, members: int, downs: int
) -> None:
    """Either is one, both is all, and at least so many is that."""
    assert PrimaryTerms(combination, "2", count).downs(members) == downs


def test_two_of_three_main_groups() -> None:
    """Where two of three main groups must fail, an instant counts that counts for any two of them."""
    groups = (*GROUPS, GroupTerms("mail", "Mail", "2"))
    primary = PrimaryTerms(PrimaryCombination.AT_LEAST, "2", 2)
    terms = contract(groups=groups, primary=primary, downtime=BY_TICKET)
    states = {"inbound": minutes((100, 130)), "autodial": minutes((120, 160)), "mail": minutes((125, 170))}
    told = [opened("inbound", 100), opened("autodial", 120)]
    agreement = replace(ALWAYS, primary=("inbound", "autodial", "mail"))
    whole = statements(states, MONTH, terms, agreement=agreement, tickets=told)[0]
    assert counted(whole) == (10, {"no_ticket": 30})  # from 120 to 130; mail has no ticket, with autodial until 160


@dataclass(frozen=True)
class Two:
    """Facts about two main groups, and the terms they are judged by."""

    facts: tuple[tuple[Timeline, tuple[Ticket, ...]], tuple[Timeline, tuple[Ticket, ...]]]
    downtime: DowntimeTerms
    primary: PrimaryTerms

    def statement(self) -> Statement:
        """The statement about both as one."""
        names = ("inbound", "autodial")
        terms = contract(groups=GROUPS, primary=self.primary, downtime=self.downtime)
        told = [
            replace(each, id=f"{name}-{each.id}", group=name)
            for name, (_, tickets) in zip(names, self.facts, strict=True)
            for each in tickets
        ]
        both = {name: timeline for name, (timeline, _) in zip(names, self.facts, strict=True)}
        agreement = replace(ALWAYS, primary=names)
        return statements(both, period(*PERIOD), terms, agreement=agreement, tickets=told)[0]

    def verdicts(self) -> list[Verdict]:
        """What the slow judge says of each group alone."""
        return [
            judged_by_ticks(
                down=ticks(timeline.point),
                unknown={at: reason for reason, spans in timeline.unknown for at in ticks(spans)},
                excluded={},
                tickets=tickets,
                terms=self.downtime,
                period=(PERIOD.start, PERIOD.end),
            )
            for timeline, tickets in self.facts
        ]


@st.composite
def pairs(draw: st.DrawFn) -> Two:
    """Two groups with tickets of their own under any terms."""
    one, other = draw(timelines()), draw(timelines())
    facts = ((one, draw(tickets_about(one))), (other, draw(tickets_about(other))))
    return Two(facts, draw(downtime_terms), draw(st.sampled_from(COMBINATIONS)))


@given(pairs())
def test_what_counts_is_that_of_every_instant_of_each_group(two: Two) -> None:
    """An instant counts if the slow judge counts it for one group, or for both; every instant has one label."""
    judgement = two.statement().judgement
    needed = two.primary.downs(2)
    verdicts = two.verdicts()
    expected = {at for at in range(*PERIOD) if sum(each.labels[at] == "counted" for each in verdicts) >= needed}
    assert ticks(judgement.labels.counted) == expected
    assert set(labels(judgement)) == set(range(*PERIOD))
    assert judgement.labels.counted == judgement.point.counted
    assert not judgement.shortest.counted - judgement.point.counted
    assert not judgement.point.counted - judgement.longest.counted
    assert judgement.shortest.downtime <= judgement.point.downtime <= judgement.longest.downtime


@given(pairs())
def test_rows_of_several_groups_add_up(two: Two) -> None:
    """The parts of each row make its outage, and all rows together what counts."""
    judgement = two.statement().judgement
    rows = outage_rows(judgement, PERIOD)
    for row in rows:
        parts = [row.counted, row.outside, row.elsewhere]
        parts += [part for _, part in (*row.excluded, *row.not_counted, *row.unmeasured)]
        assert sum(parts) == row.outage.span.length
    assert sum(row.counted for row in rows) == judgement.labels.counted.total
