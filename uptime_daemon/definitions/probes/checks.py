"""`checks` of a probe -> conditions on its answer, told apart by the key that names them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.attempt import Means
from uptime_daemon.core.time.instants import HOUR, SECOND
from uptime_daemon.definitions.nodes import FloatText, Node
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.records import Key, ListOf, Record, optional, required
from uptime_daemon.definitions.shapes import Choice, Text, Whole, named, refuse
from uptime_daemon.definitions.times import Length
from uptime_daemon.probers.endpoints.conditions import (
    BodyContains,
    BodyMatches,
    CertificateDaysAbove,
    CertificateSubjectMatches,
    Check,
    HeaderEquals,
    HeaderMatches,
    JsonEquals,
    JsonValue,
    PerfdataSecondsBelow,
    SecondsBelow,
    StatusIs,
)
from uptime_daemon.probers.patterns import Pattern

if TYPE_CHECKING:
    from collections.abc import Mapping

CERTIFICATE_DAYS_MAX: Final = 3650
SECONDS_MAX: Final = HOUR
_STATUS_MIN, _STATUS_MAX = 100, 599


@dataclass(frozen=True, slots=True)
class _Codes:
    def read(self, node: Node, path: str, problems: Problems) -> tuple[int, ...]:
        whole = Whole(_STATUS_MIN, _STATUS_MAX)
        if isinstance(node.value, list):
            return ListOf(whole, at_least=1).read(node, path, problems)
        return (whole.read(node, path, problems),)


@dataclass(frozen=True, slots=True)
class PatternShape:
    """A regular expression."""

    def read(self, node: Node, path: str, problems: Problems) -> Pattern:
        """The pattern, or a collected problem."""
        text = Text("regular expression").read(node, path, problems)
        try:
            return Pattern(text)
        except ValueError as error:
            raise refuse(node, path, problems, str(error)) from error


@dataclass(frozen=True, slots=True)
class _Seconds:
    """A number of seconds, whole or with a point, or a duration such as 500ms."""

    def read(self, node: Node, path: str, problems: Problems) -> int:
        match node.value:
            case int() as number if not isinstance(number, bool) and 0 < number * SECOND <= SECONDS_MAX:
                return number * SECOND
            case FloatText(text) if 0 < Decimal(text) * SECOND <= SECONDS_MAX:
                return int(Decimal(text) * SECOND)
            case str():
                return Length(SECONDS_MAX).read(node, path, problems)
        raise refuse(node, path, problems, f"{named(node)} is no number of seconds; write one such as 5 or 500ms")


@dataclass(frozen=True, slots=True)
class _JsonScalar:
    def read(self, node: Node, path: str, problems: Problems) -> JsonValue:
        match node.value:
            case FloatText(text):
                return Decimal(text)
            case None | bool() | int() | str() as value:
                return value
        raise refuse(node, path, problems, f"{named(node)} is no JSON value; write a text, a number, true or null")


def _header(header: str, equals: str | None, matches: Pattern | None, means: Means) -> HeaderEquals | HeaderMatches:
    if (equals is None) is (matches is None):
        raise ValueError("a header check has one of equals and matches; write one of them")
    if matches is not None:
        return HeaderMatches(header, matches, means)
    return HeaderEquals(header, equals or "", means)


def _json(json_: str, means: Means, equals: JsonValue) -> JsonEquals:
    return JsonEquals(json_, equals, means)


_MEANS: Final[dict[str, Key[Any]]] = {"means": optional(Choice(Means), Means.DOWN)}
_CHECKS: Final[Mapping[str, Record[Check]]] = {
    "status": Record(lambda status, means: StatusIs(status, means), {"status": required(_Codes()), **_MEANS}),
    "header": Record(
        _header,
        {"header": required(Text()), "equals": optional(Text()), "matches": optional(PatternShape()), **_MEANS},
    ),
    "body_contains": Record(
        lambda body_contains, means: BodyContains(body_contains, means), {"body_contains": required(Text()), **_MEANS}
    ),
    "body_matches": Record(
        lambda body_matches, means: BodyMatches(body_matches, means),
        {"body_matches": required(PatternShape()), **_MEANS},
    ),
    "json": Record(_json, {"json": required(Text()), "equals": required(_JsonScalar()), **_MEANS}),
    "seconds_below": Record(
        lambda seconds_below, means: SecondsBelow(seconds_below, means),
        {"seconds_below": required(_Seconds()), **_MEANS},
    ),
    "certificate_days_above": Record(
        lambda certificate_days_above, means: CertificateDaysAbove(certificate_days_above, means),
        {"certificate_days_above": required(Whole(0, CERTIFICATE_DAYS_MAX)), **_MEANS},
    ),
    "certificate_subject": Record(
        lambda certificate_subject, means: CertificateSubjectMatches(certificate_subject, means),
        {"certificate_subject": required(PatternShape()), **_MEANS},
    ),
    "perfdata_seconds": Record(
        lambda perfdata_seconds, below, means: PerfdataSecondsBelow(perfdata_seconds, below, means),
        {"perfdata_seconds": required(Text()), "below": required(_Seconds()), **_MEANS},
    ),
}
HTTP_CHECKS: Final = tuple(kind for kind in _CHECKS if kind not in {"certificate_subject", "perfdata_seconds"})
STREAM_CHECKS: Final = ("seconds_below", "certificate_days_above")


@dataclass(frozen=True, slots=True)
class CheckShape:
    """One condition, told apart by the key that names it."""

    kinds: tuple[str, ...]

    def read(self, node: Node, path: str, problems: Problems) -> Check:
        """The condition, or a collected problem."""
        if isinstance(node.value, dict):
            found = [kind for kind in self.kinds if kind in node.value]
            if len(found) == 1:
                return _CHECKS[found[0]].read(node, path, problems)
        raise refuse(node, path, problems, f"is no check; write one of: {', '.join(self.kinds)}")
