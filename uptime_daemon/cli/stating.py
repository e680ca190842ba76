"""What all commands share that record a fact: who, when, the evidence, the dry run, and what is said afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from uptime_daemon.cli.common import Format, author_name, guarded, loaded, opened, print_json, print_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from uptime_daemon.desk.intake import Author
    from uptime_daemon.desk.judge import Judge
    from uptime_daemon.desk.recording import Proof
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.ports import Fact

AgreementOption = Annotated[str, typer.Option("--agreement", help="The agreement it is about.")]
AnyAgreementOption = Annotated[str | None, typer.Option("--agreement", help="One agreement; all unless given.")]
GroupOption = Annotated[str | None, typer.Option("--group", help="The contract's group it is about.")]
NoteOption = Annotated[str | None, typer.Option("--note", help="What else is to be known, in your own words.")]
FromOption = Annotated[str, typer.Option("--from", help="When it begins.")]
ToOption = Annotated[str, typer.Option("--to", help="When it ends, exclusive.")]


def state(
    config: Path,
    agreement: str,
    by: str,
    at: str | None,
    evidence: Path | None,
    make: Callable[[Judge, SignedAgreement, Author, str | None], Fact],
    *,
    dry_run: bool,
) -> None:
    """Make one fact of an agreement, keep its evidence, record it and say what was recorded.

    `at` without an offset is the wall time of the agreement's contract.
    """

    def bound(judge: Judge, author: Author, digest: str | None) -> Fact:
        return make(judge, judge.signed(agreement), author, digest)

    _recorded(config, lambda judge: judge.signed(agreement), by, at, evidence, bound, dry_run=dry_run)


def state_alone(
    config: Path,
    by: str,
    at: str | None,
    evidence: Path | None,
    make: Callable[[Judge, Author, str | None], Fact],
    *,
    dry_run: bool,
) -> None:
    """The same for a fact of no agreement; its times need their offsets."""
    _recorded(config, lambda _: None, by, at, evidence, make, dry_run=dry_run)


def _recorded(
    config: Path,
    whose: Callable[[Judge], SignedAgreement | None],
    by: str,
    at: str | None,
    evidence: Path | None,
    make: Callable[[Judge, Author, str | None], Fact],
    *,
    dry_run: bool,
) -> None:
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.desk.intake import Author, stated_time
    from uptime_daemon.desk.judge import Judge
    from uptime_daemon.desk.recording import recorded

    with guarded():
        settings = loaded(config)
        with opened(settings, create=not dry_run) as store:
            now = SystemClock().now()
            judge = Judge(settings, store)
            author = Author(by or author_name(), now if at is None else stated_time(whose(judge), at, "at"), now)
            fact = recorded(store, lambda digest: make(judge, author, digest), _proof(evidence), now, dry_run=dry_run)
            say(fact)


def listed(
    config: Path,
    agreement: str | None,
    rows_of: Callable[[SignedAgreement, Sequence[Fact]], list[dict[str, Any]]],
    columns: Sequence[str],
    shape: Format,
    flatten: Callable[[dict[str, Any]], list[dict[str, Any]]] = lambda row: [row],
) -> None:
    """Print what is on record about one agreement or all: JSON whole, tables a line each."""
    from uptime_daemon.desk.judge import Judge

    with guarded():
        settings = loaded(config)
        with opened(settings) as store:
            judge = Judge(settings, store)
            wanted = [judge.signed(agreement)] if agreement else list(settings.agreements)
            rows = [row for signed in wanted for row in rows_of(signed, store.facts(agreement=signed.agreement.id))]
    if shape is Format.JSON:
        print_json(rows)
    else:
        print_rows(columns, [_joined(line) for row in rows for line in flatten(row)], shape)


def _joined(row: dict[str, Any]) -> dict[str, Any]:
    return {key: "; ".join(value) if isinstance(value, list) else value for key, value in row.items()}


def _proof(evidence: Path | None) -> Proof | None:
    from uptime_daemon.desk.recording import Proof

    return None if evidence is None else Proof(evidence.name, evidence.read_bytes())


def say(fact: Fact) -> None:
    """Say what was recorded, and what is odd about it."""
    from uptime_daemon.core.time.instants import format_instant

    number = f"fact {fact.id}" if fact.id else "not recorded (dry run)"
    body = ", ".join(f"{key} {value}" for key, value in fact.body.items() if key not in {"flags", "note"})
    typer.echo(
        f"{number}: {fact.kind} {fact.subject}: {body}{', ' if body else ''}at {format_instant(fact.at)} by {fact.by}"
    )
    for flag in fact.body.get("flags", ()):
        typer.echo(f"flagged: {flag}")
