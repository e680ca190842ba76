"""Whole letters, word for word. `UPTIME_BLESS=1 pytest tests/letters` writes them anew; read the difference then."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.letters.cases import (
    instant,
    notice_agreement,
    notice_contract,
    notice_statement,
    stage,
    steps_agreement,
    steps_contract,
    steps_statement,
)
from uptime_daemon.core.claims.stages import stages_of
from uptime_daemon.letters.claim import letter
from uptime_daemon.letters.content import AttachedFile, ClaimContent, EligibleContent, OutageContent
from uptime_daemon.letters.internal import eligible, outage

if TYPE_CHECKING:
    from collections.abc import Callable

    from uptime_daemon.letters.content import Letter

GOLDEN = Path(__file__).parents[1] / "golden" / "letters"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
FILES = (
    AttachedFile("case.json", 18_244, DIGEST),
    AttachedFile("outages.csv", 512, DIGEST[::-1]),
    AttachedFile("evidence.zip", 150, DIGEST[1:] + "0"),
)
SINCE = instant("2026-06-10T10:00:00+02:00")
UNTIL = instant("2026-06-10T11:07:00+02:00")
WIDE = (
    (
        "2026-06-10T09:59:30+02:00",
        "2026-06-10T10:00:00+02:00",
        "2026-06-10T11:40:55+02:00",
        "2026-06-10T11:50:00+02:00",
    ),
)
"""110 minutes as measured, of which the shortest bounds prove 100:55: two steps measured, one claimed."""


def claim_content(**more: Any) -> ClaimContent:
    """What the final claim of June is written from, 39.20 EUR."""
    statement = steps_statement()
    return ClaimContent(
        "acme-daktela.2026-06.service.final",
        steps_agreement(),
        statement,
        stage(statement, "final"),
        {SINCE: "silent"},
        FILES,
        "claims@acme.example",
        **more,
    )


def claim() -> Letter:
    """The final claim of June, 39.20 EUR."""
    return letter(claim_content(follows="acme-daktela.2026-06.service.provisional"))


def claim_provisional() -> Letter:
    """A provisional claim in a demonstration whose measured and proven amounts differ."""
    statement = steps_statement("2026-06-25T12:00:00+02:00", WIDE)
    return letter(
        ClaimContent(
            "acme-daktela.2026-06.service.provisional",
            steps_agreement(),
            statement,
            stage(statement, "provisional"),
            {},
            FILES,
            "claims@acme.example",
            demonstration=True,
        )
    )


def breach_content(**more: Any) -> ClaimContent:
    """What the year's breach notice is written from."""
    statement = notice_statement()
    return ClaimContent(
        "acme-oki.2025.inbound.final",
        notice_agreement(),
        statement,
        stage(statement, "final"),
        {},
        FILES,
        "claims@acme.example",
        **more,
    )


def breach_notice() -> Letter:
    """The year's breach notice, by ticket."""
    return letter(breach_content())


def eligible_claim() -> Letter:
    """What finance reads about the June claim."""
    statement = steps_statement()
    number = "acme-daktela.2026-06.service.final"
    return eligible(
        EligibleContent(
            number,
            steps_agreement(),
            statement,
            stage(statement, "final"),
            stages_of(statement),
            (f"uptime-daemon claim render {number}", f"uptime-daemon claim approve {number} --by NAME"),
        )
    )


def eligible_notice() -> Letter:
    """What finance reads about the breach notice, with a hindrance."""
    statement = notice_statement()
    number = "acme-oki.2025.inbound.final"
    return eligible(
        EligibleContent(
            number,
            notice_agreement(),
            statement,
            stage(statement, "final"),
            stages_of(statement),
            (f"uptime-daemon claim render {number}",),
            ("something that must be put right first",),
            demonstration=True,
        )
    )


def outage_started() -> Letter:
    """An outage under a contract that counts from the ticket."""
    return outage(
        OutageContent(
            notice_agreement(), notice_contract(), "inbound", SINCE, None, "refused", ("uptime-daemon ticket open ...",)
        )
    )


def outage_ended() -> Letter:
    """The end of an outage under a contract that wants a phone call."""
    return outage(
        OutageContent(
            steps_agreement(),
            steps_contract(),
            "service",
            SINCE,
            UNTIL,
            "answered_with_error",
            ("uptime-daemon ticket open ...",),
        )
    )


@pytest.mark.parametrize(
    "write",
    [claim, claim_provisional, breach_notice, eligible_claim, eligible_notice, outage_started, outage_ended],
    ids=lambda write: write.__name__,
)
def test_letter_word_for_word(write: Callable[[], Letter]) -> None:
    """Subject, text and HTML are those that a person has read and accepted."""
    written = write()
    forms = {"txt": f"Subject: {written.subject}\n\n{written.text}", "html": written.html}
    for form, text in forms.items():
        path = GOLDEN / f"{write.__name__}.{form}"
        if os.environ.get("UPTIME_BLESS") == "1":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"read the difference, then UPTIME_BLESS=1 pytest {__file__}"
