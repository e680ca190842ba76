"""The ledger of a record: October 2026 of one agreement from its closing to the credit note, and a year's summary."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.desk.acme import acme
from uptime_daemon.core.claims.ledger import Account, Matter
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.time.instants import DAY, parse_instant
from uptime_daemon.desk.claims.answers import ClaimAnswers
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.house import House
from uptime_daemon.desk.claims.summary import Notice, Summary, SummaryRow
from uptime_daemon.desk.claims.summary_letter import summary_letter
from uptime_daemon.desk.judging.closing import Closing
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.languages.language import Language
from uptime_daemon.store.database import open_store
from uptime_daemon.store.kept import MailState

if TYPE_CHECKING:
    from tests.desk.acme import Acme

AFTER = parse_instant("2026-11-03T09:00:00+01:00")
FINAL = "acme.2026-10.service.final"
BEAN_CHECK = Path(sys.executable).with_name("bean-check")


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Acme:
    """October was closed, claimed and credited in part; under a second one, in crowns, it has expired."""
    made = acme(tmp_path_factory.mktemp("ledger"))
    settings = made.settings
    (signed,) = [each for each in settings.agreements if each.agreement.id == "acme"]
    fee = replace(signed.agreement.fees[0], amount=Money(2_400_000, "CZK"))
    other = replace(signed, agreement=replace(signed.agreement, id="prague", fees=(fee,)))
    with_two = replace(settings, agreements=(*settings.agreements, other))
    store = open_store(settings.database, create=False)
    judge = Judge(with_two, store)
    closing = Closing()
    for _ in range(4):  # a pass looks at six periods, and the year has ten
        closing.take(judge, AFTER)
    desk = ClaimsDesk(judge, store, House("claims@acme.example"))
    desk.review(AFTER)
    desk.approve(FINAL, AFTER + 1, "ana")
    desk.send(FINAL, AFTER + 2, "ana")
    mail = desk.claim(FINAL, AFTER + 3).mail
    assert mail is not None
    store.mark(mail.id, MailState.PENDING, MailState.SENDING)
    store.mark(mail.id, MailState.SENDING, MailState.SENT, error="250 ok")
    desk.record_deliveries(AFTER + 4)
    ClaimAnswers(judge, desk.steps).settle(
        FINAL, AFTER + 9 * DAY, "ana", amount=Money(10_000, "EUR"), reference="=CN-7", day=date(2026, 11, 12)
    )
    desk.review(AFTER + 10 * DAY)
    store.close()
    return made


def test_rows_for_a_spreadsheet(settled: Acme) -> None:
    """Each entry debits and credits one amount; what a person typed is no formula."""
    rows = list(csv.DictReader(io.StringIO(settled.said("export ledger --format csv"))))
    own = [row for row in rows if row["agreement"] == "acme"]
    assert [(row["date"], row["kind"], row["debit"], row["credit"], row["amount"]) for row in own] == [
        ("2026-11-03", "accrual", "accrued", "income", "117.60"),
        ("2026-11-03", "receivable", "receivable", "accrued", "117.60"),
        ("2026-11-12", "settlement", "credited", "receivable", "100.00"),
        ("2026-11-12", "settlement", "lost_less_credited", "receivable", "17.60"),
    ]
    assert own[2]["reference"] == "'=CN-7"
    assert {row["vendor"] for row in own} == {"Daktela"}
    assert {(row["currency"], row["kind"]) for row in rows if row["agreement"] == "prague"} == {
        ("CZK", "accrual"),
        ("CZK", "loss"),
    }


def test_lines_for_programs(settled: Acme) -> None:
    """The same entries, an object a line, amounts quoted; one agreement alone where asked."""
    lines = settled.said("export ledger --format jsonl --agreement prague").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [(row["kind"], row["amount"], row["currency"]) for row in rows] == [
        ("accrual", "2880.00", "CZK"),
        ("loss", "2880.00", "CZK"),
    ]
    code, output = settled.run("export ledger --agreement nobody")
    assert (code, output) == (2, "there is no agreement 'nobody'; the agreements are: acme, oki, prague\n")


@pytest.mark.skipif(not BEAN_CHECK.exists(), reason="beancount is a tool of development alone")
def test_beancount_accepts_it(settled: Acme, tmp_path: Path) -> None:
    """The real program finds every account opened, every transaction balanced, every asserted balance held."""
    settled.said("rate add EUR CZK 24.355 --date 2026-11-12 --by ana --source", 'the "national" bank')
    file = tmp_path / "credits.beancount"
    assert settled.said(f"export ledger --format beancount --to {file}").startswith(f"wrote {file}: 6 entries")
    assert settled.run(f"export ledger --to {file}")[0] == 2  # nothing is overwritten
    checked = subprocess.run([BEAN_CHECK, file], capture_output=True, text=True, check=False, timeout=300)
    assert (checked.returncode, checked.stderr) == (0, "")
    text = file.read_text(encoding="utf-8")
    assert "2026-11-12 price EUR 24.355 CZK" in text
    file.write_text(text.replace("100.00 EUR", "110.00 EUR", 1), encoding="utf-8")
    broken = subprocess.run([BEAN_CHECK, file], capture_output=True, text=True, check=False, timeout=300)
    assert broken.returncode == 1
    assert "does not balance" in broken.stderr


def test_totals_by_currency(settled: Acme) -> None:
    """What every account holds, each currency alone, adding up to zero."""
    rows = [line.split() for line in settled.said("export ledger --format totals").splitlines()[1:]]
    assert rows == [
        ["CZK", "income", "-2880.00"],
        ["CZK", "lost_expired", "2880.00"],
        ["EUR", "income", "-117.60"],
        ["EUR", "credited", "100.00"],
        ["EUR", "lost_less_credited", "17.60"],
    ]


def test_a_year_in_a_table(settled: Acme) -> None:
    """Owed = credited + lost + open in each row and in each total; a total is of one currency."""
    told = settled.json("export summary --year 2026")
    names = ("agreement", "owed", "claimed", "credited", "lost", "why")
    assert [tuple(row[name] for name in names) for row in told["rows"]] == [
        ("acme", "117.60", "117.60", "100.00", "17.60", "less credited 17.60"),
        ("prague", "2880.00", "0.00", "0.00", "2880.00", "expired 2880.00"),
    ]
    assert [(row["currency"], row["owed"], row["open"]) for row in told["totals"]] == [
        ("CZK", "2880.00", "0.00"),
        ("EUR", "117.60", "0.00"),
    ]
    rows = list(csv.DictReader(io.StringIO(settled.said("export summary --year 2026 --format csv"))))
    assert [row["agreement"] for row in rows] == ["acme", "prague", "total", "total"]
    assert settled.json("export summary --year 2025") == {"year": 2025, "rows": [], "totals": []}
    assert "less credited 17.60" in settled.said("export summary --year 2026")


def test_a_year_as_a_document(settled: Acme, tmp_path: Path) -> None:
    """The same figures on paper: one table a currency, why something was lost, and the demonstration named as one."""
    page = settled.said("export summary --year 2026 --format html")
    for words in ("DEMONSTRATION", "Service credits of 2026", "117.60", "2,880.00", "the deadline passed", "VAT"):
        assert words in page
    assert page.index("CZK") < page.index("EUR")
    file = tmp_path / "2026.pdf"
    assert settled.said(f"export summary --year 2026 --format pdf --to {file}").startswith(f"wrote {file}: ")
    assert file.read_bytes().startswith(b"%PDF-")
    assert settled.run(f"export summary --year 2026 --format pdf --to {file}")[0] == 2  # nothing is overwritten


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.CZECH, ("Celkem", "lhůta uplynula", "880,00", "Cíl")),
        (Language.SERBIAN, ("Ukupno", "rok je istekao", "2.880,00")),
        (Language.RUSSIAN, ("Итого", "срок истёк", "880,00")),
        (Language.UKRAINIAN, ("Разом", "строк сплив", "880,00")),
        (Language.TURKISH, ("Toplam", "süre doldu", "2.880,00")),
    ],
)
def test_in_the_language_of_the_house(language: Language, words: tuple[str, ...]) -> None:
    """Words from a catalogue, figures by locale, notices without an amount in a table of their own."""
    lost = Money(288_000, "CZK")
    row = SummaryRow(
        Matter("prague", "2026-10", "service"), "Vendor", "CZK",
        lost, lost, Money(0, "CZK"), lost, Money(0, "CZK"), ((Account.EXPIRED, lost),),
    )  # fmt: skip
    notice = SummaryRow(Matter("oki", "2025", "inbound"), "Oki", notice=Notice("sent"))
    found = Summary(2026, (row, notice), (replace(row, matter=Matter("total", "", "")),))
    text = summary_letter(found, AFTER, ZoneInfo("Europe/Prague"), language, demonstration=False).text
    for each in words:
        assert each in text or each.lower() in text
    assert "DEMONSTRATION" not in text


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("rate add EUR EUR 1 --date 2026-11-12 --source CNB", "between two currencies"),
        ("rate add EUR crowns 24 --date 2026-11-12 --source CNB", "'crowns' is no currency code"),
        ("rate add EUR CZK 24,3 --date 2026-11-12 --source CNB", "'24,3' is no rate"),
        ("rate add EUR CZK 0.0 --date 2026-11-12 --source CNB", "'0.0' is no rate"),
        ("rate add EUR CZK 24.3 --date yesterday --source CNB", "'yesterday' is no date"),
    ],
)
def test_rates_that_are_none(settled: Acme, line: str, message: str) -> None:
    """A rate is a fact with its source and date, or it is refused."""
    code, output = settled.run(f"{line} --by ana")
    assert code == 2
    assert message in output


def test_the_last_rate_of_a_day_and_source_stands(settled: Acme) -> None:
    """Earlier ones stay on record."""
    for rate in ("24.1", "24.2"):
        settled.said(f"rate add EUR CZK {rate} --date 2026-10-01 --source ECB --by ana")
    assert [row["rate"] for row in settled.json("rate list") if row["source"] == "ECB"] == ["24.2"]
