"""Templates to text: sandboxed, a missing value is an error, HTML escapes everything that is put in."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TEMPLATES: Final = Path(__file__).parent / "templates"
_LINE_CHARACTERS: Final = 76
"""RFC 5322, section 2.1.1, asks for 78; two are left for a mark of quotation."""
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d+)? [+-]\d{2}:\d{2}")
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_TRAILING_SPACES: Final = re.compile(r"[ \t]+$", re.MULTILINE)


def rendered(name: str, **values: Any) -> tuple[str, str]:
    """One template in both forms, text and HTML."""
    text = _TEXT.get_template(f"{name}.txt.j2").render(values)
    html = _HTML.get_template(f"{name}.html.j2").render(values)
    return _tidy(text), _tidy(html)


def one_line(text: str) -> str:
    """Text from outside as one line: what is not printable becomes a space, so that nobody smuggles in lines."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def aligned(rows: Iterable[Sequence[str]], indent: int = 4, gap: int = 2) -> str:
    """Rows as columns of equal width."""
    cells = [tuple(row) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    lines = ((" " * gap).join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(f"{' ' * indent}{line}".rstrip() for line in lines)


def paragraph(text: str, indent: int = 0) -> str:
    """Text as one paragraph of lines that any mail program shows whole; no line ends inside an instant."""
    margin = " " * indent
    joined = _INSTANT.sub(lambda match: match[0].replace(" ", _NO_BREAK), " ".join(text.split()))
    filled = textwrap.fill(
        joined,
        _LINE_CHARACTERS,
        initial_indent=margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.replace(_NO_BREAK, " ")


def capitalize_first(text: str) -> str:
    """The text with its first letter large and the others as they are."""
    return text[:1].upper() + text[1:]


def unbroken(text: str) -> Markup:
    """HTML in which no line ends inside an instant."""
    return Markup(_INSTANT.sub(r'<span style="white-space:nowrap">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped


def _tidy(text: str) -> str:
    return _BLANK_LINES.sub("\n\n", _TRAILING_SPACES.sub("", text)).strip() + "\n"


def _environment(*, is_html: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=is_html,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # English is written in the templates; a catalogue of another language takes the place of this one.
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    environment.filters |= {
        "aligned": aligned,
        "capitalize_first": capitalize_first,
        "paragraph": paragraph,
        "unbroken": unbroken,
    }
    return environment


_HTML: Final = _environment(is_html=True)
_TEXT: Final = _environment(is_html=False)
