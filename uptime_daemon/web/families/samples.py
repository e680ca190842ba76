"""How parts of the board become samples: label values and exact decimals, one entry at a time.

Values are written from integers and fractions; what a scraper rounds to a binary number, it rounds once. What is not
known has no sample: an absent series is honest, a 0 would be a statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from uptime_daemon.core.terms.money import ratio_text
from uptime_daemon.core.time.instants import SECOND, seconds_text
from uptime_daemon.web.families.family import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from fractions import Fraction

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.showing.board import (
        AgreementEntry,
        Board,
        ClaimEntry,
        DeliveryEntry,
        GroupEntry,
        JudgedEntry,
        ProbeEntry,
        StatedEntry,
        VantageEntry,
    )

_RATIO_DIGITS: Final = 17
"""As many as a scraper's binary number (IEEE 754 double) can tell apart; a microsecond of a year is 3e-14."""
_SECONDS_DIGITS: Final = 6

AgreementClaims: TypeAlias = "tuple[str, tuple[ClaimEntry, ...]]"
"""An agreement's id and its claims."""


# --- values as text ---------------------------------------------------------------------------------------------------


def flag_text(holds: bool) -> str:  # noqa: FBT001 - the value itself
    """1 or 0."""
    return "1" if holds else "0"


def instant_text(at: Instant | None) -> str | None:
    """Seconds since 1970, exact to the microsecond."""
    return None if at is None else seconds_text(at)


def length_text(duration: Duration | None) -> str | None:
    """Seconds, exact to the microsecond."""
    return None if duration is None else seconds_text(duration)


def exact_ratio_text(exact: Fraction | None) -> str | None:
    """A share from 0 to 1."""
    return None if exact is None else ratio_text(exact, _RATIO_DIGITS)


def exact_seconds_text(microseconds: Fraction | None) -> str | None:
    """Exact microseconds as seconds, rounded to whole microseconds."""
    return None if microseconds is None else ratio_text(microseconds / SECOND, _SECONDS_DIGITS)


# --- the parts of the board that have samples -------------------------------------------------------------------------


def whole(board: Board) -> Sequence[Board]:
    """The board itself, for what there is once."""
    return (board,)


def groups(board: Board) -> Sequence[GroupEntry]:
    """Every group of probes."""
    return board.groups


def probes(board: Board) -> Sequence[ProbeEntry]:
    """Every probe."""
    return tuple(board.probes)


def vantages(board: Board) -> Sequence[VantageEntry]:
    """Every vantage."""
    return board.vantages


def deliveries(board: Board) -> Sequence[DeliveryEntry]:
    """Every way out of the house."""
    return board.deliveries


def agreements(board: Board) -> Sequence[AgreementEntry]:
    """Every agreement."""
    return board.agreements


def contracts(board: Board) -> Sequence[AgreementEntry]:
    """One agreement of each contract and version."""
    return tuple({(each.contract, each.version): each for each in board.agreements}.values())


def judged(board: Board) -> Sequence[JudgedEntry]:
    """Every judged group of every agreement."""
    return tuple(judged for agreement in board.agreements for judged in agreement.judged)


def stated(board: Board) -> Sequence[StatedEntry]:
    """Every measured group of every agreement's contract with what was stated about it."""
    return tuple(entry for agreement in board.agreements for entry in agreement.stated)


def claims(board: Board) -> Sequence[AgreementClaims]:
    """Every agreement with its claims; one without any has counts of 0."""
    return tuple(
        (agreement.id, tuple(claim for claim in board.claims if claim.id.agreement == agreement.id))
        for agreement in board.agreements
    )


# --- one sample an entry ----------------------------------------------------------------------------------------------


def one(value: Callable[[Any], str | None], *names: str) -> Callable[[Any], Iterator[Sample]]:
    """One sample an entry, labelled by these attributes of the entry; none where there is no value."""

    def samples(entry: Any) -> Iterator[Sample]:
        if (text := value(entry)) is not None:
            yield Sample(tuple(getattr(entry, name) for name in names), text)

    return samples
