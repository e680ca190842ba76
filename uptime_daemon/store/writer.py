"""The one thread that writes: batches of observations by the clock, everything else at once and one by one.

A batch that the database does not take stays in hand and is tried again: nothing is lost while it has room to wait. A
mistake of ours ends the ticking, and whoever calls the store next gets it raised: it must not look like trouble.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy.exc import DBAPIError

from uptime_daemon.store.engine import told
from uptime_daemon.store.errors import ReplacedError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.engine import Place
    from uptime_daemon.store.pending import Batch, Pending
    from uptime_daemon.store.recording import Recorder

GROUP_COMMIT_SECONDS: Final = 0.5
"""How long observations gather for one commit: half of the second within which they are durable, so that a slow disk
has the other half."""
WAITING_MAX: Final = 1_000
"""Writes that may wait at once; people and imports wait for theirs one by one, so more is a flood."""
WAIT_SECONDS_MAX: Final = 30
"""How long a caller waits for its write: several times the wait for a lock."""

T = TypeVar("T")


class Writer:
    """The writing thread and the beat that makes it commit."""

    def __init__(self, place: Place, engine: Engine, recorder: Recorder, pending: Pending) -> None:
        self._place = place
        self._engine = engine
        self._recorder = recorder
        self._pending = pending
        self._room = threading.BoundedSemaphore(WAITING_MAX)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store-writer")
        self._closed = threading.Event()
        self._in_hand: Batch | None = None
        self._latest: Future[None] | None = None
        self.guard: Callable[[Connection], None] | None = None
        """What must hold in every transaction of a process that measures; raises `StoreError` if it does not."""
        self.write_failures = 0
        self.trouble: str | None = None
        self.durable_until: Instant | None = None
        self._beat = threading.Thread(target=self._tick, name="store-beat", daemon=True)
        self._beat.start()

    @property
    def rows_in_hand(self) -> int:
        """How many rows the running or failed batch holds."""
        batch = self._in_hand
        return batch.rows if batch else 0

    def check(self) -> None:
        """Raise the mistake that ended the ticking, if one did; what is given to a closed store would be lost."""
        if self._closed.is_set():
            raise StoreError(f"{self._place}: the store is closed")
        latest = self._latest
        if latest is not None and latest.done() and (mistake := latest.exception()) is not None:
            if isinstance(mistake, ReplacedError):
                raise ReplacedError(str(mistake)) from mistake
            raise RuntimeError("the store stopped writing because of a mistake of its own") from mistake

    def carry_out(self, work: Callable[[Connection], T]) -> T:
        """Run one transaction on the writing thread and return when it is durable."""

        def transaction() -> T:
            with self._begin() as connection:
                return work(connection)

        return self._ask(transaction)

    def flush(self) -> None:
        """Return when everything observed so far is durable."""
        self._ask(self._flush)

    def close(self) -> None:
        """Make everything durable, then end both threads whether that was possible or not."""
        if self._closed.is_set():
            return
        try:
            self.flush()
        finally:
            self._closed.set()
            self._beat.join()
            self._thread.shutdown()

    def _ask(self, work: Callable[[], T]) -> T:
        self.check()
        if not self._room.acquire(blocking=False):
            raise StoreError(f"{self._place}: {WAITING_MAX} writes wait already; try again later")
        asked = self._thread.submit(work)
        asked.add_done_callback(lambda _: self._room.release())
        try:
            with told(self._place):
                return asked.result(WAIT_SECONDS_MAX)
        except TimeoutError:
            known = "nothing was written" if asked.cancel() else "look whether it was written before trying again"
            raise StoreError(f"{self._place}: no answer for {WAIT_SECONDS_MAX} s; {known}") from None

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        """A transaction in which the guard holds."""
        with self._engine.begin() as connection:
            if self.guard is not None:
                self.guard(connection)
            yield connection

    def _tick(self) -> None:
        while not self._closed.wait(GROUP_COMMIT_SECONDS):
            latest = self._latest = self._thread.submit(self._commit)
            wait([latest])
            if latest.exception() is not None:
                return

    def _commit(self) -> None:
        """Make durable what waits; trouble leaves it in hand for the next time."""
        self._in_hand = self._in_hand or self._pending.take()
        if self._in_hand is None:
            return
        try:
            self._recorder.write(self._begin, self._in_hand)
        except ReplacedError:
            raise
        except (DBAPIError, OSError, StoreError) as error:
            self.trouble = str(error) if isinstance(error, StoreError) else self._place.trouble(error)
            if self.trouble is None:
                raise
            self.write_failures += 1
            return
        if self._in_hand.alive:
            self.durable_until = self._in_hand.alive[1]
        self._in_hand = self.trouble = None

    def _flush(self) -> None:
        for _ in range(2):  # what was in hand, then what has gathered since
            self._commit()
            if self.trouble is not None:
                waiting = self.rows_in_hand + self._pending.rows
                raise StoreError(f"{self._place}: {waiting} rows are not written yet: {self.trouble}")
