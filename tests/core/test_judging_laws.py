"""Laws of judging over random facts and terms, and a slow judge that labels every instant alone."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import PLANNED, contract, judge, period
from tests.core.generated import RARELY, WIDELY, span_sets
from tests.core.judging_oracle import judged_by_ticks
from tests.core.oracle import ticks
from tests.core.worlds import (
    PERIOD,
    WINDOW,
    Happened,
    downtime_terms,
    exclusions,
    happenings,
    instants,
)
from uptime_daemon.core.facts.records import Decision, Exclusion
from uptime_daemon.core.facts.timeline import known
from uptime_daemon.core.judging.availability import Breach
from uptime_daemon.core.judging.judgement import Judgement
from uptime_daemon.core.terms.contract import Readings
from uptime_daemon.core.terms.downtime import Denominator, DowntimeTerms, StartEvent, Unmeasured
from uptime_daemon.core.terms.exclusion import ExcuseCap, MaintenanceWindow
from uptime_daemon.core.terms.target import TargetKind
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE
from uptime_daemon.core.time.periods import PeriodKind, named_period, periods_within
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.core.time.windows import WeeklyWindow


def labels(judgement: Judgement) -> dict[int, str]:
    """The label of each instant of the period; none may have two."""
    found = judgement.labels
    named = [("up", found.up), ("counted", found.counted)]
    named += [(f"excluded {cause}", spans) for cause, spans in found.excluded]
    named += [(f"unmeasured {reason}", spans) for reason, spans in found.unmeasured]
    named += [(reason.value, spans) for reason, spans in found.not_counted]
    pairs = [(at, name) for name, spans in named for at in ticks(spans)]
    assert len({at for at, _ in pairs}) == len(pairs)
    return dict(pairs)


def excluded(happened: Happened) -> dict[int, str]:
    """The first cause, in the contract's order, that excludes an instant by a decision of a person."""
    found: dict[int, str] = {}
    for cause in ("planned", "customer"):
        for each in happened.exclusions:
            if each.cause == cause and each.decision is Decision.ACCEPTED:
                found |= {at: found.get(at, cause) for at in range(*each.span)}
    return found


@WIDELY
@given(happenings)
def test_labels_are_those_of_every_instant(happened: Happened) -> None:
    """A judge that looks at each instant alone gives the same labels, amounts and outages."""
    judgement = happened.statement().judgement
    unknown = {at: reason for reason, spans in happened.timeline.unknown for at in ticks(spans)}
    causes = excluded(happened)
    verdict = judged_by_ticks(
        down=ticks(happened.timeline.point),
        unknown=unknown,
        excluded=causes,
        tickets=happened.tickets,
        terms=happened.downtime,
        period=PERIOD,
    )
    assert labels(judgement) == verdict.labels
    assert judgement.point.downtime == verdict.downtime
    assert judgement.point.longest == verdict.longest
    assert judgement.point.number == verdict.number
    denominator = PERIOD.length
    match happened.downtime.denominator:
        case Denominator.PERIOD_MINUS_EXCLUDED:
            denominator -= sum(at in causes for at in range(*PERIOD))
        case Denominator.PERIOD_MINUS_CAUSES:
            denominator -= sum(causes.get(at) == "customer" for at in range(*PERIOD))
        case Denominator.FIXED:
            denominator = 50
    if happened.downtime.unmeasured is Unmeasured.EXCLUDED:
        denominator -= sum(label.startswith("unmeasured") for label in verdict.labels.values())
    assert judgement.denominator == denominator


@given(happenings)
def test_labels_add_up_to_the_period(happened: Happened) -> None:
    """Every microsecond of the period has one label, and rounding is what makes the counted time the downtime."""
    judgement = happened.statement().judgement
    assert judgement.labels.total == PERIOD.length
    assert set(labels(judgement)) == set(range(*PERIOD))
    assert judgement.labels.counted == judgement.point.counted
    assert judgement.labels.counted.total + judgement.rounding == judgement.point.downtime


@WIDELY
@given(happenings)
def test_wider_brackets_never_yield_less(happened: Happened) -> None:
    """Downtime, the longest outage, availability and credit go one way from the shortest bracket to the longest."""
    judgement = happened.statement().judgement
    shortest, point, longest = (
        judgement.measure(each) for each in (judgement.shortest, judgement.point, judgement.longest)
    )
    assert shortest.downtime <= point.downtime <= longest.downtime
    assert shortest.longest <= point.longest <= longest.longest
    assert not judgement.shortest.counted - judgement.point.counted
    assert not judgement.point.counted - judgement.longest.counted
    if point.availability is not None:
        assert (shortest.availability or 0) >= point.availability >= (longest.availability or 0)
    assert judgement.credit.amount is not None
    assert judgement.credit_proven.amount is not None
    assert not judgement.credit.amount < judgement.credit_proven.amount


@given(happenings)
def test_a_proven_breach_is_a_miss(happened: Happened) -> None:
    """What even the shortest bracket misses is missed; what is missed is at least possible; met is never a breach."""
    for result in happened.statement().judgement.targets:
        if result.breach is Breach.PROVEN:
            assert result.exceeded
        if result.exceeded:
            assert result.breach is not Breach.NOT_SHOWN
        assert result.met is not True or not result.exceeded
        assert (result.met is False) is result.exceeded


@given(happenings, st.sampled_from(["planned", "customer"]), instants, instants)
def test_one_more_exclusion_never_adds_downtime(happened: Happened, cause: str, one: int, other: int) -> None:
    """Accepting another exclusion leaves the counted time of each bracket the same or less."""
    before = happened.statement().judgement
    added = Exclusion(Span(min(one, other), max(one, other)), cause, Decision.ACCEPTED)
    after = happened.with_exclusions([*happened.exclusions, added]).statement().judgement
    for name in ("shortest", "point", "longest"):
        assert getattr(after, name).downtime <= getattr(before, name).downtime
        assert not getattr(after, name).counted - getattr(before, name).counted


@given(happenings, st.data())
def test_order_and_cutting_of_facts_change_nothing(happened: Happened, data: st.DataObject) -> None:
    """Exclusions in any order, cut in two or given twice, and tickets in any order give the same judgement."""
    cut = []
    for each in happened.exclusions:
        middle = data.draw(st.integers(*each.span))
        cut += [replace(each, span=Span(each.span.start, middle)), replace(each, span=Span(middle, each.span.end))]
    same = replace(
        happened,
        tickets=tuple(data.draw(st.permutations(happened.tickets))),
        exclusions=tuple(data.draw(st.permutations(cut + cut))),
    )
    one, other = happened.statement().judgement, same.statement().judgement
    assert (one.labels, one.shortest, one.point, one.longest) == (
        other.labels,
        other.shortest,
        other.point,
        other.longest,
    )
    assert (one.denominator, one.targets, one.credit) == (other.denominator, other.targets, other.credit)


@given(happenings, downtime_terms, exclusions())
def test_the_conservative_figure_never_claims_more(
    happened: Happened, strict: DowntimeTerms, proposed: tuple[Exclusion, ...]
) -> None:
    """Whatever the conservative terms say, the conservative figure is at most the recommended one, also in breach."""
    recommended = happened.terms
    conservative = replace(
        recommended, downtime=strict, exclusions=replace(recommended.exclusions, subtracts_proposed=True)
    )
    both = Readings("recommended", recommended, recommended, conservative)
    statement = happened.with_exclusions([*happened.exclusions, *proposed]).statement(both)
    assert statement.recommended.amount is not None
    assert statement.conservative.amount is not None
    assert Fraction(statement.conservative.amount) <= Fraction(statement.recommended.amount)
    assert statement.recommended.breached or not statement.conservative.breached


@given(happenings)
def test_no_credit_above_its_cap_and_none_negative(happened: Happened) -> None:
    """A credit is between nothing and the capped share of the fee, whole steps of it, and nothing without a miss."""
    judgement = happened.statement().judgement
    credit = judgement.credit
    assert credit.percent is not None
    assert credit.steps is not None
    assert credit.amount is not None
    assert 0 <= credit.percent <= (60)
    assert 0 <= credit.amount.minor <= 59_259  # 60 % of 987.65
    assert credit.percent == min(credit.steps * Fraction("1.3"), 60)
    missed = next(result.exceeded for result in judgement.targets if result.target.kind is TargetKind.AVAILABILITY)
    assert missed or credit.amount.minor == 0


@given(happenings)
def test_outages_are_whole_and_partitioned(happened: Happened) -> None:
    """Each outage is what counts of it plus what does not, and no two outages share an instant."""
    outages = happened.statement().judgement.point.outages
    for outage in outages:
        parts = [span for _, span in outage.lost] + ([outage.counted] if outage.counted else [])
        assert sum(span.length for span in parts) == outage.span.length
        assert set().union(*(range(*span) for span in parts)) == set(range(*outage.span))
        assert (outage.reason is None) or outage.reason in {why for why, _ in outage.lost}
    ends = [(outage.span.start, outage.span.end) for outage in outages]
    assert ends == sorted(ends)
    assert all(one[1] <= later[0] for one, later in pairwise(ends))


@WIDELY
@given(happenings, st.integers(PERIOD.start + 1, PERIOD.end - 1))
def test_two_periods_count_as_much_as_both_together(happened: Happened, middle: int) -> None:
    """Without rounding, what counts in two neighbouring periods is what counts in the two as one."""
    plain = replace(happened, downtime=replace(happened.downtime, granularity=None))
    whole = plain.statement().judgement
    parts = [plain.statement(over=span).judgement for span in (Span(PERIOD.start, middle), Span(middle, PERIOD.end))]
    for name in ("shortest", "point", "longest"):
        assert sum(getattr(each, name).downtime for each in parts) == getattr(whole, name).downtime
    assert labels(parts[0]) | labels(parts[1]) == labels(whole)


UTC: Final = ZoneInfo("UTC")
THURSDAYS: Final = WeeklyWindow(UTC, frozenset({4}), 22 * HOUR, 26 * HOUR, frozenset())
YEAR: Final = named_period("1970", UTC)


def spread(spans: Spans) -> Spans:
    """A few ticks spread over the year 1970, so that outages lie across days, months and windows."""
    step = YEAR.span.length // 100
    return Spans(tuple(at * step + (at * 7_919 * MINUTE) % step for at in spans.bounds))


@RARELY
@given(span_sets(0, 99, 12), span_sets(0, 99, 3), downtime_terms)
def test_days_add_up_to_months_and_months_to_the_year(down: Spans, excused: Spans, rules: DowntimeTerms) -> None:
    """Without rounding, what counts and what is excluded in all days of a year is that of its months and of itself."""
    plain = replace(rules, granularity=None, starts=StartEvent.PROBE, confirmed_by=frozenset(), minimum=None)
    windows = (MaintenanceWindow("planned", "4", THURSDAYS, None),)
    terms = contract(downtime=plain, exclusions=replace(PLANNED, windows=windows))
    timeline = known(YEAR.span, spread(down))
    said = [Exclusion(span, "customer", Decision.ACCEPTED) for span in spread(excused)]
    months = [each.span for each in periods_within(PeriodKind.MONTH, YEAR.span, UTC)]
    january = [Span(day * DAY, (day + 1) * DAY) for day in range(31)]

    def sums(spans: Sequence[Span]) -> tuple[int, int, int]:
        found = [judge(timeline, period(*span), terms, exclusions=said).judgement.labels for span in spans]
        excluded = sum(part.total for each in found for _, part in each.excluded)
        return sum(each.counted.total for each in found), excluded, sum(each.up.total for each in found)

    year = sums([YEAR.span])
    assert sums(months) == year
    assert sums(january) == sums(months[:1])
    assert sum(year) == YEAR.span.length


@given(happenings, st.sampled_from(["planned", "customer"]), instants, instants, st.integers(0, 30))
def test_one_more_exclusion_never_adds_downtime_under_a_cap(
    happened: Happened, cause: str, one: int, other: int, amount: int
) -> None:
    """Where a cap limits what is excused, another exclusion moves what counts, and never adds to it."""
    cap = ExcuseCap(frozenset({"planned", "customer"}), amount, PeriodKind.YEAR, "7")
    plain = replace(happened, downtime=replace(happened.downtime, granularity=None))
    terms = replace(plain.terms, exclusions=replace(plain.terms.exclusions, caps=(cap,)))
    added = Exclusion(Span(min(one, other), max(one, other)), cause, Decision.ACCEPTED)
    before = plain.statement(terms, WINDOW).judgement
    after = plain.with_exclusions([*plain.exclusions, added]).statement(terms, WINDOW).judgement
    assert after.point.downtime <= before.point.downtime
    uncapped = plain.statement(over=WINDOW).judgement
    assert uncapped.point.downtime <= before.point.downtime
    assert before.labels.total == WINDOW.length


@given(happenings, st.data())
def test_cutting_of_states_changes_nothing(happened: Happened, data: st.DataObject) -> None:
    """Down time stated in pieces, in any order and partly twice, is the same down time."""
    pieces = []
    for span in happened.timeline.point:
        middle = data.draw(st.integers(*span))
        pieces += [(span.start, middle), (middle, span.end), (span.start, span.end)]
    again = Spans.of(data.draw(st.permutations(pieces)))
    same = replace(happened, timeline=replace(happened.timeline, point=again))
    one, other = happened.statement().judgement, same.statement().judgement
    assert (one.labels, one.shortest, one.point, one.longest) == (
        other.labels,
        other.shortest,
        other.point,
        other.longest,
    )
