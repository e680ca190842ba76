"""What a person needs who reports an outage now: where to, in which words, with which numbers, what to have at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import OutageClass
from uptime_daemon.core.terms.downtime import StartEvent
from uptime_daemon.languages.catalogue import message
from uptime_daemon.languages.language import Language
from uptime_daemon.letters import figures
from uptime_daemon.letters.lines import one_line
from uptime_daemon.letters.wording import wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.letters.wording import Wording

_NUMBERS: Final = {
    "contract_no": message("Contract number"),
    "customer_no": message("Customer number"),
    "service": message("Service"),
}


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
    agreement: Agreement,
    terms: Contract,
    group: str,
    since: Instant,
    outage_class: str | None = None,
    words: Wording | None = None,
    said_in: Language = Language.ENGLISH,
) -> ReportSheet:
    """The sheet for one outage of a contract's group; what is said to the vendor is in `said_in`."""
    words = words or wording(Language.ENGLISH, terms)
    say, found = words.catalogue.gettext, duties(terms, words)
    vendor = agreement.vendor
    reached = ((say("Phone"), vendor.phone), (say("Portal"), vendor.portal), (say("Mail"), vendor.mail))
    names = [*_NUMBERS, *sorted(agreement.reference.keys() - _NUMBERS.keys())]
    return ReportSheet(
        duties=found,
        channels=channels_of(terms),
        contacts=tuple((name, one_line(value)) for name, value in reached if value),
        numbers=tuple(
            (say(_NUMBERS[name]) if name in _NUMBERS else one_line(name), one_line(agreement.reference[name]))
            for name in names
            if name in agreement.reference
        ),
        words=_words(agreement, terms, group, since, outage_class, wording(said_in, terms)),
        evidence=tuple(words.title(each.what) for each in terms.claim.evidence),
    )


def duties(terms: Contract, words: Wording | None = None) -> tuple[Duty, ...]:
    """Every report of an outage that the contract makes a condition, or without which downtime does not count."""
    words = words or wording(Language.ENGLISH, terms)
    found = [
        Duty(words.title(condition.title), condition.clause, _channels(condition.reporting.channels, words))
        for condition in terms.conditions
        if condition.reporting is not None
    ]
    rules = terms.downtime
    if rules.starts is StartEvent.TICKET and rules.tickets is not None:
        title = words.catalogue.gettext("Downtime counts from the receipt of a ticket")
        found.insert(0, Duty(title, rules.clause, _channels(rules.tickets.received_by, words)))
    return tuple(found)


def channels_of(terms: Contract) -> tuple[str, ...]:
    """The names of the channels on which the first duty is done; empty where the contract asks for no report."""
    rules = terms.downtime
    if rules.starts is StartEvent.TICKET and rules.tickets is not None:
        return tuple(sorted(rules.tickets.received_by))
    reporting = next((each.reporting for each in terms.conditions if each.reporting is not None), None)
    return () if reporting is None else tuple(sorted(reporting.channels))


def _channels(channels: Iterable[str], words: Wording) -> str:
    return ", ".join(words.channel(each) for each in sorted(channels))


def _words(
    agreement: Agreement, terms: Contract, group: str, since: Instant, outage_class: str | None, words: Wording
) -> str:
    """What is down, since when, who we are and what is asked for, in sentences that can be read out."""
    titles = {each.id: each.title for each in terms.groups}
    number = agreement.reference.get("contract_no")
    say = words.catalogue.gettext
    who = say("This is %(customer)s, contract %(number)s.") if number else say("This is %(customer)s.")
    how = {
        OutageClass.ANSWERED_WITH_ERROR: say("It answers with errors."),
        OutageClass.REFUSED: say("It refuses connections."),
        OutageClass.SILENT: say("It does not answer."),
    }
    sentences = [
        who % {"customer": agreement.customer.name or agreement.id, "number": number},
        say("%(group)s has been unavailable since %(at)s (%(zone)s).")
        % {
            "group": words.title(titles.get(group, group)),
            "at": words.instant(figures.whole_seconds(since), terms.zone),
            "zone": terms.zone.key,
        },
        how[OutageClass(outage_class)] if outage_class else "",
        say(
            "Please register this as a failure of the service, confirm when you received it, and tell us the number of"
            " the ticket and the cause as soon as it is known."
        ),
    ]
    return one_line(" ".join(sentences))
