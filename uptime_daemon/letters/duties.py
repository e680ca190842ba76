"""The mail that reminds our own people of what the contract asks of us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.letters import figures
from uptime_daemon.letters.content import PLAIN_STYLE, Style
from uptime_daemon.letters.internal import marked
from uptime_daemon.letters.lines import one_line
from uptime_daemon.letters.rendering import written
from uptime_daemon.letters.wording import wording

if TYPE_CHECKING:
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.letters.content import Letter


@dataclass(frozen=True, slots=True)
class DutyContent:
    """What is to be done, and until when."""

    agreement: Agreement
    contract: Contract
    title: str
    clause: str
    before: str
    """What it has to precede; empty for a duty that returns."""
    due: Instant
    happens: Instant | None
    late: bool
    commands: tuple[str, ...]
    demonstration: bool = False
    style: Style = PLAIN_STYLE


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
    words, zone = wording(content.style.language, content.contract), content.contract.zone
    shown = DutyFigures(
        demonstration=content.demonstration,
        agreement=one_line(content.agreement.id),
        vendor=one_line(content.agreement.vendor.name or content.contract.vendor),
        title=words.title(content.title),
        clause=one_line(content.clause),
        before=words.title(content.before) if content.before else "",
        due=words.instant(figures.whole_seconds(content.due), zone),
        happens="" if content.happens is None else words.instant(figures.whole_seconds(content.happens), zone),
        late=content.late,
        zone=zone.key,
        commands=content.commands,
    )
    say = words.catalogue.gettext
    subject = say("Overdue: %(title)s (%(vendor)s)") if content.late else say("To do: %(title)s (%(vendor)s)")
    named = {"title": shown.title, "vendor": shown.vendor}
    return written("duty", marked(subject % named, shown.agreement, content.demonstration), content.style, mail=shown)
