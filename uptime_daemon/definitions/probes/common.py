"""Keys that many kinds of probes share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.definitions.probes.cadence import CADENCE_KEYS
from uptime_daemon.definitions.records import Key, ListOf, optional, required
from uptime_daemon.definitions.shapes import IDENTIFIER, Shape, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.definitions.nodes import Node
    from uptime_daemon.definitions.problems import Problems


TLS_KEYS: Final[dict[str, Key[Any]]] = {
    "ca_file": optional(Text()),
    "client_certificate": optional(Text()),
    "client_key": optional(Text()),
}


@dataclass(frozen=True, slots=True)
class Formers:
    """A former id, or a list of them: of the same vendor, or `vendor/id`."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """One, or several."""
        return (_FORMER, ListOf(_FORMER, at_least=1))

    def read(self, node: Node, path: str, problems: Problems) -> tuple[str, ...]:
        """The ids as written."""
        if isinstance(node.value, list):
            return ListOf(_FORMER, at_least=1).read(node, path, problems)
        return (_FORMER.read(node, path, problems),)


_FORMER: Final = Text("former id", r"([a-z0-9][a-z0-9_-]*/)?[a-z0-9][a-z0-9_-]*", "api or acme/api")


PROBE_KEYS: Final[dict[str, Key[Any]]] = {
    "id": required(IDENTIFIER),
    "kind": required(Text()),
    "replaces": optional(Formers(), ()),
    **CADENCE_KEYS,
}


def own(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of an endpoint without those that every probe has."""
    return {name: value for name, value in keys.items() if name not in PROBE_KEYS}
