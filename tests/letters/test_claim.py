"""What a vendor's letter says and what it never says."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from fractions import Fraction

import pytest

from tests.core.builders import stepped
from tests.letters.cases import (
    instant,
    notice_agreement,
    notice_statement,
    stage,
    steps_agreement,
    steps_contract,
    steps_statement,
)
from tests.letters.test_golden import DIGEST, FILES, WIDE, breach_content, breach_notice, claim, claim_provisional
from uptime_daemon.core.facts.sight import Sight
from uptime_daemon.core.judging.statement import Figure, Statement
from uptime_daemon.core.terms.agreement import Agreement, Party
from uptime_daemon.core.terms.money import decimal_text
from uptime_daemon.core.terms.target import OnLimit
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.languages.formats import SPACE
from uptime_daemon.languages.language import Language
from uptime_daemon.letters.claim import NothingProvenError, fields, letter
from uptime_daemon.letters.content import ClaimContent, Letter, Style
from uptime_daemon.letters.figures import sight_text
from uptime_daemon.letters.wording import wording

NUMBER = "acme-daktela.2026-06.service.final"
SHORT = (
    (
        "2026-06-10T09:59:30+02:00",
        "2026-06-10T10:00:00+02:00",
        "2026-06-10T10:50:00+02:00",
        "2026-06-10T11:07:00+02:00",
    ),
)
"""67 minutes as measured, of which the shortest bounds prove 50: not one completed step."""


def _letter(
    statement: Statement | None = None, agreement: Agreement | None = None, *, late: bool = False, due: str = "final"
) -> Letter:
    judged = statement or steps_statement()
    return letter(
        ClaimContent(
            NUMBER,
            agreement or steps_agreement(),
            judged,
            stage(judged, due),
            {},
            FILES,
            "claims@acme.example",
            late=late,
        )
    )


def _words(form: str) -> str:
    """What a person reads of an HTML letter."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", form)).split())


def _said(letter: Letter) -> str:
    """The text as one line."""
    return " ".join(letter.text.split())


def test_subject_begins_with_the_contracts_words() -> None:
    """The exact words first, the claim's number in brackets last, also in a demonstration."""
    assert claim().subject == f"SLA Service Credit - Contact centre - D-2026-17 - 2026-06 [{NUMBER}]"
    assert claim_provisional().subject.startswith("SLA Service Credit - DEMONSTRATION - Contact centre - ")
    bare = _letter(agreement=replace(steps_agreement(), reference={})).subject
    assert bare == f"SLA Service Credit - Contact centre service - 2026-06 [{NUMBER}]"


@pytest.mark.parametrize("written", [claim(), claim_provisional(), breach_notice()], ids=["claim", "demo", "notice"])
def test_only_the_claimed_reading_leaves(written: Letter) -> None:
    """No ambiguity, no open condition, nothing to review and no conservative figure stands in a vendor's letter."""
    for form in (written.text, _words(written.html), written.subject):
        assert not re.search(r"AMB-|unknown|conservative|recommended|review|rests on", form, re.IGNORECASE)


def test_other_readings_change_no_letter() -> None:
    """A statement whose other readings differ gives the same letter."""
    contested = replace(
        steps_statement(),
        conservative=Figure("0.00", breached=False),
        differs_by={"AMB-DAK-3": Figure("0.00", breached=False)},
        needs_review=("1.8 accepted_contract: unknown",),
    )
    assert _letter(contested) == _letter()


def test_both_forms_say_the_same_figures() -> None:
    """Every amount, instant, length and digest of the text stands in the HTML, too."""
    for written in (claim(), claim_provisional(), breach_notice()):
        figures = set(re.findall(r"\d[\d:.,+-]{3,}\d", written.text))
        assert len(figures) > 20
        assert {figure for figure in figures if figure not in _words(written.html)} == set()


def test_claims_what_even_the_shortest_outages_prove() -> None:
    """Measured 110 minutes are two steps, the shortest bounds one: one is claimed, and both are said."""
    written = claim_provisional()
    assert "    39.20 EUR\n" in written.text
    assert "the credit is 78.40 EUR; we claim 39.20 EUR" in " ".join(written.text.split())
    assert "1:40:55" in written.text
    assert "980 x 4% = 39.2, half up: 39.20 EUR" in written.text
    assert "Please issue a credit note of 39.20 EUR" in _said(written)


def test_how_closely_was_looked() -> None:
    """Every language says the figures; history of others is named, and figures that nobody has are not made up."""
    statement = steps_statement()
    seven = Sight(7 * SECOND, Fraction(3600, 7), 90 * SECOND, with_history=True)

    def told(sight: Sight | None, language: Language) -> str:
        shown = replace(statement, judgement=replace(statement.judgement, sight=sight))
        return sight_text(shown.judgement, wording(language))

    assert sight_text(statement.judgement, wording(Language.ENGLISH)).replace(SPACE, " ") == (
        "Checks an hour at each vantage point: 120; at each endpoint one every 30 s or sooner. An outage of 56 s or"
        " more is seen for sure, a shorter one may be missed."
    )
    for language in Language:
        said, stop = told(seven, language), "," if language is not Language.ENGLISH else "."
        for figure in (f"514{stop}29", f"7{SPACE}", f"1{SPACE}", f"30{SPACE}"):
            assert figure in said, (language, figure)
        assert said.startswith(told(replace(seven, with_history=False), language) + " ")
        assert told(None, language)
        assert not any(digit in told(None, language) for digit in "0123456789")


def test_nothing_proven_is_nothing_claimed() -> None:
    """Where the shortest outages earn nothing there is no letter, and the reason has both amounts."""
    with pytest.raises(NothingProvenError, match=r"earn 0\.00 EUR, .*measured figure is 39\.20 EUR"):
        _letter(steps_statement(outages=SHORT))


def test_no_fee_no_amount() -> None:
    """Without a fee no letter can name an amount; the message says what to add."""
    agreement = replace(steps_agreement(), fees=())
    with pytest.raises(NothingProvenError, match="no fee is in force"):
        _letter(steps_statement(agreement=agreement), agreement)


def test_breach_that_is_only_possible_is_no_notice() -> None:
    """A target that only the measured outages miss, and not the shortest, gives no breach notice."""
    statement = notice_statement()
    judgement = statement.judgement
    kinder = tuple(
        replace(result, breach="possible") if result.target.id == "total_downtime" else result  # type: ignore[arg-type]
        for result in judgement.targets
    )
    with pytest.raises(NothingProvenError, match="no target is missed by the shortest outages"):
        _letter(replace(statement, judgement=replace(judgement, targets=kinder)), notice_agreement())


def test_promises_from_which_nothing_follows_are_noted() -> None:
    """The waived single outage is shown as not kept and not claimed; the kept target is shown as kept."""
    said = _said(breach_notice())
    assert "Longest single outage Promised: at most 30 min; Delivered: 460 min; Clause: Duties 1" in said
    assert "Result: not kept; noted, nothing is claimed from it" in said
    assert "Availability Promised: at least 99.9%; Delivered: 99.9067732116%; Result: kept" in said
    assert "Downtime in the period Promised: at most 480 min; Delivered: 490 min; Result: not kept" in said


def test_conditions_that_hold_are_shown_with_evidence() -> None:
    """A condition known to hold stands there with its evidence, an open one does not."""
    text = claim().text
    assert "acceptance protocol of 2025-12-18" in text
    conditions = text[text.index("Every critical incident") :]
    assert "T-1187" in conditions
    assert "T-1190" not in conditions  # its outage is excused whole, so nothing rests on its report
    assert "The version in use is supported" not in text


def test_excluded_and_unmeasured_time_is_shown() -> None:
    """Good faith: what is excluded, by which clause, and what nobody measured stand beside the outages."""
    text = claim().text
    assert "0:20:10 excluded: Planned downtime (clause 1.4 a)" in text
    assert re.search(r"excluded: Planned downtime +1.4 a +0:20:10\n", text)
    assert re.search(r"not measured \(monitoring off\), taken as available +1:00:00\n", text)


def test_deadline_in_the_contracts_zone() -> None:
    """The exclusive deadline stands on the contract's clock with its zone, and the last day in words."""
    text = " ".join(claim().text.split())
    assert (
        "before 8 Jul 2026, 00:00:00 +02:00 (Europe/Prague; clause 5.1), that is by the end of Tuesday, 7 July 2026"
        in text
    )


def test_late_letter_says_so() -> None:
    """An expired claim that is sent on purpose admits it instead of quoting the deadline as kept."""
    text = " ".join(_letter(late=True).text.split())
    assert "The deadline of 8 Jul 2026, 00:00:00 +02:00 (Europe/Prague) has passed. We send this letter late" in text
    assert "The contract asks for this letter before" not in text


def test_demonstration_is_printed_large() -> None:
    """Nobody takes a demonstration for a claim: it is the first thing in both forms."""
    written = claim_provisional()
    assert "D E M O N S T R A T I O N" in written.text.splitlines()[1]
    assert re.search(r"font-size:32px[^>]*>DEMONSTRATION<", written.html)
    assert "DEMONSTRATION" not in claim().html + claim().text


def test_attachments_with_their_digests() -> None:
    """Every attached file stands in both forms with size and SHA-256."""
    for form in (claim().text, claim().html):
        assert all(part in form for part in ("case.json", "18,244", DIGEST, "outages.csv", "evidence.zip"))


def test_vat_and_requested_form() -> None:
    """The letter asks for a credit note to the invoice and leaves VAT to it."""
    assert "a credit note of 39.20 EUR to invoice FV-2026-0617. VAT is not computed" in _said(claim())


HOSTILE = '<script>alert("x")</script>\r\nSubject: other\u202e & {{ 7 * 7 }}'


def test_what_people_typed_is_only_text() -> None:
    """Markup is escaped, line breaks and direction marks vanish, and no template runs in a name."""
    agreement = replace(
        steps_agreement(),
        customer=Party(HOSTILE, HOSTILE.replace("\r\n", " ")),
        vendor=Party(HOSTILE, ""),
        reference={"contract_no": HOSTILE, "service": HOSTILE, "customer_no": HOSTILE},
    )
    written = _letter(agreement=agreement)
    assert "<script" not in written.html
    assert "&lt;script&gt;" in written.html
    assert "{{ 7 * 7 }}" in written.text
    for form in (written.text, written.html, written.subject):
        assert "\u202e" not in form
        assert "\nSubject" not in form
    assert len(written.subject.splitlines()) == 1


def test_text_lines_fit_any_mail_program() -> None:
    """Lines of the text form have at most 78 characters, as long as nothing in them is longer by itself."""
    long_lines = [
        line for written in (claim(), claim_provisional()) for line in written.text.splitlines() if len(line) > 78
    ]
    assert long_lines == []


def test_limit_that_must_be_passed_is_called_so() -> None:
    """Where exactly the limit is a miss, the letter says more than it, not at least."""
    (target,) = steps_contract().targets
    strict = replace(steps_contract(), targets=(replace(target, on_limit=OnLimit.MISSED),))
    assert f"promised: more than {decimal_text(target.limit)}%" in _letter(steps_statement(contract=strict)).text
    assert f"promised: at least {decimal_text(target.limit)}%" in _letter(steps_statement()).text


def test_what_a_ticket_asks_for() -> None:
    """Where no mail is sent, names and values stand ready to be pasted, in the letter's language; empty ones do not."""
    content = breach_content(style=Style(Language.UKRAINIAN))
    named = dict(fields(content))
    assert named["Тема"] == letter(content).subject
    assert named["Номер договору"] == "OT-88"
    assert named["Додати"] == "case.json, outages.csv, evidence.zip"
    assert "Сума" not in named


def test_cap_is_a_line_of_the_computation() -> None:
    """A capped credit shows the cap, so that the calculator comes to the same amount."""
    credit = stepped("availability", "0.01", "40", cap="100", clauses=("2.3", "2.4"))
    statement = steps_statement(contract=replace(steps_contract(), credit=credit))
    text = _letter(statement).text
    assert "10 x 40% = 400%" in text
    assert "980 x 100% = 980, half up: 980.00 EUR" in text


def test_open_period_says_what_it_rests_on() -> None:
    """A provisional letter names the instant until which it knows, and that more downtime only adds."""
    text = " ".join(_letter(steps_statement("2026-06-25T12:00:00+02:00", WIDE), due="provisional").text.split())
    assert "is made on what was recorded until 25 Jun 2026, 12:00:00 +02:00 (Europe/Prague)" in text
    assert "further downtime can only add to it" in text
    assert instant("2026-06-25T12:00:00+02:00") < instant("2026-07-01T00:00:00+02:00")
