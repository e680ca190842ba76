"""One language's words for what the core gives as values: closed sets, phrases of a derivation, a contract's titles."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.facts.observation import OutageClass
from uptime_daemon.core.facts.records import Answer
from uptime_daemon.core.facts.ticket import EventKind
from uptime_daemon.core.judging.conditions import Claimable
from uptime_daemon.core.judging.downtime import NotCounted
from uptime_daemon.core.judging.statement import Status
from uptime_daemon.core.judging.step import Amount, Clock, Exact, Gap, Joined, Local, Named, Percent, Phrase
from uptime_daemon.core.terms.agreement import FeeBase
from uptime_daemon.core.terms.claim import Redaction
from uptime_daemon.core.terms.clock import LimitUnit
from uptime_daemon.core.terms.downtime import Unmeasured
from uptime_daemon.core.terms.money import Rounding
from uptime_daemon.core.terms.target import TargetKind
from uptime_daemon.core.time.instants import clock_text
from uptime_daemon.core.time.periods import PeriodKind
from uptime_daemon.languages.catalogue import catalogue, message
from uptime_daemon.languages.formats import SPACE, Formats, formats
from uptime_daemon.languages.language import Language
from uptime_daemon.letters.lines import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from gettext import NullTranslations
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.judging.step import Value
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Duration, Instant

DOMAIN: Final = "letters"
"""The catalogue of this room's words."""

_CODES: Final[Mapping[type[StrEnum], Mapping[str, str]]] = {
    Rounding: {
        Rounding.HALF_UP: message("half up"),
        Rounding.HALF_EVEN: message("half to even"),
        Rounding.FLOOR: message("down"),
        Rounding.CEILING: message("up"),
    },
    NotCounted: {
        NotCounted.NO_TICKET: message("no accepted ticket"),
        NotCounted.BEFORE_TICKET: message("before the ticket was received"),
        NotCounted.BELOW_MINIMUM: message("shorter than the contract's minimum"),
        NotCounted.NOT_PRIMARY: message("not the main group"),
        NotCounted.NOT_TOTAL: message("no total loss"),
    },
    Unmeasured: {
        Unmeasured.UP: message("available"),
        Unmeasured.EXCLUDED: message("left out of the period"),
    },
    FeeBase: {
        FeeBase.MONTH: message("month"),
        FeeBase.QUARTER: message("quarter"),
        FeeBase.YEAR: message("year"),
    },
    PeriodKind: {
        PeriodKind.MONTH: message("month"),
        PeriodKind.QUARTER: message("quarter"),
        PeriodKind.YEAR: message("year"),
        PeriodKind.BILLING_CYCLE: message("billing cycle"),
        PeriodKind.ROLLING: message("period of days"),
        PeriodKind.EVENT: message("event"),
    },
    TargetKind: {
        TargetKind.AVAILABILITY: message("availability"),
        TargetKind.TOTAL_DOWNTIME: message("downtime in the period"),
        TargetKind.SINGLE_OUTAGE: message("longest single outage"),
    },
    Answer: {
        Answer.YES: message("yes"),
        Answer.NO: message("no"),
        Answer.UNKNOWN: message("unknown"),
    },
    OutageClass: {
        OutageClass.ANSWERED_WITH_ERROR: message("answered with errors"),
        OutageClass.REFUSED: message("refused connections"),
        OutageClass.SILENT: message("did not answer"),
    },
    Claimable: {
        Claimable.YES: message("yes"),
        Claimable.OPEN: message("open"),
        Claimable.NO: message("no"),
    },
    Status: {
        Status.OPEN: message("the period is open"),
        Status.SETTLING: message("the period is settling"),
        Status.CLOSED: message("the period is closed"),
    },
    Redaction: {
        Redaction.CREDENTIALS: message("credentials"),
        Redaction.PERSONAL_DATA: message("personal data"),
        Redaction.IP_ADDRESSES: message("IP addresses"),
        Redaction.CUSTOMER_CONTENT: message("content of customers"),
    },
    ClaimState: {
        ClaimState.ELIGIBLE: message("eligible"),
        ClaimState.DRAFTED: message("drafted"),
        ClaimState.APPROVED: message("approved"),
        ClaimState.SENT: message("sent"),
        ClaimState.ACKNOWLEDGED: message("acknowledged"),
        ClaimState.CREDITED: message("credited"),
        ClaimState.REJECTED: message("rejected"),
        ClaimState.DISPUTED: message("disputed"),
        ClaimState.SETTLED: message("settled"),
        ClaimState.EXPIRED: message("expired"),
        ClaimState.WAIVED: message("waived"),
        ClaimState.WITHDRAWN: message("withdrawn"),
        ClaimState.SUPERSEDED: message("superseded"),
    },
    EventKind: {
        EventKind.ATTEMPTED: message("report attempted"),
        EventKind.OPENED: message("reported"),
        EventKind.COMPLETED: message("report completed"),
        EventKind.ACKNOWLEDGED: message("acknowledged by you"),
        EventKind.REGISTERED: message("registered by you"),
        EventKind.QUESTION: message("question from you"),
        EventKind.ANSWER: message("answer from us"),
        EventKind.COMMENT: message("comment"),
        EventKind.HOLD: message("put on hold by you"),
        EventKind.RESUME: message("work resumed"),
        EventKind.RESPONSE: message("response from you"),
        EventKind.WORKAROUND: message("workaround from you"),
        EventKind.REPORTED: message("progress reported by you"),
        EventKind.RESOLVED: message("resolved by you"),
        EventKind.ESCALATED: message("escalated"),
    },
}
"""By set first: members of two sets may be spelled alike and mean two things."""
_UNMEASURED: Final[Mapping[str, str]] = {
    "no_data": message("no data"),
    "voided": message("measurement voided"),
    "clock_step": message("clock stepped"),
    "daemon_off": message("monitoring off"),
    "store_overflow": message("record full"),
    "pruned": message("record no longer kept"),
    "paused": message("monitoring paused"),
    "no_requests": message("no requests"),
    "access_refused": message("access refused to us"),
    "resolver": message("our name resolution failed"),
    "no_route": message("our network had no route"),
    "descriptors": message("our machine was out of resources"),
    "late_loop": message("our machine was overloaded"),
    "sentinels": message("our network was down"),
    "prober": message("fault of our monitoring"),
    "quorum": message("vantage points disagree"),
}
"""Reasons of unmeasured time are an open set; those that are ours have words."""
_CHANNELS: Final[Mapping[str, str]] = {
    "phone": message("phone"),
    "mail": message("mail"),
    "portal": message("portal"),
    "ticket": message("ticket"),
    "form": message("form"),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """How one language says the values of the core."""

    language: Language
    formats: Formats
    catalogue: NullTranslations
    titles: Mapping[str, str] = field(default_factory=dict)
    """The contract's titles in this language, by the title in its file."""

    def title(self, text: str) -> str:
        """A title of the contract; where its file gives none in this language, as it stands there."""
        return one_line(self.titles.get(text, text))

    def word(self, member: StrEnum) -> str:
        """The word for a member of a closed set."""
        return self.catalogue.gettext(_CODES[type(member)][member])

    def unmeasured(self, reason: str) -> str:
        """Why nobody measured."""
        known = _UNMEASURED.get(reason)
        return one_line(reason.replace("_", " ")) if known is None else self.catalogue.gettext(known)

    def channel(self, name: str) -> str:
        """A channel by its name."""
        known = _CHANNELS.get(name)
        return name if known is None else self.catalogue.gettext(known)

    def stage(self, name: str) -> str:
        """A stage of claiming; one that a contract calls otherwise keeps its name."""
        say = self.catalogue.gettext
        return {"provisional": say("provisional"), "final": say("final")}.get(name, one_line(name))

    def clause(self, number: str) -> str:
        """`clause 2.3`; empty for what no clause says."""
        return self.catalogue.gettext("clause %(number)s") % {"number": number} if number else ""

    def clock(self, duration: Duration) -> str:
        """Hours, minutes and seconds between colons, in every language; a fraction after its decimal sign."""
        whole, _, fraction = clock_text(duration).partition(".")
        sign = self.language.locale.number_symbols["latn"]["decimal"]
        return f"{whole}{sign}{fraction}" if fraction else whole

    def instant(self, at: Instant, zone: ZoneInfo) -> str:
        """An instant on a zone's clock with its offset."""
        return self.formats.instant(at, zone)

    def promise(self, amount: int, unit: LimitUnit) -> str:
        """How long something may take: `4 business hours`."""
        ngettext = self.catalogue.ngettext
        match unit:
            case LimitUnit.BUSINESS_MINUTES:
                text = ngettext("%(number)s business minute", "%(number)s business minutes", amount)
            case LimitUnit.BUSINESS_HOURS:
                text = ngettext("%(number)s business hour", "%(number)s business hours", amount)
            case LimitUnit.CLOCK_MINUTES:
                text = ngettext("%(number)s minute", "%(number)s minutes", amount)
            case LimitUnit.CLOCK_HOURS:
                text = ngettext("%(number)s hour", "%(number)s hours", amount)
            case LimitUnit.BUSINESS_DAYS:
                text = ngettext("%(number)s business day", "%(number)s business days", amount)
            case LimitUnit.CALENDAR_DAYS:
                text = ngettext("%(number)s calendar day", "%(number)s calendar days", amount)
            case LimitUnit.MONTHS:
                text = ngettext("%(number)s month", "%(number)s months", amount)
        return text % {"number": self.formats.number(amount)}

    def of(self, value: Value) -> str:
        """A value of a derivation, in words and figures of the language."""
        match value:
            case Phrase(text, values):
                return self.catalogue.gettext(text) % {name: self.of(each) for name, each in values}
            case Clock(duration):
                return self.clock(duration)
            case Local(at, zone):
                return self.instant(at, zone)
            case Exact(text):
                return self.formats.number(text)
            case Percent(text):
                return self.formats.percent(text) if "/" not in text else f"{self.formats.number(text)}{SPACE}%"
            case Amount(text, currency):
                return f"{self.formats.number(text)}{SPACE}{currency}"
            case Named(_, title):
                return self.of(title) if not isinstance(title, str) or isinstance(title, StrEnum) else self.title(title)
            case Gap(reason):
                return self.unmeasured(reason)
            case Joined(items, separator):
                return separator.join(self.of(each) for each in items)
            case StrEnum():
                return self.word(value)
            case str():
                return one_line(value)
            case _:
                assert_never(value)


def wording(language: Language, terms: Contract | None = None) -> Wording:
    """The words of a language, with the titles of a contract."""
    titles = {} if terms is None else terms.words.get(language.value, {})
    return Wording(language, formats(language), catalogue(DOMAIN, language), titles)
