"""A file system in memory, where there is one with room: thousands of commits need not wait for a busy disk."""

import os
import shutil
from pathlib import Path
from typing import Final

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - where Linux has it
ROOM_BYTES: Final = 4 << 30
"""How much must be free: each of some workers may have a PostgreSQL with a gibibyte of its log. A container of Docker
has 64 MB unless it is told otherwise."""


def in_memory() -> Path | None:
    """The folder for folders of tests, or None for the usual one."""
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= ROOM_BYTES:
        return _MEMORY
    return None
