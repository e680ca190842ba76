"""What was measured under a former name, read under the one that replaced it; on disk every row keeps its name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from uptime_daemon.core.facts.attempt import Failure
    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.store.kept import KeptAbsence, Rollup, Series
    from uptime_daemon.store.pending import Key

    Former = Mapping[str, str]
    """By former name the name in force."""


def with_former(probes: Collection[str], former: Former) -> set[str]:
    """The names under which the rows of these probes may lie."""
    return {*probes, *(old for old, new in former.items() if new in probes)}


def renamed_runs(found: Mapping[Key, Sequence[Run]], former: Former) -> dict[Key, list[Run]]:
    """The runs of each probe and vantage under all its names, in time order.

    From the first run under the name in force on, that name alone is believed: a run is never beside another one.
    """
    merged: dict[Key, list[Run]] = defaultdict(list)
    for (probe, vantage), runs in found.items():
        if probe not in former:
            merged[probe, vantage] += runs
    for (probe, vantage), runs in found.items():
        if probe in former:
            key = (former[probe], vantage)
            begins = found[key][0].first if found.get(key) else None
            merged[key] += [replace(run, probe=key[0]) for run in runs if begins is None or run.last < begins]
    return {key: sorted(runs, key=lambda run: run.first) for key, runs in sorted(merged.items())}


def renamed_failures(found: Iterable[Failure], former: Former) -> list[Failure]:
    """The contexts under the names in force."""

    def named(failure: Failure) -> Failure:
        seen = failure.observation
        return replace(failure, observation=replace(seen, probe=former.get(seen.probe, seen.probe)))

    return [named(each) for each in found]


def renamed_rollups(found: Iterable[Rollup], former: Former) -> list[Rollup]:
    """The latencies under the names in force; the five minutes of a rename have one of each name."""
    renamed = (replace(each, probe=former.get(each.probe, each.probe)) for each in found)
    return sorted(renamed, key=lambda each: (each.probe, each.vantage, each.start))


def renamed_absences(found: Iterable[KeptAbsence], former: Former) -> list[KeptAbsence]:
    """The absences under the names in force."""
    return [each if each.probe is None else replace(each, probe=former.get(each.probe, each.probe)) for each in found]


def renamed_series(found: Iterable[Series], former: Former) -> list[Series]:
    """The series under the names in force, each once: what is on record under that name itself stands."""
    every = sorted(found, key=lambda each: each.probe not in former)
    by_key = {(former.get(each.probe, each.probe), each.vantage): each for each in every}
    return [replace(series, probe=probe) for (probe, _), series in sorted(by_key.items())]
