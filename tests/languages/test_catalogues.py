import re
from itertools import combinations

import pytest
from babel.messages.catalog import Message
from babel.messages.plurals import get_plural

from uptime_daemon.languages.catalogue import CATALOGUES, catalogue, path_of
from uptime_daemon.languages.domains import DOMAINS
from uptime_daemon.languages.extraction import TRANSLATED, messages, sources, translated, updated
from uptime_daemon.languages.language import Language

PLACEHOLDER = re.compile(r"%\((\w+)\)([sd])|%%")
CYRILLIC = re.compile(r"[Ѐ-ӿ]")
ALL = [(domain, language) for domain in DOMAINS for language in TRANSLATED]
# Letters that the other Cyrillic alphabet of ours lacks: one of them means that words went into the wrong file.
FOREIGN = {Language.RUSSIAN: "іїєґІЇЄҐ", Language.UKRAINIAN: "ыэъёЫЭЪЁ"}


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _translations(domain: str, language: Language) -> list[Message]:
    return [each for each in translated(domain, language) if each.id]


@pytest.mark.parametrize(("domain", "language"), ALL)
def test_every_message_is_translated(domain: str, language: Language) -> None:
    """A catalogue is exactly what `make catalogues` writes, and every form of every message is filled and sure."""
    assert path_of(domain, language).read_bytes() == updated(domain, language), "run `make catalogues`"
    held = _translations(domain, language)
    assert [each.id for each in held if each.fuzzy] == []
    forms = get_plural(language.locale).num_plurals
    empty = [
        each.id
        for each in held
        if len(_forms(each)) != (forms if each.pluralizable else 1) or not all(form.strip() for form in _forms(each))
    ]
    assert empty == []


@pytest.mark.parametrize(("domain", "language"), ALL)
def test_translations_keep_the_shape_of_their_message(domain: str, language: Language) -> None:
    """The same placeholders in every plural form, the same space around, no line break; each in its own alphabet."""
    wrong = []
    for each in _translations(domain, language):
        wanted = sorted(PLACEHOLDER.findall(_ids(each)[-1]))
        for form in _forms(each):
            bare = PLACEHOLDER.sub("", form)
            is_alike = sorted(PLACEHOLDER.findall(form)) == wanted and "\n" not in form and form == form.strip()
            is_script = not (
                set(form) & set(FOREIGN.get(language, "")) or (language not in FOREIGN and CYRILLIC.search(form))
            )
            if not (is_alike and is_script) or ("%" in bare and each.python_format):
                wrong.append((each.id, form))
    assert wrong == []


def test_domains_share_no_source() -> None:
    """Every message stands in one catalogue, and no file is left over."""
    held = {domain: set(sources(domain)) for domain in DOMAINS}
    assert all(held.values())
    assert [(one, other) for one, other in combinations(held, 2) if held[one] & held[other]] == []
    expected = {path_of(domain, language) for domain, language in ALL}
    assert {path for path in CATALOGUES.rglob("*") if path.is_file()} == expected


def test_sources_have_messages() -> None:
    """Every domain says something: a pattern that finds nothing would make the other tests pass on air."""
    assert [domain for domain in DOMAINS if len(messages(domain)) == 0] == []


def test_an_unknown_word_stays_english() -> None:
    """What a catalogue lacks is shown as it stands in the code."""
    assert catalogue("units", Language.CZECH).gettext("no such message") == "no such message"
    assert catalogue("units", Language.ENGLISH).ngettext("%(number)d day", "%(number)d days", 2) == "%(number)d days"
