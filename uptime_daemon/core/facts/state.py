"""What is known of a probe or of a group at an instant, once it is confirmed."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Up, down, or nobody could see."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"
