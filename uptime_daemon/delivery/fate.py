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
class Receipt:
    """What shows that a mail was handed over: to whom, how protected, as what, and these very bytes."""

    peer: str
    """Address and port of the server that took it."""
    tls: str
    """Version and cipher, such as `TLSv1.3 TLS_AES_256_GCM_SHA384`; empty on this machine without TLS."""
    certificate: str
    """SHA-256 of the server's certificate, hexadecimal; empty without TLS."""
    queue_id: str
    """The name by which the server's own log knows the mail; empty where its reply has none."""
    sha256: str
    """Of the message as it was sent, hexadecimal."""
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Talk:
    """The end of an attempt and the words it ended with."""

    fate: Fate
    reply: str
    receipt: Receipt | None = None
    """Only of a mail that was sent."""


def shortened(text: str) -> str:
    """Words of the other side as one printable line of bounded length."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= _REPLY_CHARACTERS_MAX else f"{line[: _REPLY_CHARACTERS_MAX - 3]}..."
