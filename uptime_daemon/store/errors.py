"""What can go wrong with a record, in words for people."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

UNREACHABLE: Final = "the record lives in the memory of the daemon alone; no other program can read or fill it"

DAMAGED: Final = "it was changed or damaged; look at it with `uptime-daemon database verify`, or restore a backup"
"""What a row is that says what nobody wrote."""


class StoreError(Exception):
    """The database cannot do what was asked; the message says why and what to do."""


class ConflictError(StoreError):
    """Somebody else was faster: what was to be written rests on a state that is no longer the last one."""


class DamagedError(StoreError):
    """Something on record cannot be read; everything else can."""


class TooMuchError(StoreError):
    """More than fits into memory was asked for at once; everything else can be read."""


class MeasuredError(StoreError):
    """Another process measures into this database."""


class ReplacedError(StoreError):
    """Another process has taken over measuring; nothing that this one measures may be written any more."""


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Tell a row that stands for nothing as damage: never a figure, never a crash."""
    try:
        yield
    except (KeyError, ValueError, TypeError, struct.error) as error:
        raise DamagedError(f"{what} cannot be read ({error}): {DAMAGED}") from error
