"""What our own people are told: everything that a vendor's letter leaves out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.letters.cases import (
    notice_contract,
    stage,
    steps_agreement,
    steps_contract,
    steps_statement,
)
from tests.letters.test_golden import SINCE, WIDE, outage_ended, outage_started
from uptime_daemon.core.claims.stages import stages_of
from uptime_daemon.core.judging.statement import Figure, Statement
from uptime_daemon.letters.content import EligibleContent, Letter, OutageContent
from uptime_daemon.letters.internal import eligible, outage
from uptime_daemon.letters.report import duties

NUMBER = "acme-daktela.2026-06.service.final"


def _eligible(statement: Statement) -> Letter:
    return eligible(
        EligibleContent(
            NUMBER,
            steps_agreement(),
            statement,
            stage(statement, "final"),
            stages_of(statement),
            (f"uptime-daemon claim render {NUMBER}",),
            ("parameters.claims_address: missing",),
        )
    )


@pytest.mark.parametrize("form", ["text", "html"])
def test_finance_reads_both_readings_and_what_to_review(form: str) -> None:
    """Amounts of both readings, each ambiguity that matters, open conditions, deadlines, hindrance, next command."""
    statement = replace(
        steps_statement(),
        conservative=Figure("0.00", breached=False),
        differs_by={"AMB-DAK-3": Figure("0.00", breached=False)},
    )
    written = " ".join(getattr(_eligible(statement), form).split())
    for said in (
        "39.20 EUR",
        "0.00 EUR",
        "AMB-DAK-3",
        "supported_version: unknown",
        "1 Jul 2026, 00:00:00 +02:00",
        "8 Jul 2026, 00:00:00 +02:00",
        "parameters.claims_address: missing",
        f"uptime-daemon claim render {NUMBER}",
    ):
        assert said in written


def test_finance_reads_measured_beside_proven() -> None:
    """The amount that the letter will claim is in the subject, the measured one beside it in the text."""
    written = _eligible(steps_statement(outages=WIDE))
    assert written.subject == f"Claim eligible: 39.20 EUR, Daktela s.r.o., June 2026 [{NUMBER}]"
    assert re.search(r"measured +78.40 EUR\n", written.text)


def test_claim_without_a_fee() -> None:
    """Without a fee finance still learns of the breach."""
    agreement = replace(steps_agreement(), fees=())
    written = _eligible(steps_statement(agreement=agreement))
    assert "an amount that no fee is known for" in " ".join(written.text.split())
    assert written.subject.startswith("Claim eligible: amount unknown, ")


def test_ticket_contract_urges_a_ticket() -> None:
    """Where downtime counts from the ticket, the first words are to open one, and where."""
    written = outage_started()
    assert "Open a ticket now: until the vendor has it, nothing counts." in written.text
    assert "portal, ticket" in written.text
    assert "refused connections" in written.text


def test_phone_duty_names_its_channel() -> None:
    """A condition on the channel is shown with its clause."""
    (duty,) = duties(steps_contract())
    assert (duty.clause, duty.channels) == ("4.1", "phone")
    assert [each.clause for each in duties(notice_contract())] == ["Duties 1", "General 6"]


def test_contract_that_asks_for_nothing() -> None:
    """Where nothing has to be reported, the mail says so and asks for no command."""
    contract = replace(steps_contract(), conditions=())
    written = outage(OutageContent(steps_agreement(), contract, "service", SINCE, None))
    assert "The contract asks for no report of an outage." in written.text
    assert "Then record it" not in written.text


def test_ended_outage_has_its_length() -> None:
    """The end names start, end and length; the subject has the length."""
    written = outage_ended()
    assert written.subject == "Outage ended: Daktela s.r.o., Contact centre service, after 1:07:00 [acme-daktela]"
    assert "10 Jun 2026, 11:07:00 +02:00" in written.text
