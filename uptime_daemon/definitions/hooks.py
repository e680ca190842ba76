"""How another system's webhook tells of tickets: where each part of its body stands and how it is signed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.ticket import CHANNELS, EventKind
from uptime_daemon.definitions.records import Key, ListOf, MapOf, Record, optional, required
from uptime_daemon.definitions.shapes import IDENTIFIER, Choice, OneOf, Text

if TYPE_CHECKING:
    from collections.abc import Mapping


class Proof(StrEnum):
    """How a delivery proves that it knows the secret."""

    SHA1 = "sha1"
    """HMAC-SHA1 of the body, hexadecimal."""
    SHA256 = "sha256"
    """HMAC-SHA256 of the body, hexadecimal."""
    SECRET = "secret"  # noqa: S105 - a word of the language
    """The header is the secret itself, for systems that cannot sign: over TLS or loopback only."""


class TimeForm(StrEnum):
    """How a time is written."""

    ISO = "iso"
    """ISO 8601 with its offset, also without the colon."""
    SECONDS = "seconds"
    """Since 1970."""
    MILLISECONDS = "milliseconds"


@dataclass(frozen=True, slots=True)
class SignatureTerms:
    """Where the proof stands."""

    header: str
    proof: Proof
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class KindTerms:
    """Which value means which kind of event."""

    path: str
    kinds: Mapping[str, EventKind]


@dataclass(frozen=True, slots=True)
class TimeTerms:
    """Where and how the time of the event stands."""

    path: str
    form: TimeForm


@dataclass(frozen=True, slots=True)
class HookMapping:
    """A webhook's body as events of tickets; a path is keys joined by dots."""

    signature: SignatureTerms
    ticket: str
    events: tuple[KindTerms, ...]
    """The first one that names a kind decides; a delivery in which none does tells of nothing."""
    delivery: str | None = None
    """The header that numbers deliveries."""
    at: TimeTerms | None = None
    """None: it happened when it was received."""
    group: str | None = None
    channel: str | None = None
    severity: str | None = None
    note: str | None = None


_HEADER: Final = Text("header", r"[A-Za-z0-9-]{1,100}", "X-Hub-Signature")
_PATH: Final = Text("path", r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,9}", "issue.fields.status.name")
_SIGNATURE: Final = Record(
    SignatureTerms, {"header": required(_HEADER), "proof": required(Choice(Proof)), "prefix": optional(Text(), "")}
)
_KIND: Final = Record(
    KindTerms, {"path": required(_PATH), "kinds": required(MapOf(Choice(EventKind), r"[^\x00-\x1f]{1,100}", 1))}
)
_TIME: Final = Record(TimeTerms, {"path": required(_PATH), "form": required(Choice(TimeForm))})
MAPPING_KEYS: Final[Mapping[str, Key[Any]]] = {
    "signature": required(_SIGNATURE),
    "ticket": required(_PATH),
    "events": required(ListOf(_KIND, at_least=1)),
    "delivery": optional(_HEADER),
    "at": optional(_TIME),
    "group": optional(IDENTIFIER),
    "channel": optional(OneOf(CHANNELS)),
    "severity": optional(_PATH),
    "note": optional(_PATH),
}
"""The keys of a hook besides its name, agreement and secret."""
