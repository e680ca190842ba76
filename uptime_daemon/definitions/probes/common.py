"""Keys that many kinds of probes share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.definitions.probes.cadence import CADENCE_KEYS
from uptime_daemon.definitions.records import Key, OneOrMore, optional, required
from uptime_daemon.definitions.shapes import IDENTIFIER, Text

if TYPE_CHECKING:
    from collections.abc import Mapping


TLS_KEYS: Final[dict[str, Key[Any]]] = {
    "ca_file": optional(Text()),
    "client_certificate": optional(Text()),
    "client_key": optional(Text()),
}
FORMERS: Final = OneOrMore(Text("former id", r"([a-z0-9][a-z0-9_-]*/)?[a-z0-9][a-z0-9_-]*", "api or acme/api"))
"""Of the same vendor, or `vendor/id`."""
PROBE_KEYS: Final[dict[str, Key[Any]]] = {
    "id": required(IDENTIFIER),
    "kind": required(Text()),
    "replaces": optional(FORMERS, ()),
    **CADENCE_KEYS,
}


def own(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of an endpoint without those that every probe has."""
    return {name: value for name, value in keys.items() if name not in PROBE_KEYS}
