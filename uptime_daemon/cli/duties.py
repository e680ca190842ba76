"""`duty ...`: what the contract asks of us, and what was done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    Format,
    FormatOption,
    guarded,
    loaded,
    opened,
    print_rows,
)
from uptime_daemon.cli.stating import AnyAgreementOption, Given, stating

if TYPE_CHECKING:
    from uptime_daemon.store.kept import Fact

duties = typer.Typer(help="What the contract asks of us.", no_args_is_help=True)

DutyArgument = Annotated[str, typer.Argument(help="The duty's id in the contract.")]


@duties.command("plan")
@stating(proven=False)
def plan(
    given: Given,
    duty: DutyArgument,
    happens: Annotated[str, typer.Option("--for", help="When that will happen which the duty has to precede.")],
) -> Fact:
    """Record that something is planned of which the vendor has to know ahead; a person is reminded in time."""
    from uptime_daemon.desk.intake.facts import stated_time
    from uptime_daemon.desk.telling.duties import planned

    contract = given.judge.contract(given.signed.agreement.id, given.author.at)
    return planned(contract, given.signed.agreement.id, duty, stated_time(given.signed, happens, "--for"), given.author)


@duties.command("done")
@stating()
def finish(
    given: Given,
    duty: DutyArgument,
) -> Fact:
    """Record that a duty was done."""
    from uptime_daemon.desk.telling.duties import done

    return done(
        given.judge.contract(given.signed.agreement.id, given.author.at),
        given.signed.agreement.id,
        duty,
        given.author,
        given.evidence,
    )


@duties.command("list")
def list_duties(
    agreement: AnyAgreementOption = None, shape: FormatOption = Format.TABLE, config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """What is still to be done, and until when."""
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.core.time.instants import format_instant
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.telling.duties import due_duties

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
