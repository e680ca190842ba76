"""SIP messages (RFC 3261, section 7): bytes in, values out, and back; no sockets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from multidict import CIMultiDict

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADERS_MAX: Final = 256
"""How many headers a message may have: twice what HTTP is granted, for every hop adds some."""
_STATUS_LINE: Final = re.compile(r"SIP/2\.0 ([1-6]\d\d)(?: (.*))?")
_REQUEST_LINE: Final = re.compile(r"([A-Z]{1,32}) (\S+) SIP/2\.0")
_NAME: Final = re.compile(r"[-.!%*_+`'~A-Za-z0-9]+")
_CSEQ: Final = re.compile(r"(\d{1,10})\s+([A-Z]+)")
_BRANCH: Final = re.compile(r";\s*branch\s*=\s*([^;,\s]+)", re.IGNORECASE)
_TAG: Final = re.compile(r";\s*tag\s*=\s*([^;,\s]+)", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"<([^<>]+)>")
_COMPACT: Final = {
    "c": "Content-Type",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "s": "Subject",
    "t": "To",
    "v": "Via",
}
"""Section 7.3.3."""


@dataclass(frozen=True, slots=True)
class Message:
    """One request or response."""

    start: str
    """Its first line."""
    headers: CIMultiDict[str]

    @property
    def status(self) -> int | None:
        """The status of a response, None of a request."""
        line = _STATUS_LINE.fullmatch(self.start)
        return int(line[1]) if line else None

    @property
    def method(self) -> str:
        """The method that it is, or answers; empty if nobody could tell."""
        sequence = _CSEQ.fullmatch(self.headers.get("CSeq", "").strip())
        return sequence[2] if sequence else ""

    @property
    def sequence(self) -> int:
        """Its number within its call, -1 if nobody could tell."""
        sequence = _CSEQ.fullmatch(self.headers.get("CSeq", "").strip())
        return int(sequence[1]) if sequence else -1

    @property
    def branch(self) -> str:
        """The transaction that the topmost hop, which is ours, gave it."""
        found = _BRANCH.search(self.headers.get("Via", "").partition(",")[0])
        return found[1] if found else ""

    @property
    def to_tag(self) -> str:
        """The other side's part of the dialog."""
        found = _TAG.search(self.headers.get("To", "").rpartition(">")[2])
        return found[1] if found else ""

    @property
    def contact(self) -> str:
        """The address at which the other side is from now on, empty if it told none."""
        told = self.headers.get("Contact", "")
        found = _ADDRESS.search(told)
        return found[1] if found else told.partition(";")[0].strip()

    @property
    def route(self) -> list[str]:
        """The hops that want to see the rest of the dialog, in our order (section 12.1.2)."""
        hops = [f"<{hop}>" for line in self.headers.getall("Record-Route", []) for hop in _ADDRESS.findall(line)]
        return hops[::-1]

    @property
    def length(self) -> int:
        """How many bytes follow the head; `ValueError` where a stream says none or nonsense (section 18.3)."""
        text = self.headers.get("Content-Length", "").strip()
        if not text.isascii() or not text.isdigit():
            raise ValueError("no Content-Length")
        return int(text[:10])


def parsed(head: bytes) -> Message:
    """The message of a head, up to its empty line; `ValueError` if it is none."""
    lines = head.decode("utf-8", errors="replace").split("\n")
    start = lines[0].rstrip("\r")
    if not _STATUS_LINE.fullmatch(start) and not _REQUEST_LINE.fullmatch(start):
        raise ValueError("no SIP start line")
    told: list[tuple[str, str]] = []
    for line in lines[1:]:
        text = line.rstrip("\r")
        if not text:
            break
        if text[0] in " \t" and told:
            told[-1] = (told[-1][0], f"{told[-1][1]} {text.strip()}")
            continue
        name, colon, value = text.partition(":")
        name = name.rstrip(" \t")
        if not colon or not _NAME.fullmatch(name):
            raise ValueError("no SIP header")
        told.append((_COMPACT.get(name.lower(), name), value.strip()))
        if len(told) > HEADERS_MAX:
            raise ValueError(f"more than {HEADERS_MAX} headers")
    return Message(start, CIMultiDict(told))


def written(start: str, headers: Iterable[tuple[str, str]], body: str = "") -> bytes:
    """The bytes of a message; its length is added."""
    content = body.encode()
    lines = [start, *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(content)}", "", ""]
    return "\r\n".join(lines).encode() + content
