"""History that others hold, into the record: which target is which probe, runs in, a summary out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.desk.intake.facts import IntakeError
from uptime_daemon.store.kept import Inserted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.settings.values import Settings
    from uptime_daemon.sources.csv import CsvHistory, CsvPlan, Summary
    from uptime_daemon.store.ports import Store


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    summary: Summary
    inserted: Inserted


def mapped(settings: Settings, pairs: Sequence[str]) -> dict[str, str]:
    """From target to probe: `target=probe`, or `target=group` for a group of one probe. Raises `IntakeError`."""
    groups, probes = settings.groups, settings.probes
    names: dict[str, str] = {}
    for pair in pairs:
        target, separator, name = pair.rpartition("=")
        if not separator or not target:
            raise IntakeError(f"{pair!r} is no mapping; write --map 'TARGET=vendor/group'")
        if name in probes:
            names[target] = name
        elif name in groups and len(groups[name].probes) == 1:
            names[target] = groups[name].probes[0]
        elif name in groups:
            own = ", ".join(groups[name].probes)
            raise IntakeError(f"group {name} has several probes; map {target!r} to one of: {own}")
        else:
            known = ", ".join([*groups, *probes]) or "none"
            raise IntakeError(f"no file in probes defines {name!r}; map {target!r} to one of: {known}")
    return names


def unmapped(settings: Settings) -> Mapping[str, str]:
    """Targets that need no mapping: those named like a probe."""
    return {name: name for name in settings.probes}


def imported(store: Store, history: CsvHistory, plan: CsvPlan, progress: Callable[[int], None]) -> Imported:
    """Add the history's runs to the record; the same file twice changes nothing. Memory does not grow with the file."""
    inserted = store.insert_history(_counted(history, progress), plan.stale_after)
    return Imported(history.summary, inserted)


def _counted(history: CsvHistory, progress: Callable[[int], None]) -> Iterator[Run]:
    for run in history:
        progress(history.rows)
        yield run
