"""An agreement's own templates: what they may say, and how their mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from uptime_daemon.languages.language import Language
from uptime_daemon.letters.content import Style
from uptime_daemon.letters.rendering import TemplateError
from uptime_daemon.letters.samples import mistakes, sampled


def _style(folder: Path, **files: str) -> Style:
    for name, text in files.items():
        (folder / f"{name}.md.j2").write_text(text, encoding="utf-8")
    return Style(Language.CZECH, folder)


def test_ours_are_without_mistakes() -> None:
    """Every letter of ours renders in every language with everything in it and with nothing that may be missing."""
    for language in Language:
        for name in ("claim", "breach_notice", "clock_notice", "counter_answer"):
            for made in sampled(name, Style(language)):
                assert "SLA Service Credit" in made.html


def test_a_template_of_theirs_takes_the_place_of_ours(tmp_path: Path) -> None:
    """One block is theirs, the rest stays, in the agreement's language."""
    style = _style(
        tmp_path,
        claim='{% extends "standard/claim.md.j2" %}\n{% block greeting %}\nVážená paní Nováková,\n{% endblock %}\n',
    )
    full, _ = sampled("claim", style)
    assert "Vážená paní Nováková," in full.text
    assert "Vážená paní Nováková," in full.html
    assert "Vážení," not in full.text
    assert "Požadovaný kredit" in full.text
    assert list(mistakes(style)) == []


def test_a_changed_template_is_read_anew(tmp_path: Path) -> None:
    """A daemon that runs writes what the template says now."""
    first, _ = sampled("claim", _style(tmp_path, claim="one"))
    second, _ = sampled("claim", _style(tmp_path, claim="another"))
    assert (first.text, second.text) == ("one\n", "another\n")


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("one\n\n{{ letter.amonut }}\n", 3, "has no attribute 'amonut'"),
        (
            "{% extends 'standard/claim.md.j2' %}\n{% block request %}\n{{ nothing }}\n{% endblock %}",
            3,
            "'nothing' is un",
        ),
        ("one\n{% if letter.late %}\n", 2, "Unexpected end of template"),
        ("one\n{{ letter.claim.__class__ }}\n", 2, "unsafe"),
        ("{{ 1 / 0 }}\n", 1, "ZeroDivisionError"),
        ("one\n{{ letter.claim + 1 }}\n", 2, "TypeError"),
        ("{% include 'words/of/another.md.j2' %}\n", 1, "there is no template words/of/another.md.j2"),
        ("{% for each in range(10000000) %}x{% endfor %}\n", 1, "OverflowError"),
        ("{# nothing #}", 1, "says nothing"),
    ],
)
def test_mistakes_have_file_and_line(tmp_path: Path, source: str, line: int, said: str) -> None:
    """What is undefined, unsafe, impossible or no template at all is told with its place, before a letter is needed."""
    found = list(mistakes(_style(tmp_path, claim=source)))
    assert found
    assert [(each.file, each.line) for each in found] == [(str(tmp_path / "claim.md.j2"), line)]
    assert said in found[0].message


def test_a_mistake_in_a_real_letter_is_named_too(tmp_path: Path) -> None:
    """Whoever renders without having checked gets the same message."""
    style = _style(tmp_path, claim="{{ letter.amonut }}")
    with pytest.raises(TemplateError, match=r"claim\.md\.j2:1: .*amonut"):
        sampled("claim", style)


def test_files_that_nothing_uses_are_named(tmp_path: Path) -> None:
    """A misspelled name would otherwise be passed over in silence."""
    (found,) = mistakes(_style(tmp_path, calim="text"))
    assert found.file.endswith("calim.md.j2")
    assert "breach_notice.md.j2, claim.md.j2" in found.message
    (missing,) = mistakes(Style(Language.ENGLISH, tmp_path / "nowhere"))
    assert "is no folder" in missing.message
