"""Regular expressions that end in time linear in the text (RE2): no pattern and no answer can hold the loop up.

Backtracking engines need exponential time for patterns such as `(a+)+$`, and a vendor's answer must not choose that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import re2

STEPS_MAX: Final = 2_000
"""The longest program that a pattern may become: a class repeated 200 times has 1,800 steps. The worst case is one
pass over the text for each step."""
_MEMORY_BYTES_MAX: Final = 8 * 1024 * 1024
"""What RE2 may keep of the states that it met, for each pattern; beyond it is slower, never wrong."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression in RE2's syntax: no look-around and no back-references."""

    pattern: str
    compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """It can be read, and searched for in bounded time."""
        options = re2.Options()
        options.log_errors = False
        options.max_mem = _MEMORY_BYTES_MAX
        try:
            compiled = re2.compile(self.pattern, options)
        except re2.error as mistake:
            why = mistake.args[0]
            told = why.decode(errors="replace") if isinstance(why, bytes) else why
            raise ValueError(f"is no regular expression: {told}; mend it (RE2 syntax, without look-around)") from None
        if compiled.programsize > STEPS_MAX:
            raise ValueError("is too long a regular expression; repeat less in it, or write body_contains")
        object.__setattr__(self, "compiled", compiled)

    def search(self, text: str) -> str | None:
        """The first part of a text that fits, None if there is none."""
        match = self.compiled.search(_encodable(text))
        return None if match is None else match[0]

    def captured(self, text: str) -> str | None:
        """The first group of the first part that fits, or all of it where the pattern has no group."""
        match = self.compiled.search(_encodable(text))
        return None if match is None else match[1 if self.compiled.groups else 0]


def _encodable(text: str) -> str:
    """A text without lone surrogates: they stand for bytes of headers that are no UTF-8, and RE2 does not take them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text
