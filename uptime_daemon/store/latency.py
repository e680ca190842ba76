"""The fixed log-scaled buckets in which durations are counted, and their packed forms in a row and in a day.

Two buckets per power of two from 1,024 microseconds to 67 seconds: a percentile read from them is at most half too
high. Bounds are integers, so that no rounding decides where a duration falls.
"""

from __future__ import annotations

import struct
import zlib
from itertools import accumulate, pairwise, repeat
from typing import TYPE_CHECKING, Final, NamedTuple

from uptime_daemon.core.time.instants import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from uptime_daemon.core.time.instants import Duration

SLOT: Final[Duration] = 5 * MINUTE
"""What one rollup covers: ten attempts at 30 s, and small enough to show a slow quarter of an hour."""

_FIRST_BITS: Final = 11  # the first duration with 11 bits is 1,024 microseconds: faster than that is one bucket
_LAST_BITS: Final = 26  # the last one with 26 bits is just below 67.1 seconds, beyond every sensible timeout
BUCKETS: Final = 2 + 2 * (_LAST_BITS - _FIRST_BITS + 1)
_PAIR: Final = struct.Struct(">BH")  # bucket and count; a slot of 300 s holds fewer than 65,536 attempts
_COUNT_MAX: Final = 0xFFFF
_NUMBER: Final = struct.Struct(">I")
_FIGURE_BYTES: Final = 8
_COLUMNS: Final = 5
"""Figures of a slot in a packed day: slot, passes, total, longest, how many buckets are not empty."""

Row = tuple[int, int, int, int, bytes]
"""A slot as a row has it: slot, passes, total, longest, packed buckets."""


class Latency(NamedTuple):
    """The durations within one slot so far."""

    slot: int
    """The number of the slot since 1970."""
    passes: int = 0
    total: Duration = 0
    longest: Duration = 0
    buckets: tuple[int, ...] = (0,) * BUCKETS

    def with_one(self, duration: Duration) -> Latency:
        """The same slot with one more duration."""
        index = bucket_of(duration)
        grown = (*self.buckets[:index], min(self.buckets[index] + 1, _COUNT_MAX), *self.buckets[index + 1 :])
        return Latency(self.slot, self.passes + 1, self.total + duration, max(self.longest, duration), grown)


def bucket_of(duration: Duration) -> int:
    """The bucket that a duration falls into."""
    bits = duration.bit_length()
    if bits < _FIRST_BITS:
        return 0
    if bits > _LAST_BITS:
        return BUCKETS - 1
    upper_half = (duration >> (bits - 2)) & 1
    return 1 + 2 * (bits - _FIRST_BITS) + upper_half


def bound_of(bucket: int) -> Duration | None:
    """The first duration beyond a bucket; None for the last one, which has no bound."""
    if bucket == BUCKETS - 1:
        return None
    octave, upper_half = divmod(bucket - 1, 2)  # bucket 0 ends where the upper half of the octave before the first ends
    return (3 + upper_half) << (octave + _FIRST_BITS - 2)


def packed(buckets: tuple[int, ...]) -> bytes:
    """The buckets that are not empty, three bytes each."""
    return b"".join(_PAIR.pack(index, count) for index, count in enumerate(buckets) if count)


def pairs(content: bytes) -> Iterable[tuple[int, int]]:
    """The buckets of a packed row that are not empty, and their counts."""
    return _PAIR.iter_unpack(content)


def unpacked(content: bytes) -> tuple[int, ...]:
    """All buckets of a packed row."""
    buckets = list(repeat(0, BUCKETS))
    for index, count in pairs(content):
        buckets[index] = count
    return tuple(buckets)


def packed_day(rows: Sequence[Row]) -> bytes:
    """Many slots as one: each figure of all slots side by side, highest bytes first, compressed.

    The high bytes are nearly always the same, which is what makes ten times fewer bytes of it.
    """
    *figures, buckets = zip(*rows, strict=True)
    columns = [*figures, [len(each) // _PAIR.size for each in buckets]]
    planes = [_planes(struct.pack(f">{len(rows)}Q", *column), _FIGURE_BYTES) for column in columns]
    return zlib.compress(b"".join((_NUMBER.pack(len(rows)), *planes, _planes(b"".join(buckets), _PAIR.size))))


def unpacked_day(content: bytes) -> list[Row]:
    """The rows that `packed_day` packed; `ValueError` for what it never wrote."""
    try:
        whole = zlib.decompress(content)
        (rows,) = _NUMBER.unpack_from(whole)
        beyond = [_NUMBER.size + column * _FIGURE_BYTES * rows for column in range(_COLUMNS + 1)]
        *figures, lengths = (
            struct.unpack(f">{rows}Q", _whole(whole[first:last], _FIGURE_BYTES)) for first, last in pairwise(beyond)
        )
    except (zlib.error, struct.error) as error:
        raise ValueError(str(error)) from error
    ends = list(accumulate((length * _PAIR.size for length in lengths), initial=0))
    buckets = _whole(whole[beyond[-1] :], _PAIR.size)
    if not rows or len(buckets) != ends[-1]:
        raise ValueError("its length is another one")
    return list(zip(*figures, (buckets[first:last] for first, last in pairwise(ends)), strict=True))


def _planes(whole: bytes, width: int) -> bytes:
    """The first bytes of all figures of a width, then the second ones, and so on."""
    return b"".join(whole[index::width] for index in range(width))


def _whole(planes: bytes, width: int) -> bytes:
    """The figures whose bytes `_planes` took apart."""
    count, figures = len(planes) // width, bytearray(len(planes) // width * width)
    for index in range(width):
        figures[index::width] = planes[index * count : (index + 1) * count]
    return bytes(figures)
