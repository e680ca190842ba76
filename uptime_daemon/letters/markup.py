"""The mark-up of letters, read into blocks: what text, HTML and PDF all are laid out from.

It is CommonMark with tables, less than half of it: headings, paragraphs with hard breaks, strong and emphasised words,
lists, tables, quotations, fenced code. Links, pictures and HTML are left out: a letter that a vendor's filter sees
should have none.

* A heading of the sixth level at the very top is a banner above everything else.
* What stands before the first heading is the letter's head: sender, recipient, date.
* A quotation is the letter's main figure; each of its paragraphs is one: what it is, the figure, a remark.
* A table without a heading row is a list of facts.
* A fenced block named `picture` shows the picture whose name stands in it; any other is text to be copied exactly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from markdown_it import MarkdownIt
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
"""CommonMark, section 2.4: a backslash makes any of these mean itself."""
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_FORBIDDEN: Final = (
    "link",
    "image",
    "autolink",
    "html_inline",
    "html_block",
    "reference",
    "lheading",
    "code",
    "entity",
)


class Plain(str):
    """Text that means itself: put into mark-up, nothing of it is mark-up."""

    __slots__ = ()

    def __html__(self) -> str:
        """What templates put in; the name is that of the protocol of markupsafe."""
        return escaped(self)


def escaped(text: str) -> Markup:
    """Mark-up that shows a text as it is."""
    return Markup(_PUNCTUATION.sub(r"\\\1", text))  # noqa: S704 - this is the escaping


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of words; a break ends the line before them."""

    text: str
    is_strong: bool = False
    is_quiet: bool = False
    """Emphasis: a remark beside what matters."""
    is_break: bool = False


Line: TypeAlias = tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; 1 is the letter's title."""

    level: int
    line: Line


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    line: Line


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; facts have no head."""

    head: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]
    rights: tuple[bool, ...]
    """Which columns hold figures that end in the same place."""

    @property
    def is_facts(self) -> bool:
        """Whether it is a list of names with what they are."""
        return not any(plain(cell) for cell in self.head)


@dataclass(frozen=True, slots=True)
class Figures:
    """The main figures of a letter."""

    items: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Copied:
    """Lines that are copied exactly: commands, digests."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a picture stands."""

    name: str


Block: TypeAlias = Heading | Paragraph | Bullets | Table | Figures | Copied | Placed


@dataclass(frozen=True, slots=True)
class Document:
    """A letter as blocks."""

    banner: Line | None
    """What is printed above everything else, large."""
    head: tuple[Paragraph, ...]
    body: tuple[Block, ...]


_BANNER: Final = 6


def document(marked: str) -> Document:
    """Mark-up as blocks."""
    tokens = _READER.parse(marked)
    blocks = list(_blocks(tokens))
    banner = None
    if blocks and isinstance(blocks[0], Heading) and blocks[0].level == _BANNER:
        banner = blocks[0].line
        blocks = blocks[1:]
    first = next((index for index, each in enumerate(blocks) if isinstance(each, Heading)), 0)
    head = tuple(each for each in blocks[:first] if isinstance(each, Paragraph))
    rest = [each for each in blocks[:first] if not isinstance(each, Paragraph)]
    return Document(banner, head, (*rest, *blocks[first:]))


def plain(line: Line) -> str:
    """A line's words alone."""
    return "".join("\n" if each.is_break else each.text for each in line)


def lines(line: Line) -> Iterator[Line]:
    """A line parted at its breaks."""
    part: list[Words] = []
    for each in line:
        if each.is_break:
            yield tuple(part)
            part = []
        else:
            part.append(each)
    yield tuple(part)


def with_remarks(line: Line) -> tuple[Line, tuple[str, ...]]:
    """A cell's words, and the remarks in it, which stand on lines of their own."""
    main = tuple(each for each in line if not each.is_quiet and each.text.strip())
    return main, tuple(each.text for each in line if each.is_quiet and each.text.strip())


_READER: Final = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable("table").disable(_FORBIDDEN)


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = _end(tokens, index)
        inner = tokens[index + 1 : end]
        match token.type:
            case "heading_open":
                yield Heading(int(token.tag[1:]), _line(inner))
            case "paragraph_open":
                yield Paragraph(_line(inner))
            case "bullet_list_open" | "ordered_list_open":
                yield Bullets(tuple(_line([each]) for each in inner if each.type == "inline"))
            case "blockquote_open":
                yield Figures(tuple(_line([each]) for each in inner if each.type == "inline"))
            case "table_open":
                yield _table(inner)
            case "fence" if token.info.strip() == "picture":
                yield Placed(token.content.strip())
            case "fence":
                yield Copied(tuple(_ESCAPED.sub(r"\1", each) for each in token.content.splitlines()))
            case _:
                pass
        index = end + 1


def _end(tokens: Sequence[Token], start: int) -> int:
    """The index of the token that closes the one at `start`."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index
    raise AssertionError("the reader closes what it opens")


def _table(tokens: Sequence[Token]) -> Table:
    rows: list[tuple[Line, ...]] = []
    cells: list[Line] = []
    rights: list[bool] = []
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            rows.append(tuple(cells))
        elif token.type in {"th_open", "td_open"}:
            cells.append(_line([tokens[index + 1]]))
            if token.type == "th_open":
                rights.append("right" in str(token.attrs.get("style", "")))
    return Table(rows[0], tuple(rows[1:]), tuple(rights))


def _line(tokens: Sequence[Token]) -> Line:
    return tuple(words for token in tokens if token.type == "inline" for words in _inline(token.children or []))


def _inline(tokens: Sequence[Token]) -> Iterator[Words]:
    is_strong = is_quiet = False
    for token in tokens:
        match token.type:
            case "strong_open" | "strong_close":
                is_strong = token.type == "strong_open"
            case "em_open" | "em_close":
                is_quiet = token.type == "em_open"
            case "hardbreak":
                yield Words("", is_break=True)
            case "softbreak":
                yield Words(" ", is_strong, is_quiet)
            case _ if token.content:
                yield Words(token.content, is_strong, is_quiet)
            case _:
                pass
