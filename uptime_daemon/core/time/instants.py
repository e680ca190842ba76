"""An instant is a whole number of microseconds since 1970-01-01T00:00:00Z; this file turns it into text and back."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final, TypeAlias

Instant: TypeAlias = int
"""Microseconds since 1970-01-01T00:00:00Z."""

Duration: TypeAlias = int
"""Elapsed microseconds."""

MICROSECOND: Final[Duration] = 1
SECOND: Final[Duration] = 1_000_000
MINUTE: Final[Duration] = 60 * SECOND
HOUR: Final[Duration] = 60 * MINUTE
DAY: Final[Duration] = 24 * HOUR

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
INSTANT_PATTERN: Final = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?(Z|[+-]\d{2}:\d{2})"
"""What an instant looks like as text."""
_INSTANT: Final = re.compile(INSTANT_PATTERN, re.ASCII)


def instant(moment: datetime) -> Instant:
    """The instant of an aware datetime; a naive one is a programming error."""
    if moment.tzinfo is None:
        raise ValueError(f"an instant needs an offset: {moment.isoformat()}")
    elapsed = moment - _EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * SECOND + elapsed.microseconds


def moment(at: Instant, zone: tzinfo = UTC) -> datetime:
    """The aware datetime of an instant in a zone, UTC unless given."""
    return (_EPOCH + timedelta(microseconds=at)).astimezone(zone)


def parse_instant(text: str) -> Instant:
    """An ISO 8601 instant with its offset; `ValueError` for anything else, since time without a zone has no meaning."""
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"{text!r} is no instant with an offset such as 2026-06-03T10:00:00+02:00")
    return instant(datetime.fromisoformat(text.replace(" ", "T").replace(",", ".")))


def format_instant(at: Instant, zone: tzinfo = UTC) -> str:
    """ISO 8601 with seconds, with microseconds only where there are any; `Z` for UTC."""
    shown = moment(at, zone)
    text = shown.isoformat(timespec="microseconds" if shown.microsecond else "seconds")
    return text.replace("+00:00", "Z") if zone is UTC else text


def local_instant(day: date, wall_time: Duration, zone: tzinfo) -> Instant:
    """The instant at which clocks in the zone show `wall_time` after midnight of `day`.

    `wall_time` may pass 24 h (01:00 of the next day is 25 h). A time that the clock skips is read with the offset
    before the change (02:30 skipped by one hour is the instant shown as 03:30); a time that occurs twice is the first.
    """
    naive = datetime(day.year, day.month, day.day) + timedelta(microseconds=wall_time)  # noqa: DTZ001 - zone follows
    return instant(naive.replace(tzinfo=zone, fold=0))


def local_date(at: Instant, zone: tzinfo) -> date:
    """The calendar date that the zone shows at an instant."""
    return moment(at, zone).date()


def seconds_text(duration: Duration) -> str:
    """Seconds as an exact decimal with up to 6 digits, no trailing zeros."""
    return format(Decimal(duration).scaleb(-6).normalize(), "f")


def clock_text(duration: Duration) -> str:
    """A length as hours, minutes and seconds, such as 720:00:00 or 0:20:40.5."""
    sign, rest = ("-", -duration) if duration < 0 else ("", duration)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds, fraction = divmod(rest, SECOND)
    tail = f".{fraction:06d}".rstrip("0") if fraction else ""
    return f"{sign}{hours}:{minutes:02d}:{seconds:02d}{tail}"
