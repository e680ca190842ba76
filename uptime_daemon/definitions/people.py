"""Who signed, who is told, and how letters are written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from uptime_daemon.core.terms.agreement import LetterChoice, Party, People
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.records import Key, Record, optional, required
from uptime_daemon.definitions.shapes import Choice, Shape, Text
from uptime_daemon.languages.language import Language

PARTY: Final = Record(
    Party,
    {
        "name": required(Text()),
        "address": optional(Text(), ""),
        "phone": optional(Text(), ""),
        "portal": optional(Text("address", r"https?://\S+", "https://tickets.vendor.example/"), ""),
        "mail": optional(Text("mail address", r"[^@\s]+@[^@\s]+", "support@vendor.example"), ""),
    },
)
_PERSON: Final = Text("user name or mail address", r"[^\s@]+(@[^\s@]+)?", "ana")


@dataclass(frozen=True, slots=True)
class Parties:
    """The two who signed."""

    customer: Party
    vendor: Party


PARTIES: Final = Record(Parties, {"customer": optional(PARTY, Party()), "vendor": optional(PARTY, Party())})
_LANGUAGE: Final = Choice(Language)


@dataclass(frozen=True, slots=True)
class _Person:
    who: str
    language: Language | None = None


_NOBODY: Final = _Person("")


@dataclass(frozen=True, slots=True)
class PersonShape:
    """A user's name or a mail address, or `{who: ana@acme.example, language: cs}`."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """Who it is, alone or with a language."""
        return (_PERSON, Record(dict, {"who": required(_PERSON), "language": required(_LANGUAGE)}))

    def read(self, node: Node, path: str, problems: Problems) -> _Person:
        """The person, with the language to write in where one is named."""
        if isinstance(node.value, dict):
            keys: dict[str, Key[Any]] = {"who": required(_PERSON), "language": required(_LANGUAGE)}
            return Record(_Person, keys).read(node, path, problems)
        return _Person(_PERSON.read(node, path, problems))


def _people(**each: _Person) -> People:
    languages = {person.who: person.language.value for person in each.values() if person.language is not None}
    return People(**{role: person.who for role, person in each.items()}, languages=languages)


PEOPLE: Final = Record(
    _people,
    {name: optional(PersonShape(), _NOBODY) for name in ("owner", "deputy", "finance", "technical")},
)


def _letters(language: Language | None, templates: Path | None) -> LetterChoice:
    return LetterChoice("" if language is None else language.value, "" if templates is None else str(templates))


@dataclass(frozen=True, slots=True)
class FolderShape:
    """A folder, beside the file that names it unless it is absolute."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """Its path."""
        return (Text("folder", example="letters/acme"),)

    def read(self, node: Node, path: str, problems: Problems) -> Path:
        """The folder's path; whether it is there is looked at when it is used."""
        return Path(node.file).parent / Text("folder", example="letters/acme").read(node, path, problems)


LETTERS: Final = Record(_letters, {"language": optional(_LANGUAGE), "templates": optional(FolderShape())})
