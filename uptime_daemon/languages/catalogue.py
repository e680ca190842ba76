"""What is said in a language: a catalogue of gettext per room of words (domain) and language.

A catalogue is read from its .po file when the first word of it is needed: no compiled file can be stale, a checkout
needs no build step, and a wheel carries what was reviewed. English stands in the code and in the templates and needs
no file.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from uptime_daemon.languages.language import Language

CATALOGUES: Final = Path(__file__).parent / "catalogues"
"""One folder per domain, one file per language: `letters/sr_Latn.po`."""


def message(text: str) -> str:
    """Mark a text of a table for the catalogues; whoever shows it translates it with `gettext`."""
    return text


def path_of(domain: str, language: Language) -> Path:
    """The .po file of a domain in a language other than English."""
    return CATALOGUES / domain / f"{language.locale}.po"


@cache
def catalogue(domain: str, language: Language) -> NullTranslations:
    """The words of a domain: `gettext`, `ngettext`, `pgettext`, `npgettext`. What a file lacks stays English."""
    if language is Language.ENGLISH:
        return NullTranslations()
    with path_of(domain, language).open("rb") as file:
        read = read_po(file, locale=language.locale, domain=domain)
    compiled = BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return GNUTranslations(compiled)
