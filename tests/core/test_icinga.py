"""A peer's availability figures: each case judged by the engine of all contracts, under the policy it holds for."""

from fractions import Fraction
from typing import Final

import pytest

from tests.core.builders import contract, judge, period, rules, seconds
from tests.core.test_periods import read_table
from uptime_daemon.core.facts.records import Decision, Exclusion
from uptime_daemon.core.facts.timeline import Timeline, known
from uptime_daemon.core.judging.statement import Statement
from uptime_daemon.core.terms.downtime import Denominator, DowntimeTerms, Unmeasured
from uptime_daemon.core.terms.money import Rounding, rounded
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.core.time.spans import Spans

ROWS: Final = read_table("icinga_sla.csv")
VALID: Final = [row for row in ROWS if row["use"] != "invalid"]
COUNTS_AS_OK: Final = rules(denominator=Denominator.PERIOD)
LEAVES: Final = rules(unmeasured=Unmeasured.EXCLUDED)
WINDOW: Final = seconds(0, 3_000)


def told(row: dict[str, str]) -> Timeline:
    """The states of a case: a change holds until the next one; before the first nothing is known."""
    changes = [(int(at), state) for at, _, state in (each.partition("=") for each in row["changes"].split())]
    ends = [at for at, _ in changes[1:]] + [WINDOW.end // SECOND]
    where: dict[str, list[tuple[int, int]]] = {"up": [], "down": [], "unknown": []}
    for (at, state), end in zip(changes, ends, strict=True) if changes else ():
        where[state].append(seconds(at, end))
    unknown = Spans.one(*WINDOW) - Spans.of(where["up"]) - Spans.of(where["down"])
    if row["use"] == "no-data-is-up":
        unknown = Spans()
    return known(WINDOW, Spans.of(where["down"]), [("no_data", unknown)])


def judged_under(row: dict[str, str], downtime: DowntimeTerms) -> Statement:
    """The statement of a case under rules of downtime."""
    excluded = [
        Exclusion(seconds(int(start), int(end)), "planned", Decision.ACCEPTED)
        for start, _, end in (each.partition("-") for each in row["excluded"].split())
    ]
    over = period(*seconds(int(row["start"]), int(row["end"])))
    return judge(told(row), over, contract(downtime=downtime), exclusions=excluded)


def percent(statement: Statement) -> Fraction:
    """Availability in percent with four decimals, halves up, as the peer's database rounds."""
    availability = statement.judgement.measure(statement.judgement.point).availability
    assert availability is not None
    return Fraction(rounded(availability * 100 * 10_000, Rounding.HALF_UP), 10_000)


@pytest.mark.parametrize("row", VALID, ids=lambda row: f"{row['use']}: {row['changes']} {row['excluded']}".strip())
def test_percent_under_the_policy_of_the_case(row: dict[str, str]) -> None:
    """The figure is the peer's where the policy is the peer's; where no policy is named, under each of them."""
    expected = Fraction(row["percent"])
    policies = {"unknown-leaves-denominator": [LEAVES], "excluded-time-counts-as-ok": [COUNTS_AS_OK]}
    for downtime in policies.get(row["use"], [COUNTS_AS_OK, LEAVES]):
        assert percent(judged_under(row, downtime)) == expected


@pytest.mark.parametrize(
    ("use", "others", "percents"),
    [
        (
            "excluded-time-counts-as-ok",
            rules(denominator=Denominator.PERIOD_MINUS_EXCLUDED),
            ["83.3333", "0", "0"],
        ),
        ("unknown-leaves-denominator", COUNTS_AS_OK, ["80", "80"]),
    ],
)
def test_the_other_policy_gives_another_figure(use: str, others: DowntimeTerms, percents: list[str]) -> None:
    """A case that names a policy tells it from the other one: excluded or unknown time is in the denominator or not."""
    rows = [row for row in VALID if row["use"] == use]
    assert [percent(judged_under(row, others)) for row in rows] == [Fraction(each) for each in percents]
    assert all(percent(judged_under(row, others)) != Fraction(row["percent"]) for row in rows)


def test_no_data_that_is_not_up_has_no_availability() -> None:
    """Where unknown time is left out and nothing is known, there is nothing to have a share of."""
    row = {**VALID[0], "use": "unknown-leaves-denominator"}
    judgement = judged_under(row, LEAVES).judgement
    assert judgement.denominator == 0
    assert judgement.measure(judgement.point).availability is None
    assert [result.met for result in judgement.targets] == [None]


@pytest.mark.parametrize("row", [row for row in ROWS if row["use"] == "invalid"], ids=lambda row: str(row["end"]))
def test_an_interval_without_time_is_refused(row: dict[str, str]) -> None:
    """A period that does not end after its start cannot even be named."""
    with pytest.raises(ValueError, match="ends before it starts"):
        judged_under(row, COUNTS_AS_OK)


def test_the_table_is_whole() -> None:
    """All sixteen cases of the peer and both that it refuses are here."""
    assert (len(VALID), len(ROWS)) == (16, 18)
