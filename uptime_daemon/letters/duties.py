"""The mail that reminds our own people of what the contract asks of us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.core.judging.step import local_text
from uptime_daemon.letters import figures
from uptime_daemon.letters.content import Letter
from uptime_daemon.letters.rendering import one_line, rendered

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.time.instants import Instant


@dataclass(frozen=True, slots=True)
class DutyContent:
    """What is to be done, and until when."""

    agreement: Agreement
    vendor: str
    """By the contract."""
    zone: ZoneInfo
    title: str
    clause: str
    before: str
    """What it has to precede; empty for a duty that returns."""
    due: Instant
    happens: Instant | None
    late: bool
    commands: tuple[str, ...]
    demonstration: bool = False


@dataclass(frozen=True, slots=True)
class DutyFigures:
    """What the templates show, as text."""

    demonstration: bool
    agreement: str
    vendor: str
    title: str
    clause: str
    before: str
    due: str
    happens: str
    late: bool
    zone: str
    commands: tuple[str, ...]


def duty_note(content: DutyContent) -> Letter:
    """The mail in both forms."""
    shown = DutyFigures(
        demonstration=content.demonstration,
        agreement=one_line(content.agreement.id),
        vendor=one_line(content.agreement.vendor.name or content.vendor),
        title=one_line(content.title),
        clause=one_line(content.clause),
        before=one_line(content.before),
        due=local_text(figures.whole_seconds(content.due), content.zone),
        happens="" if content.happens is None else local_text(figures.whole_seconds(content.happens), content.zone),
        late=content.late,
        zone=content.zone.key,
        commands=content.commands,
    )
    text, html = rendered("duty", mail=shown)
    mark = "DEMONSTRATION " if content.demonstration else ""
    words = "Overdue" if content.late else "To do"
    return Letter(f"{mark}{words}: {shown.title} ({shown.vendor}) [{shown.agreement}]", text, html)
