"""A probe that is to be tried no more for a while, by whom and why; and that it is to be tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uptime_daemon.desk.intake.facts import IntakeError, checked_note, made
from uptime_daemon.desk.intake.records import FactKind
from uptime_daemon.desk.judging.pauses import paused_now

if TYPE_CHECKING:
    from uptime_daemon.desk.intake.facts import Author
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.store.kept import Fact


def pause(judge: Judge, probe: str, author: Author, *, why: str, evidence: str | None = None) -> Fact:
    """That a probe is tried no more from now on, not yet recorded."""
    if probe not in judge.settings.probes:
        known = ", ".join(judge.settings.probes) or "none"
        raise IntakeError(f"there is no probe {probe!r}; the probes are: {known}", "probe")
    if not why.strip():
        raise IntakeError("a pause needs its reason; say why nobody is to look (--why TEXT)", "why")
    if probe in paused_now(judge.store, judge.settings.former):
        raise IntakeError(f"{probe} is paused already", "probe")
    return made(FactKind.PAUSE, probe, {"why": checked_note(why)}, None, author, evidence)


def resumption(judge: Judge, probe: str, author: Author) -> Fact:
    """That a paused probe is tried again from now on, not yet recorded."""
    paused = paused_now(judge.store, judge.settings.former)
    if probe not in paused:
        raise IntakeError(f"{probe} is not paused; those that are: {', '.join(sorted(paused)) or 'none'}", "probe")
    return made(FactKind.RESUMPTION, probe, {}, None, author, None)
