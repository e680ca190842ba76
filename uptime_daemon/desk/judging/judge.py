"""From the record to statements: reads runs and facts and lets the core judge. Computes no figure itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.claims.case import Case
from uptime_daemon.core.claims.case import statements as judged_case
from uptime_daemon.core.facts.facts import Facts
from uptime_daemon.core.facts.measured import NamedAbsence, Record, also_seen, bound_over, views
from uptime_daemon.core.facts.observation import OUTAGE_CLASS, OutageClass
from uptime_daemon.core.facts.sight import watches
from uptime_daemon.core.facts.timeline import known
from uptime_daemon.core.judging.exclusion import caps_from
from uptime_daemon.core.terms.need import Binding, Need, NeedKind
from uptime_daemon.core.time.instants import DAY, format_instant, seconds_text
from uptime_daemon.core.time.periods import Period
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.definitions.cases.head import FORMAT
from uptime_daemon.definitions.cases.period import periods_named
from uptime_daemon.desk.claims.proof import MoreProof, around, notices, seals_json
from uptime_daemon.desk.claims.verification import rejudged
from uptime_daemon.desk.intake.records import FactKind, stated, stated_json, voided
from uptime_daemon.desk.judging.case_json import (
    absence_json,
    agreement_json,
    attempt_json,
    bound_groups,
    is_bound,
    run_json,
    vendors_json,
)
from uptime_daemon.desk.judging.contexts import FAILURES_READ_MAX, failures_over
from uptime_daemon.desk.judging.defined import definitions_over
from uptime_daemon.desk.judging.earlier import earlier_json, outcomes, periods_before
from uptime_daemon.desk.judging.pauses import paused_spans
from uptime_daemon.desk.judging.suspicions import confirmations, suspicions, suspicions_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.facts.earlier import EarlierPeriod
    from uptime_daemon.core.facts.suspicion import Suspicion
    from uptime_daemon.core.facts.timeline import Timeline
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.intake.records import Stated
    from uptime_daemon.desk.judging.defined import InForce
    from uptime_daemon.settings.values import Settings, SignedAgreement
    from uptime_daemon.store.ports import Store

REACH: Final = 31 * DAY
"""How far beyond a period runs are read, so that an outage over its edge is seen whole: a month on each side."""


class UnknownError(LookupError):
    """There is no such agreement or period; the message says which there are."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judgements of all agreements from the record."""

    settings: Settings
    store: Store

    def agreements(self) -> Sequence[Agreement]:
        """Every agreement that is configured."""
        return [signed.agreement for signed in self.settings.agreements]

    def signed(self, agreement_id: str) -> SignedAgreement:
        """One agreement with its terms. Raises `UnknownError`."""
        for signed in self.settings.agreements:
            if signed.agreement.id == agreement_id:
                return signed
        known = ", ".join(signed.agreement.id for signed in self.settings.agreements) or "none"
        raise UnknownError(f"there is no agreement {agreement_id!r}; the agreements are: {known}")

    def contract(self, agreement_id: str, at: Instant) -> Contract:
        """The terms of an agreement's contract in force at an instant, under the chosen reading."""
        return self.signed(agreement_id).readings.at(at).chosen

    def periods(self, agreement_id: str, name: str, now: Instant) -> tuple[Period, ...]:
        """The periods that a name covers: `2026-10`, `2026-Q4`, `2026`, `current` or `last`. Raises `UnknownError`."""
        contract = self.signed(agreement_id).readings.chosen
        cycle = contract.cycle
        try:
            match name:
                case "current":
                    return (cycle.at(now),)
                case "last":
                    return (cycle.before(cycle.at(now)),)
                case _:
                    return periods_named(name, contract)
        except ValueError as error:
            raise UnknownError(str(error)) from error

    def statements(self, agreement_id: str, period_name: str, as_of: Instant) -> tuple[Statement, ...]:
        """The statements of every judged group for every period that the name covers, as known at an instant.

        A period in which the agreement was never in force has none; of several periods those to come are left out.
        """
        named = self.periods(agreement_id, period_name, as_of)
        agreement = self.signed(agreement_id).agreement
        return tuple(
            statement
            for period in named
            if _is_in_force(agreement, period) and (len(named) == 1 or period.span.start <= as_of)
            for statement in judged_case(self.case_of(agreement_id, period, as_of))
        )

    def stated(self, agreement_id: str, as_of: Instant) -> Stated:
        """What people and vendors stated about an agreement, as known at an instant."""
        return stated(self.store.facts(agreement=agreement_id, as_of=as_of))

    def case_of(self, agreement_id: str, period: Period, as_of: Instant) -> Case:
        """Everything that one judgement rests on, as known at an instant."""
        case = self._case_alone(agreement_id, period, as_of)
        return replace(case, facts=replace(case.facts, earlier=self._earlier(agreement_id, period, as_of)))

    def _earlier(self, agreement_id: str, period: Period, as_of: Instant) -> tuple[EarlierPeriod, ...]:
        """What the periods before one came to, as far as the contract looks at them and the agreement was in force."""
        signed = self.signed(agreement_id)
        return tuple(
            outcome
            for before in periods_before(signed.deciding(period), period)
            if _is_in_force(signed.agreement, before)
            for outcome in outcomes(judged_case(self._case_alone(agreement_id, before, as_of)))
        )

    def _case_alone(self, agreement_id: str, period: Period, as_of: Instant) -> Case:
        """The case of one period without what others came to."""
        signed = self.signed(agreement_id)
        records = self.stated(agreement_id, as_of)
        window = reach(signed.deciding(period).chosen, period, as_of)
        kept = self._definitions(signed, window)
        record = self._record(_probes_of(kept, bound_groups(signed)), window, as_of)
        defined = [each.defined for each in kept]
        timelines = bound_over(signed.agreement.bindings, defined, record, window)
        facts = Facts(
            timelines=also_seen(timelines, records.outages),
            tickets=records.tickets,
            conditions=records.conditions,
            maintenance=records.maintenance,
            exclusions=records.exclusions,
            watched=watches(signed.agreement.bindings, defined, record, period.span),
            suspicions=self._suspicions(_probes_behind(kept, signed), record, window, as_of),
        )
        return Case(signed.deciding(period), signed.agreement, period, facts, as_of)

    def countered(
        self, agreement_id: str, period_name: str, group: str, theirs: Spans | None, as_of: Instant
    ) -> Statement | None:
        """The statement of a group from what we prove, and, with `theirs`, only where both call it down."""
        try:
            case = self.case_of(agreement_id, self.periods(agreement_id, period_name, as_of)[0], as_of)
        except UnknownError:
            return None
        if theirs is not None:
            agreed = {name: _agreed(timeline, theirs) for name, timeline in case.facts.timelines.items()}
            case = replace(case, facts=replace(case.facts, timelines=agreed))
        return next((each for each in judged_case(case) if each.judgement.group.name == group), None)

    def case(self, agreement_id: str, period_name: str, as_of: Instant) -> Mapping[str, Any]:
        """A case file that anybody can judge again: the record, the contract, no people, no secrets.

        Runs, not observations: they are the record, and the law timeline(runs) = timeline(observations) is tested.
        """
        signed = self.signed(agreement_id)
        period = self.periods(agreement_id, period_name, as_of)[0]
        terms = signed.deciding(period).chosen
        window = reach(terms, period, as_of)
        kept = self._definitions(signed, window)
        record = self._record(_probes_of(kept, bound_groups(signed)), window, as_of)
        earlier = self._earlier(agreement_id, period, as_of)
        version = signed.file_of(terms)
        strict = version.ids if signed.readings.name == "conservative" else signed.conservative & version.ids
        return {
            "case": FORMAT,
            "contract": version.as_claimed(terms.plan, signed.parameters, strict),
            "agreement": agreement_json(signed, terms.plan),
            "period": period.name,
            "otherwise": "unknown",
            "as_of": format_instant(as_of),
            "demonstration": self.settings.vantage.loopback,
            "probes": vendors_json(kept[-1], signed),
            **(
                {
                    "earlier_probes": [
                        {"until": format_instant(each.until), "probes": vendors_json(each, signed)}
                        for each in kept
                        if each.until is not None
                    ]
                }
                if len(kept) > 1
                else {}
            ),
            "facts": {
                "runs": [run_json(run) for own in record.runs.values() for run in own],
                "recorded": [
                    {"probe": probe, "vantage": vantage, "stale_after_seconds": seconds_text(stale_after)}
                    for (probe, vantage), stale_after in sorted(record.recorded.items())
                ],
                "absences": [absence_json(each) for each in record.absences],
                **stated_json(self.stated(agreement_id, as_of)),
                "suspicions": list(
                    suspicions_json(self._suspicions(_probes_behind(kept, signed), record, window, as_of))
                ),
                **({"earlier": [earlier_json(each) for each in earlier]} if earlier else {}),
            },
        }

    def judged_again(self, case: str) -> Mapping[str, Any]:
        """The statements that anybody gets who judges the text of a case, as the other side may see them."""
        return rejudged(case)

    def attempts(self, agreement_id: str, group: str, span: Span) -> Sequence[Mapping[str, Any]]:
        """The failed attempts at the probes of a contract's group within a stretch, without the answers' texts."""
        binding = self.signed(agreement_id).agreement.bindings.get(group)
        names = () if binding is None else binding.groups
        probes = {probe for name in names for probe in self.settings.groups[name].probes}
        return [attempt_json(each) for each in self.store.failures(probes, span, FAILURES_READ_MAX)]

    def more(self, agreement_id: str, statement: Statement) -> MoreProof:
        """What was seen around each outage of a statement, what was announced, and the seals of the period's days."""
        signed = self.signed(agreement_id)
        period = statement.period
        window = reach(statement.judgement.terms, period, statement.as_of)
        groups = {
            name
            for member in statement.judgement.group.groups
            if (binding := signed.agreement.bindings.get(member)) is not None
            for name in binding.groups
        }
        record = self._record(_probes_of(self._definitions(signed, window), groups), window, statement.as_of)
        told, copies = notices(self.store.facts(agreement=agreement_id, as_of=statement.as_of), self.store, period.span)
        return MoreProof(around(statement, record.runs), told, seals_json(self.store.seals(period.span)), copies)

    def definitions(self, agreement_id: str, as_of: Instant) -> Sequence[Mapping[str, Any]]:
        """Name, digest and instant of every change of the files behind an agreement, up to an instant."""
        signed = self.signed(agreement_id)
        vendors = {vendor.id for vendor in self.settings.vendors if is_bound(vendor, signed)}
        names = {f"contracts/{signed.file.id}", *(f"probes/{vendor}" for vendor in vendors)}
        return [
            {"name": each.name, "sha256": each.digest, "at": format_instant(each.at)}
            for each in self.store.definitions(as_of)
            if each.name.rpartition(".")[0] in names
        ]

    def classes(self, agreement_id: str, group: str, span: Span) -> Mapping[Instant, str]:
        """`answered_with_error`, `refused` or `silent` by an outage's first instant, the most telling one seen."""
        signed = self.signed(agreement_id)
        binding = signed.agreement.bindings.get(group)
        if binding is None:
            return {}
        probes = _probes_of(self._definitions(signed, span), set(binding.groups))
        timeline = self._measured(signed, span)[group]
        order = list(OutageClass)
        found: dict[Instant, OutageClass] = {}
        for failure in failures_over(self.store, probes, span):
            own = OUTAGE_CLASS.get(failure.observation.reason)
            for outage in timeline.longest.touching(Span(failure.observation.at, failure.observation.at + 1)):
                start = next(timeline.point.touching(outage), outage).start
                if own is not None and (start not in found or order.index(own) < order.index(found[start])):
                    found[start] = own
        return {start: own.value for start, own in found.items()}

    def outage_at(self, agreement_id: str, group: str, at: Instant, as_of: Instant) -> Span | None:
        """The outage of a contract's group, measured or stated, in which an instant lies."""
        signed = self.signed(agreement_id)
        window = Span(at - REACH, min(at + REACH, as_of))
        timelines = self._measured(signed, window, as_of)
        known = also_seen(timelines, stated(self.store.facts(agreement=agreement_id, as_of=as_of)).outages)
        outages = known[group].point if group in known else Spans()
        return next((span for span in outages if span.start <= at < span.end), None)

    def views(self, agreement_id: str, group: str, window: Span, as_of: Instant) -> dict[str, dict[str, Timeline]]:
        """By probe behind a contract's group, as last defined in a window, what each vantage saw of it."""
        signed = self.signed(agreement_id)
        kept = self._definitions(signed, window)
        binding = signed.agreement.bindings.get(group)
        names = () if binding is None else binding.groups
        defined = kept[-1].defined
        probes = [probe for name in names if name in defined.groups for probe in defined.groups[name].probes]
        record = self._record(set(probes), window, as_of)
        return {probe: views(defined.probes[probe], record, window) for probe in probes}

    def seen(self, probe: str, window: Span) -> dict[str, Timeline]:
        """What each vantage saw of a probe as it is defined now."""
        return views(self.settings.probes[probe].probe, self._record({probe}, window), window)

    def timelines(self, agreement_id: str, window: Span, as_of: Instant | None = None) -> dict[str, Timeline]:
        """The timelines of a contract's groups in a window, before any judgement. Raises `UnknownError`."""
        return self._measured(self.signed(agreement_id), window, as_of)

    def group_timelines(self, window: Span) -> dict[str, Timeline]:
        """The raw timeline of every functional group of probes, before any contract."""
        bindings = {name: Binding(Need(NeedKind.ALL), (name,)) for name in self.settings.groups}
        kept = definitions_over(self.settings, self.store, set(self.settings.groups), window.end)
        record = self._record(_probes_of(kept, set(self.settings.groups)), window)
        return bound_over(bindings, [each.defined for each in kept], record, window)

    def group_suspicions(self, window: Span) -> tuple[Suspicion, ...]:
        """Endpoints that look gone for good, by functional group of probes, before any contract."""
        kept = definitions_over(self.settings, self.store, set(self.settings.groups), window.end)
        record = self._record(_probes_of(kept, set(self.settings.groups)), window)
        return self._suspicions({name: _probes_of(kept, {name}) for name in self.settings.groups}, record, window)

    def _suspicions(
        self, probes_of: Mapping[str, set[str]], record: Record, window: Span, as_of: Instant | None = None
    ) -> tuple[Suspicion, ...]:
        facts = self.store.facts(kind=FactKind.CONFIRMATION.value, as_of=as_of)
        return suspicions(self.store, probes_of, record, window, confirmations(facts, self.settings.former))

    def _definitions(self, signed: SignedAgreement, window: Span) -> tuple[InForce, ...]:
        """What measured the groups of an agreement in a window, by the definitions then in force."""
        kept = definitions_over(self.settings, self.store, bound_groups(signed), window.end)
        return tuple(each for each in kept if each.until is None or each.until > window.start)

    def _measured(self, signed: SignedAgreement, window: Span, as_of: Instant | None = None) -> dict[str, Timeline]:
        """The timelines of an agreement's groups, each stretch by the definitions then in force."""
        kept = self._definitions(signed, window)
        record = self._record(_probes_of(kept, bound_groups(signed)), window, as_of)
        return bound_over(signed.agreement.bindings, [each.defined for each in kept], record, window)

    def _record(self, probes: set[str], window: Span, as_of: Instant | None = None) -> Record:
        configured = (self.settings.probes[name] for name in probes if name in self.settings.probes)
        passes = max((each.probe.confirmation.passes for each in configured), default=1)
        recorded = {
            (series.probe, series.vantage): series.stale_after
            for series in self.store.series(probes)
            if series.stale_after is not None
        }
        return Record(
            runs=self.store.runs(probes, window, passes),
            recorded=recorded,
            absences=(
                *(
                    NamedAbsence(kept.until(window.end), kept.probe, kept.vantage)
                    for kept in self.store.absences(window)
                    if kept.start < (window.end if kept.end is None else kept.end)
                ),
                *(
                    replace(each, probe=self.settings.former.get(each.probe or "", each.probe))
                    for each in voided(self.store.facts(kind=FactKind.VOID.value, as_of=as_of))
                ),
                *paused_spans(self.store, self.settings.former, window.end, as_of),
            ),
        )


def _agreed(timeline: Timeline, theirs: Spans) -> Timeline:
    """What both sides call down: never more than our shortest bounds."""
    return known(timeline.window, timeline.shortest & theirs, timeline.unknown)


def _is_in_force(agreement: Agreement, period: Period) -> bool:
    start, end = agreement.covered(period.span)
    return start < end


def reach(terms: Contract, period: Period, as_of: Instant) -> Span:
    """The stretch of which runs are read: nothing later than what the judgement may know.

    A cap on excused time of a quarter or a year is used up by what was down in it before the period.
    """
    end = min(period.span.end + REACH, as_of)
    return Span(min(caps_from(terms, period.span) - REACH, end), end)


def _probes_of(kept: Sequence[InForce], groups: set[str]) -> set[str]:
    """Every probe that ever was in one of the groups."""
    return {
        probe
        for each in kept
        for name, group in each.defined.groups.items()
        if name in groups
        for probe in group.probes
    }


def _probes_behind(kept: Sequence[InForce], signed: SignedAgreement) -> dict[str, set[str]]:
    """Every probe that ever measured each of the contract's groups."""
    return {name: _probes_of(kept, set(binding.groups)) for name, binding in signed.agreement.bindings.items()}
