"""The answer to a vendor's own figures: outage by outage beside ours, what is due even by theirs, what we maintain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.letters import figures
from uptime_daemon.letters.content import PLAIN_STYLE, Style
from uptime_daemon.letters.lines import one_line
from uptime_daemon.letters.rendering import written
from uptime_daemon.letters.wording import wording

if TYPE_CHECKING:
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.spans import Span
    from uptime_daemon.letters.content import Letter
    from uptime_daemon.letters.wording import Wording


@dataclass(frozen=True, slots=True)
class BothSides:
    """One outage as either side has it."""

    ours: Span | None
    theirs: Span | None
    both: Duration
    """How long both agree on."""


@dataclass(frozen=True, slots=True)
class CounterContent:
    """Everything an answer to a vendor's figures says."""

    claim: str
    agreement: Agreement
    statement: Statement
    outages: tuple[BothSides, ...]
    claimed: Money | None
    undisputed: Money | None
    """What is due even by the time that both sides call downtime."""
    at: Instant
    reply_to: str
    demonstration: bool = False
    style: Style = PLAIN_STYLE


@dataclass(frozen=True, slots=True)
class BothFigures:
    """One outage as text."""

    ours: str
    theirs: str
    both: str


@dataclass(frozen=True, slots=True)
class CounterFigures:
    """What the template shows, as text."""

    demonstration: bool
    title: str
    customer: figures.PartyFigures
    vendor: figures.PartyFigures
    dated: str
    contract_no: str
    contract: str
    customer_no: str
    period_title: str
    zone: str
    claim: str
    claimed: str
    """Empty under a contract without credit."""
    undisputed: str
    """Empty where nothing is."""
    outages: tuple[BothFigures, ...]
    signatory: str
    reply_to: str


def counter_answer(content: CounterContent) -> Letter:
    """The letter; its subject begins with the contract's words and ends with the claim's number."""
    terms = content.statement.judgement.terms
    words = wording(content.style.language, terms)
    shown = _figures(content, words)
    mark = " - DEMONSTRATION" if content.demonstration else ""
    subject = f"{one_line(terms.claim.subject)}{mark} - {shown.period_title} [{shown.claim}]"
    return written("counter_answer", subject, content.style, letter=shown)


def _figures(content: CounterContent, words: Wording) -> CounterFigures:
    agreement, statement = content.agreement, content.statement
    terms = statement.judgement.terms
    zone = terms.zone
    customer = figures.party(agreement.customer, agreement.id)
    say = words.catalogue.gettext

    def stretch(span: Span | None) -> str:
        return "" if span is None else f"{words.instant(span.start, zone)} – {words.instant(span.end, zone)}"

    def amount(of: Money | None) -> str:
        return "" if of is None or of.minor <= 0 else words.formats.money(of)

    return CounterFigures(
        demonstration=content.demonstration,
        title=say("%(words)s – answer to your figures") % {"words": one_line(terms.claim.subject)},
        customer=customer,
        vendor=figures.party(agreement.vendor, terms.vendor),
        dated=words.formats.day(content.at, zone),
        contract_no=figures.reference(agreement, "contract_no"),
        contract=words.title(terms.title),
        customer_no=figures.reference(agreement, "customer_no"),
        period_title=figures.period_title(statement.period, zone, words),
        zone=zone.key,
        claim=one_line(content.claim),
        claimed=amount(content.claimed),
        undisputed=amount(content.undisputed),
        outages=tuple(
            BothFigures(stretch(each.ours), stretch(each.theirs), words.clock(each.both)) for each in content.outages
        ),
        signatory=figures.reference(agreement, "signatory") or one_line(agreement.people.owner) or customer.name,
        reply_to=content.reply_to,
    )
