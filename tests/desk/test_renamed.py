"""A probe that is renamed between two reports changes no figure, and what was voided under its old name stays void."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.desk.acme import acme
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from uptime_daemon.settings.values import Settings

AS_OF = parse_instant("2026-11-20T12:00:00Z")


def renamed(settings: Settings) -> Settings:
    """The same configuration in which the probe has another id."""
    (vendor,) = settings.vendors
    (definition,) = vendor.probes
    probe = replace(definition.probe, id="stand-in/line", replaces=(definition.probe.id,))
    groups = tuple(replace(group, probes=(probe.id,)) for group in vendor.groups)
    return replace(settings, vendors=(replace(vendor, groups=groups, probes=(replace(definition, probe=probe),)),))


def test_a_rename_changes_no_figure(tmp_path: Path) -> None:
    """October's three hours of downtime, then less what a person voided under the old name."""
    desk = acme(tmp_path)
    first, last = "2026-10-10T11:00:00+02:00", "2026-10-10T12:00:00+02:00"
    desk.said(f"observation void stand-in/tcp --by ana --from {first} --to {last} --why", "our line was down")
    settings = desk.settings
    with open_store(settings.database, create=False) as store:
        before = Judge(settings, store).statements("acme", "2026-10", AS_OF)
        after_settings = renamed(settings)
        store.rename(after_settings.former)
        assert Judge(after_settings, store).statements("acme", "2026-10", AS_OF) == before
        store.rename({})
        assert Judge(after_settings, store).statements("acme", "2026-10", AS_OF) != before
