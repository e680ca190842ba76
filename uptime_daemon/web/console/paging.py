"""A long list in pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from uptime_daemon.web.ports import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")
PAGES_MAX: Final = 10_000
_DIGITS: Final = 5


@dataclass(frozen=True, slots=True)
class Paged(Generic[T]):
    """One page of a list."""

    rows: Sequence[T]
    first: int
    """The number of its first row, from 1 on."""
    total: int
    earlier: str
    """Where the page before is; empty on the first one."""
    later: str


def paged(every: Sequence[T], query: Mapping[str, str], size: int, link: Callable[[str], str]) -> Paged[T]:
    """The page that `page` of a query names; `link` gives the address of another one. Raises `QueryError`."""
    number = page_number(query.get("page", "1"))
    first = (number - 1) * size
    rows = every[first : first + size]
    return Paged(
        rows=rows,
        first=first + 1,
        total=len(every),
        earlier=link(str(number - 1)) if number > 1 else "",
        later=link(str(number + 1)) if first + len(rows) < len(every) else "",
    )


def page_number(text: str) -> int:
    """The number of a page. Raises `QueryError`."""
    if text.isascii() and text.isdecimal() and len(text) <= _DIGITS and 1 <= int(text) <= PAGES_MAX:
        return int(text)
    raise QueryError(400, "invalid_value", f"{text!r} is no number of a page", "page")
