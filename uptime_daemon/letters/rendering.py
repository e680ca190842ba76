"""Templates to letters: sandboxed, a missing value is an error, and what is put in is never mark-up.

A letter has one template, in mark-up (`markup.py`), and every form of it is laid out from what that says. An agreement
may bring a folder of its own templates: one of the same name takes the place of ours, and may extend ours by the name
`standard/claim.md.j2`.
"""

from __future__ import annotations

import dataclasses
import re
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from uptime_daemon.languages.templates import EXTENSION, speak
from uptime_daemon.letters.content import Letter
from uptime_daemon.letters.html import as_html
from uptime_daemon.letters.markup import Plain, document
from uptime_daemon.letters.text import as_text
from uptime_daemon.letters.wording import DOMAIN

if TYPE_CHECKING:
    from uptime_daemon.languages.language import Language
    from uptime_daemon.letters.content import Style
    from uptime_daemon.letters.pictures import Pictures

TEMPLATES: Final = Path(__file__).parent / "templates"
SUFFIX: Final = ".md.j2"
_BLANK_LINES: Final = re.compile(r"\n{3,}")


def written(name: str, subject: str, style: Style, shown: Pictures | None = None, **values: Any) -> Letter:
    """A letter by its template's name, in every form that needs no more than words."""
    template = environment(style.language, style.templates).get_template(f"{name}{SUFFIX}")
    marked = template.render({key: plain(value) for key, value in values.items()})
    blocks = document(_BLANK_LINES.sub("\n\n", marked))
    text, html = as_text(blocks), as_html(blocks, subject, style.language, shown)
    return Letter(subject, text, html, style.language, blocks, shown)


def plain(value: Any) -> Any:
    """A value whose texts mean themselves, however deep they lie. Words of closed sets stay comparable."""
    match value:
        case StrEnum() | Plain():
            return value
        case str():
            return Plain(value)
        case tuple() | list():
            return tuple(plain(each) for each in value)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            parts = {each.name: plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
            return dataclasses.replace(value, **parts)
    return value


@cache
def environment(language: Language, templates: Path | None = None) -> ImmutableSandboxedEnvironment:
    """How every letter of a language is rendered, with an agreement's own templates in front."""
    ours = FileSystemLoader(TEMPLATES)
    found = ours if templates is None else ChoiceLoader([FileSystemLoader(templates), ours])
    made = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([PrefixLoader({"standard": ours}), found]),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[EXTENSION],
        auto_reload=False,
    )
    speak(made, DOMAIN, language)
    return made


def _finalized(value: Any) -> Any:
    """Text that a template made of texts means itself, too."""
    return Plain(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
