"""Rows of outages: every microsecond of an outage has a place in its row."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.letters.cases import notice_statement, steps_statement
from uptime_daemon.core.judging.outage_table import outage_rows
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND, format_instant, parse_instant

JUNE = parse_instant("2026-06-01T00:00:00+02:00")


def test_rows_of_june() -> None:
    """Brackets, counted time and exclusion of both outages."""
    statement = steps_statement()
    first, second = outage_rows(statement.judgement, statement.period.span)
    assert (first.shortest, first.outage.span.length, first.longest) == (4_015 * SECOND, 67 * MINUTE, 4_050 * SECOND)
    assert (first.counted, first.excluded) == (67 * MINUTE, ())
    assert (second.counted, second.excluded) == (0, (("planned_maintenance", 1_210 * SECOND),))


def test_row_without_a_ticket() -> None:
    """Time without a ticket stands under its reason."""
    statement = notice_statement()
    *_, last = outage_rows(statement.judgement, statement.period.span)
    assert last.counted == 0
    assert [(reason.value, length) for reason, length in last.not_counted] == [("no_ticket", 25 * MINUTE)]


@st.composite
def _edges(draw: st.DrawFn) -> list[tuple[str, str, str, str]]:
    """Separate outages from the last day of May to the first of July, some in windows, some over the period's edge."""
    cuts = sorted(draw(st.sets(st.integers(-20 * 60, 31 * 24 * 60), min_size=4, max_size=24)))
    edges = []
    for first, second, third, fourth in zip(*(iter(cuts),) * 4, strict=False):
        instants = (JUNE + each * MINUTE for each in (first, second, third, fourth))
        edges.append(tuple(format_instant(each) for each in instants))
    return edges  # type: ignore[return-value]  # four cuts make four instants


@given(outages=_edges())
def test_parts_add_up(outages: list[tuple[str, str, str, str]]) -> None:
    """Counted, excluded, not counted, unmeasured and outside time are the whole outage; brackets are nested."""
    statement = steps_statement("2026-08-01T00:00:00Z", outages)
    for row in outage_rows(statement.judgement, statement.period.span):
        named = [part for parts in (row.excluded, row.not_counted, row.unmeasured) for _, part in parts]
        assert row.counted + sum(named) + row.outside == row.outage.span.length
        assert row.shortest <= row.outage.span.length <= row.longest
    assert statement.period.span.length == 30 * 24 * HOUR
