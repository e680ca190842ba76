"""In which language and by whose templates letters are written, from uptime.yaml to the mail."""

from __future__ import annotations

import io
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from tests.desk.acme import CONFIGURATION, CONTRACTS, acme
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.desk.checking import checked, needs
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.claims.house import house
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.desk.telling.outages import OutageNotices
from uptime_daemon.settings.reading import load
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uptime_daemon.settings.values import Settings
    from uptime_daemon.store.ports import Store

AT = parse_instant("2026-11-03T09:00:00+01:00")
SINCE = parse_instant("2026-10-10T11:00:00+02:00")
FINAL = "acme.2026-10.service.final"
CHOICES = CONFIGURATION.replace(
    "    people: {{owner: ana, finance: finance@acme.example, technical: sre@acme.example}}\n",
    "    people: {{owner: ana, finance: {{who: finance@acme.example, language: tr}}, technical: sre@acme.example}}\n"
    "    letters: {{language: cs, templates: own}}\n",
).replace(
    "vantage:\n", "language: sr\nmail: {{host: localhost, port: 25, tls: none, from: claims@acme.example}}\nvantage:\n"
)
GREETING = '{% extends "standard/claim.md.j2" %}\n{% block greeting %}\nVážená paní Nováková,\n{% endblock %}\n'


@pytest.fixture
def chosen(tmp_path: Path) -> Iterator[tuple[Settings, Store]]:
    """Letters in Czech by a template of our own, finance in Turkish, the house in Serbian."""
    acme(tmp_path)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "claim.md.j2").write_text(GREETING, encoding="utf-8")
    (tmp_path / "uptime.yaml").write_text(CHOICES.format(contracts=CONTRACTS), encoding="utf-8")
    settings = load(tmp_path / "uptime.yaml", {})
    with open_store(f"sqlite:///{tmp_path / 'uptime.db'}", create=False) as store:
        yield settings, store


def _desk(settings: Settings, store: Store) -> ClaimsDesk:
    return ClaimsDesk(Judge(settings, store), store, house(settings))


def test_every_reader_in_their_language(chosen: tuple[Settings, Store]) -> None:
    """The vendor's letter in the agreement's language and template, finance in theirs, the others in the house's."""
    settings, store = chosen
    desk = _desk(settings, store)
    desk.review(AT)
    draft = desk.render(FINAL, AT, "ana", dry_run=True)
    assert draft.letter.subject.startswith("SLA Service Credit - DEMONSTRATION - ")
    assert draft.letter.subject.endswith(f"[{FINAL}]")
    for said in ("Vážená paní Nováková,", "Požadovaný kredit", "Služba kontaktního centra", "bod 2.3"):
        assert said in draft.letter.text
        assert said in draft.letter.html
    printed = next(file.content for file in draft.files if file.name == "letter.pdf")
    reader = PdfReader(io.BytesIO(printed))
    assert "Požadovaný kredit" in reader.pages[0].extract_text()
    assert reader.attachments.keys() == {file.name for file in draft.files} - {"letter.pdf"}
    notices = OutageNotices(Judge(settings, store), store, house(settings))
    assert notices.started("acme", "service", SINCE, AT) is None
    by_reader = {each.mail.recipients[0]: each.mail for each in store.outbox()}
    finance, technical = by_reader["finance@acme.example"], by_reader["sre@acme.example"]
    assert "Talep hakkı doğdu: " in finance.subject
    assert message_from_bytes(finance.mime, policy=policy.default)["Content-Language"] == "tr"
    assert "Prekid je počeo: " in technical.subject
    body = message_from_bytes(technical.mime, policy=policy.default).get_body(("plain",))
    assert body is not None
    assert "Zaevidujte to prosím jako poruchu služby" in " ".join(body.get_content().split())  # read out to the vendor


def test_a_broken_template_is_told_by_check_and_stops_the_letter(chosen: tuple[Settings, Store]) -> None:
    """`check` names file and line; the letter that needs it is refused with the same words, and nothing is kept."""
    settings, store = chosen
    broken = settings.file.parent / "own" / "claim.md.j2"
    broken.write_text(GREETING.replace("Vážená", "\n{{ letter.nobody }}"), encoding="utf-8")
    again = load(settings.file, {})
    problems, _ = checked([], settings.file)
    assert [(each.file, each.line) for each in problems] == [(str(broken), 4)]
    assert "has no attribute 'nobody'" in problems[0].message
    desk = _desk(again, store)
    desk.review(AT)
    with pytest.raises(ClaimError, match=r"claim\.md\.j2:4: .*nobody"):
        desk.render(FINAL, AT, "ana")
    assert desk.claim(FINAL, AT).letter is None


def test_choices_that_are_none_are_refused(tmp_path: Path) -> None:
    """A language that nothing is written in, an address of two lines, a folder that is not there: each by its place."""
    acme(tmp_path)
    config = tmp_path / "uptime.yaml"

    def found(old: str, new: str) -> list[str]:
        config.write_text(CHOICES.replace(old, new).format(contracts=CONTRACTS), encoding="utf-8")
        return [str(each) for each in checked([], config)[0]]

    (language,) = found("language: cs", "language: de")
    assert "agreements[0].letters.language: 'de' is none of: en, sr, ru, uk, tr, cs" in language
    (address,) = found("credits@vendor.example", '"a@b.example\\nBcc: x@y"')
    assert "uptime.yaml:17: claim.address: 'a@b.example\\nBcc: x@y' is no mail address" in address
    assert found("own", "own") == [f"{tmp_path / 'own'}:1: is no folder; make it, or leave letters.templates out"]
    _, settings = checked([], config)
    assert settings is not None
    told = list(needs(settings))
    assert not any("PDF" in line for line in told)
    assert not any("letters go out in" in line for line in told)  # Czech is one of the contract's languages
    found("language: cs", "language: tr")
    _, settings = checked([], config)
    assert settings is not None
    assert "acme: letters go out in tr; the contract takes claims in en or cs" in list(needs(settings))
