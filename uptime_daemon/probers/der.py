"""The little of DER (ITU-T X.690) that is read here: when a certificate expires."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from uptime_daemon.core.time.instants import SECOND

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Instant

_LONG: Final = 0x80
_VERSION: Final = 0xA0
_UTC_TIME: Final = 0x17
_SEQUENCE: Final = 0x30
_CENTURY: Final = 50
"""Two digits below it are of the 21st century (RFC 5280, section 4.1.2.5.1)."""


class Element(NamedTuple):
    """One element."""

    tag: int
    content: bytes


def elements(encoded: bytes) -> list[Element]:
    """The elements that follow each other; `ValueError` where one is cut off."""
    found: list[Element] = []
    at = 0
    while at < len(encoded):
        if at + 2 > len(encoded):
            raise ValueError("an element is cut off")
        tag, length, start = encoded[at], encoded[at + 1], at + 2
        if length & _LONG:
            size = length & ~_LONG
            length, start = int.from_bytes(encoded[start : start + size]), start + size
        if start + length > len(encoded):
            raise ValueError("an element is cut off")
        found.append(Element(tag, encoded[start : start + length]))
        at = start + length
    return found


def sequence(content: bytes) -> bytes:
    """A sequence of these elements."""
    size = len(content)
    if size < _LONG:
        return bytes([_SEQUENCE, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([_SEQUENCE, _LONG | len(length)]) + length + content


def certificate_end(encoded: bytes) -> Instant:
    """When a certificate expires (RFC 5280, section 4.1); `ValueError` if that cannot be read."""
    try:
        (certificate,) = elements(encoded)
        body = elements(elements(certificate.content)[0].content)
        if body[0].tag == _VERSION:
            body = body[1:]
        _, _, _, validity, *_ = body
        _, end = elements(validity.content)
    except (IndexError, ValueError) as error:
        raise ValueError("that is no certificate") from error
    text = end.content.decode("ascii")
    if end.tag == _UTC_TIME:
        text = ("20" if int(text[:2]) < _CENTURY else "19") + text
    return int(datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()) * SECOND
