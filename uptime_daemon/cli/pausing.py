"""`pause`, `resume`: whether a probe is tried at all; muting an alert never stops measuring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli.stating import Given, stating

if TYPE_CHECKING:
    from uptime_daemon.store.kept import Fact

ProbeArgument = Annotated[str, typer.Argument(metavar="ID", help="vendor/probe")]


@stating(of_agreement=False, timed=False)
def pause(
    given: Given,
    probe: ProbeArgument,
    why: Annotated[str, typer.Option("--why", help="Why nobody is to look.")],
) -> Fact:
    """Let the daemon try a probe no more until it is resumed; the time is unknown, `paused`, and never downtime."""
    from uptime_daemon.desk.intake.pauses import pause as made

    return made(given.judge, probe, given.author, why=why, evidence=given.evidence)


@stating(of_agreement=False, timed=False, proven=False)
def resume(
    given: Given,
    probe: ProbeArgument,
) -> Fact:
    """Let the daemon try a paused probe again, in its place of the interval."""
    from uptime_daemon.desk.intake.pauses import resumption

    return resumption(given.judge, probe, given.author)
