"""Blocks as HTML for mail programs: styles stand in each tag, since they drop style sheets; no picture is fetched.

Ink on white, hairlines instead of fills, so that a print looks alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from markupsafe import Markup

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
from uptime_daemon.letters.pictures import PERIOD, Shade

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from uptime_daemon.languages.language import Language
    from uptime_daemon.letters.markup import Block, Document, Line
    from uptime_daemon.letters.pictures import Pictures, Strip

_INK: Final = "#16202b"
_MUTED: Final = "#5d6b7a"
_RULE: Final = "#d5dbe2"
_ACCENT: Final = "#0f4c5c"
_ALARM: Final = "#9b2226"
_FACE: Final = "font-family:-apple-system,BlinkMacSystemFont,Segoe UI,Roboto,Helvetica Neue,Arial,sans-serif"
_MONO: Final = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace"
_STYLES: Final = {
    "page": f"margin:0;padding:0;background:#ffffff;color:{_INK}",
    "sheet": "width:100%;max-width:720px;margin:0 auto;border-collapse:collapse",
    "body": f"{_FACE};font-variant-numeric:tabular-nums lining-nums;padding:36px 28px 44px;font-size:14px;"
    f"line-height:21px;color:{_INK}",
    "banner": f"margin:0 0 30px;padding:16px 20px 6px;border:3px solid {_ALARM};text-align:center;color:{_ALARM}",
    "loud": "font-size:32px;line-height:40px;font-weight:800;letter-spacing:0.16em",
    "grid": "width:100%;border-collapse:collapse;margin:0 0 13px",
    "party": f"vertical-align:top;padding:0 24px 0 0;font-size:12px;line-height:17px;color:{_MUTED}",
    "name": f"font-size:14px;line-height:21px;font-weight:650;color:{_INK}",
    "date": "vertical-align:top;text-align:right;white-space:nowrap",
    "h1": "margin:30px 0 14px;font-size:25px;line-height:31px;font-weight:650;letter-spacing:-0.01em",
    "h2": "break-after:avoid;page-break-after:avoid;margin:32px 0 9px;padding:0 0 6px;"
    f"border-bottom:1px solid {_INK};font-size:14px;line-height:19px;font-weight:650",
    "p": "margin:0 0 11px",
    "quiet": f"color:{_MUTED}",
    "fact": f"padding:2px 18px 2px 0;vertical-align:top;font-size:12px;line-height:18px;color:{_MUTED};"
    "white-space:nowrap",
    "value": "padding:2px 0;vertical-align:top;font-size:13px;line-height:18px",
    "head": f"padding:5px 12px 5px 0;vertical-align:bottom;border-bottom:1px solid {_RULE};font-size:11px;"
    f"line-height:15px;font-weight:600;color:{_MUTED}",
    "cell": "padding:7px 12px 7px 0;vertical-align:top;font-size:13px;line-height:18px;"
    f"border-bottom:1px solid {_RULE}",
    "figures": f"margin:18px 0 20px;border-collapse:collapse;border-top:2px solid {_ACCENT};"
    f"border-bottom:1px solid {_RULE};width:100%",
    "first": "padding:13px 16px 14px 0;vertical-align:top",
    "other": f"padding:13px 16px 14px 16px;vertical-align:top;border-left:1px solid {_RULE}",
    "what": f"font-size:11px;line-height:15px;font-weight:600;color:{_MUTED}",
    "large": f"font-size:28px;line-height:36px;font-weight:650;letter-spacing:-0.01em;color:{_ACCENT};"
    "white-space:nowrap",
    "figure": f"font-size:19px;line-height:36px;font-weight:650;color:{_ACCENT};white-space:nowrap",
    "small": f"font-size:12px;line-height:17px;color:{_MUTED}",
    "copied": f"margin:0 0 4px;padding:7px 12px;border-left:3px solid {_ACCENT};white-space:pre-wrap;"
    f"word-break:break-word;{_MONO};font-size:12px;line-height:17px",
    "ul": "margin:0 0 11px;padding-left:18px",
    "strip": "width:100%;border-collapse:collapse;margin:14px 0 0;table-layout:fixed",
}
_SHADES: Final = {
    Shade.UP: "#cfe3dc",
    Shade.DOWN: "#9b2226",
    Shade.EXCLUDED: "#8fa3b5",
    Shade.NOT_COUNTED: "#d9a441",
    Shade.UNKNOWN: "#e6e8eb",
    Shade.AHEAD: "#f6f8f9",
}
_CELL_MIN: Final = 0.003
"""The narrowest stretch that a mail program still shows, as a share of the strip."""


def as_html(of: Document, title: str, language: Language, shown: Pictures | None) -> str:
    """The whole letter as a page."""
    content = Markup("\n").join([*_head(of), *(part for block in of.body for part in _block(block, shown))])
    page = Markup(
        '<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light">\n<title>{title}</title>\n</head>\n<body style="{page}">\n'
        '<table role="presentation" align="center" style="{sheet}"><tr><td style="{body}">\n'
        "{content}\n</td></tr></table>\n</body>\n</html>\n"
    )
    styles = {name: _STYLES[name] for name in ("page", "sheet", "body")}
    return str(page.format(lang=language.tag, title=title, content=content, **styles))


def _head(of: Document) -> Iterator[Markup]:
    """The banner, then sender, recipient and date side by side."""
    if of.banner is not None:
        loud = Markup("").join(each.text for each in of.banner if each.is_strong)
        quiet = Markup("").join(each.text for each in of.banner if not each.is_strong)
        yield _tag("div", "banner", _tag("div", "loud", loud) + _tag("div", "p", quiet))
    if not of.head:
        return
    cells = []
    for index, paragraph in enumerate(of.head):
        name, *rest = lines(paragraph.line)
        is_last = index == len(of.head) - 1
        inner = Markup("<br>").join(_words(each) for each in rest)
        cells.append(
            _tag(
                "td", "date" if is_last else "party", _tag("div", "name" if not is_last else "p", _words(name)) + inner
            )
        )
    yield Markup('<table role="presentation" style="{}"><tr>{}</tr></table>').format(
        _STYLES["grid"], Markup("").join(cells)
    )


def _block(block: Block, shown: Pictures | None) -> Iterator[Markup]:
    match block:
        case Heading(level, line):
            name = "h1" if level == 1 else "h2"
            yield _tag(name, name, _words(line))
        case Paragraph(line):
            yield _tag("p", "p", _words(line))
        case Bullets(items):
            yield _tag("ul", "ul", Markup("").join(_tag("li", "p", _words(item)) for item in items))
        case Table():
            yield _facts(block) if block.is_facts else _table(block)
        case Figures(items):
            yield _figures(items)
        case Copied(copied):
            yield _tag("div", "copied", Markup("\n").join(copied))
        case Placed(name):
            if name == PERIOD and shown is not None:
                yield _strip(shown.period)
        case _:
            assert_never(block)


def _table(table: Table) -> Markup:
    head = Markup("").join(
        _cell("th", "head", cell, is_right=is_right) for cell, is_right in zip(table.head, table.rights, strict=True)
    )
    rows = [
        Markup("").join(
            _cell("td", "cell", cell, is_right=is_right) for cell, is_right in zip(row, table.rights, strict=True)
        )
        for row in table.rows
    ]
    body = Markup("\n").join(Markup("<tr>{}</tr>").format(row) for row in (head, *rows))
    return Markup('<table style="{}">\n{}\n</table>').format(_STYLES["grid"], body)


def _cell(name: str, style: str, line: Line, *, is_right: bool) -> Markup:
    side = "right;white-space:nowrap" if is_right else "left"
    scope = Markup(' scope="col"') if name == "th" else ""
    main, remarks = with_remarks(line)
    inner = _words(main) + Markup("").join(_tag("div", "small", Markup.escape(each)) for each in remarks)
    return Markup('<{0}{1} style="{2};text-align:{3}">{4}</{0}>').format(name, scope, _STYLES[style], side, inner)


def _facts(table: Table) -> Markup:
    rows = [
        Markup("<tr>{}{}</tr>").format(_tag("td", "fact", _words(row[0])), _tag("td", "value", _words(row[1])))
        for row in table.rows
    ]
    return Markup('<table role="presentation" style="border-collapse:collapse;margin:0 0 14px">\n{}\n</table>').format(
        Markup("\n").join(rows)
    )


def _figures(items: Iterable[Line]) -> Markup:
    cells = []
    for index, item in enumerate(items):
        what, figure, *rest = [*lines(item), (), ()][:4]
        inner = _tag("div", "what", _words(what)) + _tag(
            "div", "figure" if index else "large", Markup.escape(plain(figure))
        )
        inner += Markup("").join(_tag("div", "small", _words(each)) for each in rest if each)
        cells.append(_tag("td", "other" if index else "first", inner))
    return Markup('<table role="presentation" style="{}"><tr>{}</tr></table>').format(
        _STYLES["figures"], Markup("").join(cells)
    )


def _strip(strip: Strip) -> Markup:
    """A row of cells: the only picture that every mail program shows."""
    cells, at = [], 0.0
    for shade, start, end in sorted(strip.stretches, key=lambda each: each[1]):
        if start > at:
            cells.append((Shade.UP, start - at))
        cells.append((shade, max(end - max(start, at), _CELL_MIN)))
        at = max(at, end)
    if at < 1:
        cells.append((Shade.UP, 1 - at))
    whole = sum(width for _, width in cells)
    drawn = Markup("").join(
        Markup('<td style="width:{:.3f}%;height:26px;padding:0;background:{}"></td>').format(
            width / whole * 100, _SHADES[shade]
        )
        for shade, width in cells
    )
    legend = Markup(" &nbsp; ").join(
        Markup('<span style="display:inline-block;width:9px;height:9px;background:{}"></span> {}').format(
            _SHADES[shade], name
        )
        for shade, name in strip.legend
    )
    table = Markup('<table role="img" aria-label="{}" style="{}"><tr>{}</tr></table>').format(
        strip.words, _STYLES["strip"], drawn
    )
    return table + _tag("p", "small", legend)


def _words(line: Line) -> Markup:
    parts = []
    for each in line:
        if each.is_break:
            parts.append(Markup("<br>"))
        elif each.is_strong:
            parts.append(Markup("<strong>{}</strong>").format(each.text))
        elif each.is_quiet:
            parts.append(_tag("span", "quiet", Markup.escape(each.text)))
        else:
            parts.append(Markup.escape(each.text))
    return Markup("").join(parts)


def _tag(name: str, style: str, inner: Markup) -> Markup:
    return Markup('<{0} style="{1}">{2}</{0}>').format(name, _STYLES[style], inner)
