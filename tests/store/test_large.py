"""Many runs: memory stays bounded whatever is done, and what does not fit is refused with a clear message."""

import multiprocessing
import random
from pathlib import Path

import pytest

from tests.store.large import keep
from tests.store.samples import EVER, HERE, T0, observe_all, passed
from uptime_daemon.core.time.instants import HOUR
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store import gathering
from uptime_daemon.store.database import Database
from uptime_daemon.store.errors import TooMuchError

MEGABYTES_MAX = 200
"""Beyond what the process had at its start; ten million runs as objects are three gigabytes."""


def test_more_than_fits_is_refused(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what was asked for and what to do; less is read as ever."""
    observe_all(store, [passed(T0 + hour * HOUR, probe) for probe in ("acme/web", "acme/sip") for hour in range(3)])
    monkeypatch.setattr(gathering, "RUNS_READ_MAX", 5)
    with pytest.raises(TooMuchError, match=r"more than 5 runs of 2 probes between .*: ask for fewer probes or a short"):
        store.runs(["acme/web", "acme/sip"], EVER)
    assert len(store.runs(["acme/web"], EVER)["acme/web", HERE]) == 3


def test_many_are_read_a_part_at_a_time(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few series at once, and one with very many runs by stretches of time: the same runs as if read in one go."""
    counts = {"acme/1": 3, "acme/2": 1, "acme/3": 40, "acme/4": 2, "acme/5": 5, "acme/6": 6}
    observe_all(
        store,
        [passed(T0 + each**2 * HOUR, probe) for probe, count in counts.items() for each in range(count)],
    )
    windows = [EVER, Span(T0 + 5 * HOUR, T0 + 900 * HOUR)]
    whole = [store.runs(counts, window) for window in windows]
    assert {probe: len(runs) for (probe, _), runs in whole[0].items()} == counts
    for at_once in (1, 5, 7):
        monkeypatch.setattr(gathering, "RUNS_AT_ONCE", at_once)
        assert [store.runs(counts, window) for window in windows] == whole
        assert list(store.runs(counts, EVER)) == list(whole[0])


def test_runs_are_put_in_order(store: Database) -> None:
    """Whatever order a database gathers them in, each keeps its own figures."""
    observe_all(store, [passed(T0 + hour * HOUR + each) for hour in range(9) for each in range(hour + 1)])
    (runs,) = store.runs(["acme/web"], EVER).values()
    shuffled = random.Random(7).sample(list(runs), len(runs))
    columns = [
        [getattr(run, name) for run in shuffled] for name in ("outcome", "reason", "first", "last", "count", "distance")
    ]
    assert list(runs) == sorted(shuffled, key=lambda run: run.first) != shuffled
    counted = gathering._Counted("acme/web", HERE, T0, len(runs))
    assert gathering._runs(counted, [[",".join(map(str, column)) for column in columns]]) == runs


@pytest.mark.parametrize(
    ("number", "probes"),
    [(2_000, 20), pytest.param(10_000_000, 1_000, marks=[pytest.mark.prove, pytest.mark.timeout(3_600)])],
)
def test_ten_million_runs(url: str, tmp_path: Path, number: int, probes: int) -> None:
    """They are imported, sealed, verified, copied and read in little memory."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.store.large"])
    receiver, sender = processes.Pipe(duplex=False)
    process = processes.Process(target=keep, args=(url, tmp_path / "kept.db", number, probes, sender))
    process.start()
    sender.close()
    told: dict[str, int] = {}
    while "ended" not in told:
        assert receiver.poll(3_000)
        told |= [receiver.recv()]
        print(told)  # noqa: T201 - how far it is
    process.join(120)
    assert process.exitcode == 0
    refused = [word for word in told if word.startswith("more than 2000000 runs of 1000 probes")]
    assert len(refused) == (number > gathering.RUNS_READ_MAX)
    upto = {word: memory - told["begun"] for word, memory in told.items()}
    assert upto["read"] < MEGABYTES_MAX
