"""Whether an answer is as an endpoint's checks want it: expected and actual, side by side, no sockets."""

from __future__ import annotations

import asyncio
import codecs
import json
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
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
    from uptime_daemon.probers.patterns import Pattern

STATUS: Final = "status"
"""The name of the check of a status code."""
ASIDE_BYTES_MIN: Final = 64 * 1024
"""How long a body is whose patterns are looked for on a thread: shorter ones take 2 ms at the very worst measured, less
than the change of threads under load."""
_SUCCESS: Final = range(200, 300)
_NOTHING: Final = "(nothing)"
_BYTE_ORDER_MARK: Final = "\ufeff"
_NO_CHARSETS: Final = frozenset({"punycode", "raw-unicode-escape", "unicode-escape"})
"""Python's own, in which no text is sent; the first needs time that is quadratic in the text."""


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
    tls_version: str = ""
    version: str = ""
    """Of HTTP."""
    redirects: int = 0
    rcode: str = ""
    """What a name server answered, the records of the asked type in the body, one a line."""
    plugin: PluginState = PluginState.UNKNOWN
    """In which state a plugin ended."""
    judged: bool = False
    """Whether its status was looked at already."""
    found: dict[Pattern, str | None] = field(default_factory=dict)
    """What patterns found in the body, where that was looked for beforehand."""

    @cached_property
    def text(self) -> str:
        """The body as text; what is none in the charset that the answer names is replaced. Only once it is whole."""
        return self.start(len(self.body))

    def start(self, length_bytes: int) -> str:
        """The first part of the body as text."""
        return self.body[:length_bytes].decode(_readable(self.charset), errors="replace")


@lru_cache(maxsize=256)
def _readable(charset: str) -> str:
    """The charset, if any text is sent in it; else that of almost all."""
    try:
        b"-".decode(charset, errors="replace")
        known = codecs.lookup(charset).name not in _NO_CHARSETS
    except (LookupError, ValueError):  # nobody knows it, or it has no replacement for what it cannot read
        known = False
    return charset if known else "utf-8"


def is_of_status(result: CheckResult) -> bool:
    """Whether a check looked at the status; with several steps each check's name begins with its step's."""
    return result.check == STATUS or result.check.endswith(f": {STATUS}")


async def search_aside(checks: Sequence[Check], answer: Answer) -> None:
    """Look for the patterns in a long body on a thread, so that the loop goes on; RE2 lets it."""
    if len(answer.body) > ASIDE_BYTES_MIN:
        for check in checks:
            if isinstance(check, BodyMatches):
                answer.found[check.pattern] = await asyncio.to_thread(check.pattern.search, answer.text)


def results(checks: Sequence[Check], answer: Answer) -> tuple[CheckResult, ...]:
    """Every check with expected and actual, uncut; an HTTP answer must be a 2xx unless a check speaks of the status."""
    told = tuple(_result(check, answer) for check in checks)
    if answer.status is None or answer.judged or any(result.check == STATUS for result in told):
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
            found = any(matches.search(value) is not None for value in values)
            return f"header {name} matches", matches.pattern, ", ".join(values) or _NOTHING, found
        case BodyContains(text) | Expected(text):
            name = "expect" if isinstance(check, Expected) else "body_contains"
            is_line = isinstance(check, Expected) and check.is_line
            holds = text in (answer.text.splitlines() if is_line else answer.text)
            return name, text, text if holds else answer.text or _NOTHING, holds
        case BodyMatches(pattern):
            match = answer.found[pattern] if pattern in answer.found else pattern.search(answer.text)
            return (
                "body_matches",
                pattern.pattern,
                answer.text or _NOTHING if match is None else match,
                match is not None,
            )
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
            came = f"{answer.rcode} with {records} record{'' if records == 1 else 's'}"
            return "answer", wanted, came, holds
        case PluginBetterThan(state):
            actual = f"{answer.plugin.name}: {answer.text.partition(chr(10))[0]}"
            return "plugin", f"better than {state.name}", actual, answer.plugin < state
        case PerfdataSecondsBelow(label, below):
            took = measured(answer.text, label)
            actual = _NOTHING if took is None else seconds_text(took)
            return f"perfdata_seconds {label}", seconds_text(below), actual, took is not None and took < below


def json_at(text: str, path: str) -> str | None:
    """The value at the path of a JSON text, a text as it is; None if there is none, or only a mapping or a list."""
    try:
        place = _place(text, path)
    except _MissingError:
        return None
    if isinstance(place, str):
        return place
    return None if place is None or isinstance(place, dict | list) else _json_text(place)


class _MissingError(Exception):
    """There is nothing at that path."""


def _place(text: str, path: str) -> Any:
    try:
        # the mark with which some libraries begin a text is no part of it (RFC 8259, section 8.1)
        place: Any = json.loads(text.removeprefix(_BYTE_ORDER_MARK), parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:  # no JSON, an absurd number, or nested without end
        raise _MissingError("(no JSON)") from error
    for step in json_steps(path):
        if isinstance(place, str):  # a text has no elements, although Python would tell its signs
            raise _MissingError(f"(no {step!r} there)")
        try:
            place = place[step]
        except (KeyError, IndexError, TypeError) as error:
            raise _MissingError(f"(no {step!r} there)") from error
    return place


def _json(text: str, path: str, equals: object) -> tuple[str, bool]:
    """What stands at the path of a JSON text, and whether it is the expected value."""
    try:
        place = _place(text, path)
    except _MissingError as missing:
        return str(missing), False
    # In Python true equals 1; in JSON it does not.
    return _json_text(place), isinstance(place, bool) is isinstance(equals, bool) and place == equals


def _json_text(value: object) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False, default=str)
