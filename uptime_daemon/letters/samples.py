"""Sample letters, by which an agreement's own templates are checked before one of them is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from uptime_daemon.letters import figures
from uptime_daemon.letters.claim import ClaimFigures
from uptime_daemon.letters.clocks import ClockNoticeFigures, EventFigures, MissedFigures
from uptime_daemon.letters.counter import BothFigures, CounterFigures
from uptime_daemon.letters.rendering import SUFFIX, TEMPLATES, TemplateError, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.letters.content import Letter, Style

_CUSTOMER: Final = figures.PartyFigures("Acme Ltd", ("Street 1", "11000 Beograd"))
_VENDOR: Final = figures.PartyFigures("Vendor s.r.o.", ("Street 2", "130 00 Praha 3"))
_AT: Final = "3 Jun 2026, 10:00:00 +02:00"
_LATER: Final = "3 Jun 2026, 11:30:00 +02:00"
_REASON: Final = figures.ReasonFigures("excluded: planned work", "7.2", "0:20:00")

FULL: Final = ClaimFigures(
    demonstration=True,
    late=False,
    provisional=True,
    follows="acme.2026-06.service.provisional",
    words="SLA Service Credit",
    claim="acme.2026-06.service.final",
    customer=_CUSTOMER,
    vendor=_VENDOR,
    contract_no="D-2026-17",
    customer_no="4711",
    service="Contact centre",
    group="Contact centre service",
    contract="Service level agreement",
    version="2026-01",
    plan="premium",
    period="2026-06",
    period_title="June 2026",
    start="1 Jun 2026, 00:00:00 +02:00",
    end="1 Jul 2026, 00:00:00 +02:00",
    zone="Europe/Prague",
    as_of=_LATER,
    dated="3 June 2026",
    targets=(
        figures.TargetFigures("Availability", "at least 99.9%", "99.79%", "missed", "2.1"),
        figures.TargetFigures("Longest single outage", "at most 30 min", "90 min", "noted", "2.2"),
    ),
    outages=(
        figures.OutageFigures(
            "1", _AT, _LATER, "1:29:30", "1:30:00", "1:30:30", "1:10:00", "did not answer", "T-1", _AT, (_REASON,)
        ),
    ),
    labels=(_REASON,),
    coverage="99.9%",
    sight="Checks an hour at each vantage point: 120; at each endpoint one every 30 s or sooner. An outage of 50 s or"
    " more is seen for sure, a shorter one may be missed.",
    has_budget=True,
    amount="25.02 EUR",
    measured_amount="50.03 EUR",
    credit_clause="2.3",
    invoice="2026-06",
    steps=(figures.StepFigures("Credit", "2.3", "1,250.75 x 2% = 25.015, half up: 25.02 EUR"),),
    proven_steps=(figures.StepFigures("Counted", "1.3", "1:10:00"),),
    conditions=(figures.ConditionFigures("Every incident was reported by phone", "4.1", "yes", "T-1"),),
    deadline=figures.DeadlineFigures("final", "5.1", "8 Jul 2026, 00:00:00 +02:00", "Tuesday, 7 July 2026"),
    attachments=(("case.json", "1,540 bytes", "0" * 64),),
    signed_by="0" * 64,
    signatory="Ana Anić",
    reply_to="claims@acme.example",
)
"""A letter in which everything occurs."""
BARE: Final = replace(
    FULL,
    demonstration=False,
    late=True,
    provisional=False,
    follows="",
    contract_no="",
    customer_no="",
    service="",
    plan="",
    outages=(),
    labels=(),
    coverage="",
    has_budget=False,
    measured_amount="",
    invoice="",
    proven_steps=(),
    conditions=(),
    attachments=(),
    signed_by="",
)
"""A letter in which nothing occurs that may be missing."""
NOTICE: Final = ClockNoticeFigures(
    demonstration=True,
    subject="SLA Service Credit [T-1]",
    customer=_CUSTOMER,
    vendor=_VENDOR,
    contract="Service level agreement",
    version="2026-01",
    contract_no="D-2026-17",
    customer_no="4711",
    service="Contact centre",
    ticket="T-1",
    severity="1",
    zone="Europe/Prague",
    dated="3 June 2026",
    as_of=_LATER,
    missed=(
        MissedFigures("First answer", "4.5", "4 hours", _AT, ((_AT, _LATER),), _LATER, _LATER),
        MissedFigures("Resolution", "4.5", "8 hours", _AT, (), _LATER, ""),
    ),
    events=(EventFigures(_AT, "reported", "phone", "", "call 17"),),
    signatory="Ana Anić",
    reply_to="claims@acme.example",
)
"""A notice of missed times."""

ANSWER: Final = CounterFigures(
    demonstration=True,
    title="SLA Service Credit – answer to your figures",
    customer=_CUSTOMER,
    vendor=_VENDOR,
    dated="3 June 2026",
    contract_no="D-2026-17",
    contract="Service level agreement",
    customer_no="4711",
    period_title="June 2026",
    zone="Europe/Prague",
    claim="acme.2026-06.service.final",
    claimed="50.03 EUR",
    undisputed="25.02 EUR",
    outages=(BothFigures(f"{_AT} – {_LATER}", "", "0:00:00"),),
    signatory="Ana Anić",
    reply_to="claims@acme.example",
)
"""An answer to a vendor's figures."""


def mistakes(style: Style) -> Iterator[TemplateError]:
    """Every mistake of the templates of an agreement's own: files that nothing uses, and what rendering them shows."""
    folder = style.templates
    if folder is None:
        return
    if not folder.is_dir():
        yield TemplateError(str(folder), 1, "is no folder; make it, or leave letters.templates out")
        return
    known = sorted(path.name for path in TEMPLATES.glob(f"*{SUFFIX}"))
    for path in sorted(folder.iterdir()):
        if path.name not in known:
            yield TemplateError(str(path), 1, f"no letter uses it; write one of: {', '.join(known)}")
    seen: set[tuple[str, int, str]] = set()
    for error in _found(style):
        if (error.file, error.line, error.message) not in seen:
            seen.add((error.file, error.line, error.message))
            yield error


def _found(style: Style) -> Iterator[TemplateError]:
    for name in ("claim", "breach_notice", "clock_notice", "counter_answer"):
        try:
            made = sampled(name, style)
        except TemplateError as error:
            yield error
        else:
            if not all(each.text.strip() for each in made):
                yield TemplateError(str((style.templates or TEMPLATES) / f"{name}{SUFFIX}"), 1, "says nothing")


def sampled(name: str, style: Style) -> tuple[Letter, ...]:
    """Sample letters by their template's name. Raises `TemplateError`."""
    subject = "SLA Service Credit [sample]"
    if name == "clock_notice":
        return (written(name, subject, style, mail=NOTICE),)
    if name == "counter_answer":
        return tuple(
            written(name, subject, style, letter=each)
            for each in (ANSWER, replace(ANSWER, undisputed=""), replace(ANSWER, undisputed="", claimed=""))
        )
    return tuple(written(name, subject, style, letter=sample) for sample in (FULL, BARE))
