"""`outages` and `timeline`: what was measured, with brackets, classes and reasons, before any contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from uptime_daemon.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    Exit,
    Format,
    FormatOption,
    fail,
    guarded,
    instant_option,
    loaded,
    opened,
    print_rows,
)

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.showing.answers import MeasuredOutage, MeasuredStretch

GroupOption = Annotated[str | None, typer.Option("--group", help="A group of probes; all unless given.")]
FromOption = Annotated[str | None, typer.Option("--from", help="An instant; 90 days ago unless given.")]
ToOption = Annotated[str | None, typer.Option("--to", help="An instant; now unless given.")]


def outages(
    group: GroupOption = None,
    start: FromOption = None,
    end: ToOption = None,
    shape: FormatOption = Format.TABLE,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Outages as measured: when, how long at least and at most, what kind, which reasons."""
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.showing.answers import measured_outages

    with guarded():
        settings = loaded(config)
        first, last = _stretch(start, end)
        with opened(settings) as store:
            rows = [_outage(each) for each in measured_outages(Judge(settings, store), group, first, last)]
    columns = ("group", "from", "to", "length", "shortest", "longest", "open", "class", "reasons")
    print_rows((*columns, "came as far as", "sentinels", "suspect"), rows, shape)


def timeline(
    group: GroupOption = None,
    start: FromOption = None,
    end: ToOption = None,
    shape: FormatOption = Format.TABLE,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Every stretch of each group in one state: up, down or unknown, and why it is unknown."""
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.showing.answers import measured_timeline

    with guarded():
        settings = loaded(config)
        first, last = _stretch(start, end)
        with opened(settings) as store:
            rows = [_part(each) for each in measured_timeline(Judge(settings, store), group, first, last)]
    print_rows(("group", "from", "to", "length", "state", "reason"), rows, shape)


def _stretch(start: str | None, end: str | None) -> tuple[Instant | None, Instant]:
    from uptime_daemon.clock import SystemClock

    now = SystemClock().now()
    last = min(instant_option(end, now), now)
    first = None if start is None else instant_option(start, now)
    if first is not None and first >= last:
        fail("--from is not before --to; name an earlier instant", Exit.MISTAKE)
    return first, last


def _outage(outage: MeasuredOutage) -> dict[str, Any]:
    from uptime_daemon.core.time.instants import clock_text, format_instant

    return {
        "group": outage.group,
        "from": format_instant(outage.point.start),
        "to": format_instant(outage.point.end),
        "length": clock_text(outage.point.length),
        "shortest": clock_text(outage.shortest.length),
        "longest": clock_text(outage.longest.length),
        "open": "yes" if outage.is_open else "no",
        "class": None if outage.outage_class is None else outage.outage_class.value,
        "reasons": ", ".join(f"{reason} {number}" for reason, number in outage.reasons.items()),
        "came as far as": ", ".join(f"{phase} {number}" for phase, number in outage.phases.items()),
        "sentinels": ", ".join(f"{place} {passed}/{asked}" for place, (passed, asked) in outage.votes.items()),
        "suspect": "yes" if outage.is_suspect else "confirmed" if outage.suspicions else "no",
    }


def _part(stretch: MeasuredStretch) -> dict[str, Any]:
    from uptime_daemon.core.time.instants import clock_text, format_instant

    return {
        "group": stretch.group,
        "from": format_instant(stretch.span.start),
        "to": format_instant(stretch.span.end),
        "length": clock_text(stretch.span.length),
        "state": stretch.state,
        "reason": stretch.reason,
    }
