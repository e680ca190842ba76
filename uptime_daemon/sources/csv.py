"""History as comma-separated rows `time,target,status,code`: what runs they make, which rows make none, and why.

Two kinds. `samples`: every row is one observation. `changes`: a source that looked every `interval` wrote a row when
the state changed and from time to time besides, so a row's state was seen until one interval before the next row of its
target, but no longer than `hold` after the row: then nobody knows. Either way one fail is down and one pass up, for the
source has confirmed already. Rows of a target come in time order; memory grows with targets, not with rows.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.facts.probe import held_for
from uptime_daemon.core.facts.run import Run, extended, started
from uptime_daemon.core.time.instants import HOUR, MICROSECOND, MINUTE, parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.sources.ports import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TextIO

    from uptime_daemon.core.time.instants import Duration, Instant

LINE_CHARS_MAX: Final = 16_384
"""A line of a hundred times the usual length is no row any more; it is read in parts and left out."""
TARGETS_MAX: Final = 10_000
"""Targets of one file: more than any status page has, and a bound for files whose columns are mixed up."""
PROBLEMS_MAX: Final = 100
"""Rows that are named one by one; of the others only the number is kept."""
NAME_CHARS_MAX: Final = 200
"""A longer name is no name of a target."""

_REFUSED_ACCESS: Final = frozenset(
    {401, 403, 407, 429}
)  # the source's access was refused, the service may have been up
_CODE: Final = re.compile(r"\d{1,5}", re.ASCII)
_CODE_LEAST: Final = 100  # below it a code is no answer of the service (RFC 9110 section 15)


# What a status means. A degraded service answers: slow is not down.
_UP: Final = frozenset({"up", "degraded"})
_DOWN: Final = "down"
_SHOWN_CHARS: Final = 40  # of a cell that is wrong: enough to find it
_REPLACED: Final = "\ufffd"  # what stands for a bad byte


class Kind(StrEnum):
    """What a row says."""

    CHANGES = "changes"
    SAMPLES = "samples"


class Skip(StrEnum):
    """Why a row was not taken."""

    UNREADABLE = "unreadable"
    BAD_TIME = "bad_time"
    UNKNOWN_STATUS = "unknown_status"
    OUT_OF_ORDER = "out_of_order"
    DUPLICATE = "duplicate"
    NOT_MAPPED = "not_mapped"
    OVERLAPPING = "overlapping"
    """Its target was renamed to another one, and that one has spoken within the hold."""
    TOO_MANY_TARGETS = "too_many_targets"


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns in the header; `code` may be absent."""

    time: str = "time"
    target: str = "target"
    status: str = "status"
    code: str = "code"


@dataclass(frozen=True, slots=True)
class CsvPlan:
    """How a file is to be read."""

    kind: Kind
    interval: Duration = 5 * MINUTE
    """How often the source looked."""
    hold: Duration = 26 * HOUR
    """How long the state of a row lasts without another row: a day and some, for sources that write at least daily."""
    names: Mapping[str, str] = field(default_factory=dict)
    """From target to probe; if there are any, other targets are left out. Two targets with one probe are one endpoint
    that was renamed: the new name takes over at once, the old one only when the new one has fallen silent."""
    vantage: str = "import"
    columns: Columns = Columns()

    def __post_init__(self) -> None:
        """Refuse spans that make no sense."""
        if self.interval <= 0 or self.hold < self.interval:
            raise SourceError("the interval must be positive and the hold at least as long, such as 5m and 26h")

    @property
    def stale_after(self) -> Duration:
        """The distance of observations beyond which the state between them is unknown."""
        return self.interval if self.kind is Kind.CHANGES else held_for(self.interval)


class RowProblem(NamedTuple):
    """A row that was not taken."""

    place: str
    """`file:line`."""
    skip: Skip
    message: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of the rows so far."""

    rows: int
    taken: int
    skipped: Mapping[Skip, int]
    """Rows that were not taken, by reason; `rows` is the sum of both."""
    spans: Mapping[str, Span]
    """By probe: from its first row that was taken to its last."""
    problems: tuple[RowProblem, ...]
    """The first `PROBLEMS_MAX` rows that were not taken for another reason than that nobody asked for them."""


class _SkippedError(Exception):
    """This row is not taken."""

    def __init__(self, skip: Skip, message: str) -> None:
        super().__init__(message)
        self.skip = skip


class _Row(NamedTuple):
    """A row whose place in time and target are known."""

    at: Instant
    target: str
    status: str
    code: str


@dataclass(slots=True)
class _State:
    """The growing end of one probe."""

    target: str
    first: Instant
    at: Instant
    """The last row's."""
    status: str
    run: Run | None = None
    """The growing run up to the last row; None after a row that nobody understands."""
    earlier_targets: set[str] = field(default_factory=set)


class CsvHistory:
    """The runs of a file, to be iterated over once, and what there is to say about its rows meanwhile."""

    def __init__(self, stream: TextIO, name: str, plan: CsvPlan) -> None:
        """Read the header. In a stream opened with `errors="replace"` a bad byte costs its row, not the whole file."""
        self._stream = stream
        self._name = name
        self._plan = plan
        self._line = 0
        self._latest: Instant | None = None
        self._states: dict[str, _State] = {}
        self._taken = 0
        self._skipped: Counter[Skip] = Counter()
        self._problems: list[RowProblem] = []
        self._width, self._columns = self._header()

    def __iter__(self) -> Iterator[Run]:
        """The runs, in time order of each probe."""
        for line in self._lines():
            if (ended := self._take(line)) is not None:
                yield ended
        for state in self._states.values():
            if state.run is not None:
                # No change was written up to the last row of the file, whatever its target; beyond it nothing is known.
                # A row of the same instant may still be added to the file, hence one microsecond less.
                yield self._seen(state.run, (self._latest or 0) - MICROSECOND)

    @property
    def rows(self) -> int:
        """How many rows were read so far; cheap enough for a progress bar."""
        return self._taken + self._skipped.total()

    @property
    def summary(self) -> Summary:
        """What became of the rows so far."""
        return Summary(
            rows=self.rows,
            taken=self._taken,
            skipped=dict(self._skipped),
            spans={probe: Span(state.first, state.at) for probe, state in self._states.items()},
            problems=tuple(self._problems),
        )

    def _header(self) -> tuple[int, tuple[int | None, ...]]:
        """How many columns there are, and where those of a row stand."""
        header = _cells(next(self._lines(), "").removeprefix("\ufeff")) or []
        columns = self._plan.columns
        for needed in (columns.time, columns.target, columns.status):
            if needed not in header:
                raise SourceError(
                    f"{self._name}:1: there is no column {needed!r}; write a first line with the names of the columns,"
                    f" such as {columns.time},{columns.target},{columns.status},{columns.code}"
                )
        wanted = (columns.time, columns.target, columns.status, columns.code)
        return len(header), tuple(header.index(column) if column in header else None for column in wanted)

    def _lines(self) -> Iterator[str]:
        try:
            while line := self._stream.readline(LINE_CHARS_MAX):
                self._line += 1
                if len(line) < LINE_CHARS_MAX or line.endswith("\n"):
                    yield line.rstrip("\r\n")
                    continue
                while (rest := self._stream.readline(LINE_CHARS_MAX)) and not rest.endswith("\n"):
                    pass
                self._skip(Skip.UNREADABLE, f"the line has more than {LINE_CHARS_MAX} characters")
        except UnicodeDecodeError:
            raise SourceError(f"{self._name}:{self._line + 1}: this is no UTF-8 text; convert the file") from None

    def _take(self, line: str) -> Run | None:
        """Let a line continue its probe, or say why it does not; returns the run that it ended."""
        if not line.strip():
            return None
        try:
            return self._continue(self._row(line))
        except _SkippedError as skipped:
            self._skip(skipped.skip, str(skipped))
            return None

    def _row(self, line: str) -> _Row:
        """The row of a line."""
        cells = _cells(line)
        if cells is None or len(cells) != self._width:
            raise _SkippedError(Skip.UNREADABLE, f"the header has {self._width} columns, this line has not")
        time, target, status, code = ("" if at is None else cells[at].strip() for at in self._columns)
        if not target.isprintable() or not 0 < len(target) <= NAME_CHARS_MAX or _REPLACED in target:
            raise _SkippedError(Skip.UNREADABLE, f"{target[:_SHOWN_CHARS]!r} is no name of a target")
        try:
            at = parse_instant(time)
        except ValueError:
            raise _SkippedError(
                Skip.BAD_TIME, f"{time[:_SHOWN_CHARS]!r} is no instant with an offset such as 2026-06-03T10:00:00+02:00"
            ) from None
        self._latest = at if self._latest is None else max(at, self._latest)
        return _Row(at, target, status.lower(), code)

    def _continue(self, row: _Row) -> Run | None:
        """Let a row continue its probe; returns the run that it ended."""
        plan = self._plan
        probe = plan.names.get(row.target) if plan.names else row.target
        if probe is None:
            raise _SkippedError(Skip.NOT_MAPPED, f"{row.target} is not mapped")
        state = self._state(probe, row)
        meaning = _meaning(row.status, row.code)
        before = state.run
        if before is not None and plan.kind is Kind.CHANGES:
            before = self._seen(before, row.at - plan.interval)
        if meaning is None:
            told = f"{row.status[:_SHOWN_CHARS]!r} with code {row.code[:_SHOWN_CHARS]!r}"
            self._skip(
                Skip.UNKNOWN_STATUS, f"{told} means nothing; write up, down or degraded, and a number or nothing"
            )
            if plan.kind is Kind.SAMPLES:
                return None
            # A change to nobody knows what: from here on the old state is not known any more.
            state.run = None
            return before
        self._taken += 1
        observation = Observation(probe, plan.vantage, row.at, *meaning)
        grown = extended(before, observation, plan.stale_after) if before is not None else None
        state.run = grown or started(observation)
        return None if grown else before

    def _state(self, probe: str, row: _Row) -> _State:
        """The state that a row continues."""
        state = self._states.get(probe)
        if state is None:
            if len(self._states) == TARGETS_MAX:
                raise _SkippedError(Skip.TOO_MANY_TARGETS, f"{row.target} is one more than {TARGETS_MAX} targets")
            state = self._states[probe] = _State(row.target, row.at, row.at, row.status)
            return state
        if row.target in state.earlier_targets and row.at - state.at <= self._plan.hold:
            raise _SkippedError(
                Skip.OVERLAPPING, f"{row.target} was renamed to {state.target}, which still speaks; map each on its own"
            )
        if row.at == state.at and row.status == state.status:
            raise _SkippedError(Skip.DUPLICATE, "the row before it says the same")
        if row.at <= state.at:
            raise _SkippedError(Skip.OUT_OF_ORDER, f"{row.target} has a row of this or a later instant already")
        if row.target != state.target:
            state.earlier_targets = (state.earlier_targets | {state.target}) - {row.target}
        state.target, state.at, state.status = row.target, row.at, row.status
        return state

    def _seen(self, run: Run, until: Instant) -> Run:
        """The run as the source went on seeing it after its last row, each interval once, until an instant."""
        last = min(until, run.last + self._plan.hold) if self._plan.kind is Kind.CHANGES else run.last
        if last <= run.last:
            return run
        lookings = -((run.last - last) // self._plan.interval)  # rounded up
        distance = max(run.distance, min(last - run.last, self._plan.interval))
        return replace(run, last=last, count=run.count + lookings, distance=distance)

    def _skip(self, skip: Skip, message: str) -> None:
        self._skipped[skip] += 1
        if skip is not Skip.NOT_MAPPED and len(self._problems) < PROBLEMS_MAX:
            self._problems.append(RowProblem(f"{self._name}:{self._line}", skip, message))


def _cells(line: str) -> list[str] | None:
    """The cells of one line; None if its quotes do not match. A row never spans lines: no column holds such text."""
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return None


def _meaning(status: str, code: str) -> tuple[Outcome, Reason] | None:
    """What a status and a code make of an observation; None if they make no sense."""
    if code and not _CODE.fullmatch(code):
        return None
    if status in _UP:
        return Outcome.PASS, Reason.NONE
    if status != _DOWN:
        return None
    number = int(code or 0)
    if number in _REFUSED_ACCESS:
        return Outcome.ERROR, Reason.ACCESS_REFUSED
    # Without a code the source tells no reason, and none is made up.
    return Outcome.FAIL, Reason.STATUS if number >= _CODE_LEAST else Reason.NONE
