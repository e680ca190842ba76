"""Keys that many kinds of probes share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.definitions.shapes import (
    IDENTIFIER,
    Key,
    Text,
    optional,
    required,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


from uptime_daemon.definitions.probes.cadence import CADENCE_KEYS

TLS_KEYS: Final[dict[str, Key[Any]]] = {
    "ca_file": optional(Text()),
    "client_certificate": optional(Text()),
    "client_key": optional(Text()),
}


PROBE_KEYS: Final[dict[str, Key[Any]]] = {
    "id": required(IDENTIFIER),
    "kind": required(Text()),
    **CADENCE_KEYS,
}


def own(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of an endpoint without those that every probe has."""
    return {name: value for name, value in keys.items() if name not in PROBE_KEYS}
