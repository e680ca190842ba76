"""What a person has to see to before a claim leaves, from the contract's own terms."""

from __future__ import annotations

from dataclasses import replace

from tests.letters.cases import PRAGUE, steps_contract
from uptime_daemon.core.claims.stages import DueStage
from uptime_daemon.core.terms.claim import EvidenceItem, Holding, Redaction, Risk, TruthSource
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.languages.language import Language
from uptime_daemon.letters.tasks import tasks
from uptime_daemon.letters.wording import wording

WORDS = wording(Language.ENGLISH)


def test_what_records_hold_is_no_task() -> None:
    """Evidence that the letter or its files hold asks nothing of anybody."""
    terms = steps_contract().claim
    held = replace(terms, evidence=tuple(EvidenceItem("times", each) for each in Holding if each is not Holding.PERSON))
    assert list(tasks(held, DueStage(terms.stages[0], None), PRAGUE, WORDS)) == []


def test_every_task_is_named() -> None:
    """An opening, evidence of a person's own, redaction, the vendor's truth and risks stand in this order."""
    terms = replace(
        steps_contract().claim,
        evidence=(EvidenceItem("call examples (4.2 d)"), EvidenceItem("times", Holding.OUTAGES)),
        redact=(Redaction.CREDENTIALS, Redaction.PERSONAL_DATA),
        truth_source=TruthSource.VENDOR,
        risks=(Risk("4.7", "the handling is billed"),),
    )
    due = DueStage(terms.stages[0], None, parse_instant("2026-06-24T00:00:00+02:00"))
    assert [each.replace("\xa0", " ") for each in tasks(terms, due, PRAGUE, WORDS)] == [
        "send it from 24 Jun 2026, 00:00:00 +02:00 on, not before (clause 5.1)",
        "add what the contract wants to be shown: call examples (4.2 d)",
        "remove from the evidence: credentials, personal data",
        "the vendor's own measurements decide: hold ours against them first",
        "weigh the risk: the handling is billed (clause 4.7)",
    ]
