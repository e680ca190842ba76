import pytest

from uptime_daemon.languages.language import Language, preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", Language.ENGLISH),
        ("cs-CZ,cs;q=0.9,en;q=0.8", Language.CZECH),
        ("de-AT, sr-RS;q=0.7, en;q=0.3", Language.SERBIAN),
        ("en;q=0.5, uk;q=0.8, ru;q=0.8", Language.UKRAINIAN),
        ("sr-Latn", Language.SERBIAN),
        ("TR", Language.TURKISH),
        ("ru;q=0, tr;q=0.001", Language.TURKISH),
        ("*", Language.ENGLISH),
        ("de, *;q=0.1", Language.ENGLISH),
        ("cs;q=2, ru;q=high, uk;q=0.4", Language.UKRAINIAN),
        (",;,=,;;q=1" + ",de" * 10_000 + ",cs", Language.ENGLISH),
    ],
)
def test_the_reader_chooses_the_language(header: str, language: Language) -> None:
    """The heaviest range that is offered wins; what is malformed, refused or beyond the bound is passed over."""
    assert preferred(header) is language


def test_only_what_is_offered_is_chosen() -> None:
    """A page in two languages never answers in a third."""
    offered = (Language.ENGLISH, Language.CZECH)
    assert preferred("ru, cs;q=0.2", offered) is Language.CZECH
    assert preferred("ru", offered) is Language.ENGLISH
    assert preferred("ru", offered, default=Language.CZECH) is Language.CZECH


def test_every_language_names_itself() -> None:
    """Six languages, each with a tag and a name in itself."""
    assert {each.tag: each.native_name for each in Language} == {
        "en": "English",
        "sr-Latn": "Srpski",
        "ru": "Русский",
        "uk": "Українська",
        "tr": "Türkçe",
        "cs": "Čeština",
    }
