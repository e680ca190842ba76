"""The year's summary as a document for finance, in the language of the house, for text, HTML and PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.claims.ledger import Account
from uptime_daemon.languages.catalogue import catalogue, message
from uptime_daemon.languages.formats import formats
from uptime_daemon.letters.content import Letter
from uptime_daemon.letters.figures import whole_seconds
from uptime_daemon.letters.html import as_html
from uptime_daemon.letters.markup import Document, Heading, Paragraph, Table, Words
from uptime_daemon.letters.text import as_text
from uptime_daemon.letters.wording import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.claims.summary import Notice, Summary, SummaryRow
    from uptime_daemon.languages.language import Language
    from uptime_daemon.letters.markup import Block, Line

DOMAIN: Final = "books"
"""The catalogue of this document's words."""
_REASONS: Final[Mapping[Account, str]] = {
    Account.NOT_PROVEN: message("measured, but not proven by the shortest outages"),
    Account.EXPIRED: message("the deadline passed"),
    Account.WAIVED: message("given up before it was sent"),
    Account.WITHDRAWN: message("withdrawn after it was sent"),
    Account.REJECTED: message("the vendor refused"),
    Account.LESS_CREDITED: message("the vendor credited less than was claimed"),
}


def summary_letter(found: Summary, at: Instant, zone: ZoneInfo, language: Language, *, demonstration: bool) -> Letter:
    """The summary as known at an instant."""
    say, spelled = catalogue(DOMAIN, language).gettext, formats(language)
    title = say("Service credits of %(year)s") % {"year": found.year}
    known = say("As recorded until %(at)s (%(zone)s). Amounts are net; VAT is not computed.")
    body: list[Block] = [Heading(1, _line(title))]
    body.append(Paragraph(_line(known % {"at": spelled.instant(whole_seconds(at), zone), "zone": zone.key})))
    if not found.rows:
        body.append(Paragraph(_line(say("Nothing was owed and nothing was notified."))))
    for total in found.totals:
        own = [row for row in found.rows if row.currency == total.currency]
        body += _currency(own, total, say, spelled.number)
    notices = [(row, row.notice) for row in found.rows if row.notice is not None]
    if notices:
        body.append(Heading(2, _line(say("Without an amount"))))
        head = (say("Agreement"), say("Period"), say("Group"), say("What was missed"), say("Notice"))
        rows = [
            (*_place(row), _missed(notice, say), wording(language).word(ClaimState(notice.state)))
            for row, notice in notices
        ]
        body.append(_table(head, rows, figures_from=len(head)))
    banner = _line("DEMONSTRATION", strong=True) if demonstration else None
    made = Document(banner, (), tuple(body))
    return Letter(title, as_text(made), as_html(made, title, language, None), language, made)


def _currency(
    rows: Sequence[SummaryRow], total: SummaryRow, say: Callable[[str], str], number: Callable[[str], str]
) -> Iterator[Block]:
    """One currency's matters with their sum, and why something was lost. Amounts of two never meet."""

    def amounts(row: SummaryRow) -> tuple[str, ...]:
        every = (row.owed, row.claimed, row.credited, row.lost, row.open)
        return tuple("" if each is None else number(str(each)) for each in every)

    yield Heading(2, _line(total.currency))
    head = (
        say("Agreement"), say("Period"), say("Group"), say("Owed"), say("Claimed"), say("Credited"), say("Lost"),
        say("Open"),
    )  # fmt: skip
    lines = [(*_place(row), *amounts(row)) for row in rows]
    yield _table(head, lines, figures_from=3, last=(say("Total"), "", "", *amounts(total)))
    losses = [(row, reason, amount) for row in rows for reason, amount in row.losses]
    if losses:
        yield Heading(2, _line(f"{say('What was lost, and why')} ({total.currency})"))
        reasons = (say("Agreement"), say("Period"), say("Group"), say("Why"), say("Lost"))
        yield _table(reasons, [_loss(*each, say, number) for each in losses], figures_from=4)


def _loss(
    row: SummaryRow, reason: Account, amount: Money, say: Callable[[str], str], number: Callable[[str], str]
) -> tuple[str, ...]:
    return (*_place(row), say(_REASONS[reason]), number(str(amount)))


def _missed(notice: Notice, say: Callable[[str], str]) -> str:
    if not notice.ticket:
        return say("a target of the contract")
    named = {"clocks": ", ".join(notice.clocks), "ticket": notice.ticket}
    return say("%(clocks)s of ticket %(ticket)s") % named


def _place(row: SummaryRow) -> tuple[str, str, str]:
    return row.matter.agreement, row.matter.period, row.matter.group


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, figures_from: int, last: Sequence[str] = ()) -> Table:
    """A table whose last columns are figures; its sum stands out."""
    lines = [tuple(_line(cell) for cell in row) for row in rows]
    if last:
        lines.append(tuple(_line(cell, strong=True) for cell in last))
    rights = tuple(index >= figures_from for index in range(len(head)))
    return Table(tuple(_line(cell) for cell in head), tuple(lines), rights)


def _line(text: str, *, strong: bool = False) -> Line:
    plain = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return (Words(plain, is_strong=strong),)
