"""Ten million runs in a process of its own, so that its memory is its own."""

import resource
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from tests.store.samples import EVER, HERE, T0, passed
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.time.instants import DAY, MINUTE, SECOND
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store import seals
from uptime_daemon.store.database import open_store
from uptime_daemon.store.errors import TooMuchError
from uptime_daemon.store.upkeep import backup

OUTCOMES = ((Outcome.FAIL, Reason.STATUS), (Outcome.PASS, Reason.NONE))


def flapping(number: int, probes: int) -> Iterator[Run]:
    """So many runs over a year, of so many probes, one after another as files have them."""
    step = 365 * DAY // (number // probes)
    for each in range(number):
        probe, place = divmod(each, number // probes)
        first = T0 - 365 * DAY + place * step
        yield Run(f"acme/{probe}", "import", *OUTCOMES[place % 2], first, first + 30 * SECOND, 2, 30 * SECOND)


def megabytes() -> int:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024


def keep(url: str, file: Path, number: int, probes: int, told: Connection) -> None:
    """Import them, seal, verify, copy them out, read one probe and try to read all; tells the memory of each step."""
    with open_store(url, create=True) as store:
        store.open_session(HERE, T0)
        told.send(("begun", megabytes()))
        assert store.insert_history(flapping(number, probes), MINUTE).new == number
        told.send(("imported", megabytes()))
        store.seal(T0 + 2 * DAY)
        verified = store.verify()
        assert verified.problems == ()
        assert verified.seals > 1 or number <= seals.RUNS_OF_BEGINNING
        told.send(("verified", megabytes()))
        assert backup(url, file, lambda *_: None) > number
        told.send(("backed up", megabytes()))
        assert len(store.runs(["acme/0"], EVER)["acme/0", "import"]) == number // probes
        told.send(("read", megabytes()))
        try:
            store.runs([f"acme/{probe}" for probe in range(probes)], EVER)
        except TooMuchError as error:
            told.send((str(error), megabytes()))
        store.observe(passed(T0 + SECOND), MINUTE)
        store.flush()
        assert len(store.runs(["acme/web"], Span(T0, T0 + DAY))) == 1
    told.send(("ended", megabytes()))
