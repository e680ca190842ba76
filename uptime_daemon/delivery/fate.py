"""What may be said after an attempt to hand something over, whatever it was and however it went."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_REPLY_CHARACTERS_MAX: Final = 500
"""Enough for a server's reason; a whole page in an error column helps nobody."""


class Fate(StrEnum):
    """What became of a mail or a notice in one attempt."""

    SENT = "sent"
    LATER = "later"
    """It surely did not leave, or may arrive twice, and trying again may help."""
    REFUSED = "refused"
    """The other side refuses it for good."""
    DOUBTFUL = "doubtful"
    """It may have left."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The end of an attempt and the words it ended with."""

    fate: Fate
    reply: str


def shortened(text: str) -> str:
    """Words of the other side as one printable line of bounded length."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= _REPLY_CHARACTERS_MAX else f"{line[: _REPLY_CHARACTERS_MAX - 3]}..."
