"""One agreement for people: a period's statement with everything it rests on, and the periods around it.

Periods that have closed are shown as they were frozen; the shown one is judged, as known now or at any instant.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.judging.derivation import derivation
from uptime_daemon.core.judging.outage_table import outage_rows
from uptime_daemon.core.time.instants import local_date, parse_instant
from uptime_daemon.core.time.periods import midnight
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.judging.closing import revision_rows
from uptime_daemon.desk.judging.contexts import FAILURES_READ_MAX
from uptime_daemon.desk.judging.judge import UnknownError
from uptime_daemon.desk.showing.answers import class_of, votes_of
from uptime_daemon.desk.showing.listing import condition_rows, exclusion_rows
from uptime_daemon.desk.showing.past import days_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from uptime_daemon.core.facts.attempt import Failure
    from uptime_daemon.core.facts.observation import OutageClass
    from uptime_daemon.core.judging.outage_table import OutageRow
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.judging.step import Step
    from uptime_daemon.core.terms.contract import Ambiguity, Contract
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.showing.board import AgreementEntry, DayShare
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.kept import FrozenStatement

DAYS_SHOWN: Final = 365
"""The strip's length: a year, whatever the contract's period is."""
PERIODS_SHOWN: Final = 13
"""Closed periods before the running one: a year of months and the same month a year ago."""


@dataclass(frozen=True, slots=True)
class OutageLine:
    """One outage with how it showed itself."""

    row: OutageRow
    outage_class: OutageClass | None
    votes: Mapping[str, tuple[int, int]]
    """Of each sentinel, how often it answered and how often it was asked."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A period beside the shown one."""

    name: str
    span: Span
    availability: Fraction | None
    """The point figure, 0 to 1."""
    limit: Fraction | None
    """The availability that is promised, 0 to 1."""
    breach: str
    """`proven`, `possible`, `not_shown`."""
    missed: bool
    credit: str
    """With its currency; empty where there is none."""
    status: str
    revision: int
    """0: not frozen."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An ambiguity whose conservative reading gives another figure."""

    ambiguity: Ambiguity
    figure: str
    """What the recommended reading comes to with this one turned."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything about one group of an agreement over one period."""

    signed: SignedAgreement
    as_of: Instant
    statement: Statement
    statements: tuple[Statement, ...]
    """Of every judged group over the same period."""
    cells: tuple[Cell, ...]
    days: tuple[DayShare, ...]
    outages: tuple[OutageLine, ...]
    exclusions: tuple[Mapping[str, Any], ...]
    conditions: Mapping[str, Mapping[str, Any]]
    """By the condition's id the answer on record."""
    readings: tuple[Reading, ...]
    steps: tuple[Step, ...]
    revisions: tuple[Mapping[str, Any], ...]

    @property
    def terms(self) -> Contract:
        """The terms that decided the period."""
        return self.statement.judgement.terms

    @property
    def group(self) -> str:
        """The judged group."""
        return self.statement.judgement.group.name


def dossier(
    judge: Judge,
    entry: AgreementEntry | None,
    agreement_id: str,
    group: str | None,
    period: str,
    now: Instant,
    as_of: Instant | None = None,
) -> Dossier:
    """The dossier of an agreement. `entry` holds what the board has judged already. Raises `UnknownError`."""
    signed = judge.signed(agreement_id)
    at = now if as_of is None else as_of
    statements = statements_over(judge, entry, agreement_id, period, at, is_now=as_of is None)
    names = [each.judgement.group.name for each in statements]
    if not statements:
        raise UnknownError(f"{agreement_id} was not in force in {period}, or that has not begun")
    if group is not None and group not in names:
        raise UnknownError(f"{agreement_id} has no judged group {group!r}; it has: {', '.join(names)}")
    statement = statements[0 if group is None else names.index(group)]
    facts = judge.store.facts(agreement=agreement_id, as_of=as_of)
    frozen = [each for each in judge.store.statements(agreement=agreement_id) if as_of is None or each.at <= as_of]
    own = [each for each in frozen if each.group == statement.judgement.group.name]
    return Dossier(
        signed=signed,
        as_of=at,
        statement=statement,
        statements=statements,
        cells=tuple(_cells(own, _running(entry, statement))),
        days=_days(judge, signed, statement, at),
        outages=tuple(_outages(judge, signed, statement)),
        exclusions=tuple(exclusion_rows(signed, facts)),
        conditions={row["condition"]: row for row in condition_rows(signed, facts)},
        readings=tuple(_readings(statement)),
        steps=derivation(statement),
        revisions=tuple(row for row in revision_rows(own) if row["period"] == statement.period.name),
    )


def statements_over(
    judge: Judge, entry: AgreementEntry | None, agreement_id: str, period: str, at: Instant, *, is_now: bool
) -> tuple[Statement, ...]:
    """The statements of a period; those of the running and the last one are on the board already."""
    if is_now and entry is not None:
        for which in ("current", "last"):
            known = [each for judged in entry.judged if (each := getattr(judged, which)) is not None]
            if known and period in {which, known[0].period.name}:
                return tuple(known)
    names = judge.periods(agreement_id, period, at)
    return judge.statements(agreement_id, names[-1].name if len(names) > 1 else period, at)


def _running(entry: AgreementEntry | None, shown: Statement) -> list[Statement]:
    """What is judged already and may not be frozen."""
    group = shown.judgement.group.name
    judged = [] if entry is None else [each for each in entry.judged if each.group == group]
    return [each for found in judged for each in (found.last, found.current) if each is not None] or [shown]


def _cells(frozen: Sequence[FrozenStatement], running: Sequence[Statement]) -> Iterator[Cell]:
    latest = {each.period: each for each in frozen}  # in order of revisions, so that the last one stands
    cells = {name: _frozen_cell(each) for name, each in latest.items()}
    for statement in running:
        cells.setdefault(statement.period.name, _running_cell(statement))
    yield from sorted(cells.values(), key=lambda cell: cell.span.start)[-PERIODS_SHOWN - 1 :]


def _frozen_cell(frozen: FrozenStatement) -> Cell:
    body = json.loads(frozen.body)
    statement, period = body["statement"], body["period"]
    credit, availability = statement["credit"], statement["availability_fraction"]
    limits = [Fraction(each["limit"]) / 100 for each in statement["targets"] if each["kind"] == "availability"]
    amount = credit.get("amount")
    return Cell(
        name=frozen.period,
        span=Span(parse_instant(period["start"]), parse_instant(period["end"])),
        availability=_ratio(availability, has_one=statement["availability"] is not None),
        limit=limits[0] if limits else None,
        breach=_worst(each["breach"] for each in statement["targets"] if each["claimable"] != "no"),
        missed=any(each["met"] is False for each in statement["targets"] if each["claimable"] != "no"),
        credit="" if amount is None else f"{amount} {credit['currency']}",
        status=statement["status"],
        revision=frozen.revision,
    )


def _ratio(text: str, *, has_one: bool) -> Fraction | None:
    good, _, whole = text.partition("/")
    return Fraction(int(good), int(whole)) if has_one and int(whole) else None


def _running_cell(statement: Statement) -> Cell:
    judgement = statement.judgement
    binding = [result for result in judgement.targets if result.target.claimable]
    limits = [each.target.limit / 100 for each in judgement.targets if each.target.kind.value == "availability"]
    amount = judgement.credit.amount
    return Cell(
        name=statement.period.name,
        span=statement.period.span,
        availability=judgement.measure(judgement.point).availability,
        limit=limits[0] if limits else None,
        breach=_worst(result.breach.value for result in binding),
        missed=any(result.exceeded for result in binding),
        credit="" if amount is None else f"{amount} {amount.currency}",
        status=statement.status.value,
        revision=0,
    )


def _worst(breaches: Iterator[str]) -> str:
    order = ("proven", "possible", "not_shown")
    return min(breaches, key=order.index, default="not_shown")


def _days(judge: Judge, signed: SignedAgreement, statement: Statement, at: Instant) -> tuple[DayShare, ...]:
    zone = statement.judgement.terms.zone
    today = local_date(at, zone)
    first = today - timedelta(days=DAYS_SHOWN - 1)
    window = Span(midnight(first, zone), at)
    timelines = judge.timelines(signed.agreement.id, window, at)
    group = statement.judgement.group.name
    timeline = timelines.get(group) or next(iter(timelines.values()), None)
    return () if timeline is None else days_of(timeline, first, today, zone, at)


def _outages(judge: Judge, signed: SignedAgreement, statement: Statement) -> Iterator[OutageLine]:
    rows = outage_rows(statement.judgement, statement.period.span)
    if not rows:
        return
    groups = {name for row in rows for name in _probe_groups(signed, row.outage.group)}
    known = judge.settings.groups
    probes = {probe for name in groups if name in known for probe in known[name].probes}
    window = Span(min(row.outage.span.start for row in rows), max(row.outage.span.end for row in rows))
    failures = judge.store.failures(probes, window, FAILURES_READ_MAX)
    for row in rows:
        own: list[Failure] = [
            each for each in failures if row.outage.span.start <= each.observation.at < row.outage.span.end
        ]
        yield OutageLine(row, class_of(own), votes_of(own))


def _probe_groups(signed: SignedAgreement, group: str) -> tuple[str, ...]:
    binding = signed.agreement.bindings.get(group)
    return () if binding is None else tuple(binding.groups)


def _readings(statement: Statement) -> Iterator[Reading]:
    questions = {each.id: each for each in statement.judgement.terms.ambiguities}
    for name, figure in statement.differs_by.items():
        if name in questions:
            yield Reading(questions[name], figure.text)
