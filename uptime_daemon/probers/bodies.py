"""The body of an answer, read and unpacked piece by piece, never more than its limit in memory."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterator

ENCODINGS: Final = "gzip"
"""The content codings that we ask for (RFC 9110, section 12.5.3)."""
_GZIP: Final = frozenset({"gzip", "x-gzip"})
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
_GZIP_BEGIN: Final = 0x1F


async def read_body(pieces: AsyncIterable[bytes], encoding: str, body: bytearray, limit: int) -> None:
    """Append the pieces of a body, unpacked; `AttemptError` beyond the limit in bytes or where packing is broken."""
    unpacked = _Gzip() if encoding.strip().lower() in _GZIP else None
    async for piece in pieces:
        for part in unpacked.parts(piece, limit) if unpacked else (piece,):
            body += part
            if len(body) > limit:
                del body[limit:]
                raise AttemptError(Reason.ANSWER_TOO_LARGE, f"more than {limit} bytes")
    if unpacked and unpacked.is_broken_off:
        raise AttemptError(Reason.ANSWER_INVALID, "the packed body ends too early")


class _Gzip:
    """A gzip stream of one or several members (RFC 1952)."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._is_padding = False
        self.is_broken_off = False

    def parts(self, packed: bytes, limit: int) -> Iterator[bytes]:
        """The unpacked bytes in parts no longer than the limit: a thousandfold bomb is seen before it fills memory."""
        while packed and not self._is_padding:
            if self._member.eof:
                if packed[0] != _GZIP_BEGIN:  # what stands behind the last member, browsers pass over, too
                    self._is_padding = True
                    return
                self._member = zlib.decompressobj(_GZIP_WINDOW)
            try:
                yield self._member.decompress(packed, limit)
            except zlib.error as error:
                raise AttemptError(Reason.ANSWER_INVALID, f"the packed body is broken: {error}") from error
            packed = self._member.unconsumed_tail or self._member.unused_data
        self.is_broken_off = not self._member.eof
