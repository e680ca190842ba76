"""Blocks as a PDF: tagged for readers' machines (PDF/UA-1), fonts embedded, evidence inside, the same bytes each time.

The typesetter is an extra (`pip install 'uptime-daemon[pdf]'`): 80 MB that nobody needs to measure.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, assert_never

from uptime_daemon.core.time.instants import moment
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
from uptime_daemon.letters.pictures import BUDGET, PERIOD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.letters.content import Letter
    from uptime_daemon.letters.markup import Block, Document, Line
    from uptime_daemon.letters.pictures import Pictures

_LAYOUT: Final = Path(__file__).with_name("layout.typ")
_STANDARDS: Final = ("ua-1",)
_WIDE: Final = 26
"""From how many characters on a column takes what width is left."""


class PdfError(Exception):
    """No PDF can be made; the message says why and what to do."""


def has_typesetter() -> bool:
    """Whether the extra is installed."""
    try:
        import typst  # noqa: F401, PLC0415 - 80 MB, loaded where a PDF is made
    except ImportError:
        return False
    return True


def as_pdf(of: Letter, at: Instant, author: str, files: Iterable[tuple[str, str, bytes]] = ()) -> bytes:
    """A letter as PDF, dated `at`, with files inside: name, media type, content. Raises `PdfError`."""
    try:
        import typst  # noqa: PLC0415 - as above
    except ImportError:
        raise PdfError("PDF needs the typesetter: pip install 'uptime-daemon[pdf]'") from None
    if of.blocks is None:
        raise PdfError("a letter that was read back has no layout; compose it anew")
    with tempfile.TemporaryDirectory(prefix="uptime-letter-") as folder:
        root = Path(folder)
        shutil.copy(_LAYOUT, root / _LAYOUT.name)
        attached = [
            _attached(root, number, name, media_type, content)
            for number, (name, media_type, content) in enumerate(files)
        ]
        described = _described(of, of.blocks, at, author, attached)
        (root / "letter.json").write_text(json.dumps(described), encoding="utf-8")
        try:
            made = typst.compile(
                str(root / _LAYOUT.name),
                root=str(root),
                format="pdf",
                ignore_system_fonts=True,
                pdf_standards=list(_STANDARDS),
                timestamp=int(moment(at).timestamp()),
            )
        except RuntimeError as error:  # typst raises nothing narrower
            raise PdfError(f"the PDF cannot be set: {error}") from None
    return bytes(made)


def _attached(root: Path, number: int, name: str, media_type: str, content: bytes) -> dict[str, str]:
    path = f"file-{number}"
    (root / path).write_bytes(content)
    return {"name": name, "path": path, "media_type": media_type}


def _described(
    of: Letter, document: Document, at: Instant, author: str, attached: Sequence[dict[str, str]]
) -> dict[str, Any]:
    day = datetime.fromtimestamp(moment(at).timestamp(), UTC)
    return {
        "title": of.subject,
        "author": author,
        "date": {
            "year": day.year,
            "month": day.month,
            "day": day.day,
            "hour": day.hour,
            "minute": day.minute,
            "second": day.second,
        },
        "lang": of.language.value,
        "region": _REGIONS.get(of.language.value),
        "footer": of.subject,
        "banner": None if document.banner is None else _line(document.banner),
        "head": [_line(each.line) for each in document.head],
        "blocks": [described for block in document.body for described in _block(block, of.pictures)],
        "files": list(attached),
    }


_REGIONS: Final = {"en": "GB"}


def _block(block: Block, pictures: Pictures | None) -> Iterator[dict[str, Any]]:
    match block:
        case Heading(level, line):
            yield {"kind": "heading", "level": 1 if level == 1 else 2, "line": _line(line)}
        case Paragraph(line):
            yield {"kind": "paragraph", "line": _line(line)}
        case Bullets(items):
            yield {"kind": "bullets", "items": [_line(item) for item in items]}
        case Table() if block.is_facts:
            yield {"kind": "facts", "rows": [[_line(cell) for cell in row] for row in block.rows]}
        case Table():
            yield {
                "kind": "table",
                "head": [_line(cell) for cell in block.head],
                "rows": [[_cell(cell) for cell in row] for row in block.rows],
                "rights": list(block.rights),
                "wide": _wide(block),
            }
        case Figures(items):
            yield {"kind": "figures", "items": [[_line(each) for each in lines(item)] for item in items]}
        case Copied(copied):
            yield {"kind": "copied", "lines": list(copied)}
        case Placed(name):
            if name == PERIOD and pictures is not None:
                yield {"kind": "period", "picture": asdict(pictures.period)}
            elif name == BUDGET and pictures is not None and pictures.budget is not None:
                yield {"kind": "budget", "picture": asdict(pictures.budget)}
        case _:
            assert_never(block)


def _wide(table: Table) -> list[bool]:
    """Which columns share the width that the narrow ones leave: the long ones, else the first."""
    longest = [
        max((len(plain(with_remarks(row[index])[0])) for row in table.rows), default=0)
        for index in range(len(table.head))
    ]
    wide = [length > _WIDE for length in longest]
    return wide if any(wide) else [index == 0 for index in range(len(wide))]


def _cell(line: Line) -> dict[str, Any]:
    main, remarks = with_remarks(line)
    return {"main": _line(main), "remarks": list(remarks)}


def _line(line: Line) -> list[dict[str, Any]]:
    return [
        {"text": each.text, "strong": each.is_strong, "quiet": each.is_quiet, "break": each.is_break} for each in line
    ]
