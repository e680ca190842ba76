"""Turns at a record in memory: readers together or one writer, in the order in which they came.

SQLite's own locks in memory are asked for again and again, by chance: beside transactions that followed one another
without a pause nearly every read gave up after five seconds (ADR 26). In a line nobody is overtaken.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from threading import Condition
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Turns:
    """The line of those who wait for a turn."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._line: deque[object] = deque()
        self._readers = 0
        self._is_written = False

    def take(self, seconds: float, *, alone: bool) -> Callable[[], None] | None:
        """Wait for a turn so long at most; what ends it, to be called once, or None if it did not come."""
        mine = object()
        with self._changed:
            self._line.append(mine)
            try:
                came = self._changed.wait_for(lambda: self._line[0] is mine and self._is_free(alone=alone), seconds)
            finally:
                self._line.remove(mine)
                self._changed.notify_all()
            if not came:
                return None
            if alone:
                self._is_written = True
                return self._written
            self._readers += 1
            return self._read

    def _is_free(self, *, alone: bool) -> bool:
        return not self._is_written and not (alone and self._readers)

    def _written(self) -> None:
        with self._changed:
            self._is_written = False
            self._changed.notify_all()

    def _read(self) -> None:
        with self._changed:
            self._readers -= 1
            self._changed.notify_all()


class TurnTaking(sqlite3.Connection):
    """A connection that holds a turn from the begin of a transaction to its end."""

    end_turn: Callable[[], None] | None = None

    def commit(self) -> None:
        """Commit, and let the next one go; a transaction that cannot be committed is still to be rolled back."""
        super().commit()
        self._let_go()

    def rollback(self) -> None:
        """Roll back, and let the next one go."""
        try:
            super().rollback()
        finally:
            self._let_go()

    def close(self) -> None:
        """Close, and let the next one go."""
        try:
            super().close()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        end, self.end_turn = self.end_turn, None
        if end is not None:
            end()
