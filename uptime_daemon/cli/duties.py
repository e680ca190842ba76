"""`duty ...`: what the contract asks of us, and what was done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli.common import (
    DEFAULT_CONFIG,
    AtOption,
    ByOption,
    ConfigOption,
    DryRunOption,
    EvidenceOption,
    Format,
    FormatOption,
    guarded,
    loaded,
    opened,
    print_rows,
)
from uptime_daemon.cli.stating import AgreementOption, AnyAgreementOption, state

if TYPE_CHECKING:
    from uptime_daemon.desk.intake import Author
    from uptime_daemon.desk.judge import Judge
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.ports import Fact

duties = typer.Typer(help="What the contract asks of us.", no_args_is_help=True)

DutyArgument = Annotated[str, typer.Argument(help="The duty's id in the contract.")]


@duties.command("plan")
def plan(
    duty: DutyArgument,
    agreement: AgreementOption,
    happens: Annotated[str, typer.Option("--for", help="When that will happen which the duty has to precede.")],
    by: ByOption = "",
    at: AtOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Record that something is planned of which the vendor has to know ahead; a person is reminded in time."""
    from uptime_daemon.desk.duties import planned
    from uptime_daemon.desk.intake import stated_time

    def make(judge: Judge, signed: SignedAgreement, author: Author, digest: str | None) -> Fact:  # noqa: ARG001
        contract = judge.contract(agreement, author.at)
        return planned(contract, agreement, duty, stated_time(signed, happens, "--for"), author)

    state(config, agreement, by, at, None, make, dry_run=dry_run)


@duties.command("done")
def finish(
    duty: DutyArgument,
    agreement: AgreementOption,
    by: ByOption = "",
    at: AtOption = None,
    evidence: EvidenceOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Record that a duty was done."""
    from uptime_daemon.desk.duties import done

    def make(judge: Judge, signed: SignedAgreement, author: Author, digest: str | None) -> Fact:  # noqa: ARG001
        return done(judge.contract(agreement, author.at), agreement, duty, author, digest)

    state(config, agreement, by, at, evidence, make, dry_run=dry_run)


@duties.command("list")
def list_duties(
    agreement: AnyAgreementOption = None, shape: FormatOption = Format.TABLE, config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """What is still to be done, and until when."""
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.core.time.instants import format_instant
    from uptime_daemon.desk.duties import due_duties
    from uptime_daemon.desk.judge import Judge

    with guarded():
        settings = loaded(config)
        with opened(settings) as store:
            judge, now = Judge(settings, store), SystemClock().now()
            wanted = [judge.signed(agreement)] if agreement else list(settings.agreements)
            rows = [
                {
                    "agreement": each.agreement,
                    "duty": each.duty.id,
                    "clause": each.duty.clause,
                    "too late from": format_instant(each.due),
                    "reminder": format_instant(each.reminder),
                    "before": None if each.happens is None else format_instant(each.happens),
                }
                for signed in wanted
                for each in due_duties(
                    judge.contract(signed.agreement.id, now),
                    signed.agreement,
                    store.facts(agreement=signed.agreement.id),
                )
            ]
    print_rows(("agreement", "duty", "clause", "too late from", "reminder", "before"), rows, shape)
