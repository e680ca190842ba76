"""Text from outside as single lines, and text as lines that any mail program shows whole."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LINE_CHARACTERS: Final = 76
"""RFC 5322, section 2.1.1, asks for 78; two are left for a mark of quotation."""
_HELD: Final = str.maketrans({"\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " "})


def one_line(text: str) -> str:
    """Text from outside as one line: what is not printable becomes a space, so that nobody smuggles in lines."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def wrapped(text: str, first: str = "", rest: str | None = None) -> str:
    """One paragraph as lines; no line ends at a no-break space, and a long word stays whole."""
    filled = textwrap.fill(
        text,
        LINE_CHARACTERS,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.translate(_HELD)


def aligned(rows: Iterable[Sequence[str]], rights: Sequence[bool], indent: int = 4, gap: int = 2) -> str:
    """Rows as columns of equal width; those of figures end in the same place."""
    cells = [tuple(cell.translate(_HELD) for cell in row) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    lines = (
        (" " * gap).join(
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(row, widths, rights, strict=True)
        )
        for row in cells
    )
    return "\n".join(f"{' ' * indent}{line}".rstrip() for line in lines)
