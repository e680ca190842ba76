"""`revisions`: what was frozen when a period closed, and what later facts have changed in it."""

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
    print_json,
    print_rows,
)
from uptime_daemon.cli.stating import AnyAgreementOption

if TYPE_CHECKING:
    from typing import Any


def revisions(
    agreement: AnyAgreementOption = None,
    period: Annotated[str | None, typer.Option("--period", help="A period's own name; all unless given.")] = None,
    shape: FormatOption = Format.TABLE,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Frozen statements and their revisions: who, why, and each figure before and after."""
    from uptime_daemon.desk.judging.closing import revisions as frozen_rows
    from uptime_daemon.desk.judging.judge import Judge

    with guarded():
        settings = loaded(config)
        with opened(settings) as store:
            rows = frozen_rows(Judge(settings, store), agreement, period)
    if shape is Format.JSON:
        print_json(rows)
        return
    columns = (
        "agreement",
        "period",
        "group",
        "revision",
        "at",
        "by",
        "downtime_seconds",
        "credit",
        "why",
        "difference",
    )
    print_rows(columns, [{**row, "difference": _changes(row["difference"])} for row in rows], shape)


def _changes(difference: dict[str, list[Any]]) -> str:
    return "; ".join(f"{path} {before} -> {after}" for path, (before, after) in difference.items())
