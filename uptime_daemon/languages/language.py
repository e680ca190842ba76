"""The closed set of languages, and which of them a reader asked for."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from babel import Locale

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


class Language(StrEnum):
    """A language that everything is written in. The value is the code of ISO 639 that files and agreements use."""

    ENGLISH = "en"
    SERBIAN = "sr"
    RUSSIAN = "ru"
    UKRAINIAN = "uk"
    TURKISH = "tr"
    CZECH = "cs"

    @property
    def locale(self) -> Locale:
        """CLDR's locale of it. English is that of letters between Europeans: day before month."""
        return Locale.parse(_LOCALES[self])

    @property
    def tag(self) -> str:
        """BCP 47, for `lang` and `Content-Language`: Serbian is in Latin script."""
        return "sr-Latn" if self is Language.SERBIAN else self.value

    @property
    def native_name(self) -> str:
        """Its name in itself, as a switch of languages shows it."""
        return _TITLES[self]


_LOCALES: Final = {
    Language.ENGLISH: "en_GB",
    Language.SERBIAN: "sr_Latn",
    Language.RUSSIAN: "ru",
    Language.UKRAINIAN: "uk",
    Language.TURKISH: "tr",
    Language.CZECH: "cs",
}
_TITLES: Final = {
    Language.ENGLISH: "English",
    Language.SERBIAN: "Srpski",
    Language.RUSSIAN: "Русский",
    Language.UKRAINIAN: "Українська",
    Language.TURKISH: "Türkçe",
    Language.CZECH: "Čeština",
}
_WEIGHT: Final = re.compile(r"q=(0(\.\d{0,3})?|1(\.0{0,3})?)", re.ASCII)
_RANGES_MAX: Final = 32
"""How many ranges of a header are read: browsers send fewer than ten, and a stranger writes it."""


def preferred(
    header: str, offered: Collection[Language] = tuple(Language), default: Language = Language.ENGLISH
) -> Language:
    """The language that an `Accept-Language` header asks for (RFC 9110, section 12.5.4), among those offered.

    `sr-RS`, `sr-Latn` and `sr` all ask for Serbian. Of equal weights the first wins; what is malformed is passed over.
    """
    ranked = sorted(_ranges(header), key=lambda each: -each[1])
    for name, weight in ranked:
        if weight == 0:
            continue
        if name == "*":
            return default
        for language in offered:
            if name == language.value:
                return language
    return default


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    for part in header.split(",", _RANGES_MAX)[:_RANGES_MAX]:
        name, _, parameter = part.partition(";")
        weight = _WEIGHT.fullmatch(parameter.strip().lower()) if parameter.strip() else None
        if parameter.strip() and weight is None:
            continue
        primary = name.strip().lower().partition("-")[0]
        yield primary, float(weight[1]) if weight else 1.0
