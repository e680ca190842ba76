"""A board as a real daemon shows it: two contracts of different kinds judged by the real engine, one group down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from tests.core.builders import stepped
from uptime_daemon.core.claims.claim import ClaimId, ClaimState
from uptime_daemon.core.facts.facts import Facts
from uptime_daemon.core.facts.observation import Observation, Outcome, Phase, Reason
from uptime_daemon.core.facts.records import Answer, Condition, Decision, Exclusion
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.facts.ticket import EventKind, Ticket, TicketEvent
from uptime_daemon.core.facts.timeline import Timeline
from uptime_daemon.core.judging.statement import Statement, judged
from uptime_daemon.core.terms.agreement import Agreement, Fee, FeeBase
from uptime_daemon.core.terms.claim import Channel, ClaimTerms
from uptime_daemon.core.terms.condition import ConditionTerms
from uptime_daemon.core.terms.contract import Ambiguity, Contract, Readings
from uptime_daemon.core.terms.credit import NoCredit
from uptime_daemon.core.terms.downtime import DowntimeTerms, Granularity, GranularityLevel, StartEvent, TicketTerms
from uptime_daemon.core.terms.exclusion import Cause, ExclusionTerms
from uptime_daemon.core.terms.group import GroupTerms, PrimaryCombination, PrimaryTerms
from uptime_daemon.core.terms.money import Money, Rounding
from uptime_daemon.core.terms.target import Target, TargetKind
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND, Instant, parse_instant
from uptime_daemon.core.time.periods import PeriodKind, named_period
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.desk.showing.board import (
    DAYS_SHOWN,
    DURATION_BOUNDS,
    AgreementEntry,
    Board,
    Build,
    ClaimEntry,
    DayShare,
    DeliveryEntry,
    Durations,
    Evaluation,
    GroupEntry,
    JudgedEntry,
    ProbeEntry,
    ReloadEntry,
    StatedEntry,
    StoreEntry,
    Trace,
    VantageEntry,
    ViewEntry,
)
from uptime_daemon.web.public.head import PageHead

PRAGUE: Final = ZoneInfo("Europe/Prague")
KYIV: Final = ZoneInfo("Europe/Kyiv")
NOW: Final = parse_instant("2026-06-21T14:03:12+02:00")
VANTAGE: Final = "prague-1"
HEAD: Final = PageHead("Status of the centre", "https://status.example/", parse_instant("2026-01-01T00:00:00Z"))


def at(text: str) -> Instant:
    """An instant on Prague's summer clock."""
    return parse_instant(f"{text}+02:00")


def stretch(start: str, end: str) -> tuple[Instant, Instant]:
    """A stretch on Prague's summer clock."""
    return at(start), at(end)


def centre_terms() -> Contract:
    """A monthly contract with credit in steps, an exclusion and a condition nobody has answered."""
    return Contract(
        id="contact-centre",
        title="Contact centre in the cloud",
        vendor="Example Voice s.r.o.",
        version="2025-01",
        plan="premium",
        zone=PRAGUE,
        period=PeriodKind.MONTH,
        period_clause="1.8",
        groups=(GroupTerms("service", "The service", "1.3"),),
        downtime=DowntimeTerms(
            clause="1.3",
            formula_clause="2.2",
            granularity=Granularity(MINUTE, Rounding.HALF_UP, GranularityLevel.SUM, "2.2"),
        ),
        targets=(Target("availability", TargetKind.AVAILABILITY, Fraction("99.9"), "2.1"),),
        credit=stepped("availability", "0.1", "2", cap="100", clauses=("2.3", "2.4")),
        claim=ClaimTerms(Channel.MAIL, "5.1", "SLA Service Credit", ("cs", "en"), (), ()),
        min_coverage=Fraction(95, 100),
        exclusions=ExclusionTerms(
            causes=(
                Cause("planned_maintenance", "Planned maintenance", "1.4 a"),
                Cause("customer", "Customer", "1.4 c"),
            )
        ),
        conditions=(
            ConditionTerms("reported_by_phone", "4.1", "Reported by phone"),
            ConditionTerms("accepted_contract", "1.8", "Accepted contract"),
        ),
        ambiguities=(Ambiguity("AMB-3", "1.6", "Which causes count?", "all", "the vendor's software only"),),
    )


def dialler_terms() -> Contract:
    """A yearly contract without credit: a sum of downtime, a single outage, and nothing counts without a ticket."""
    groups = (GroupTerms("autodial", "Autodial", "2"), GroupTerms("inbound", "Inbound calls", "2"))
    return Contract(
        id="dialler",
        title="Dialler",
        vendor="Example Dial Ltd",
        version="2020-06-09",
        plan=None,
        zone=KYIV,
        period=PeriodKind.YEAR,
        period_clause="1",
        groups=groups,
        downtime=DowntimeTerms(
            clause="Duties 1",
            formula_clause="Duties 1",
            starts=StartEvent.TICKET,
            tickets=TicketTerms(received_by=frozenset({"ticket"}), receipts=frozenset({"opened"})),
        ),
        targets=(
            Target("total_downtime", TargetKind.TOTAL_DOWNTIME, Fraction(480), "Duties 1", rests_on=("AMB-1",)),
            Target("availability", TargetKind.AVAILABILITY, Fraction("99.9"), "Duties 1", rests_on=("AMB-1",)),
            Target("single_outage", TargetKind.SINGLE_OUTAGE, Fraction(30), "Duties 1", claimable=False),
        ),
        credit=NoCredit("Duties 4"),
        primary=PrimaryTerms(PrimaryCombination.EITHER, "Duties 2"),
        claim=ClaimTerms(Channel.TICKET, "Terms", "Escalation", ("ru", "en"), (), ()),
        min_coverage=Fraction(95, 100),
        conditions=(ConditionTerms("technical_conditions", "Zones 1", "Technical conditions hold"),),
        ambiguities=(Ambiguity("AMB-1", "Duties 1", "Which limit?", "480 minutes", "0.1 % of the year"),),
    )


def centre_agreement() -> Agreement:
    """A fee of 1250.75 EUR a month."""
    starts = at("2026-01-01T00:00:00")
    fee = Fee(starts, None, Money(125_075, "EUR"), FeeBase.MONTH)
    return Agreement("acme-centre", "contact-centre", starts, None, plan="premium", fees=(fee,))


def dialler_agreement() -> Agreement:
    """No fee is known, and none is needed."""
    return Agreement("acme-dialler", "dialler", at("2026-01-01T00:00:00"), None, primary=("inbound",))


def readings(terms: Contract) -> Readings:
    """Both readings the same, except for the limit of the dialler's year."""
    strict = terms
    if terms.id == "dialler":
        strict = replace(terms, targets=tuple(each for each in terms.targets if each.id != "total_downtime"))
    return Readings("recommended", terms, terms, strict)


def timeline(window: Span, *outages: tuple[Instant, Instant], off: tuple[Instant, Instant] | None = None) -> Timeline:
    """Outages measured every half minute: shorter and longer by that on both sides."""
    half = 30 * SECOND
    unknown = Spans.one(*off) if off else Spans()
    return Timeline(
        window=window,
        shortest=Spans.of((start, end - half) for start, end in outages),
        point=Spans.of(outages),
        longest=Spans.of((start - half, end) for start, end in outages) | unknown,
        unknown=(("daemon_off", unknown),) if unknown else (),
    )


def centre_statements(name: str) -> tuple[Statement, ...]:
    """The centre's month: three outages in June, one of them partly in announced work, and five hours off."""
    window = Span(at("2026-04-01T00:00:00"), NOW)
    service = timeline(
        window,
        stretch("2026-05-11T09:12:00", "2026-05-11T09:31:30"),
        stretch("2026-06-03T10:00:00", "2026-06-03T11:12:30"),
        stretch("2026-06-11T22:50:00", "2026-06-11T23:20:00"),
        stretch("2026-06-21T13:40:00", "2026-06-21T14:02:30"),
        off=stretch("2026-06-14T01:00:00", "2026-06-14T06:00:00"),
    )
    work = Span(*stretch("2026-06-11T23:00:00", "2026-06-12T01:00:00"))
    facts = Facts(
        timelines={"service": service},
        conditions=(Condition("reported_by_phone", Answer.YES, "call 4711"),),
        exclusions=(Exclusion(work, "planned_maintenance", Decision.ACCEPTED, evidence="mail of 9 June"),),
    )
    terms = centre_terms()
    return judged(readings(terms), centre_agreement(), named_period(name, PRAGUE), facts, NOW)


def dialler_statements(name: str) -> tuple[Statement, ...]:
    """The dialler's year: 490 ticketed minutes of inbound calls and 25 that nobody reported."""
    window = Span(at("2025-01-01T00:00:00"), NOW)
    long, short, silent = (
        stretch("2026-02-17T08:00:00", "2026-02-17T15:40:00"),
        stretch("2026-04-02T12:00:00", "2026-04-02T12:30:00"),
        stretch("2026-05-05T03:00:00", "2026-05-05T03:25:00"),
    )
    tickets = tuple(
        Ticket(f"T{number}", "inbound", (TicketEvent(EventKind.OPENED, start, "ticket"),))
        for number, (start, _) in enumerate((long, short), start=1)
    )
    facts = Facts(
        timelines={
            "autodial": timeline(window, stretch("2026-03-09T10:00:00", "2026-03-09T10:08:00")),
            "inbound": timeline(window, long, short, silent),
        },
        tickets=tickets,
    )
    terms = dialler_terms()
    return judged(readings(terms), dialler_agreement(), named_period(name, KYIV), facts, NOW)


def https_trace() -> Trace:
    """An answer over TLS behind one redirect."""
    return Trace(
        phases=((Phase.NAME, 3_000), (Phase.TCP, 21_500), (Phase.TLS, 40_000), (Phase.ANSWER, 120_000)),
        status=200,
        version="1.1",
        tls_version="TLS 1.3",
        redirects=1,
        ip_version=4,
    )


def probe(
    name: str,
    group: str,
    target: str,
    *,
    state: State = State.UP,
    reason: Reason = Reason.NONE,
    outcome: Outcome = Outcome.PASS,
    ago: int = 12 * SECOND,
) -> ProbeEntry:
    """A probe that was tried a moment ago."""
    last = Observation(name, VANTAGE, NOW - ago, outcome, reason, 184_500)
    view = ViewEntry(
        vantage=VANTAGE,
        last=last,
        trace=https_trace() if target.startswith("https") else Trace(((Phase.NAME, 3_000),), ip_version=6),
        attempts=34_560,
        failures={reason: 271} if outcome is Outcome.FAIL else {},
        errors={Reason.RESOLVER: 3},
        skipped={"still_running": 1},
    )
    kind = target.partition("://")[0]
    return ProbeEntry(
        name,
        group,
        kind,
        target,
        state=state,
        since=NOW - 2 * DAY,
        certificate_end=NOW + 61 * DAY if kind == "https" else None,
        views=(view,),
    )


def days(*events: tuple[int, int, int]) -> tuple[DayShare, ...]:
    """The last 90 days, all up but for `(days ago, minutes down, minutes unknown)`."""
    today = date(2026, 6, 21)
    changed = {ago: (down * MINUTE, unknown * MINUTE) for ago, down, unknown in events}
    shares = []
    for ago in reversed(range(DAYS_SHOWN)):
        down, unknown = changed.get(ago, (0, 0))
        whole = DAY if ago else 12 * HOUR + 3 * MINUTE + 12 * SECOND
        shares.append(DayShare(today - timedelta(days=ago), whole - down - unknown, down, unknown))
    return tuple(shares)


def _durations() -> dict[str, Durations]:
    counts = (0, 0, 12, 410, 9_310, 21_004, 3_205, 504, 90, 14, 7, 4, 0)
    assert len(counts) == len(DURATION_BOUNDS) + 1
    return {VANTAGE: Durations(counts, 8_123_456_789)}


def groups() -> tuple[GroupEntry, ...]:
    """Three groups: one up, one down, one that is not seen."""
    return (
        GroupEntry(
            id="voice/web",
            title="Agent desktop",
            state=State.UP,
            probes=(
                probe("voice/web-login", "voice/web", "https://acme.voice.example/login"),
                probe("voice/web-api", "voice/web", "https://acme.voice.example/api/v6/ping"),
            ),
            since=NOW - 9 * DAY - 4 * HOUR,
            degraded=True,
            observed=17 * DAY,
            down=3 * HOUR,
            durations=_durations(),
            days=days((88, 0, 1_440), (87, 0, 700), (41, 20, 0), (18, 73, 0), (10, 30, 0), (7, 0, 300)),
        ),
        GroupEntry(
            id="dial/inbound",
            title="Inbound call handling",
            state=State.DOWN,
            probes=(
                probe(
                    "dial/sip-tls",
                    "dial/inbound",
                    "tcp://sip.dial.example:5061",
                    state=State.DOWN,
                    outcome=Outcome.FAIL,
                    reason=Reason.CONNECT_TIMEOUT,
                ),
                probe("dial/inbound-api", "dial/inbound", "https://api.dial.example/v2/inbound/state"),
            ),
            since=NOW - 22 * MINUTE - 30 * SECOND,
            observed=17 * DAY,
            down=22 * MINUTE,
            durations=_durations(),
            days=days((60, 460, 0), (47, 25, 0), (30, 1_200, 0), (29, 1_440, 0), (5, 5, 5), (0, 22, 0)),
        ),
        GroupEntry(
            id="dial/autodial",
            title="Autodial",
            state=State.UNKNOWN,
            probes=(
                probe(
                    "dial/autodial-api",
                    "dial/autodial",
                    "https://api.dial.example/v2/autodial",
                    state=State.UNKNOWN,
                    outcome=Outcome.ERROR,
                    reason=Reason.ACCESS_REFUSED,
                ),
            ),
            since=NOW - 3 * HOUR,
            quorum=False,
            observed=16 * DAY,
            durations=_durations(),
            days=days(*((ago, 0, 1_440) for ago in range(70, 90)), (0, 0, 180)),
        ),
    )


def agreements() -> tuple[AgreementEntry, ...]:
    """The two agreements with their statements of the running and the last period."""
    centre, dialler = centre_terms(), dialler_terms()
    (current,), (last,) = centre_statements("2026-06"), centre_statements("2026-05")
    yearly = {each.judgement.group.name: each for each in dialler_statements("2026")}
    before = {each.judgement.group.name: each for each in dialler_statements("2025")}
    evaluation = Evaluation(NOW - 4 * SECOND, 7_300, 2_841, 0)
    return (
        AgreementEntry(
            id="acme-centre",
            contract=centre.id,
            version=centre.version,
            title=centre.title,
            vendor=centre.vendor,
            zone=PRAGUE,
            plan=centre.plan,
            currency="EUR",
            measured_by={"service": ("voice/web",)},
            judged=(JudgedEntry("acme-centre", "service", PeriodKind.MONTH, current, last),),
            stated=(
                StatedEntry(
                    "acme-centre",
                    "service",
                    observed=17 * DAY,
                    down=3 * HOUR,
                    in_maintenance=True,
                    next_maintenance=NOW + 2 * DAY,
                    tickets={"unstated": 0, "1": 2},
                    reports={"phone": False},
                    deadlines={"response": NOW + 20 * MINUTE, "restore": None},
                    missed={"response": 0, "restore": 3},
                ),
            ),
            evaluation=evaluation,
        ),
        AgreementEntry(
            id="acme-dialler",
            contract=dialler.id,
            version=dialler.version,
            title=dialler.title,
            vendor=dialler.vendor,
            zone=KYIV,
            measured_by={"inbound": ("dial/inbound",), "autodial": ("dial/autodial",)},
            judged=tuple(
                JudgedEntry("acme-dialler", group, PeriodKind.YEAR, yearly[group], before[group])
                for group in ("inbound", "autodial")
            ),
            stated=(
                StatedEntry("acme-dialler", "inbound", tickets={"unstated": 1}, reports={"portal|ticket": True}),
                StatedEntry("acme-dialler", "autodial", tickets={"unstated": 0}, reports={"portal|ticket": False}),
            ),
            evaluation=evaluation,
        ),
    )


def claims() -> tuple[ClaimEntry, ...]:
    """One claim that waits for approval, one that is paid, one notice without an amount."""
    return (
        ClaimEntry(
            ClaimId("acme-centre", "2026-06", "service", "provisional"),
            ClaimState.ELIGIBLE,
            at("2026-07-01T00:00:00"),
            Money(2_502, "EUR"),
        ),
        ClaimEntry(
            ClaimId("acme-centre", "2026-03", "service", "final"),
            ClaimState.CREDITED,
            at("2026-04-08T00:00:00"),
            Money(2_502, "EUR"),
        ),
        ClaimEntry(ClaimId("acme-dialler", "2026", "inbound", "final"), ClaimState.SENT, None, None),
    )


def board(*, demonstration: bool = False) -> Board:
    """The whole board."""
    return Board(
        at=NOW,
        build=Build("0.1.0", "abc1234", "3.11.7"),
        vantage=VANTAGE,
        demonstration=demonstration,
        groups=groups(),
        agreements=agreements(),
        claims=claims(),
        deliveries=(DeliveryEntry("smtp", 14, {"refused": 1, "timeout": 0}),),
        vantages=(VantageEntry(VANTAGE, up=True, last_seen=NOW - SECOND, clock_offset=-250_000),),
        store=StoreEntry(NOW - SECOND, 3, 0, 18_874_368),
        reload=ReloadEntry(successful=True, last_success=NOW - 17 * DAY),
        loop_lag=1_204,
    )
