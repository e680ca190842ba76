"""Rates between currencies: facts with source and date that people state. Never fetched, never used to add amounts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.terms.money import Money
from uptime_daemon.desk.intake.facts import IntakeError, checked_note
from uptime_daemon.store.kept import Fact, in_force

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uptime_daemon.desk.intake.facts import Author

KIND: Final = "currency_rate"
COLUMNS: Final = ("of", "to", "rate", "day", "source", "by", "evidence")
_RATE: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,12})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class CurrencyRate:
    """So many units of one currency were worth one of another on a day, says a source."""

    of: str
    to: str
    rate: str
    """An exact decimal."""
    day: date
    source: str
    by: str = ""
    evidence: str | None = None


def stated_rate(of: str, to: str, rate: str, day: str, source: str, author: Author, evidence: str | None) -> Fact:
    """A checked rate, not yet recorded; a later one of the same day and source replaces it. Raises `IntakeError`."""
    for currency in (of, to):
        try:
            Money(0, currency)
        except ValueError as mistake:
            raise IntakeError(str(mistake), "currency") from mistake
    if of == to:
        raise IntakeError(f"a rate is between two currencies, not of {of} to itself", "to")
    if not _RATE.fullmatch(rate) or not Fraction(rate):
        raise IntakeError(f"{rate!r} is no rate; write how many {to} one {of} is worth, such as 24.355", "rate")
    if not source.strip():
        raise IntakeError("a rate needs its source; add --source NAME", "source")
    try:
        on = date.fromisoformat(day)
    except ValueError as mistake:
        raise IntakeError(f"{day!r} is no date; write one such as 2026-07-31", "date") from mistake
    body = {"of": of, "to": to, "rate": rate, "day": on.isoformat(), "source": checked_note(source)}
    return Fact(KIND, f"{of}/{to}", body, author.at, author.known_at, author.by, evidence=evidence)


def rates(facts: Iterable[Fact]) -> tuple[CurrencyRate, ...]:
    """The rates in force, by day; of two of one day and source the one that was stated last."""
    found: dict[tuple[str, ...], CurrencyRate] = {}
    for fact in in_force(facts):
        if fact.kind == KIND:
            body = fact.body
            key = tuple(body[name] for name in ("of", "to", "day", "source"))
            found[key] = CurrencyRate(
                body["of"],
                body["to"],
                body["rate"],
                date.fromisoformat(body["day"]),
                body["source"],
                fact.by,
                fact.evidence,
            )
    return tuple(sorted(found.values(), key=lambda each: (each.day, each.of, each.to, each.source)))


def rate_rows(known: Iterable[CurrencyRate]) -> list[dict[str, Any]]:
    """The rates for tables and JSON."""
    return [
        {
            "of": each.of,
            "to": each.to,
            "rate": each.rate,
            "day": each.day.isoformat(),
            "source": each.source,
            "by": each.by,
            "evidence": each.evidence,
        }
        for each in known
    ]
