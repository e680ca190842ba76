"""Jinja2 in a language: `_`, `{% trans %}` with plurals, and filters that spell figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uptime_daemon.languages.catalogue import catalogue
from uptime_daemon.languages.formats import formats

if TYPE_CHECKING:
    from jinja2 import Environment

    from uptime_daemon.languages.language import Language

EXTENSION = "jinja2.ext.i18n"
"""What an environment is made with, so that `speak` can be called on it."""


def speak(environment: Environment, domain: str, language: Language) -> None:
    """Make an environment speak a language, with the words of a domain.

    One environment speaks one language for good: templates are compiled for it once. A text may go on over several
    lines of a template; to translators it is one line.
    """
    words, spelled = catalogue(domain, language), formats(language)
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        words.gettext, words.ngettext, newstyle=True, pgettext=words.pgettext, npgettext=words.npgettext
    )
    environment.globals |= {"lang": language.tag}
    environment.filters |= {
        "number": spelled.number,
        "percent": spelled.percent,
        "money": spelled.money,
        "length": spelled.length,
    }
