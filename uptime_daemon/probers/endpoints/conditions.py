"""The closed set of conditions on an answer; whether one holds is decided in `probers.checks`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Final, TypeAlias

from uptime_daemon.core.facts.attempt import Means
from uptime_daemon.core.time.instants import Duration
from uptime_daemon.probers.patterns import Pattern

JsonValue: TypeAlias = str | int | Decimal | bool | None
"""What a JSON path may be compared with; a number with a fraction is a `Decimal`, never a float."""

_JSON_STEP: Final = re.compile(
    r"\.(?P<name>[^.\[\]\"']+)|\[(?P<index>\d+)\]|\[(?P<quote>['\"])(?P<key>.*?)(?P=quote)\]"
)
_STATUS_MIN, _STATUS_MAX = 100, 599


@dataclass(frozen=True, slots=True)
class StatusIs:
    """The answer's status code is one of these; without such a check any 2xx will do."""

    codes: tuple[int, ...]
    means: Means = Means.DOWN

    def __post_init__(self) -> None:
        """At least one code, and each a code that an answer can have."""
        if not self.codes:
            raise ValueError("no status code; write one such as 200, or a list such as [200, 204]")
        for code in self.codes:
            if not _STATUS_MIN <= code <= _STATUS_MAX:
                raise ValueError(f"{code} is no status code; write one from {_STATUS_MIN} to {_STATUS_MAX}")


@dataclass(frozen=True, slots=True)
class HeaderEquals:
    """A header of the answer has exactly this value; the name's case does not matter."""

    name: str
    equals: str
    means: Means = Means.DOWN


@dataclass(frozen=True, slots=True)
class HeaderMatches:
    """The pattern is found in a header of the answer; the name's case does not matter."""

    name: str
    matches: Pattern
    means: Means = Means.DOWN


@dataclass(frozen=True, slots=True)
class BodyContains:
    """The text stands in the answer."""

    text: str
    means: Means = Means.DOWN


@dataclass(frozen=True, slots=True)
class BodyMatches:
    """The pattern is found in the answer."""

    pattern: Pattern
    means: Means = Means.DOWN


@dataclass(frozen=True, slots=True)
class JsonEquals:
    """The answer is JSON and holds this value at a path such as `$.state` or `$.nodes[0]['display name']`."""

    path: str
    equals: JsonValue
    means: Means = Means.DOWN

    def __post_init__(self) -> None:
        """The path can be read."""
        json_steps(self.path)


@dataclass(frozen=True, slots=True)
class SecondsBelow:
    """The whole attempt took less than this, elapsed microseconds."""

    limit: Duration
    means: Means = Means.DOWN

    def __post_init__(self) -> None:
        """A limit that some attempt can keep."""
        if self.limit <= 0:
            raise ValueError("nothing takes less than no time; write a number of seconds above 0")


@dataclass(frozen=True, slots=True)
class CertificateDaysAbove:
    """The vendor's chain of certificates is valid for more than this number of days of 24 hours."""

    days: int
    means: Means = Means.DOWN


@dataclass(frozen=True, slots=True)
class CertificateSubjectMatches:
    """The pattern is found in the subject of the endpoint's own certificate: its common name, else all of it."""

    pattern: Pattern
    means: Means = Means.DOWN


class PluginState(IntEnum):
    """The states in which a monitoring plugin ends, by its exit code."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class PluginBetterThan:
    """The plugin ended in a better state than this."""

    state: PluginState
    means: Means = Means.DOWN


@dataclass(frozen=True, slots=True)
class PerfdataSecondsBelow:
    """A time that the plugin itself measured, by its label, is less than this, elapsed microseconds."""

    label: str
    below: Duration
    means: Means = Means.DOWN


class DnsRcode(StrEnum):
    """The answers of a name server that can be expected (RFC 1035, section 4.1.1)."""

    NOERROR = "NOERROR"
    NXDOMAIN = "NXDOMAIN"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class DnsAnswerIs:
    """The name server answered so; NOERROR needs a record of the type that was asked for."""

    rcode: DnsRcode
    means: Means = Means.DOWN


@dataclass(frozen=True, slots=True)
class Expected:
    """The text stands in what the endpoint said: `expect` of an endpoint as a check."""

    text: str
    means: Means = Means.DOWN
    is_line: bool = False
    """Whether it must be a whole line."""


Check: TypeAlias = (
    StatusIs
    | HeaderEquals
    | HeaderMatches
    | BodyContains
    | BodyMatches
    | JsonEquals
    | SecondsBelow
    | CertificateDaysAbove
    | CertificateSubjectMatches
    | PluginBetterThan
    | PerfdataSecondsBelow
    | DnsAnswerIs
    | Expected
)
"""Every condition that an answer can be asked for."""

StreamCheck: TypeAlias = SecondsBelow | CertificateDaysAbove
"""The conditions that any stream can be asked for; what it must say stands in `TcpEndpoint.expect`."""

TlsCheck: TypeAlias = StreamCheck | CertificateSubjectMatches
"""The conditions that a handshake can be asked for."""

SmtpCheck: TypeAlias = StreamCheck | StatusIs
"""The conditions that a talk over SMTP can be asked for."""

SipCheck: TypeAlias = StreamCheck | StatusIs | HeaderEquals | HeaderMatches
"""The conditions that an answer over SIP can be asked for."""

ExecCheck: TypeAlias = SecondsBelow | PerfdataSecondsBelow
"""The conditions that a plugin can be asked for besides its state."""


@lru_cache(maxsize=1024)
def json_steps(path: str) -> tuple[str | int, ...]:
    """The steps of a JSON path: names of members and indexes of elements; `ValueError` if it is none."""
    steps: list[str | int] = []
    position = 1
    while path.startswith("$") and position < len(path):
        match = _JSON_STEP.match(path, position)
        if not match:
            break
        steps.append(int(match["index"]) if match["index"] else match["name"] or match["key"] or "")
        position = match.end()
    if not path.startswith("$") or position < len(path):
        raise ValueError(f"{path!r} is no JSON path; write one such as $.state or $.nodes[0]['display name']")
    return tuple(steps)


def refuse_certificate_checks(checks: Sequence[Check], *, tls: bool) -> None:
    """Refuse a check of certificates where there are none."""
    if not tls and any(isinstance(check, CertificateDaysAbove) for check in checks):
        raise ValueError("certificate_days_above needs TLS; there is no certificate on a plain connection")
