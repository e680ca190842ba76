"""`calendars`, `severities` and `clocks`: the times that a contract promises for tickets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.ticket import CHANNELS, EventKind
from uptime_daemon.core.terms.clock import (
    ANY,
    BeforeOpening,
    ChainPoint,
    ClockTerms,
    DayEnd,
    EventRule,
    LateRule,
    Limit,
    LimitUnit,
    Pauses,
    Severity,
    SeverityTerms,
    StartRule,
    SupportTerms,
)
from uptime_daemon.definitions.nodes import ABSENT, Node
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.records import ListOf, MapOf, Record, optional, required
from uptime_daemon.definitions.shapes import IDENTIFIER, PERCENT, Choice, Flag, OneOf, Text, Whole, refuse
from uptime_daemon.definitions.terms.common import CLAUSE
from uptime_daemon.definitions.times import WallTime

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.definitions.shapes import Shape

SEVERITY_ID: Final = Text("severity", r"[A-Za-z0-9][A-Za-z0-9_-]*", "critical")
AMOUNT_MAX: Final = 100_000
"""More minutes than two months have, and more days than anybody waits."""
BEST_EFFORT: Final = "best_effort"


@dataclass(frozen=True, slots=True)
class _Amount:
    """A whole number, or `best_effort`."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """The word, or a number."""
        return (OneOf((BEST_EFFORT,)), Whole(1, AMOUNT_MAX))

    def read(self, node: Node, path: str, problems: Problems) -> int | None:
        if node.value == BEST_EFFORT:
            return None
        return Whole(1, AMOUNT_MAX).read(node, path, problems)


@dataclass(frozen=True, slots=True)
class Amounts:
    """A whole number or `best_effort`, or one for each severity; a parameter that is not set leaves none."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """One amount, or one for each severity."""
        return (_Amount(), MapOf(_Amount()))

    def read(self, node: Node, path: str, problems: Problems) -> Mapping[str, int | None]:
        """By severity, by `group.severity`, or by `any`."""
        if node.value is ABSENT:
            return {}
        if isinstance(node.value, dict):
            return MapOf(_Amount()).read(node, path, problems)
        return {ANY: _Amount().read(node, path, problems)}


def _event_rule(event: EventKind, channels: Sequence[str], contents: Sequence[str]) -> EventRule:
    return EventRule(event, frozenset(channels), frozenset(contents))


EVENT_RULE: Final = Record(
    _event_rule,
    {
        "event": required(Choice(EventKind)),
        "channels": optional(ListOf(OneOf(CHANNELS), at_least=1), ()),
        "contents": optional(ListOf(IDENTIFIER, at_least=1), ()),
    },
)


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of event such as `opened`, or `{event, channels, contents}`."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """The kind alone, or a record."""
        return (Choice(EventKind), EVENT_RULE)

    def read(self, node: Node, path: str, problems: Problems) -> EventRule:
        """The rule."""
        if isinstance(node.value, dict):
            return EVENT_RULE.read(node, path, problems)
        return EventRule(Choice(EventKind).read(node, path, problems))


def _limit(unit: LimitUnit, amount: Mapping[str, int | None], ends: DayEnd) -> Limit:
    in_days = unit in {LimitUnit.BUSINESS_DAYS, LimitUnit.CALENDAR_DAYS, LimitUnit.MONTHS}
    if ends is not DayEnd.SAME_TIME and not in_days:
        raise ValueError(f"a limit in {unit} has no last day; leave ends out")
    return Limit(unit, amount, ends)


LIMIT_OF_CLOCK: Final = Record(
    _limit,
    {
        "unit": required(Choice(LimitUnit)),
        "amount": optional(Amounts(), {}),
        "ends": optional(Choice(DayEnd), DayEnd.SAME_TIME),
    },
)


def _start(
    events: Sequence[EventRule],
    latest_of: Sequence[EventRule],
    after: str | None,
    chained_from: ChainPoint,
    **rest: Any,
) -> StartRule:
    if sum(map(bool, (events, latest_of, after))) != 1:
        raise ValueError("starts not with exactly one of events, latest_of and after; write one of them")
    return StartRule(
        events=tuple(events or latest_of), latest=bool(latest_of), after=after, chained_from=chained_from, **rest
    )


START: Final = Record(
    _start,
    {
        "events": optional(ListOf(Event(), at_least=1), ()),
        "latest_of": optional(ListOf(Event(), at_least=1), ()),
        "complete": optional(Flag(), default=False),
        "after": optional(IDENTIFIER),
        "chained_from": optional(Choice(ChainPoint), ChainPoint.DUE),
    },
)
LATE: Final = Record(
    LateRule,
    {
        "after": required(WallTime()),
        "inclusive": optional(Flag(), default=False),
        "before_opening": optional(Choice(BeforeOpening), BeforeOpening.SAME_DAY),
        "due_at": optional(WallTime()),
    },
)


def _pauses(questions: bool, holds: bool, reasons: Sequence[str]) -> Pauses:  # noqa: FBT001 - called by name
    if reasons and not holds:
        raise ValueError("names reasons of holds that pause nothing; write holds: true")
    return Pauses(questions, holds, frozenset(reasons))


PAUSES: Final = Record(
    _pauses,
    {
        "questions": optional(Flag(), default=False),
        "holds": optional(Flag(), default=False),
        "reasons": optional(ListOf(IDENTIFIER), ()),
    },
)


def _clock(
    starts: StartRule,
    stops: Sequence[EventRule],
    severities: Sequence[str],
    groups: Sequence[str],
    calendar: str | None,
    **rest: Any,
) -> ClockTerms:
    built = ClockTerms(
        start=starts,
        stops=tuple(stops),
        severities=frozenset(severities),
        groups=frozenset(groups),
        calendar_id=calendar,
        **rest,
    )
    if built.limit is not None and built.limit.unit.is_business and calendar is None:
        raise ValueError(f"a limit in {built.limit.unit} needs the vendor's hours; write calendar: one of calendars")
    if built.late is not None and calendar is None:
        raise ValueError("a rule for reports late in the day needs the vendor's hours; write calendar")
    if built.restarts and not any(rule.kind is EventKind.QUESTION for rule in built.stops):
        raise ValueError("starts anew after an answer, so a question must end it; write question among stops")
    if built.restarts and built.repeats:
        raise ValueError("starts anew by answers and by reports; write restarts or repeats")
    return built


CLOCK: Final = Record(
    _clock,
    {
        "id": required(IDENTIFIER),
        "clause": required(CLAUSE),
        "title": required(Text()),
        "severities": optional(ListOf(SEVERITY_ID, at_least=1), ()),
        "groups": optional(ListOf(IDENTIFIER, at_least=1), ()),
        "starts": required(START),
        "stops": optional(ListOf(Event()), ()),
        "limit": optional(LIMIT_OF_CLOCK),
        "calendar": optional(IDENTIFIER),
        "late": optional(LATE),
        "pauses": optional(PAUSES, Pauses()),
        "restarts": optional(Flag(), default=False),
        "repeats": optional(Flag(), default=False),
        "inside": optional(Flag(), default=False),
        "claimable": optional(Flag(), default=True),
    },
)
SEVERITY: Final = Record(
    Severity,
    {
        "id": required(SEVERITY_ID),
        "title": required(Text()),
        "clause": required(CLAUSE),
        "users_at_least": optional(PERCENT),
        "users_at_most": optional(PERCENT),
    },
)


def _severities(classes: tuple[Severity, ...], gap: str | None, default: str | None) -> SeverityTerms:
    ids = [each.id for each in classes]
    for word, name in (("gap", gap), ("default", default)):
        if name is not None and name not in ids:
            raise ValueError(f"{word} {name!r} is no class; write one of: {', '.join(ids)}")
    if len(set(ids)) < len(ids):
        raise ValueError("two classes share an id; give each its own")
    if gap is None and (between := _uncovered(classes)) is not None:
        raise ValueError(f"no class takes a share of {between}; write gap: the class that does, to be looked at")
    return SeverityTerms(classes, gap, default)


def _uncovered(classes: Sequence[Severity]) -> str | None:
    """A share of the users that no class takes, in words; None where shares are not used or all are taken."""
    bounded = [each for each in classes if each.users_at_least is not None or each.users_at_most is not None]
    if not bounded:
        return None
    reached: Fraction | None = None
    for each in sorted(bounded, key=lambda one: one.users_at_least or Fraction(0)):
        low = each.users_at_least or Fraction(0)
        if reached is None and low > 0:
            return f"less than {low} %"
        if reached is not None and low > reached:
            return f"more than {reached} % and less than {low} %"
        high = Fraction(100) if each.users_at_most is None else each.users_at_most
        reached = high if reached is None else max(reached, high)
    return None if reached == Fraction(100) else f"more than {reached} %"


SEVERITIES: Final = Record(
    _severities,
    {
        "classes": required(ListOf(SEVERITY, at_least=1)),
        "gap": optional(SEVERITY_ID),
        "default": optional(SEVERITY_ID),
    },
)


def linked(support: SupportTerms, groups: Sequence[str], closed: Node, problems: Problems) -> tuple[ClockTerms, ...]:
    """The clocks with the calendars that they name. Raises `RefusedError` for names that nothing declares."""
    written = closed.value.get("clocks") if isinstance(closed.value, dict) else None
    listed = written.value if written is not None and isinstance(written.value, list) else []
    places = [(index, item) for index, item in enumerate(listed) if item.value is not ABSENT]
    classes = [each.id for each in support.severities.classes]
    amounts = [ANY, *classes, *(f"{group}.{each}" for group in groups for each in classes)]
    refused = False  # a problem that another reading told already is not told twice
    seen: list[str] = []
    for clock, (index, item) in zip(support.clocks, places, strict=True):
        if clock.id in seen:
            message = f"{clock.id!r} is the id of an earlier one; give each its own"
            refuse(item, f"clocks[{index}].id", problems, message)
            refused = True
        for word, names, known in (
            ("severity", sorted(clock.severities), classes),
            ("group", sorted(clock.groups), groups),
            ("calendar", [clock.calendar_id] if clock.calendar_id else [], list(support.calendars)),
            ("earlier clock", [clock.start.after] if clock.start.after else [], seen),
            ("severity of an amount", [] if clock.limit is None else list(clock.limit.amounts), amounts),
        ):
            for name in names:
                if name not in known:
                    advice = f"write one of: {', '.join(known)}" if known else "there is none, declare it"
                    refuse(item, f"clocks[{index}]", problems, f"{name!r} is no {word}; {advice}")
                    refused = True
        seen.append(clock.id)
    if refused:
        raise RefusedError
    return tuple(
        clock if clock.calendar_id is None else replace(clock, calendar=support.calendars[clock.calendar_id])
        for clock in support.clocks
    )
