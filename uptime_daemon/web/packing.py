"""A gzip stream put together from pieces that are packed once (RFC 1951 and 1952).

Each piece is a run of deflate blocks that refers to nothing before it and ends on a byte; such runs may stand behind
each other in any choice. So a page of megabytes is packed again only where it changed.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHUNK_BYTES: Final = 65_536
"""How much is handed on at once: a socket takes so much without waiting, and packing it takes half a millisecond."""
_LEVEL: Final = 1
"""Lines that differ in a label and a number pack to a tenth at any level; the fastest costs the least."""
_WITHOUT_HEAD: Final = -15
"""zlib's way to say: deflate alone, with the largest window."""
# RFC 1952, section 2.3: deflate, no flags, no time, fastest algorithm, unknown system.
_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
_LAST_BLOCK: Final = b"\x03\x00"
"""An empty block with the mark that it is the last one (RFC 1951, section 3.2.3)."""


class Piece:
    """A part of a page that does not change."""

    __slots__ = ("_packed", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._packed: bytes | None = None

    @property
    def packed(self) -> bytes:
        """The text as deflate blocks, made when it is first asked for."""
        if self._packed is None:
            packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WITHOUT_HEAD)
            self._packed = packer.compress(self.text) + packer.flush(zlib.Z_FULL_FLUSH)
        return self._packed


def plain(pieces: Sequence[Piece]) -> Iterator[bytes]:
    """The pieces behind each other, in parts that a socket takes at once."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece.text)
        size += len(piece.text)
        if size >= CHUNK_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def gzip(pieces: Sequence[Piece]) -> Iterator[bytes]:
    """The same as one gzip stream; a part is empty where only work was done, so that others can run meanwhile."""
    check, length = 0, 0
    waiting, size, done = [_HEAD], 0, 0
    for piece in pieces:
        check = zlib.crc32(piece.text, check)
        length += len(piece.text)
        done += len(piece.text)
        waiting.append(piece.packed)
        size += len(waiting[-1])
        if size >= CHUNK_BYTES:
            yield b"".join(waiting)
            waiting, size, done = [], 0, 0
        elif done >= CHUNK_BYTES:
            yield b""
            done = 0
    waiting += [_LAST_BLOCK, check.to_bytes(4, "little"), (length % 2**32).to_bytes(4, "little")]
    yield b"".join(waiting)
