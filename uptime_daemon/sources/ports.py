"""What every source says when it is done, and how it says that it cannot be read at all."""

from __future__ import annotations


class SourceError(Exception):
    """The source cannot be read; the message has file and line and says what to write."""


class UnreachableError(OSError):
    """The source's server cannot be reached just now, or not read to its end."""
