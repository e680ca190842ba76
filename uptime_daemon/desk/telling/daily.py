"""The daily mail to the operators: what is down, what has a deadline, when nobody looked, and the head of the seals.

The head leaves the house with it: whoever later writes the chain anew cannot write the mails that people have. It is
written in English, the language of logs and commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import DAY, MINUTE, format_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.claims.mails import internal_mail
from uptime_daemon.desk.heads import chain
from uptime_daemon.desk.showing.today import today
from uptime_daemon.languages.language import Language
from uptime_daemon.letters.content import Letter
from uptime_daemon.letters.html import as_html
from uptime_daemon.letters.internal import marked
from uptime_daemon.letters.markup import Document, Heading, Paragraph, Table, Words
from uptime_daemon.letters.text import as_text
from uptime_daemon.store.seals import SETTLED_AFTER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.claims.desk import ClaimsDesk
    from uptime_daemon.desk.claims.house import House
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.showing.board import Board
    from uptime_daemon.desk.showing.today import Today
    from uptime_daemon.letters.markup import Block, Line
    from uptime_daemon.store.kept import KeptAbsence, Seal
    from uptime_daemon.store.ports import Store

DEADLINES_AHEAD: Final[Duration] = 14 * DAY
"""How far ahead deadlines are told: two weeks of holidays."""
ROWS_MAX: Final = 50
"""Rows of one table: a mail that nobody reads to its end says less."""

Row = tuple[str, ...]


def send_daily(
    judge: Judge, claims: ClaimsDesk, board: Board, store: Store, to: str, house: House, at: Instant
) -> bool:
    """Queue the mail of a day; False if it is in the outbox already. Raises `AddressError`."""
    letter = daily_letter(
        today(judge, claims, board, at),
        board,
        store.absences(Span(at - DAY, at)),
        chain(store),
        at,
        demonstration=house.demonstration,
    )
    return store.queue_mail(internal_mail(letter, "daily", _day(at), to, house, at))


def daily_letter(
    waiting: Today,
    board: Board,
    absences: Sequence[KeptAbsence],
    seals: Sequence[Seal],
    at: Instant,
    *,
    demonstration: bool,
) -> Letter:
    """What stands in it."""
    down = [(group.title, group.id, _minute(group.since)) for group in board.groups if group.state is State.DOWN]
    unknown = [(group.title, group.id, _minute(group.since)) for group in board.groups if group.state is State.UNKNOWN]
    due = list(_deadlines(waiting))
    subject = f"{len(down)} down, {len(due)} deadlines within {DEADLINES_AHEAD // DAY} days"
    body: list[Block] = [
        Heading(1, _line(f"Daily report of {_day(at)}")),
        Paragraph(_line(f"Written by {board.vantage} at {_minute(at)}; all times are UTC.")),
    ]
    body += _section("Down now", ("Group", "Id", "Since"), down, "Nothing is down.")
    if unknown:
        body += _section("Not measured now", ("Group", "Id", "Since"), unknown, "")
    body += _section("Deadlines", ("Until", "What", "Agreement"), due, "There is none in the next two weeks.")
    body += _section(
        "Reports to be made", ("Agreement", "Group", "Down since", "By"), list(_reports(waiting)), "There is none."
    )
    gone = [(absence.reason, absence.vantage or "every", *_stretch(absence)) for absence in absences]
    body += _section(
        "When nobody looked", ("Reason", "Vantage", "From", "Until"), gone, "The last day was measured throughout."
    )
    body += [Heading(2, _line("Seals")), *_seals(seals)]
    banner = _line("DEMONSTRATION", strong=True) if demonstration else None
    made, title = Document(banner, (), tuple(body)), marked(subject, "daily", demonstration)
    return Letter(title, as_text(made), as_html(made, title, Language.ENGLISH, None), Language.ENGLISH, made)


def _deadlines(waiting: Today) -> Iterator[Row]:
    """Of claims, clocks of the vendor and duties of ours, the next first."""
    until = waiting.at + DEADLINES_AHEAD
    found = [
        (task.record.deadline, f"claim {task.record.id}: {task.step}", task.record.id.agreement)
        for task in waiting.claims
        if task.record.deadline is not None
    ]
    found += [
        (each.due, f"clock {each.clock.round.terms.id} of ticket {each.clock.round.ticket.id}", each.agreement.id)
        for each in waiting.clocks
    ]
    found += [(each.due, f"duty {each.duty.id}: {each.duty.title}", entry.id) for entry, each in waiting.duties]
    for instant, what, agreement in sorted(found):
        if instant < until:
            yield _minute(instant), what, agreement


def _reports(waiting: Today) -> Iterator[Row]:
    for each in waiting.reports:
        yield each.agreement.id, each.group, _minute(each.since), " or ".join(each.channels)


def _seals(seals: Sequence[Seal]) -> Iterator[Block]:
    if not seals:
        yield Paragraph(_line("No day is sealed yet."))
        return
    last = seals[-1]
    yield Paragraph(_line(f"{len(seals)} seals until {_minute(last.end)}. The head of the last one, to be kept:"))
    yield Paragraph(_line(last.head, strong=True))
    anew = [(_minute(each.at), _minute(each.start), each.why) for each in seals if each.why and each.at > last.at - DAY]
    if anew:
        yield from _section("Sealed anew", ("When", "Day", "Why"), anew, "")


def _section(title: str, head: Row, rows: Sequence[Row], none: str) -> Iterator[Block]:
    yield Heading(2, _line(title))
    if not rows:
        yield Paragraph(_line(none))
        return
    shown = tuple(tuple(_line(cell) for cell in row) for row in rows[:ROWS_MAX])
    yield Table(tuple(_line(cell) for cell in head), shown, (False,) * len(head))
    if len(rows) > ROWS_MAX:
        yield Paragraph(_line(f"and {len(rows) - ROWS_MAX} more"))


def _stretch(absence: KeptAbsence) -> tuple[str, str]:
    return _minute(absence.start), "goes on" if absence.end is None else _minute(absence.end)


def _day(at: Instant) -> str:
    """The day that a report belongs to: it begins once the day before is sealed."""
    return format_instant(at - SETTLED_AFTER)[:10]


def _minute(at: Instant | None) -> str:
    return "unknown" if at is None else format_instant(at // MINUTE * MINUTE).replace("T", " ")[:16]


def _line(text: str, *, strong: bool = False) -> Line:
    plain = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return (Words(plain, is_strong=strong),)
