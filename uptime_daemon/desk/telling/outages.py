"""Mails to the technical contact: an outage has started, an outage has ended, and what the contract asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.delivery.address import AddressError
from uptime_daemon.desk.claims.house import House
from uptime_daemon.desk.claims.mails import internal_mail
from uptime_daemon.desk.telling.notices import outage_happening
from uptime_daemon.letters.content import OutageContent, style_for, style_of
from uptime_daemon.letters.internal import outage
from uptime_daemon.letters.report import channels_of, duties

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.ports import Agreements
    from uptime_daemon.store.ports import Store


@dataclass(frozen=True, slots=True)
class OutageNotices:
    """Who is told of outages, once at the start and once at the end of each."""

    agreements: Agreements
    store: Store
    house: House

    def started(
        self, agreement_id: str, group: str, since: Instant, at: Instant, outage_class: str | None = None
    ) -> str | None:
        """Tell of an outage of a contract's group; returns why nobody could be told. Telling twice is telling once."""
        return self._tell("started", agreement_id, group, since, None, at, outage_class)

    def ended(
        self,
        agreement_id: str,
        group: str,
        since: Instant,
        until: Instant,
        at: Instant,
        outage_class: str | None = None,
    ) -> str | None:
        """Tell that it is over; returns why nobody could be told."""
        return self._tell("ended", agreement_id, group, since, until, at, outage_class)

    def _tell(
        self,
        step: str,
        agreement_id: str,
        group: str,
        since: Instant,
        until: Instant | None,
        at: Instant,
        outage_class: str | None,
    ) -> str | None:
        agreement = next((each for each in self.agreements.agreements() if each.id == agreement_id), None)
        if agreement is None:
            return f"outage of {group}: there is no agreement {agreement_id!r} any more"
        contract = self.agreements.contract(agreement_id, since)
        letter = outage(
            OutageContent(
                agreement=agreement,
                contract=contract,
                group=group,
                since=since,
                until=until,
                outage_class=outage_class,
                commands=tuple(_commands(agreement_id, group, contract)),
                link=report_link(self.house.url, agreement_id, group) if duties(contract) else "",
                said_in=style_of(agreement, contract).language,
                demonstration=self.house.demonstration,
                style=style_for(agreement.people.technical, agreement, self.house.language),
            )
        )
        matter = f"outage.{agreement_id}.{group}.{format_instant(since)}"
        link = report_link(self.house.url, agreement_id, group) if duties(contract) and until is None else ""
        notices = self.house.listeners.notices(
            outage_happening(agreement_id, group, since, until, outage_class, link), at
        )
        try:
            follows = None if until is None else "started"
            to = agreement.people.technical
            mail = internal_mail(letter, matter, step, to, self.house, at, follows=follows)
        except AddressError as error:
            self.store.queue_notices(notices)
            return f"outage of {group}: nobody is told: agreements[{agreement_id}].people.technical: {error}"
        self.store.queue_mail(mail, notices)
        return None


def report_link(url: str, agreement: str, group: str) -> str:
    """The page on which a report is recorded; empty where nobody can reach one."""
    return f"{url}/report?{urlencode({'agreement': agreement, 'group': group})}" if url else ""


def _commands(agreement: str, group: str, contract: Contract) -> Iterator[str]:
    """How to record the report, where the contract wants one; the channel is filled in where there is only one."""
    if channels := channels_of(contract):
        channel = "CHANNEL" if len(channels) > 1 else channels[0]
        yield f"uptime-daemon ticket open --agreement {agreement} --group {group} --channel {channel}"
