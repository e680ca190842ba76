"""Templates to letters: sandboxed, a missing value is an error, and what is put in is never mark-up.

A letter has one template, in mark-up (`markup.py`), and every form of it is laid out from what that says. An agreement
may bring a folder of its own templates: one of the same name takes the place of ours, and may extend ours by the name
`standard/claim.md.j2`.
"""

from __future__ import annotations

import dataclasses
import re
import traceback
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2 import TemplateError as JinjaError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from uptime_daemon.languages.templates import EXTENSION, speak
from uptime_daemon.letters.content import Letter
from uptime_daemon.letters.html import as_html
from uptime_daemon.letters.markup import Plain, document
from uptime_daemon.letters.text import as_text
from uptime_daemon.letters.wording import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.languages.language import Language
    from uptime_daemon.letters.content import Style
    from uptime_daemon.letters.pictures import Pictures

TEMPLATES: Final = Path(__file__).parent / "templates"
SUFFIX: Final = ".md.j2"
_BLANK_LINES: Final = re.compile(r"\n{3,}")


def written(name: str, subject: str, style: Style, shown: Pictures | None = None, **values: Any) -> Letter:
    """A letter by its template's name, in every form that needs no more than words."""
    marked = _rendered(f"{name}{SUFFIX}", style, {key: plain(value) for key, value in values.items()})
    blocks = document(_BLANK_LINES.sub("\n\n", marked))
    text, html = as_text(blocks), as_html(blocks, subject, style.language, shown)
    return Letter(subject, text, html, style.language, blocks, shown)


class TemplateError(ValueError):
    """A template of an agreement's own has a mistake."""

    def __init__(self, file: str, line: int, message: str) -> None:
        self.file = file
        self.line = line
        self.message = message
        super().__init__(f"{file}:{line}: {message}")


_MISTAKES: Final = (
    JinjaError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a template can bring about: its own errors, and those of the expressions in it."""


def _rendered(name: str, style: Style, values: Mapping[str, Any]) -> str:
    try:
        return environment(style.language, style.templates).get_template(name).render(values)
    except _MISTAKES as error:
        if style.templates is None:
            raise  # a template of ours with a mistake is a bug
        file, line = _place(error, style.templates / name)
        raise TemplateError(file, line, _said(error)) from error


def _place(error: Exception, fallback: Path) -> tuple[str, int]:
    """The template's file and line in which an error arose: the last of them that the error passed through."""
    if isinstance(error, TemplateSyntaxError):
        return error.filename or str(fallback), error.lineno
    passed = [
        (frame.filename, frame.lineno or 1)
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.endswith(SUFFIX)
    ]
    return passed[-1] if passed else (str(fallback), 1)


def _said(error: Exception) -> str:
    match error:
        case UndefinedError():
            return f"{error.message}; docs/letters.md names the values of each letter"
        case TemplateNotFound():
            return f"there is no template {error.name}; ours are extended as standard/claim.md.j2"
        case JinjaError():
            return str(error.message)
    return f"{type(error).__name__}: {error}"


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
        auto_reload=templates is not None,  # theirs change while the daemon runs
    )
    speak(made, DOMAIN, language)
    return made


def _finalized(value: Any) -> Any:
    """Text that a template made of texts means itself, too."""
    return Plain(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
