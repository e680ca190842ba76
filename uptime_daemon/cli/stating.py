"""What all commands share that record a fact: who, when, the evidence, the dry run, and what is said afterwards."""

from __future__ import annotations

from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Annotated, Any

import typer

from uptime_daemon.cli.common import (
    DEFAULT_CONFIG,
    AtOption,
    ByOption,
    ConfigOption,
    DryRunOption,
    EvidenceOption,
    Format,
    author_name,
    guarded,
    loaded,
    opened,
    print_json,
    print_rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from uptime_daemon.desk.intake.facts import Author
    from uptime_daemon.desk.intake.recording import Proof
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.kept import Fact

AgreementOption = Annotated[str, typer.Option("--agreement", help="The agreement it is about.")]
AnyAgreementOption = Annotated[str | None, typer.Option("--agreement", help="One agreement; all unless given.")]
GroupOption = Annotated[str | None, typer.Option("--group", help="The contract's group it is about.")]
NoteOption = Annotated[str | None, typer.Option("--note", help="What else is to be known, in your own words.")]
FromOption = Annotated[str, typer.Option("--from", help="When it begins.")]
ToOption = Annotated[str, typer.Option("--to", help="When it ends, exclusive.")]


class Given:
    """What every fact is made of besides its own words."""

    __slots__ = ("_signed", "author", "evidence", "judge")

    def __init__(self, judge: Judge, signed: SignedAgreement | None, author: Author, evidence: str | None) -> None:
        self.judge, self._signed, self.author, self.evidence = judge, signed, author, evidence

    @property
    def signed(self) -> SignedAgreement:
        """The agreement that it is about."""
        if self._signed is None:
            raise TypeError("this fact is of no agreement")
        return self._signed


def stating(
    *, about: str | None = None, of_agreement: bool = True, timed: bool = True, proven: bool = True
) -> Callable[[Callable[..., Fact]], Callable[..., None]]:
    """Make a command of a function that makes a fact of a `Given` and its own arguments and options.

    The command takes these, and what all such commands take: `--agreement`, `--by`, `--at`, `--evidence`, `--dry-run`,
    `--config`. It keeps the evidence, records the fact and says what was recorded. `about` is its help, else the
    function's docstring. A fact of no agreement needs the offsets of its times.
    """
    shared: dict[str, tuple[Any, Any]] = {
        "by": (ByOption, ""),
        **({"at": (AtOption, None)} if timed else {}),
        **({"evidence": (EvidenceOption, None)} if proven else {}),
        "dry_run": (DryRunOption, False),
        "config": (ConfigOption, DEFAULT_CONFIG),
    }

    def made(own: Callable[..., Fact]) -> Callable[..., None]:
        def command(
            *,
            by: str,
            dry_run: bool,
            config: Path,
            agreement: str | None = None,
            at: str | None = None,
            evidence: Path | None = None,
            **words: Any,
        ) -> None:
            _record(lambda given: own(given, **words), agreement, by, at, evidence, config, dry_run=dry_run)

        keyword = Parameter.KEYWORD_ONLY
        parameters = [
            each.replace(kind=keyword, annotation=eval(each.annotation, own.__globals__))  # noqa: S307 - our own source
            for each in list(signature(own).parameters.values())[1:]
        ]
        if of_agreement:
            parameters.insert(0, Parameter("agreement", keyword, annotation=AgreementOption))
        parameters += [
            Parameter(name, keyword, annotation=kind, default=default) for name, (kind, default) in shared.items()
        ]
        command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
        command.__annotations__ = {each.name: each.annotation for each in parameters}
        command.__doc__ = about or own.__doc__
        command.__name__ = own.__name__
        return command

    return made


def _record(
    make: Callable[[Given], Fact],
    agreement: str | None,
    by: str,
    at: str | None,
    evidence: Path | None,
    config: Path,
    *,
    dry_run: bool,
) -> None:
    """Make one fact, keep its evidence, record it and say what was recorded.

    `at` without an offset is the wall time of the agreement's contract.
    """
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.desk.intake.facts import Author, stated_time
    from uptime_daemon.desk.intake.recording import recorded
    from uptime_daemon.desk.judging.judge import Judge

    with guarded():
        settings = loaded(config)
        with opened(settings, create=not dry_run) as store:
            now = SystemClock().now()
            judge = Judge(settings, store)
            signed = None if agreement is None else judge.signed(agreement)
            author = Author(by or author_name(), now if at is None else stated_time(signed, at, "at"), now)
            fact = recorded(
                store,
                lambda digest: make(Given(judge, signed, author, digest)),
                _proof(evidence),
                now,
                dry_run=dry_run,
            )
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
    from uptime_daemon.desk.judging.judge import Judge

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
    from uptime_daemon.desk.intake.recording import Proof

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
