"""`pause`, `resume`: whether a probe is tried at all; muting an alert never stops measuring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli.common import DEFAULT_CONFIG, ByOption, ConfigOption, DryRunOption, EvidenceOption
from uptime_daemon.cli.stating import state_alone

if TYPE_CHECKING:
    from uptime_daemon.desk.intake import Author
    from uptime_daemon.desk.judge import Judge
    from uptime_daemon.store.ports import Fact

ProbeArgument = Annotated[str, typer.Argument(metavar="ID", help="vendor/probe")]


def pause(
    probe: ProbeArgument,
    why: Annotated[str, typer.Option("--why", help="Why nobody is to look.")],
    by: ByOption = "",
    evidence: EvidenceOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Let the daemon try a probe no more until it is resumed; the time is unknown, `paused`, and never downtime."""
    from uptime_daemon.desk.intake_pauses import pause as made

    def make(judge: Judge, author: Author, digest: str | None) -> Fact:
        return made(judge, probe, author, why=why, evidence=digest)

    state_alone(config, by, None, evidence, make, dry_run=dry_run)


def resume(
    probe: ProbeArgument,
    by: ByOption = "",
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Let the daemon try a paused probe again, in its place of the interval."""
    from uptime_daemon.desk.intake_pauses import resumption

    def make(judge: Judge, author: Author, _: str | None) -> Fact:
        return resumption(judge, probe, author)

    state_alone(config, by, None, None, make, dry_run=dry_run)
