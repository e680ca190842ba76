"""Rows of other monitors become runs; what cannot be read is named and costs nothing but itself."""

import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.facts.probe import Confirmation
from uptime_daemon.core.facts.run import Run, runs_of
from uptime_daemon.core.facts.timeline import Timeline, probe_timeline
from uptime_daemon.core.time.instants import (
    HOUR,
    MICROSECOND,
    MINUTE,
    SECOND,
    Instant,
    format_instant,
    instant,
    parse_instant,
)
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.sources.csv import (
    LINE_CHARS_MAX,
    PROBLEMS_MAX,
    Columns,
    CsvHistory,
    CsvPlan,
    Kind,
    RowProblem,
    Skip,
    Summary,
)
from uptime_daemon.sources.ports import SourceError

CHANGES = CsvPlan(Kind.CHANGES)
SAMPLES = CsvPlan(Kind.SAMPLES)
HEADER = "time,target,status,code"


def read(text: str, plan: CsvPlan = CHANGES) -> tuple[list[Run], Summary]:
    """All runs of a text, and its summary."""
    history = CsvHistory(io.StringIO(text), "log.csv", plan)
    runs = list(history)
    return runs, history.summary


def rows(*lines: str) -> str:
    """A file with the usual header; a line is `day hh:mm,target,status,code` of June 2026 UTC."""
    return "\n".join([HEADER, *(f"2026-06-{line[:2]}T{line[3:8]}:00Z{line[8:]}" for line in lines)]) + "\n"


def at(day: int, clock: str) -> Instant:
    """An instant of June 2026."""
    return parse_instant(f"2026-06-{day:02}T{clock}:00Z")


def timeline(runs: list[Run], window: Span, plan: CsvPlan = CHANGES) -> Timeline:
    """What imported runs say: the source has confirmed already."""
    return probe_timeline(runs, window, Confirmation(fails=1, passes=1), plan.stale_after)


def test_down_lasts_from_the_down_row_to_the_next_up_row() -> None:
    """A change to down at 10:00 and to up at 10:50 is an outage of 50 minutes with edges one interval wide."""
    runs, _ = read(rows("01 08:00,web,up,200", "01 10:00,web,down,500", "01 10:50,web,up,200"))
    seen = timeline(runs, Span(at(1, "08:00"), at(1, "10:50")))
    assert list(seen.point) == [Span(at(1, "10:00"), at(1, "10:50"))]
    assert list(seen.shortest) == [Span(at(1, "10:00"), at(1, "10:45"))]
    assert list(seen.longest) == [Span(at(1, "09:55"), at(1, "10:50"))]
    assert seen.unknown == ()


def test_a_row_repeated_daily_continues_its_run() -> None:
    """Rows of the same state within the hold are one run, with one observation each interval."""
    runs, _ = read(rows("01 00:00,web,up,200", "02 01:00,web,up,200", "03 01:00,web,up,200"))
    assert runs == [
        Run("web", "import", Outcome.PASS, Reason.NONE, at(1, "00:00"), at(3, "01:00"), 12 * 49 + 1, 5 * MINUTE)
    ]


def test_silence_beyond_the_hold_is_unknown() -> None:
    """A state holds for 26 hours and no longer; the rest until the next row is a gap, for up and for down."""
    runs, _ = read(rows("01 00:00,web,up,200", "03 00:00,web,down,502", "05 00:00,web,up,200"))
    seen = timeline(runs, Span(at(1, "00:00"), at(5, "00:00")))
    assert list(seen.point) == [Span(at(3, "00:00"), at(4, "02:00"))]
    assert [(reason, list(spans)) for reason, spans in seen.unknown] == [
        ("no_data", [Span(at(2, "02:00"), at(3, "00:00")), Span(at(4, "02:00"), at(5, "00:00"))])
    ]


def test_an_open_outage_reaches_to_the_last_row_of_the_file() -> None:
    """Nothing was written for a target until the file's end: its state was still the same there."""
    runs, _ = read(rows("01 10:00,web,down,500", "01 10:01,mail,up,200", "01 13:00,mail,up,200"))
    web = [run for run in runs if run.probe == "web"]
    assert [(run.first, run.last) for run in web] == [(at(1, "10:00"), at(1, "13:00") - MICROSECOND)]


def test_a_longer_file_only_lets_the_last_runs_grow() -> None:
    """What was imported yesterday is the beginning of what the file of today gives."""
    lines = ["01 10:00,web,down,500", "01 10:07,mail,up,200", "01 10:12,web,up,200", "01 11:00,mail,up,200"]
    for length in range(1, len(lines)):
        earlier, _ = read(rows(*lines[:length]))
        later, _ = read(rows(*lines[: length + 1]))
        known = {(run.probe, run.first): run for run in later}
        for run in earlier:
            grown = known[run.probe, run.first]
            following = [each.first for each in later if each.probe == run.probe and each.first > run.first]
            # A run that has come to the end of the older file may reach into the last interval before the next one.
            assert grown.last >= run.last or run.last < min(following)
            assert grown.last < run.last or grown.count >= run.count


def test_samples_are_observations() -> None:
    """Of samples each row is one observation, and two and a half intervals without one are a gap."""
    runs, _ = read(
        rows("01 10:00,web,up,", "01 10:05,web,up,", "01 10:17,web,up,", "01 10:30,web,up,", "01 10:35,web,down,"),
        SAMPLES,
    )
    assert [(run.first, run.last, run.count, run.distance) for run in runs] == [
        (at(1, "10:00"), at(1, "10:17"), 3, 12 * MINUTE),
        (at(1, "10:30"), at(1, "10:30"), 1, 0),
        (at(1, "10:35"), at(1, "10:35"), 1, 0),
    ]


@pytest.mark.parametrize(
    ("status", "code", "outcome", "reason"),
    [
        ("up", "200", Outcome.PASS, Reason.NONE),
        ("UP", "", Outcome.PASS, Reason.NONE),
        ("degraded", "200", Outcome.PASS, Reason.NONE),
        ("down", "0", Outcome.FAIL, Reason.NONE),
        ("down", "", Outcome.FAIL, Reason.NONE),
        ("down", "502", Outcome.FAIL, Reason.STATUS),
        ("down", "403", Outcome.ERROR, Reason.ACCESS_REFUSED),
        ("down", "429", Outcome.ERROR, Reason.ACCESS_REFUSED),
    ],
)
def test_status_and_code_make_the_outcome(status: str, code: str, outcome: Outcome, reason: Reason) -> None:
    """Degraded is not down, and a refused access says nothing about the service."""
    (run,), _ = read(rows(f"01 10:00,web,{status},{code}"))
    assert (run.outcome, run.reason) == (outcome, reason)


def test_a_state_that_nobody_understands_ends_what_was_known() -> None:
    """After a row with an unknown status the old state does not go on; it is named and the rest is taken."""
    runs, summary = read(rows("01 10:00,web,up,200", "01 11:00,web,paused,", "01 12:00,web,up,200"))
    seen = timeline(runs, Span(at(1, "10:00"), at(1, "12:00")))
    assert list(seen.unknown_total) == [Span(at(1, "10:55"), at(1, "12:00"))]
    assert summary.problems == (
        RowProblem(
            "log.csv:3",
            Skip.UNKNOWN_STATUS,
            "'paused' with code '' means nothing; write up, down or degraded, and a number or nothing",
        ),
    )


def test_every_bad_row_is_named_by_line_and_costs_only_itself() -> None:
    """Nine bad rows between two good ones: each has its line and its reason."""
    text = rows(
        "01 10:00,web,up,200",
        "01 10:00,web,up,200",
        "01 09:00,web,down,500",
        "01 11:00,,up,200",
        "01 11:00,web,up",
        '01 11:00,"web,up,200',
        "01 11:00,we\x07b,up,200",
        "01 11:00,w\ufffdb,up,200",
    )
    text += "yesterday,web,up,200\n2026-06-01T11:00:00,web,up,200\n\n"
    text += f"2026-06-01T11:00:00Z,{'w' * LINE_CHARS_MAX},up,200\n2026-06-01T12:00:00Z,web,down,500\n"
    runs, summary = read(text)
    assert [(problem.place, problem.skip) for problem in summary.problems] == [
        ("log.csv:3", Skip.DUPLICATE),
        ("log.csv:4", Skip.OUT_OF_ORDER),
        ("log.csv:5", Skip.UNREADABLE),
        ("log.csv:6", Skip.UNREADABLE),
        ("log.csv:7", Skip.UNREADABLE),
        ("log.csv:8", Skip.UNREADABLE),
        ("log.csv:9", Skip.UNREADABLE),
        ("log.csv:10", Skip.BAD_TIME),
        ("log.csv:11", Skip.BAD_TIME),
        ("log.csv:13", Skip.UNREADABLE),
    ]
    assert [run.outcome for run in runs] == [Outcome.PASS, Outcome.FAIL]
    assert (summary.rows, summary.taken, sum(summary.skipped.values())) == (12, 2, 10)
    assert summary.spans == {"web": Span(at(1, "10:00"), at(1, "12:00"))}


def test_the_list_of_problems_is_bounded() -> None:
    """A file of nothing but bad rows names the first hundred and counts the others."""
    _, summary = read(rows("01 10:00,web,up,200") + "never,web,up,200\n" * 250)
    assert (len(summary.problems), summary.skipped) == (PROBLEMS_MAX, {Skip.BAD_TIME: 250})


def test_mapped_targets_are_taken_and_others_counted() -> None:
    """With a map only its targets are taken, under the names it gives."""
    plan = CsvPlan(Kind.CHANGES, names={"Web site": "acme/web"})
    runs, summary = read(rows("01 10:00,Web site,up,200", "01 10:00,Mail,up,200"), plan)
    assert {run.probe for run in runs} == {"acme/web"}
    assert summary.skipped == {Skip.NOT_MAPPED: 1}
    assert summary.problems == ()


def test_a_renamed_target_goes_on_under_its_new_name() -> None:
    """Two targets of one probe are one endpoint: the second takes over, the first only when that one is silent."""
    plan = CsvPlan(Kind.CHANGES, names={"Old": "acme/web", "New": "acme/web"})
    text = rows(
        "01 10:00,Old,up,200",
        "01 11:00,New,up,200",
        "01 12:00,Old,down,500",
        "01 13:00,New,down,500",
        "02 16:00,Old,up,200",
        "02 17:00,New,down,500",
        "02 18:00,Old,down,500",
    )
    runs, summary = read(text, plan)
    assert [(run.outcome, run.first) for run in runs] == [
        (Outcome.PASS, at(1, "10:00")),
        (Outcome.FAIL, at(1, "13:00")),
        (Outcome.PASS, at(2, "16:00")),
        (Outcome.FAIL, at(2, "18:00")),
    ]
    assert [problem.place for problem in summary.problems] == ["log.csv:4", "log.csv:7"]
    assert summary.skipped == {Skip.OVERLAPPING: 2}


def test_columns_may_have_other_names_and_places() -> None:
    """The header says where the columns stand; a byte order mark before it and a missing code do no harm."""
    plan = CsvPlan(Kind.CHANGES, columns=Columns(time="when", target="name", status="state"))
    runs, _ = read("\ufeffstate,extra,when,name\r\ndown,x,2026-06-01 10:00:00Z,web\r\n", plan)
    assert [(run.probe, run.outcome, run.first) for run in runs] == [("web", Outcome.FAIL, at(1, "10:00"))]


@pytest.mark.parametrize("text", ["", "time,name,status\n", "2026-06-01T10:00:00Z,web,up,200\n", "\x00\xff\n"])
def test_a_file_without_its_header_is_refused(text: str) -> None:
    """Without the names of the columns nothing is guessed."""
    with pytest.raises(SourceError, match=r"^log\.csv:1: there is no column '\w+'; write a first line"):
        read(text)


def test_a_file_in_another_encoding_is_refused_or_loses_a_row(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 end a strict reading with a clear message, and cost a lenient one their row."""
    path = tmp_path / "log.csv"
    path.write_bytes(rows("01 10:00,web,up,200").encode() + b"2026-06-01T11:00:00Z,w\xe9b,up,200\n")
    with path.open(encoding="utf-8") as stream, pytest.raises(SourceError, match="no UTF-8 text; convert the file"):
        list(CsvHistory(stream, "log.csv", CHANGES))
    with path.open(encoding="utf-8", errors="replace") as stream:
        history = CsvHistory(stream, "log.csv", CHANGES)
        assert len(list(history)) == 1
        assert history.summary.skipped == {Skip.UNREADABLE: 1}


@pytest.mark.parametrize(("interval", "hold"), [(0, HOUR), (-MINUTE, HOUR), (HOUR, MINUTE)])
def test_spans_that_make_no_sense_are_refused(interval: int, hold: int) -> None:
    """An interval must be positive and a hold no shorter."""
    with pytest.raises(SourceError, match="the interval must be positive"):
        CsvPlan(Kind.CHANGES, interval=interval, hold=hold)


def test_memory_does_not_grow_with_rows() -> None:
    """Eight thousand rows of ten targets are read in less than a third of their text."""
    start = instant(datetime(2026, 1, 1, tzinfo=UTC))

    class Endless(io.TextIOBase):
        """A file that is never in memory."""

        def __init__(self) -> None:
            self.line = -1

        def readline(self, size: int | None = -1) -> str:  # type: ignore[override]
            del size
            self.line += 1
            if self.line == 0:
                return HEADER + "\n"
            if self.line > 8_000:
                return ""
            when = format_instant(start + self.line * MINUTE)
            return f"{when},web {self.line % 10},{'down' if self.line % 7 == 0 else 'up'},200\n"

    tracemalloc.start()
    try:
        history = CsvHistory(Endless(), "log.csv", CHANGES)  # type: ignore[arg-type]
        count = sum(1 for _ in history)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count > 2_000
    assert peak < 100_000


@st.composite
def logs(draw: st.DrawFn) -> list[tuple[Instant, bool]]:
    """Rows of one target: instant and whether it was up."""
    distances = draw(st.lists(st.integers(1, 40 * HOUR // MINUTE), min_size=1, max_size=30))
    ups = draw(st.lists(st.booleans(), min_size=len(distances), max_size=len(distances)))
    instants = [sum(distances[: index + 1]) * MINUTE for index in range(len(distances))]
    return list(zip(instants, ups, strict=True))


def held(log: list[tuple[Instant, bool]], plan: CsvPlan, *, up: bool) -> Spans:
    """The slow way: each row's state from its instant to the next row's, at most for the hold."""
    ends = [after for (_, _), (after, _) in pairwise(log)] + [log[-1][0]]
    spans = []
    for (start, is_up), end in zip(log, ends, strict=True):
        late = end > start + plan.hold + plan.interval  # the source looks every interval: that much later is in time
        if is_up is up:
            spans.append((start, start + plan.hold if late else end))
    return Spans.of(spans)


@given(logs())
def test_a_change_log_says_what_its_rows_say(log: list[tuple[Instant, bool]]) -> None:
    """Down and up are the stretches between rows, cut at the hold; all else within the log is unknown."""
    text = "\n".join([HEADER, *(f"{format_instant(when)},web,{'up' if up else 'down'}," for when, up in log)])
    runs, _ = read(text)
    window = Span(log[0][0], log[-1][0])
    seen = timeline(runs, window)
    assert seen.point == held(log, CHANGES, up=False)
    assert seen.up == held(log, CHANGES, up=True)


@given(logs())
def test_the_runs_of_a_change_log_are_those_of_what_its_source_saw(log: list[tuple[Instant, bool]]) -> None:
    """The law of runs holds for imported ones: their timeline is that of the single lookings of the source."""

    def lookings() -> Iterator[Observation]:
        for (start, up), (end, _) in pairwise([*log, (log[-1][0], True)]):
            outcome = Outcome.PASS if up else Outcome.FAIL
            yield Observation("web", "import", start, outcome)
            until = min(end - CHANGES.interval, start + CHANGES.hold)
            for when in range(start + CHANGES.interval, until, CHANGES.interval):
                yield Observation("web", "import", when, outcome)
            if until > start:
                yield Observation("web", "import", until, outcome)

    text = "\n".join([HEADER, *(f"{format_instant(when)},web,{'up' if up else 'down'}," for when, up in log)])
    runs, _ = read(text)
    assert runs == list(runs_of(lookings(), CHANGES.stale_after))


def test_real_history_gives_the_outages_that_its_rows_tell(real_history: Path) -> None:
    """Two years of a real service: per target the downtime is that of its rows, taken one by one."""
    path = real_history / "toro.csv"
    log: dict[str, list[tuple[Instant, bool]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        when, target, status, _, _ = line.split(",")
        log.setdefault(target, []).append((parse_instant(when), status == "up"))
    with path.open(encoding="utf-8") as stream:
        history = CsvHistory(stream, path.name, CHANGES)
        runs = list(history)
    assert (history.summary.taken, history.summary.skipped) == (5_245, {})
    assert len(log) == len(history.summary.spans) == 15
    down = {}
    for target, told in log.items():
        window = Span(told[0][0], told[-1][0])
        seen = timeline([run for run in runs if run.probe == target], window)
        assert seen.point == held(told, CHANGES, up=False)
        assert seen.unknown_total == Spans.one(*window) - held(told, CHANGES, up=False) - held(told, CHANGES, up=True)
        down[target] = seen.point.total
    assert (down["TORO Dynmap"], down["TORO Minecraft Server"], down["TORO Sound"]) == (
        1_125_028 * SECOND,
        806_059 * SECOND,
        0,
    )
