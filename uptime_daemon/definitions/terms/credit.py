"""`credit`: one shape a kind, with the fee, the caps and the conditions that all kinds share."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.terms.credit import (
    Above,
    AutomaticRelief,
    Beyond,
    BlockCounts,
    BlockLevel,
    Cap,
    CapKind,
    Consecutive,
    Credit,
    CreditKind,
    CreditRule,
    Days,
    DurationBands,
    DurationOf,
    ErrorRateTiers,
    Expiry,
    Fixed,
    NoCredit,
    PerBlock,
    Prorata,
    ServiceDay,
    SmallestPayable,
    Stacking,
    StackingRule,
    Steps,
    Tiers,
)
from uptime_daemon.core.terms.fee import Division, FeeOf, FeeTerms
from uptime_daemon.core.terms.money import Rounding
from uptime_daemon.core.terms.termination import TerminationTerms
from uptime_daemon.core.time.instants import DAY
from uptime_daemon.definitions.records import ByKind, Key, ListOf, OneOrMore, Record, optional, required
from uptime_daemon.definitions.shapes import (
    IDENTIFIER,
    PERCENT,
    Choice,
    Flag,
    OneOf,
    Quoted,
    Whole,
)
from uptime_daemon.definitions.terms.common import CLAUSE
from uptime_daemon.definitions.terms.tier import DAY_TIER, LENGTH_TIER, PERCENT_TIER, TABLE_KEYS, table, tiers_of
from uptime_daemon.definitions.times import Length

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from uptime_daemon.core.terms.tier import Precision, Tier

_MONTHS_MAX: Final = 120
_PERIODS_MAX: Final = 36


def _fee(**terms: Any) -> FeeTerms:
    return FeeTerms(**terms)


FEE_TERMS: Final = Record(
    _fee,
    {
        "clause": required(CLAUSE),
        "of": optional(Choice(FeeOf), FeeOf.PERIOD),
        "divided": optional(Choice(Division), Division.MONTHS),
        "affected_only": optional(Flag(), default=False),
        "covered_only": optional(Flag(), default=True),
        "one_time": optional(Flag(), default=False),
        "usage": optional(Flag(), default=True),
    },
)


def _cap(kind: CapKind, percent: Fraction | None, days: Fraction | None, clause: str) -> Cap:
    wanted, limit = ("days", days) if kind is CapKind.DAYS else ("percent", percent)
    if limit is None or (percent is not None and days is not None):
        raise ValueError(f"a cap of kind {kind} is a number of {wanted}; write {wanted} alone")
    return Cap(kind, limit, clause)


CAP: Final = Record(
    _cap,
    {
        "kind": required(Choice(CapKind)),
        "percent": optional(Quoted("percentage", "30", at_most=1200)),
        "days": optional(Quoted("number of days", "15", at_most=366)),
        "clause": required(CLAUSE),
    },
)
MINIMUM: Final = Record(
    SmallestPayable,
    {
        "amount": required(Quoted("amount", "1.00")),
        "comparison": required(Choice(Above)),
        "clause": required(CLAUSE),
    },
)
CONSECUTIVE: Final = Record(Consecutive, {"periods": required(Whole(2, _PERIODS_MAX)), "clause": required(CLAUSE)})
RELIEF: Final = Record(AutomaticRelief, {"clause": required(CLAUSE)})
STACKING: Final = Record(
    Stacking,
    {
        "rule": required(Choice(StackingRule)),
        "contracts": required(ListOf(IDENTIFIER, at_least=1)),
        "clause": required(CLAUSE),
    },
)


def _expiry(clause: str, months: int | None, *, at_termination: bool) -> Expiry:
    if months is None and not at_termination:
        raise ValueError("says not when a credit is lost; write months, at_termination: true or both")
    return Expiry(clause, months, at_termination)


EXPIRY: Final = Record(
    _expiry,
    {
        "clause": required(CLAUSE),
        "months": optional(Whole(1, _MONTHS_MAX)),
        "at_termination": optional(Flag(), default=False),
    },
)


def _termination(periods: int, within: int | None, **rest: Any) -> TerminationTerms:
    if within is not None and within < periods:
        raise ValueError(f"{periods} of {within} periods are never missed; write a larger `within`")
    return TerminationTerms(periods=periods, within=periods if within is None else within, **rest)


TERMINATION: Final = Record(
    _termination,
    {
        "target": required(IDENTIFIER),
        "periods": required(Whole(1, _PERIODS_MAX)),
        "within": optional(Whole(1, _PERIODS_MAX)),
        "below": optional(PERCENT),
        "clause": required(CLAUSE),
    },
)

_SHARED: Final[Mapping[str, Key[Any]]] = {
    "target": required(OneOrMore(IDENTIFIER)),
    "clause": required(CLAUSE),
    "cap": optional(PERCENT),
    "cap_clause": optional(CLAUSE, ""),
    "caps": optional(ListOf(CAP), ()),
    "fee": optional(FEE_TERMS),
    "minimum": optional(MINIMUM),
    "rounding": optional(Choice(Rounding), Rounding.HALF_UP),
    "consecutive": optional(CONSECUTIVE),
    "automatic_relief": optional(RELIEF),
    "stacking": optional(STACKING),
    "expiry": optional(EXPIRY),
}
"""What every kind of credit may say beside its own rule."""


def _credit(kind: CreditKind, rule: Callable[..., CreditRule], keys: Mapping[str, Key[Any]]) -> Record[Credit]:
    """The shape of a kind: `rule` makes it of its own keys, to which `targets` is added."""

    def build(
        kind: str,  # noqa: ARG001 - it chose this shape
        target: tuple[str, ...],
        clause: str,
        cap: Fraction | None,
        cap_clause: str,
        caps: tuple[Cap, ...],
        fee: FeeTerms | None,
        automatic_relief: AutomaticRelief | None,
        **rest: Any,
    ) -> Credit:
        own = {name: rest.pop(name) for name in keys}
        made = rule(targets=target, **own)
        first = () if cap is None else (Cap(CapKind.PERIOD_FEE, cap, cap_clause),)
        by_outage = isinstance(made, PerBlock) and made.level is BlockLevel.OUTAGE
        if not by_outage and any(each.kind is CapKind.INCIDENT for each in caps):
            raise ValueError("a cap of kind incident needs credit by outages; write kind: per_block and level: outage")
        return Credit(
            rule=made,
            clause=clause,
            fee=FeeTerms(cap_clause) if fee is None else fee,
            caps=(*first, *caps),
            relief=automatic_relief,
            **rest,
        )

    return Record(build, {"kind": required(OneOf((kind.value,))), **_SHARED, **keys})


def _steps(targets: tuple[str, ...], size: Fraction, percent: Fraction) -> Steps:
    if size == 0:
        raise ValueError('a step of 0 is never completed; write one such as "0.1"')
    return Steps(targets, size, percent)


def _tiers(targets: tuple[str, ...], tiers: tuple[Tier, ...], **rest: Any) -> Tiers:
    return Tiers(targets, table(tiers, **rest))


def _error_rate_tiers(targets: tuple[str, ...], tiers: tuple[Tier, ...], **rest: Any) -> ErrorRateTiers:
    return ErrorRateTiers(targets, table(tiers, **rest))


def _per_block(
    targets: tuple[str, ...],
    percent: Fraction | None,
    sequence: tuple[Fraction, ...],
    per_day: Fraction | None,
    level: BlockLevel,
    **rest: Any,
) -> PerBlock:
    if (percent is None) is not bool(sequence):
        raise ValueError("a block is worth a percent, or the percentages of a sequence; write one of both")
    if per_day is not None and level is not BlockLevel.DAY:
        raise ValueError("a limit per_day needs blocks of each day; write level: day")
    percents = sequence if percent is None else (percent,)
    return PerBlock(targets, percents=percents, per_day=per_day, level=level, **rest)


def _duration_bands(
    targets: tuple[str, ...],
    bands: tuple[Tier, ...],
    of: DurationOf,
    override: tuple[Tier, ...],
    precision: Precision | None,
    **rest: Any,
) -> DurationBands:
    instead = table(override, precision=precision, **rest) if override else None  # lengths are looked up exactly
    return DurationBands(targets, table(bands, precision=None, **rest), of, instead)


def _days(targets: tuple[str, ...], tiers: tuple[Tier, ...], day: ServiceDay, **rest: Any) -> Days:
    return Days(targets, table(tiers, **rest), day)


def _no_credit(kind: str, clause: str) -> NoCredit:  # noqa: ARG001 - it chose this shape
    return NoCredit(clause)


SHAPES: Final[Mapping[str, Record[Any]]] = {
    CreditKind.NONE: Record(
        _no_credit, {"kind": required(OneOf((CreditKind.NONE.value,))), "clause": required(CLAUSE)}
    ),
    CreditKind.STEPS: _credit(
        CreditKind.STEPS,
        _steps,
        {
            "size": required(Quoted("step in percentage points", "0.1", at_most=100)),
            "percent": required(PERCENT),
        },
    ),
    CreditKind.TIERS: _credit(CreditKind.TIERS, _tiers, {"tiers": required(tiers_of(PERCENT_TIER)), **TABLE_KEYS}),
    CreditKind.PER_BLOCK: _credit(
        CreditKind.PER_BLOCK,
        _per_block,
        {
            "block": required(Length(DAY)),
            "percent": optional(PERCENT),
            "sequence": optional(ListOf(PERCENT, at_least=1), ()),
            "counts": required(Choice(BlockCounts)),
            "beyond": optional(Choice(Beyond), Beyond.TARGET),
            "level": optional(Choice(BlockLevel), BlockLevel.SUM),
            "per_day": optional(PERCENT),
        },
    ),
    CreditKind.PRORATA: _credit(
        CreditKind.PRORATA,
        Prorata,
        {
            "multiplier": required(Quoted("factor", "10", at_most=100_000)),
            "beyond": optional(Choice(Beyond), Beyond.NOTHING),
        },
    ),
    CreditKind.DURATION_BANDS: _credit(
        CreditKind.DURATION_BANDS,
        _duration_bands,
        {
            "bands": required(tiers_of(LENGTH_TIER)),
            "of": optional(Choice(DurationOf), DurationOf.TOTAL),
            "override": optional(tiers_of(PERCENT_TIER), ()),
            **TABLE_KEYS,
        },
    ),
    CreditKind.DAYS: _credit(
        CreditKind.DAYS,
        _days,
        {
            "tiers": required(tiers_of(DAY_TIER)),
            "day": optional(Choice(ServiceDay), ServiceDay.PERIOD),
            **TABLE_KEYS,
        },
    ),
    CreditKind.FIXED: _credit(CreditKind.FIXED, Fixed, {"percent": required(PERCENT)}),
    CreditKind.ERROR_RATE_TIERS: _credit(
        CreditKind.ERROR_RATE_TIERS,
        _error_rate_tiers,
        {"tiers": required(tiers_of(PERCENT_TIER)), **TABLE_KEYS},
    ),
}
"""The shape of each kind."""
CREDIT: Final = ByKind("kind of credit", "kind: none or kind: steps", SHAPES)
