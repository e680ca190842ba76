"""The PDF: tagged, fonts inside, evidence inside, the same bytes each time, the words of the other forms."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import pytest
from pypdf import PdfReader

from tests.letters.cases import stage, steps_agreement, steps_statement
from tests.letters.test_golden import breach_notice, claim_content, claim_provisional
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.languages.language import Language
from uptime_daemon.letters import pdf
from uptime_daemon.letters.claim import letter
from uptime_daemon.letters.content import ClaimContent, Letter, Style
from uptime_daemon.letters.pdf import PdfError, as_pdf

AT = parse_instant("2026-07-02T09:00:00+02:00")
EVIDENCE = (("case.json", "application/json", b'{"case": 1}'), ("outages.csv", "text/csv", b"number,start\n"))
SAID = {
    Language.ENGLISH: ("Credit claimed", "39.20\xa0EUR", "How the amount is computed"),
    Language.SERBIAN: ("Zahtevani kredit", "39,20\xa0EUR", "Završeni koraci od 0,1 procentnih poena"),
    Language.RUSSIAN: ("Требуемая компенсация", "39,20\xa0EUR", "Как рассчитана сумма"),
    Language.UKRAINIAN: ("Компенсація, яку вимагаємо", "39,20\xa0EUR", "Зобов’язання"),
    Language.TURKISH: ("Talep edilen kredi", "39,20\xa0EUR", "%99,8449074074"),
    Language.CZECH: ("Požadovaný kredit", "39,20\xa0EUR", "Jak byla částka vypočtena"),
}


def _letter(language: Language) -> Letter:
    return letter(claim_content(style=Style(language)))


@pytest.mark.parametrize("language", list(Language))
def test_the_pdf_in_each_language(language: Language) -> None:
    """Tagged in its language with alternatives for pictures, every font embedded, every glyph there, files inside."""
    made = as_pdf(_letter(language), AT, "Acme Ltd", EVIDENCE)
    assert made == as_pdf(_letter(language), AT, "Acme Ltd", EVIDENCE)
    reader = PdfReader(io.BytesIO(made))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a boolean of the PDF's own
    assert root["/Lang"].split("-")[0] == language.value
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    assert {name: files[0] for name, files in reader.attachments.items()} == {
        name: content for name, _, content in EVIDENCE
    }
    pages: list[Any] = list(reader.pages)
    fonts = [font for page in pages for font in page["/Resources"]["/Font"].values()]
    kinds = [font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object() for font in fonts]
    assert kinds
    assert all("/FontFile2" in kind or "/FontFile3" in kind for kind in kinds)
    text = "\n".join(page.extract_text() for page in reader.pages)
    said = text.replace("\xa0", " ")
    assert all(words.replace("\xa0", " ") in said for words in SAID[language])
    assert "�" not in text
    assert "SLA Service Credit" in said


def test_every_figure_of_the_text_stands_in_the_pdf() -> None:
    """One content: what the text form says is said on paper, a demonstration's banner and a breach notice's as well."""
    for written in (claim_provisional(), breach_notice()):
        reader = PdfReader(io.BytesIO(as_pdf(written, AT, "Acme Ltd")))
        printed = "".join("".join(page.extract_text().split()) for page in reader.pages)
        amounts = [word for word in written.text.split() if word[:1].isdigit() and len(word) > 3]
        assert len(amounts) > 20
        assert [word for word in amounts if word.strip("();,.") not in printed] == []
    assert "DEMONSTRATION" in "".join(
        page.extract_text() for page in PdfReader(io.BytesIO(as_pdf(claim_provisional(), AT, "A"))).pages
    )


def test_hostile_words_are_only_words() -> None:
    """Nothing that a person typed is the typesetter's mark-up."""
    statement, agreement = steps_statement(), steps_agreement()
    hostile = '#panic("x") *b* $1$ @ref <l> \\ #{read("/etc/passwd")}'
    agreement.reference["service"] = hostile  # type: ignore[index]
    made = letter(ClaimContent("n", agreement, statement, stage(statement, "final"), {}, (), "c@acme.example"))
    text = PdfReader(io.BytesIO(as_pdf(made, AT, hostile))).pages[0].extract_text()
    assert "".join(hostile.split()) in "".join(text.split())


def test_without_the_typesetter_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named; everything else works without it."""
    monkeypatch.setitem(sys.modules, "typst", None)
    assert not pdf.has_typesetter()
    with pytest.raises(PdfError, match=r"pip install 'uptime-daemon\[pdf\]'"):
        as_pdf(_letter(Language.ENGLISH), AT, "Acme Ltd")


def test_a_letter_read_back_has_no_layout() -> None:
    """The kept PDF is the one that was approved; none is made anew from words alone."""
    with pytest.raises(PdfError, match="compose it anew"):
        as_pdf(Letter("s", "t", "h"), AT, "Acme Ltd")


@pytest.mark.needs_command("pdftotext")
def test_another_reader_reads_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Poppler reads the words in their order, in Cyrillic too."""
    path = tmp_path_factory.mktemp("pdf") / "letter.pdf"
    path.write_bytes(as_pdf(_letter(Language.RUSSIAN), AT, "Acme Ltd"))
    done = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, timeout=300, check=True)
    said = " ".join(done.stdout.split())
    assert said.index("Уважаемые дамы и господа!") < said.index("О чём мы просим") < said.index("Как рассчитана сумма")
