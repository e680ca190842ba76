"""Whether an answer is as an endpoint's checks want it: expected and actual, side by side, no sockets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, assert_never

from multidict import CIMultiDict

from uptime_daemon.core.facts.attempt import CheckResult, Means
from uptime_daemon.core.time.instants import DAY, seconds_text
from uptime_daemon.probers.endpoints.conditions import (
    BodyContains,
    BodyMatches,
    CertificateDaysAbove,
    CertificateSubjectMatches,
    DnsAnswerIs,
    DnsRcode,
    Expected,
    HeaderEquals,
    HeaderMatches,
    JsonEquals,
    PerfdataSecondsBelow,
    PluginBetterThan,
    PluginState,
    SecondsBelow,
    StatusIs,
    json_steps,
)
from uptime_daemon.probers.perfdata import measured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multidict import MultiMapping

    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.endpoints.conditions import Check

STATUS: Final = "status"
"""The name of the check of a status code."""
_SUCCESS: Final = range(200, 300)
_NOTHING: Final = "(nothing)"


@dataclass
class Answer:
    """What came back so far; a prober fills it as it comes, so that a failed attempt shows what there was."""

    status: int | None = None
    headers: MultiMapping[str] = field(default_factory=CIMultiDict)
    body: bytearray = field(default_factory=bytearray)
    charset: str = "utf-8"
    duration: Duration = 0
    """Elapsed microseconds of the whole attempt."""
    certificate_left: Duration | None = None
    """How long the vendor's chain is still valid, microseconds; None without TLS."""
    certificate_subject: str = ""
    rcode: str = ""
    """What a name server answered, the records of the asked type in the body, one a line."""
    plugin: PluginState = PluginState.UNKNOWN
    """In which state a plugin ended."""

    @cached_property
    def text(self) -> str:
        """The body as text; what is none in the charset that the answer names is replaced. Only once it is whole."""
        return self.start(len(self.body))

    def start(self, length_bytes: int) -> str:
        """The first part of the body as text."""
        try:
            return self.body[:length_bytes].decode(self.charset, errors="replace")
        except LookupError:  # a charset that nobody knows
            return self.body[:length_bytes].decode(errors="replace")


def results(checks: Sequence[Check], answer: Answer) -> tuple[CheckResult, ...]:
    """Every check with expected and actual, uncut; an HTTP answer must be a 2xx unless a check speaks of the status."""
    told = tuple(_result(check, answer) for check in checks)
    if answer.status is None or any(result.check == STATUS for result in told):
        return told
    success = CheckResult(STATUS, "200 to 299", str(answer.status), holds=answer.status in _SUCCESS)
    return (success, *told)


def _result(check: Check, answer: Answer) -> CheckResult:
    name, expected, actual, holds = _compared(check, answer)
    return CheckResult(name, expected, actual, holds=holds, means=Means(check.means))


def _compared(check: Check, answer: Answer) -> tuple[str, str, str, bool]:
    """The check's name, what it expects, what came, whether it holds."""
    match check:
        case StatusIs(codes):
            return STATUS, " or ".join(map(str, codes)), str(answer.status), answer.status in codes
        case HeaderEquals(name, equals):
            values = answer.headers.getall(name, [])
            return f"header {name}", equals, ", ".join(values) or _NOTHING, equals in values
        case HeaderMatches(name, matches):
            values = answer.headers.getall(name, [])
            found = any(map(matches.search, values))
            return f"header {name} matches", matches.pattern, ", ".join(values) or _NOTHING, found
        case BodyContains(text) | Expected(text):
            name = "expect" if isinstance(check, Expected) else "body_contains"
            holds = text in answer.text
            return name, text, text if holds else answer.text or _NOTHING, holds
        case BodyMatches(pattern):
            match = pattern.search(answer.text)
            return "body_matches", pattern.pattern, match[0] if match else answer.text or _NOTHING, match is not None
        case JsonEquals(path, equals):
            actual, holds = _json(answer.text, path, equals)
            return f"json {path}", _json_text(equals), actual, holds
        case SecondsBelow(limit):
            return "seconds_below", seconds_text(limit), seconds_text(answer.duration), answer.duration < limit
        case CertificateDaysAbove(days):
            left = answer.certificate_left
            actual = _NOTHING if left is None else str(left // DAY)
            return "certificate_days_above", str(days), actual, left is not None and left > days * DAY
        case CertificateSubjectMatches(pattern):
            subject = answer.certificate_subject
            return "certificate_subject", pattern.pattern, subject or _NOTHING, pattern.search(subject) is not None
        case DnsAnswerIs() | PluginBetterThan() | PerfdataSecondsBelow():
            return _of_one_kind(check, answer)
        case _:
            assert_never(check)


def _of_one_kind(
    check: DnsAnswerIs | PluginBetterThan | PerfdataSecondsBelow, answer: Answer
) -> tuple[str, str, str, bool]:
    """As above, for what only one kind of answer has."""
    match check:
        case DnsAnswerIs(rcode):
            records = answer.body.count(b"\n")
            holds = answer.rcode == rcode and (rcode is not DnsRcode.NOERROR or records > 0)
            wanted = f"{rcode} with records" if rcode is DnsRcode.NOERROR else rcode.value
            return "answer", wanted, f"{answer.rcode} with {records} records", holds
        case PluginBetterThan(state):
            actual = f"{answer.plugin.name}: {answer.text.partition(chr(10))[0]}"
            return "plugin", f"better than {state.name}", actual, answer.plugin < state
        case PerfdataSecondsBelow(label, below):
            took = measured(answer.text, label)
            actual = _NOTHING if took is None else seconds_text(took)
            return f"perfdata_seconds {label}", seconds_text(below), actual, took is not None and took < below


def _json(text: str, path: str, equals: object) -> tuple[str, bool]:
    """What stands at the path of a JSON text, and whether it is the expected value."""
    try:
        place: Any = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):  # no JSON, a number of absurd length, or nested without end
        return "(no JSON)", False
    for step in json_steps(path):
        try:
            place = place[step]
        except (KeyError, IndexError, TypeError):
            return f"(no {step!r} there)", False
    # In Python true equals 1; in JSON it does not.
    return _json_text(place), isinstance(place, bool) is isinstance(equals, bool) and place == equals


def _json_text(value: object) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False, default=str)
