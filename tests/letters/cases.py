"""Two judged agreements built from core values: one with credit by steps, one with a breach notice by ticket."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.core.builders import stepped
from uptime_daemon.core.claims.stages import DueStage, stages_of
from uptime_daemon.core.facts.facts import Facts
from uptime_daemon.core.facts.probe import Probe
from uptime_daemon.core.facts.records import Answer, Condition
from uptime_daemon.core.facts.sight import Watched
from uptime_daemon.core.facts.ticket import EventKind, Ticket, TicketEvent
from uptime_daemon.core.facts.timeline import Timeline
from uptime_daemon.core.judging.statement import Statement, judged
from uptime_daemon.core.terms.agreement import Agreement, Fee, FeeBase, Party, People
from uptime_daemon.core.terms.claim import Channel, ClaimTerms, Deadline, DeadlineAnchor, EvidenceItem, Holding, Stage
from uptime_daemon.core.terms.condition import ConditionKind, ConditionTerms, Reporting
from uptime_daemon.core.terms.contract import Contract, Readings
from uptime_daemon.core.terms.credit import NoCredit
from uptime_daemon.core.terms.downtime import (
    DowntimeTerms,
    Granularity,
    GranularityLevel,
    StartEvent,
    TicketCover,
    TicketTerms,
)
from uptime_daemon.core.terms.exclusion import Cause, ExclusionTerms, MaintenanceWindow
from uptime_daemon.core.terms.group import GroupTerms, PrimaryCombination, PrimaryTerms
from uptime_daemon.core.terms.lapse import Lapse, LapseUnit
from uptime_daemon.core.terms.money import Money, Rounding
from uptime_daemon.core.terms.target import Target, TargetKind
from uptime_daemon.core.time.instants import HOUR, MINUTE, parse_instant
from uptime_daemon.core.time.periods import PeriodKind, named_period
from uptime_daemon.core.time.spans import Span, Spans, union
from uptime_daemon.core.time.windows import WeeklyWindow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.time.instants import Instant

PRAGUE = ZoneInfo("Europe/Prague")
KYIV = ZoneInfo("Europe/Kyiv")


def steps_contract(address: str | None = "credits@vendor.example") -> Contract:
    """Monthly, Europe/Prague, 99.95 %, 4 % of the fee for each completed 0.1 point, claims by mail."""
    return Contract(
        id="daktela",
        title="Daktela service level agreement",
        vendor="Daktela",
        version="undated",
        plan="business",
        zone=PRAGUE,
        period=PeriodKind.MONTH,
        period_clause="1.8",
        groups=(GroupTerms("service", "Contact centre service", "1.3"),),
        downtime=DowntimeTerms(
            clause="1.3",
            formula_clause="2.2",
            tickets=TicketTerms(
                received_by=frozenset({"phone", "mail", "portal", "ticket"}), receipts=frozenset({"opened"})
            ),
            granularity=Granularity(MINUTE, Rounding.HALF_UP, GranularityLevel.SUM, "2.2"),
        ),
        targets=(Target("availability", TargetKind.AVAILABILITY, Fraction("99.95"), "2.1"),),
        credit=stepped("availability", "0.1", "4", cap="100", clauses=("2.3", "2.4")),
        claim=ClaimTerms(
            channel=Channel.MAIL,
            clause="5.1",
            subject="SLA Service Credit",
            languages=("en", "cs"),
            stages=(
                Stage("provisional", "5.1", Deadline(DeadlineAnchor.PERIOD_END)),
                Stage("final", "5.1", Deadline(DeadlineAnchor.PERIOD_END, Lapse(7, LapseUnit.DAYS, PRAGUE))),
            ),
            evidence=(
                EvidenceItem("documents that prove the unavailability (5.1)", Holding.OUTAGES),
                EvidenceItem("call examples and logs (4.2 d)"),
            ),
            address=address,
        ),
        min_coverage=Fraction("0.95"),
        exclusions=ExclusionTerms(
            causes=(Cause("planned_maintenance", "Planned downtime", "1.4 a"),),
            windows=(
                MaintenanceWindow(
                    "planned_maintenance",
                    "7.2",
                    WeeklyWindow(PRAGUE, frozenset({1, 2, 3, 4}), 21 * HOUR, 25 * HOUR, frozenset()),
                    None,
                ),
            ),
        ),
        conditions=(
            ConditionTerms(
                "reported_by_phone",
                "4.1",
                "Every critical incident was reported by phone",
                ConditionKind.REPORTED,
                Reporting(frozenset({"phone"})),
            ),
            ConditionTerms("accepted_contract", "1.8", "The service was accepted and the first period has begun"),
            ConditionTerms("supported_version", "9.3 a", "The version in use is supported"),
        ),
    )


def steps_agreement(*, finance: str = "finance@acme.example", technical: str = "sre@acme.example") -> Agreement:
    """980.00 EUR a month."""
    return Agreement(
        id="acme-daktela",
        contract="daktela",
        starts=parse_instant("2026-01-01T00:00:00+01:00"),
        ends=None,
        plan="business",
        fees=(
            Fee(parse_instant("2026-01-01T00:00:00+01:00"), None, Money(98_000, "EUR"), FeeBase.MONTH, "FV-2026-0617"),
        ),
        parameters={"claims_address": "credits@vendor.example"},
        reference={"contract_no": "D-2026-17", "customer_no": "4711", "service": "Contact centre"},
        customer=Party("Acme Ltd", "Bulevar 12, 11000 Beograd"),
        vendor=Party("Daktela s.r.o.", "Vinohradská 2828/151, 130 00 Praha 3", phone="+420 200 000 000"),
        people=People(owner="Ana Anić", deputy="Ivo", finance=finance, technical=technical),
    )


def brackets(window: Span, *edges: tuple[str, str, str, str], unknown: Sequence[tuple[str, Spans]] = ()) -> Timeline:
    """A timeline of outages given as last pass, first fail, last fail, first pass."""
    at = [tuple(parse_instant(text) for text in each) for each in edges]
    gone = union(spans for _, spans in unknown)
    return Timeline(
        window=window,
        shortest=Spans.of((first_fail, last_fail) for _, first_fail, last_fail, _ in at) - gone,
        point=Spans.of((first_fail, first_pass) for _, first_fail, _, first_pass in at) - gone,
        longest=Spans.of((last_pass, first_pass) for last_pass, _, _, first_pass in at) | gone,
        unknown=tuple(unknown),
    )


def span(start: str, end: str) -> Span:
    """A stretch between two written instants."""
    return Span(parse_instant(start), parse_instant(end))


JUNE_OUTAGES = (
    (
        "2026-06-10T09:59:30+02:00",
        "2026-06-10T10:00:00+02:00",
        "2026-06-10T11:06:55+02:00",
        "2026-06-10T11:07:00+02:00",
    ),
    (
        "2026-06-16T21:59:30+02:00",
        "2026-06-16T22:00:00+02:00",
        "2026-06-16T22:19:40+02:00",
        "2026-06-16T22:20:10+02:00",
    ),
)
"""67 minutes on a Wednesday morning, 20 minutes in the window of a Tuesday night."""


def steps_statement(
    as_of: str = "2026-07-02T09:00:00+02:00",
    outages: Sequence[tuple[str, str, str, str]] = JUNE_OUTAGES,
    contract: Contract | None = None,
    agreement: Agreement | None = None,
    channel: str = "phone",
) -> Statement:
    """June 2026: 67 minutes that count, 20 in the window, one hour unmeasured; 39.20 EUR. Tried each half minute."""
    terms = contract or steps_contract()
    period = named_period("2026-06", PRAGUE)
    unmeasured = Spans.one(*span("2026-06-20T03:00:00+02:00", "2026-06-20T04:00:00+02:00"))
    facts = Facts(
        timelines={"service": brackets(period.span, *outages, unknown=[("daemon_off", unmeasured)])},
        tickets=[
            _opened("T-1187", "2026-06-10T10:04:00+02:00", channel),
            _opened("T-1190", "2026-06-16T22:02:00+02:00", channel),
        ],
        conditions=[Condition("accepted_contract", Answer.YES, "acceptance protocol of 2025-12-18")],
        watched=[{"service": Watched((Probe("daktela/api", "daktela/centre"),), with_history=False)}],
    )
    readings = Readings("recommended", terms, terms, terms)
    (statement,) = judged(readings, agreement or steps_agreement(), period, facts, parse_instant(as_of))
    return statement


def _opened(number: str, at: str, channel: str) -> Ticket:
    return Ticket(number, "service", (TicketEvent(EventKind.OPENED, parse_instant(at), channel),), "1")


def notice_contract() -> Contract:
    """Yearly, Europe/Kyiv, 480 minutes and 99.9 %, counted from the ticket, no credit, claims by ticket."""
    return Contract(
        id="oki-toki",
        title="Oki-Toki service level agreement",
        vendor="Oki-Toki",
        version="2020-06-09",
        plan=None,
        zone=KYIV,
        period=PeriodKind.YEAR,
        period_clause="Duties 1",
        groups=(
            GroupTerms("autodial", "Autodial", "Duties 2"),
            GroupTerms("inbound", "Inbound call handling", "Duties 2"),
        ),
        downtime=DowntimeTerms(
            clause="Duties 1",
            formula_clause="Duties 1",
            starts=StartEvent.TICKET,
            tickets=TicketTerms(
                received_by=frozenset({"ticket", "portal"}),
                receipts=frozenset({"attempted", "opened"}),
                covers=TicketCover.OPEN_PROBLEM,
            ),
        ),
        targets=(
            Target("total_downtime", TargetKind.TOTAL_DOWNTIME, Fraction(480), "Duties 1", rests_on=("AMB-OKI-1",)),
            Target("availability", TargetKind.AVAILABILITY, Fraction("99.9"), "Duties 1"),
            Target("single_outage", TargetKind.SINGLE_OUTAGE, Fraction(30), "Duties 1", claimable=False),
        ),
        credit=NoCredit("Terms"),
        claim=ClaimTerms(
            channel=Channel.TICKET,
            clause="Terms",
            subject="Эскалация",
            languages=("ru", "uk", "en"),
            stages=(Stage("final", "Terms", None),),
            evidence=(
                EvidenceItem("number of the ticket and time of its receipt (General 6)", Holding.TICKETS),
                EvidenceItem("reasons for the escalation (General 4)"),
            ),
        ),
        min_coverage=Fraction("0.95"),
        primary=PrimaryTerms(PrimaryCombination.EITHER, "Duties 2"),
        conditions=(
            ConditionTerms(
                "ticket_in_system",
                "General 6",
                "Every outage was reported by a ticket in the built-in system",
                ConditionKind.REPORTED,
                Reporting(frozenset({"ticket", "portal"})),
            ),
            ConditionTerms("escalated", "General 4", "The ticket was escalated with reasons"),
        ),
    )


def notice_agreement() -> Agreement:
    """An agreement whose main group is inbound."""
    return Agreement(
        id="acme-oki",
        contract="oki-toki",
        starts=parse_instant("2025-01-01T00:00:00+02:00"),
        ends=None,
        primary=("inbound",),
        reference={"contract_no": "OT-88", "service": "Cloud contact centre"},
        customer=Party("Acme Ltd", "Bulevar 12, 11000 Beograd"),
        vendor=Party("Oki-Toki", ""),
        people=People(owner="Ana Anić", finance="finance@acme.example", technical="sre@acme.example"),
    )


INBOUND_OUTAGES = (
    (
        "2025-03-04T11:59:40+02:00",
        "2025-03-04T12:00:00+02:00",
        "2025-03-04T12:29:55+02:00",
        "2025-03-04T12:30:00+02:00",
    ),
    (
        "2025-08-19T07:59:40+03:00",
        "2025-08-19T08:00:00+03:00",
        "2025-08-19T15:39:55+03:00",
        "2025-08-19T15:40:00+03:00",
    ),
    (
        "2025-11-11T16:59:40+02:00",
        "2025-11-11T17:00:00+02:00",
        "2025-11-11T17:24:55+02:00",
        "2025-11-11T17:25:00+02:00",
    ),
)
"""30 and 460 minutes with a ticket, 25 minutes without one."""


def notice_statement(as_of: str = "2026-01-05T10:00:00+02:00") -> Statement:
    """The year 2025 of the main group: 490 minutes of ticketed downtime against 480; nobody knows who looked."""
    terms = notice_contract()
    period = named_period("2025", KYIV)
    facts = Facts(
        timelines={
            "inbound": brackets(period.span, *INBOUND_OUTAGES),
            "autodial": brackets(period.span),
        },
        tickets=[
            _ticket("OT-501", "2025-03-04T12:00:00+02:00", "2025-03-04T12:30:00+02:00"),
            _ticket("OT-733", "2025-08-19T08:00:00+03:00", "2025-08-19T15:40:00+03:00"),
        ],
    )
    readings = Readings("recommended", terms, terms, terms)
    statements = judged(readings, notice_agreement(), period, facts, parse_instant(as_of))
    return next(each for each in statements if each.judgement.group.name == "inbound")


def _ticket(number: str, opened: str, resolved: str) -> Ticket:
    return Ticket(
        number,
        "inbound",
        (
            TicketEvent(EventKind.OPENED, parse_instant(opened), "ticket"),
            TicketEvent(EventKind.RESOLVED, parse_instant(resolved)),
        ),
    )


def stage(statement: Statement, name: str) -> DueStage:
    """One stage of a statement's contract with its deadline."""
    return next(each for each in stages_of(statement) if each.stage.id == name)


def instant(text: str) -> Instant:
    """A written instant."""
    return parse_instant(text)
