"""From the sources to the .po files: `make catalogues` finds every message and writes it into each language's file.

Translations are kept. What is new stands there empty, what is gone is dropped, and nothing is guessed from similar
messages ("fuzzy"): a wrong word in a claim is worse than a missing one, and the tests refuse both.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po

from uptime_daemon.languages.catalogue import path_of
from uptime_daemon.languages.domains import DOMAINS
from uptime_daemon.languages.language import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE: Final = Path(__file__).parents[1]
_TEMPLATE: Final = ".j2"
_OPTIONS: Final = {
    _TEMPLATE: {
        "trimmed": "true",
        "newstyle_gettext": "true",
        "trim_blocks": "true",
        "lstrip_blocks": "true",
        "silent": "false",
    },
    ".py": {},
}
_METHODS: Final = {_TEMPLATE: "jinja2.ext:babel_extract", ".py": "python"}
_KEYWORDS: Final = DEFAULT_KEYWORDS | {"message": None, "say": None}
"""Besides those of gettext: `message` marks words of a table, `say` makes a phrase of a derivation."""
_NOTES: Final = ("Translators:",)
"""How a comment begins that goes into the catalogues."""
_WIDTH: Final = 120
_HEADER: Final = """\
# The words of `{domain}` in {language}. `make catalogues` writes new messages here and drops those that are gone.
"""

_LEFT_OUT: Final = tuple(
    f'"{name}:'.encode()
    for name in (
        "Generated-By",
        "Language-Team",
        "Last-Translator",
        "PO-Revision-Date",
        "POT-Creation-Date",
        "Project-Id-Version",
        "Report-Msgid-Bugs-To",
    )
)
"""Lines of the header that git knows better: two branches would always differ in them."""

TRANSLATED: Final = tuple(each for each in Language if each is not Language.ENGLISH)


def sources(domain: str) -> Iterator[Path]:
    """The files whose messages a domain holds, in order."""
    for pattern in DOMAINS[domain]:
        yield from sorted(_PACKAGE.glob(pattern))


def messages(domain: str) -> Catalog:
    """Every message of a domain's sources, without translations."""
    found = Catalog(domain=domain, charset="utf-8", fuzzy=False)
    for path in sources(domain):
        method, options = _METHODS[path.suffix], _OPTIONS[path.suffix]
        for _, text, comments, context in extract(
            method,
            BytesIO(path.read_bytes()),
            keywords=_KEYWORDS,
            comment_tags=_NOTES,
            options=options,
            strip_comment_tags=False,
        ):
            if text:
                found.add(
                    text,
                    locations=[(path.relative_to(_PACKAGE).as_posix(), 1)],
                    auto_comments=comments,
                    context=context,
                )
    return found


def translated(domain: str, language: Language) -> Catalog:
    """The .po file of a domain; empty where there is none yet."""
    path = path_of(domain, language)
    if not path.exists():
        return Catalog(locale=language.locale, domain=domain, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language.locale, domain=domain)


def updated(domain: str, language: Language) -> bytes:
    """The .po file of a domain as it should be: every message of the sources, with the translations it has."""
    held = translated(domain, language)
    name = language.locale.english_name or language.value
    wanted = Catalog(
        locale=language.locale,
        domain=domain,
        project="uptime-daemon",
        header_comment=_HEADER.format(domain=domain, language=name),
        fuzzy=False,
    )
    for each in messages(domain):
        if not each.id:
            continue
        known = held.get(each.id if isinstance(each.id, str) else each.id[0], context=each.context)
        string = known.string if known is not None and known.id == each.id else None
        wanted.add(each.id, string, each.locations, auto_comments=each.auto_comments, context=each.context)
    written = BytesIO()
    write_po(written, wanted, width=_WIDTH, include_lineno=False)
    return b"".join(line for line in written.getvalue().splitlines(keepends=True) if not line.startswith(_LEFT_OUT))


def main() -> None:
    """Write every catalogue anew."""
    for domain in DOMAINS:
        for language in TRANSLATED:
            path = path_of(domain, language)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(updated(domain, language))


if __name__ == "__main__":
    main()
