"""The sample letter in six languages, as files to look at: `python -m tests.letters.pages FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.definitions.files import cases_of, judged
from uptime_daemon.core.claims.stages import stages_of
from uptime_daemon.languages.language import Language
from uptime_daemon.letters.claim import letter
from uptime_daemon.letters.content import AttachedFile, ClaimContent, Style
from uptime_daemon.letters.pdf import as_pdf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.letters.content import Letter

CASE = Path(__file__).with_name("daktela.yaml")
CLASSES = ("silent", "answered_with_error", "refused")


def letters() -> Iterator[Letter]:
    """The final claim of July in every language."""
    (statement,) = judged(CASE)
    for language in Language:
        yield sample(statement, language)


def sample(statement: Statement, language: Language) -> Letter:
    """The final claim of July."""
    final = stages_of(statement)[-1]
    outages = statement.judgement.point.outages
    return letter(
        ClaimContent(
            claim="glas-daktela.2026-07.service.final",
            agreement=cases_of(CASE)[0].agreement,
            statement=statement,
            due=final,
            classes={each.span.start: shown for each, shown in zip(outages, CLASSES, strict=True)},
            attachments=(AttachedFile("evidence.zip", 184_221, "5f" * 32),),
            reply_to="potrazivanja@glas.example",
            signed_by="c4" * 32,
            follows="glas-daktela.2026-07.service.provisional",
            style=Style(language),
        )
    )


def main(folder: Path) -> None:
    """Write PDF, HTML and text of each."""
    folder.mkdir(parents=True, exist_ok=True)
    for made in letters():
        name = made.language.value
        (case,) = cases_of(CASE)
        (folder / f"{name}.pdf").write_bytes(as_pdf(made, case.as_of, case.agreement.customer.name))
        (folder / f"{name}.html").write_text(made.html, encoding="utf-8")
        (folder / f"{name}.txt").write_text(made.text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
