"""What a person needs who reports an outage now: where to, in which words, with which numbers, what to have at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.judging.step import local_text
from uptime_daemon.core.terms.downtime import StartEvent
from uptime_daemon.letters import figures
from uptime_daemon.letters.rendering import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Instant

_SHOWN: Final = {
    "answered_with_error": "It answers with errors.",
    "refused": "It refuses connections.",
    "silent": "It does not answer.",
}
_NUMBERS: Final = {"contract_no": "Contract number", "customer_no": "Customer number", "service": "Service"}


@dataclass(frozen=True, slots=True)
class Duty:
    """A report that the contract asks for."""

    title: str
    clause: str
    channels: str


@dataclass(frozen=True, slots=True)
class ReportSheet:
    """How an outage is reported under one agreement."""

    duties: tuple[Duty, ...]
    channels: tuple[str, ...]
    """On which the first duty is done, best first; empty where the contract asks for no report."""
    contacts: tuple[tuple[str, str], ...]
    """How the vendor is reached: what it is and its number or address."""
    numbers: tuple[tuple[str, str], ...]
    """What the vendor knows us by."""
    words: str
    """The text to say or to paste."""
    evidence: tuple[str, ...]
    """What the contract wants to be shown."""


def report_sheet(
    agreement: Agreement, terms: Contract, group: str, since: Instant, outage_class: str | None = None
) -> ReportSheet:
    """The sheet for one outage of a contract's group."""
    found = duties(terms)
    vendor = agreement.vendor
    reached = (("Phone", vendor.phone), ("Portal", vendor.portal), ("Mail", vendor.mail))
    names = [*_NUMBERS, *sorted(agreement.reference.keys() - _NUMBERS.keys())]
    return ReportSheet(
        duties=found,
        channels=tuple(found[0].channels.split(", ")) if found else (),
        contacts=tuple((name, one_line(value)) for name, value in reached if value),
        numbers=tuple(
            (_NUMBERS.get(name, one_line(name)), one_line(agreement.reference[name]))
            for name in names
            if name in agreement.reference
        ),
        words=_words(agreement, terms, group, since, outage_class),
        evidence=tuple(one_line(each.what) for each in terms.claim.evidence),
    )


def duties(terms: Contract) -> tuple[Duty, ...]:
    """Every report of an outage that the contract makes a condition, or without which downtime does not count."""
    found = [
        Duty(one_line(condition.title), condition.clause, _channels(condition.reporting.channels))
        for condition in terms.conditions
        if condition.reporting is not None
    ]
    rules = terms.downtime
    if rules.starts is StartEvent.TICKET and rules.tickets is not None:
        counted = Duty(
            "Downtime counts from the receipt of a ticket", rules.clause, _channels(rules.tickets.received_by)
        )
        found.insert(0, counted)
    return tuple(found)


def _channels(channels: Iterable[str]) -> str:
    return ", ".join(sorted(channels))


def _words(agreement: Agreement, terms: Contract, group: str, since: Instant, outage_class: str | None) -> str:
    """What is down, since when, who we are and what is asked for, in sentences that can be read out."""
    titles = {each.id: each.title for each in terms.groups}
    number = agreement.reference.get("contract_no")
    who = agreement.customer.name or agreement.id
    shown = f" {_SHOWN[outage_class]}" if outage_class in _SHOWN else ""
    at = local_text(figures.whole_seconds(since), terms.zone)
    return one_line(
        f"This is {who}{f', contract {number}' if number else ''}."
        f" {titles.get(group, group)} has been unavailable since {at} ({terms.zone.key}).{shown}"
        " Please register this as a failure of the service, confirm when you received it, and tell us the number of"
        " the ticket and the cause as soon as it is known."
    )
