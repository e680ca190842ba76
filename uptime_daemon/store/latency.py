"""The fixed log-scaled buckets in which durations are counted, and their packed form in a row.

Two buckets per power of two from 1,024 microseconds to 67 seconds: a percentile read from them is at most half too
high. Bounds are integers, so that no rounding decides where a duration falls.
"""

from __future__ import annotations

import struct
from itertools import repeat
from typing import TYPE_CHECKING, Final, NamedTuple

from uptime_daemon.core.time.instants import MINUTE

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Duration

SLOT: Final[Duration] = 5 * MINUTE
"""What one rollup covers: ten attempts at 30 s, and small enough to show a slow quarter of an hour."""

_FIRST_BITS: Final = 11  # the first duration with 11 bits is 1,024 microseconds: faster than that is one bucket
_LAST_BITS: Final = 26  # the last one with 26 bits is just below 67.1 seconds, beyond every sensible timeout
BUCKETS: Final = 2 + 2 * (_LAST_BITS - _FIRST_BITS + 1)
_PAIR: Final = struct.Struct(">BH")  # bucket and count; a slot of 300 s holds fewer than 65,536 attempts
_COUNT_MAX: Final = 0xFFFF


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


def unpacked(content: bytes) -> tuple[int, ...]:
    """All buckets of a packed row."""
    buckets = list(repeat(0, BUCKETS))
    for index, count in _PAIR.iter_unpack(content):
        buckets[index] = count
    return tuple(buckets)
