"""What was computed once for equal arguments: readings of one contract share most of their terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Memory: TypeAlias = "dict[str, list[tuple[tuple[object, ...], Any]]]"
"""By the name of what is computed: arguments with the result; of one judging, so a few of each name at most."""

T = TypeVar("T")


def once(memory: Memory, name: str, arguments: tuple[object, ...], compute: Callable[[], T]) -> T:
    """The result for arguments equal to these, computed the first time. Arguments are compared, not hashed."""
    known = memory.setdefault(name, [])
    for given, result in known:
        if given == arguments:
            found: T = result
            return found
    computed = compute()
    known.append((arguments, computed))
    return computed
