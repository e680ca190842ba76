"""Runs read back by columns: the database gathers those of a series into one row.

To hand over a row takes a driver longer than the database takes to find it: twice as long in SQLite, and thirty times
in PostgreSQL, whose driver is written in Python. So all runs of a series come as one text a figure: `1,2,3`.
"""

from __future__ import annotations

from functools import cache
from itertools import islice
from operator import lt
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import bindparam, func, select

from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.run import Run, Runs
from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store.dialects import gathered
from uptime_daemon.store.errors import TooMuchError, readable
from uptime_daemon.store.series import NAMES_MAX, WHOSE, of_series, portions
from uptime_daemon.store.tables import RUN, SERIES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.pending import Key

    Columns = list[list[Any]]
    """Of some runs outcomes, reasons, firsts, lasts, counts and distances."""

RUNS_READ_MAX: Final = 2_000_000
"""Runs that one question may bring into memory, some 300 MB: more than a probe that changes at each try, every five
seconds, has in the quarter of a year that judging a month looks at."""
RUNS_AT_ONCE: Final = 20_000
"""Runs whose texts are in memory beside what is made of them, about: some 3 MB with the database's own copy."""
EARLIEST: Final = -(2**63)
OUTCOMES: Final = {outcome.value: outcome for outcome in Outcome}
REASONS: Final = {reason.value: reason for reason in Reason}
RUN_FIGURES: Final = (RUN.c.outcome, RUN.c.reason, RUN.c.first, RUN.c.last, RUN.c.count, RUN.c.distance)
RUN_COLUMNS: Final = (SERIES.c.probe, SERIES.c.vantage, *RUN_FIGURES)
_OUTCOMES: Final = TypeAdapter(list[Outcome])
_REASONS: Final = TypeAdapter(list[Reason])
_INTEGERS: Final = TypeAdapter(list[int])
"""What read the gathered texts as JSON; in a third of the time that `json` takes, which reads anything."""


class _Counted(NamedTuple):
    """How many runs of a series are asked for, and when the first of them began."""

    probe: str
    vantage: str
    first: Instant
    runs: int


def runs(
    connection: Connection, probes: Collection[str], window: Span, settled_passes: int
) -> dict[tuple[str, str], Runs]:
    """The runs by probe and vantage that say what was up within the window; see `ports.Store.runs`."""
    asked = {"start": window.start, "end": window.end, "passes": settled_passes}
    counted: dict[int, _Counted] = {}
    for names in portions(probes):
        for number, probe, vantage, first, count in connection.execute(_COUNTING, {"names": names, **asked}):
            if count:
                counted[number] = _Counted(probe, vantage, first, count)
    if sum(each.runs for each in counted.values()) > RUNS_READ_MAX:
        raise TooMuchError(
            f"more than {RUNS_READ_MAX} runs of {len(probes)} probes between {format_instant(window.start)} and"
            f" {format_instant(window.end)}: ask for fewer probes or a shorter time"
        )
    some, stretch = _queries(connection.dialect.name)
    found: dict[Key, Runs] = {}
    for numbers in _together(counted):
        for number, *texts in connection.execute(some, {"numbers": numbers, **asked}):
            each = counted[number]
            found[each.probe, each.vantage] = _runs(each, [texts])
    for number, each in counted.items():
        if each.runs > RUNS_AT_ONCE:
            rows = (
                row
                for start, end in _stretches(each, window.end)
                for row in connection.execute(stretch, {"number": number, "start": start, "end": end})
            )
            found[each.probe, each.vantage] = _runs(each, (texts for _, *texts in rows))
    return dict(sorted(found.items()))


def run_of(row: Sequence[Any]) -> Run:
    """The run that a row of `RUN_COLUMNS` stands for."""
    probe, vantage, outcome, reason, *figures = row
    with readable(f"a run of {probe} at {vantage}"):
        return Run(probe, vantage, OUTCOMES[outcome], REASONS[reason], *figures)


def _together(counted: Mapping[int, _Counted]) -> Iterator[list[int]]:
    """Series that are read at once; one that alone is too much for that is none of them."""
    numbers: list[int] = []
    total = 0
    for number, each in counted.items():
        if each.runs > RUNS_AT_ONCE:
            continue
        if total + each.runs > RUNS_AT_ONCE or len(numbers) == NAMES_MAX:
            yield numbers
            numbers, total = [], 0
        numbers.append(number)
        total += each.runs
    if numbers:
        yield numbers


def _stretches(counted: _Counted, end: Instant) -> Iterator[Span]:
    """The time of very many runs in parts with about as many as are read at once."""
    length = max((end - counted.first) * RUNS_AT_ONCE // counted.runs, 1)
    for start in range(counted.first, end, length):
        yield Span(start, min(start + length, end))


def _settled() -> ColumnElement[int]:
    """When the last run of a series before a window began after which nothing before matters."""
    before = RUN.alias()
    latest = (
        select(before.c.first)
        .where(
            before.c.series_id == SERIES.c.id,
            before.c.first <= bindparam("start"),
            before.c.outcome == Outcome.PASS.value,
            before.c.count >= bindparam("passes"),
        )
        .order_by(before.c.first.desc())
        .limit(1)
    )
    return func.coalesce(latest.correlate(SERIES).scalar_subquery(), EARLIEST)


_WITHIN: Final = (RUN.c.first < bindparam("end"), RUN.c.first >= _settled())


def _of_one(figure: ColumnElement[int]) -> ScalarSelect[int]:
    """A figure of the runs of each series: asked for one by one, since a join would sort them."""
    return select(figure).where(RUN.c.series_id == SERIES.c.id, *_WITHIN).correlate(SERIES).scalar_subquery()


_COUNTING: Final = select(*WHOSE, _of_one(func.min(RUN.c.first)), _of_one(func.count())).where(
    SERIES.c.probe.in_(bindparam("names", expanding=True))
)


@cache
def _queries(dialect: str) -> tuple[Select[Any], Select[Any]]:
    """What gathers the runs of some series within a window, and those of one series that began in a stretch."""
    figures = (gathered(dialect, column) for column in RUN_FIGURES)
    query = of_series(select(SERIES.c.id, *figures), RUN).group_by(SERIES.c.id)
    in_stretch = (RUN.c.first >= bindparam("start"), RUN.c.first < bindparam("end"))
    return (
        query.where(SERIES.c.id.in_(bindparam("numbers", expanding=True)), *_WITHIN),
        query.where(SERIES.c.id == bindparam("number"), *in_stretch),
    )


def _runs(counted: _Counted, gathered_texts: Iterable[Sequence[Any]]) -> Runs:
    with readable(f"a run of {counted.probe} at {counted.vantage}"):
        columns: Columns = [[] for _ in RUN_FIGURES]
        for texts in gathered_texts:
            for column, more in zip(columns, _columns(texts), strict=True):
                column.extend(more)
        if any(len(column) != counted.runs for column in columns):
            raise ValueError("there are not as many figures as runs")
        return Runs(counted.probe, counted.vantage, *_in_order(columns))


def _columns(texts: Sequence[str]) -> Columns:
    outcomes, reasons, *figures = texts
    try:
        return [
            _OUTCOMES.validate_json(_quoted(outcomes)),
            _REASONS.validate_json(_quoted(reasons)),
            *(_INTEGERS.validate_json(f"[{text}]", strict=True) for text in figures),
        ]
    except ValidationError:  # which says it on several lines
        raise ValueError("a word has no meaning, or a figure is no integer") from None


def _quoted(words: str) -> str:
    return '["' + words.replace(",", '","') + '"]'


def _in_order(columns: Columns) -> Columns:
    """By the beginning of each run: a database need not gather in any order, and nearly always does in this one."""
    firsts = columns[2]
    if all(map(lt, firsts, islice(firsts, 1, None))):
        return columns
    order = sorted(range(len(firsts)), key=firsts.__getitem__)
    return [[column[index] for index in order] for column in columns]
