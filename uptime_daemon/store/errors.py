"""What can go wrong with a record, in words for people."""

from __future__ import annotations

from typing import Final

UNREACHABLE: Final = "the record lives in the memory of the daemon alone; no other program can read or fill it"


class StoreError(Exception):
    """The database cannot do what was asked; the message says why and what to do."""


class ConflictError(StoreError):
    """Somebody else was faster: what was to be written rests on a state that is no longer the last one."""


class TooMuchError(StoreError):
    """More than fits into memory was asked for at once; everything else can be read."""


class MeasuredError(StoreError):
    """Another process measures into this database."""


class ReplacedError(StoreError):
    """Another process has taken over measuring; nothing that this one measures may be written any more."""
