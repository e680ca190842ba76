"""The body of a contract file: its keys, and the terms that a closed body says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from uptime_daemon.core.terms.clock import ClockTerms, SeverityTerms, SupportTerms
from uptime_daemon.core.terms.contract import Contract, OnChange
from uptime_daemon.core.terms.duty import CustomerDuty
from uptime_daemon.core.terms.exclusion import ExclusionTerms
from uptime_daemon.core.terms.group import GroupTerms
from uptime_daemon.core.terms.target import Target
from uptime_daemon.core.time.instants import HOUR
from uptime_daemon.core.time.periods import midnight
from uptime_daemon.definitions.calendars import CalendarShape
from uptime_daemon.definitions.choices import Settled
from uptime_daemon.definitions.contracts.head import HEAD_KEYS
from uptime_daemon.definitions.names import check_names
from uptime_daemon.definitions.nodes import ABSENT, Node, mapping_of
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.records import Key, ListOf, MapOf, Record, optional, required
from uptime_daemon.definitions.shapes import PERCENT, Choice, Shape
from uptime_daemon.definitions.terms.claim import claim
from uptime_daemon.definitions.terms.clocks import CLOCK, SEVERITIES, linked
from uptime_daemon.definitions.terms.condition import condition, customer_duty
from uptime_daemon.definitions.terms.credit import CREDIT, TERMINATION
from uptime_daemon.definitions.terms.downtime import downtime
from uptime_daemon.definitions.terms.exclusion import exclusions
from uptime_daemon.definitions.terms.head import GROUP, PERIOD, PRIMARY, TOTAL_LOSS, GroupHead, PeriodHead
from uptime_daemon.definitions.terms.metric import METRIC
from uptime_daemon.definitions.terms.target import TARGET
from uptime_daemon.definitions.times import Length
from uptime_daemon.definitions.zones import Zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.time.business import BusinessCalendar
    from uptime_daemon.definitions.contracts.file import ContractFile


DEFAULT_MIN_COVERAGE: Final = Fraction(95)
DEFAULT_CLOSES_AFTER: Final = 24 * HOUR


@dataclass(slots=True)
class Memory:
    """What was read of one file: its readings share most of their terms, and there is one for each ambiguity."""

    settled: Settled = field(default_factory=dict)
    terms: dict[tuple[str, str, int], tuple[Node, Any]] = field(default_factory=dict)
    """By zone, path and identity, with what has that identity: kept, so that it stays its own."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A shape that reads each settled part of a file once, unless there is something to say about it."""

    shape: Shape[Any]
    zone: str
    memory: Memory

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """What the shape makes of it."""
        if id(node) not in self.memory.settled:
            return self.shape.read(node, path, problems)
        key = self.zone, path, id(node)
        if key not in self.memory.terms:
            own = Problems()
            try:
                value = self.shape.read(node, path, own)
            finally:
                for problem in own.found:
                    problems.add(problem)
            if own:
                return value
            self.memory.terms[key] = node, value
        return self.memory.terms[key][1]


@cache
def body_keys(zone: ZoneInfo) -> Mapping[str, Key[Any]]:
    """The keys of the terms, whose values may be left open; times of day are of the contract's zone."""
    return {
        "zone": required(Zone()),
        "period": required(PERIOD),
        "groups": required(MapOf(GROUP, keys=r"[a-z0-9][a-z0-9_-]*", at_least=1)),
        "total_loss": optional(TOTAL_LOSS),
        "primary": optional(PRIMARY),
        "downtime": required(downtime(zone)),
        "exclusions": optional(exclusions(zone), ExclusionTerms()),
        "targets": required(ListOf(TARGET)),
        "credit": required(CREDIT),
        "termination": optional(TERMINATION),
        "metric": optional(METRIC),
        "conditions": optional(ListOf(condition(zone)), ()),
        "customer_duties": optional(ListOf(customer_duty(zone)), ()),
        "claim": required(claim(zone)),
        "min_coverage": optional(PERCENT, DEFAULT_MIN_COVERAGE),
        "closes_after": optional(Length(), DEFAULT_CLOSES_AFTER),
        "on_change": optional(Choice(OnChange), OnChange.PERIOD_START),
        "calendars": optional(MapOf(CalendarShape(zone), keys=r"[a-z0-9][a-z0-9_-]*"), {}),
        "severities": optional(SEVERITIES, SeverityTerms()),
        "clocks": optional(ListOf(CLOCK), ()),
    }


def read_terms(closed: Node, file: ContractFile, plan: str | None, problems: Problems) -> Contract:
    """The terms that a closed body says under the name of its file. Raises `RefusedError`."""
    try:
        zone = Record(lambda zone: zone, {"zone": required(Zone())}, beside=tuple(mapping_of(closed))).read(
            closed, "", problems
        )
    except RefusedError:
        zone = ZoneInfo("UTC")  # only to read the rest; the record below refuses the whole

    def build(
        zone: ZoneInfo,
        period: PeriodHead,
        groups: Mapping[str, GroupHead],
        min_coverage: Fraction,
        targets: tuple[Target, ...],
        customer_duties: tuple[CustomerDuty, ...],
        calendars: Mapping[str, BusinessCalendar | None],
        severities: SeverityTerms,
        clocks: tuple[ClockTerms, ...],
        **rest: Any,
    ) -> Contract:
        return Contract(
            id=file.id,
            title=file.title,
            vendor=file.vendor,
            version=file.version,
            plan=plan,
            zone=zone,
            period=period.kind,
            period_clause=period.clause,
            start_month=period.start_month,
            valid_from=None if file.valid_from is None else midnight(file.valid_from, zone),
            valid_to=None if file.valid_to is None else midnight(file.valid_to, zone),
            cycle_day=period.day,
            cycle_months=period.months,
            rolling_days=period.days,
            event=period.event,
            groups=tuple(
                GroupTerms(name, head.title, head.clause, counts=head.counts, judged=head.judged)
                for name, head in groups.items()
            ),
            targets=targets,
            duties=customer_duties,
            min_coverage=min_coverage / 100,
            ambiguities=file.ambiguities,
            support=SupportTerms(calendars, severities, clocks),
            **rest,
        )

    keys = {
        name: replace(key, shape=_Remembered(key.shape, zone.key, file.memory)) for name, key in body_keys(zone).items()
    }
    contract = Record(build, keys, beside=tuple(HEAD_KEYS)).read(closed, "", problems)
    check_names(contract, closed, problems)
    clocks = linked(contract.support, [group.id for group in contract.groups], closed, problems)
    return replace(contract, support=replace(contract.support, clocks=clocks))


def without_open_targets(closed: Node) -> Node:
    """The terms without targets whose limit is a parameter that is not set: nothing is promised until it is."""
    body = mapping_of(closed)
    targets = body.get("targets")
    if targets is None or not isinstance(targets.value, list):
        return closed
    kept = [
        replace(each, value=ABSENT) if (limit := mapping_of(each).get("limit")) and limit.value is ABSENT else each
        for each in targets.value
    ]
    return replace(closed, value={**body, "targets": replace(targets, value=kept)})
