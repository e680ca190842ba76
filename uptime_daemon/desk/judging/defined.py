"""Which definitions of probes were in force when: time is judged by those, not by what the files say today.

A definition that was loaded is on record with its instant. What cannot be read any more is passed over, and a group
that was not there yet is judged by its first definition.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.measured import Defined
from uptime_daemon.definitions.documents import parse_document
from uptime_daemon.definitions.placeholders import Placeholders
from uptime_daemon.definitions.probes.vendor import read_vendor
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.references import interpolated

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from uptime_daemon.core.facts.probe import Group, Probe
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.definitions.probes.vendor import Vendor
    from uptime_daemon.settings.values import Settings
    from uptime_daemon.store.kept import Definition
    from uptime_daemon.store.ports import Store

_FOLDER: Final = "probes/"


@dataclass(frozen=True, slots=True)
class InForce:
    """Vendors' definitions and until when they were in force."""

    until: Instant | None
    vendors: tuple[Vendor, ...]
    defined: Defined


def definitions_over(settings: Settings, store: Store, wanted: Collection[str], as_of: Instant) -> tuple[InForce, ...]:
    """The definitions of some groups as they changed, in time order; the last are those that have no end yet.

    Since the last load it is what the files say: nothing else was ever in force after it.
    """
    every = list(_loads(store.definitions()))
    loads = [load for load in every if load[0] <= as_of] or every[:1]  # imported time is older than any load
    found = [_in_force(None, settings.vendors, settings, wanted)]
    if len(loads) < len(every):  # later loads were not known then
        found = [_filled(_recorded(None, loads[-1][1], settings, wanted), found[0])]
    # From the newest back, so that a group that is missing in one is taken from the one after it.
    for (_, texts), (until, _) in reversed(list(pairwise(loads))):
        older = _filled(_recorded(until, texts, settings, wanted), found[-1])
        if _differs(older.defined, found[-1].defined, wanted):
            found.append(older)
    return tuple(reversed(found))


def _recorded(until: Instant | None, texts: Mapping[str, str], settings: Settings, wanted: Collection[str]) -> InForce:
    vendors = [vendor for name, text in sorted(texts.items()) if (vendor := _read(name, text)) is not None]
    return _in_force(until, vendors, settings, wanted)


def _filled(older: InForce, later: InForce) -> InForce:
    """With the later definitions of groups that were not there yet."""
    groups = {**later.defined.groups, **older.defined.groups}
    probes = {**later.defined.probes, **older.defined.probes}
    names = {vendor.id for vendor in older.vendors}
    vendors = (*older.vendors, *(vendor for vendor in later.vendors if vendor.id not in names))
    return InForce(older.until, vendors, Defined(older.until, groups, probes))


def _loads(definitions: Sequence[Definition]) -> Iterator[tuple[Instant, dict[str, str]]]:
    """Every state of the files of probes, with the instant from which on it held."""
    texts: dict[str, str] = {}
    last: tuple[Instant, dict[str, str]] | None = None
    for each in definitions:
        if not each.name.startswith(_FOLDER):
            continue
        if last is not None and last[0] != each.at:
            yield last
        if each.text is None:
            texts.pop(each.name, None)
        else:
            texts[each.name] = each.text
        last = each.at, dict(texts)
    if last is not None:
        yield last


@lru_cache(maxsize=256)
def _read(name: str, text: str) -> Vendor | None:
    """A file's definitions as they were loaded; None where this version cannot read it any more."""
    problems = Problems()
    with suppress(RefusedError):
        node = interpolated(parse_document(text, name, problems), Placeholders(os.environ), "", problems)
        vendor = read_vendor(node, problems)
        if not problems.found:
            return vendor
    return None


def _in_force(until: Instant | None, vendors: Sequence[Vendor], settings: Settings, wanted: Collection[str]) -> InForce:
    """The definitions by today's names: the record knows a renamed probe by its new one."""
    renamed = settings.former
    groups = {
        group.id: replace(group, probes=tuple(renamed.get(probe, probe) for probe in group.probes))
        for vendor in vendors
        for group in vendor.groups
        if group.id in wanted
    }
    names = {probe for group in groups.values() for probe in group.probes}
    probes = {
        name: each.probe if name == each.probe.id else replace(each.probe, id=name)
        for vendor in vendors
        for each in vendor.probes
        if (name := renamed.get(each.probe.id, each.probe.id)) in names
    }
    return InForce(until, tuple(vendors), Defined(until, groups, probes))


def _differs(one: Defined, other: Defined, wanted: Collection[str]) -> bool:
    """Whether any of the groups would be judged otherwise."""
    return any(_rules(one, name) != _rules(other, name) for name in wanted)


def _rules(defined: Defined, name: str) -> object:
    group = defined.groups.get(name)
    if group is None:
        return None
    probes: Mapping[str, Probe] = defined.probes
    own: Group = group
    return own.need, {probe: (probes[probe].cadence, probes[probe].confirmation) for probe in own.probes}
