"""Blocks as plain text: lines that any mail program shows whole, figures in columns where they fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from uptime_daemon.letters.lines import LINE_CHARACTERS, aligned, wrapped
from uptime_daemon.letters.markup import (
    Bullets,
    Copied,
    Figures,
    Heading,
    Paragraph,
    Placed,
    Table,
    lines,
    plain,
    with_remarks,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.letters.markup import Block, Document, Line

_SHORT: Final = 32
"""Cells up to this length share a line where a table is told row by row."""


def as_text(of: Document) -> str:
    """The whole letter."""
    parts = [] if of.banner is None else [_banner(of.banner)]
    parts += [_paragraph(each.line) for each in of.head]
    parts += [text for block in of.body if (text := "\n".join(_block(block)))]
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(1, line):
            title = wrapped(plain(line))
            yield title
            yield "=" * max(len(each) for each in title.splitlines())
        case Heading(_, line):
            # Never in capitals: they change words in Turkish, and no rule tells which language a name is of.
            title = wrapped(plain(line))
            yield title
            yield "-" * max(len(each) for each in title.splitlines())
        case Paragraph(line):
            yield _paragraph(line)
        case Bullets(items):
            for item in items:
                yield wrapped(plain(item), "  * ", "    ")
        case Table():
            yield from _table(block)
        case Figures(items):
            for item in items:
                for line in lines(item):
                    yield wrapped(plain(line), "    ")
        case Copied(copied):
            yield from (f"    {line}" for line in copied)
        case Placed():
            return
        case _:
            assert_never(block)


def _banner(line: Line) -> str:
    edge = "#" * LINE_CHARACTERS
    large = " ".join("".join(each.text for each in line if each.is_strong))
    rest = "".join(each.text for each in line if not each.is_strong).strip()
    return f"{edge}\n{large.center(LINE_CHARACTERS).rstrip()}\n{edge}\n{wrapped(rest)}"


def _paragraph(line: Line) -> str:
    return "\n".join(wrapped(plain(part)) for part in lines(line))


def _table(table: Table) -> Iterator[str]:
    rows = [tuple(plain(with_remarks(cell)[0]).strip().replace("\n", ", ") for cell in row) for row in table.rows]
    if table.is_facts:
        widest = max((len(row[0]) for row in rows), default=0)
        for row in rows:
            first = f"{row[0]:<{widest}}  "
            yield wrapped(row[1], first, " " * len(first))
        return
    head = tuple(plain(cell) for cell in table.head)
    shown = aligned([head, *rows], table.rights, indent=2)
    remarks = [[remark for cell in row for remark in with_remarks(cell)[1]] for row in table.rows]
    if not any(remarks) and all(len(line) <= LINE_CHARACTERS for line in shown.splitlines()):
        yield shown
        return
    for row, noted in zip(rows, remarks, strict=True):
        yield wrapped(row[0], "  ")
        named = [f"{name}: {cell}" for name, cell in zip(head[1:], row[1:], strict=True) if cell]
        short = [each for each in named if len(each) <= _SHORT]
        if short:
            yield wrapped("; ".join(short), "      ")
        for each in (*(each for each in named if len(each) > _SHORT), *noted):
            yield wrapped(each, "      ", "        ")
