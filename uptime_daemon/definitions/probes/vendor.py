"""`probes/*.yaml` -> functional groups, their probes and the endpoints they are tried at.

One file is one vendor: `vendor`, `defaults` for the cadence, `groups` with their operator and their probes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from uptime_daemon.core.facts.probe import Cadence, Confirmation, Group, Probe
from uptime_daemon.core.terms.need import Need, NeedKind
from uptime_daemon.definitions.bindings import NeedShape
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.probes.cadence import CADENCE, CADENCE_KEYS, CadenceParts
from uptime_daemon.definitions.probes.common import FORMERS
from uptime_daemon.definitions.probes.kinds import ENDPOINT_OF, ENDPOINTS, KINDS, foreign_record
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.records import ListOf, MapOf, Record, optional, required
from uptime_daemon.definitions.shapes import IDENTIFIER, AsNode, Text, named, refuse
from uptime_daemon.probers import foreign
from uptime_daemon.probers.endpoints import Endpoint
from uptime_daemon.probers.endpoints.web import HttpEndpoint


@dataclass(frozen=True, slots=True)
class ProbeDefinition:
    """A probe with what it is tried at."""

    probe: Probe
    endpoint: Endpoint
    kind: str
    """One of `KINDS`."""
    replaces: Node | None = field(default=None, compare=False, repr=False)
    """Where it says what it replaces, for messages."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """One file: a vendor's functional groups and their probes."""

    id: str
    groups: tuple[Group, ...]
    probes: tuple[ProbeDefinition, ...]


_GROUP_NAME: Final = r"[a-z0-9][a-z0-9_-]*"


@dataclass(frozen=True, slots=True)
class _ProbeShape:
    """One probe; the keys of its endpoint depend on `kind`."""

    vendor: str
    group: str
    cadence: Cadence
    confirmation: Confirmation

    def read(self, node: Node, path: str, problems: Problems) -> ProbeDefinition:
        if not isinstance(node.value, dict):
            raise refuse(node, path, problems, f"{named(node)} is no mapping; write id, kind and the endpoint's keys")
        kind_node = node.value.get("kind")
        kind = None if kind_node is None else kind_node.value
        if not isinstance(kind, str) or (kind not in KINDS and kind not in foreign.found()):
            what = "is missing" if kind_node is None else f"{named(kind_node)} is no kind of probe"
            known = ", ".join(dict.fromkeys((*KINDS, *foreign.found())))
            raise refuse(kind_node or node, f"{path}.kind", problems, f"{what}; write one of: {known}")
        try:
            shape = ENDPOINTS[ENDPOINT_OF.get(kind, kind)] if kind in KINDS else foreign_record(str(kind))
        except ValueError as error:
            raise refuse(kind_node or node, f"{path}.kind", problems, str(error)) from error
        endpoint = shape.read(node, path, problems)
        if isinstance(endpoint, HttpEndpoint) and not endpoint.url.startswith(f"{kind}:"):
            message = f"kind {kind} asks for an address that starts with {kind}://; change one of them"
            raise refuse(node.value["url"], f"{path}.url", problems, message)
        own = {key: child for key, child in node.value.items() if key in CADENCE_KEYS}
        parts = CADENCE.read(replace(node, value=own), path, problems)
        try:
            cadence, confirmation = parts.over(self.cadence, self.confirmation)
        except ValueError as error:
            raise refuse(node, path, problems, str(error)) from error
        name = IDENTIFIER.read(node.value["id"], f"{path}.id", problems)
        probe = Probe(
            id=f"{self.vendor}/{name}",
            group=f"{self.vendor}/{self.group}",
            cadence=cadence,
            confirmation=confirmation,
            replaces=self._formers(node.value.get("replaces"), f"{path}.replaces", problems),
        )
        return ProbeDefinition(probe, endpoint, str(kind), node.value.get("replaces"))

    def _formers(self, node: Node | None, path: str, problems: Problems) -> tuple[str, ...]:
        """Former ids with their vendor, which is this one unless it is named."""
        written = () if node is None else FORMERS.read(node, path, problems)
        return tuple(name if "/" in name else f"{self.vendor}/{name}" for name in written)


@dataclass(frozen=True, slots=True)
class _GroupHead:
    title: str
    up: Need
    probes: Node
    replaces: tuple[str, ...]


_GROUP: Final = Record(
    _GroupHead,
    {
        "title": required(Text()),
        "up": required(NeedShape()),
        "probes": required(AsNode()),
        "replaces": optional(FORMERS, ()),
    },
)


def read_vendor(node: Node, problems: Problems) -> Vendor:
    """One vendor's file. Raises `RefusedError` after collecting every mistake in it."""
    if not isinstance(node.value, dict):
        raise refuse(node, "", problems, f"{named(node)} is no mapping; write vendor and groups")
    keys = dict(node.value)
    outside = keys.pop("probes", None)
    if outside is not None:
        refuse(outside, "probes", problems, "a probe outside a group is judged by nobody; write it under groups")
    try:
        head = _VENDOR.read(replace(node, value=keys), "", problems)
    except RefusedError:
        # The groups are read all the same, so that one run names every mistake.
        if "groups" in keys:
            _read_groups("vendor", keys["groups"], Cadence(), Confirmation(), problems)
        raise
    groups, probes = _read_groups(head.vendor, head.groups, *head.defaults, problems)
    if outside is not None:
        raise RefusedError
    return Vendor(head.vendor, groups, probes)


@dataclass(frozen=True, slots=True)
class _VendorHead:
    vendor: str
    defaults: tuple[Cadence, Confirmation]
    groups: Node


def _defaults(**parts: Any) -> tuple[Cadence, Confirmation]:
    return CadenceParts(**parts).over(Cadence(), Confirmation())


_VENDOR: Final = Record(
    _VendorHead,
    {
        "vendor": required(IDENTIFIER),
        "defaults": optional(Record(_defaults, CADENCE_KEYS), (Cadence(), Confirmation())),
        "groups": required(AsNode()),
    },
)


def _read_groups(
    vendor: str, node: Node, cadence: Cadence, confirmation: Confirmation, problems: Problems
) -> tuple[tuple[Group, ...], tuple[ProbeDefinition, ...]]:
    before = len(problems.found)
    written = MapOf(AsNode(), keys=_GROUP_NAME, at_least=1).read(node, "groups", problems)
    groups: list[Group] = []
    probes: dict[str, ProbeDefinition] = {}
    for name, group in written.items():
        path = f"groups.{name}"
        try:
            head = _GROUP.read(group, path, problems)
            members = ListOf(_ProbeShape(vendor, name, cadence, confirmation), at_least=1).read(
                head.probes, f"{path}.probes", problems
            )
        except RefusedError:
            continue
        if head.up.kind is NeedKind.AT_LEAST and head.up.count > len(members):
            message = f"at_least {head.up.count} of {len(members)} probes can never be; write a smaller number"
            problems.add(group.at("up").problem(f"{path}.up", message))
        for index, member in enumerate(members):
            if member.probe.id in probes:
                message = f"another probe has the id {member.probe.id!r}; give each its own"
                problems.add(head.probes.at(index).problem(f"{path}.probes[{index}].id", message))
            probes[member.probe.id] = member
        formers = tuple(former if "/" in former else f"{vendor}/{former}" for former in head.replaces)
        groups.append(Group(f"{vendor}/{name}", head.title, head.up, tuple(each.probe.id for each in members), formers))
    _check_formers(groups, written, problems)
    if len(problems.found) > before:
        raise RefusedError
    return tuple(groups), tuple(probes.values())


def _check_formers(groups: Sequence[Group], written: Mapping[str, Node], problems: Problems) -> None:
    """One name in the world cannot be two groups': who is replaced is gone, and replaced once."""
    known, heirs = {each.id for each in groups}, dict[str, str]()
    for each in groups:
        name = each.id.partition("/")[2]
        for old in each.replaces:
            heir = heirs.setdefault(old, each.id)
            if old in known or heir != each.id:
                taken = "is a group as before; remove it, or leave `replaces` out"
                twice = f"is replaced by {heir!r} already; name it once"
                keys = written[name].value
                place = keys["replaces"] if isinstance(keys, dict) else written[name]
                problems.add(place.problem(f"groups.{name}.replaces", f"{old!r} {taken if old in known else twice}"))
