"""Credits that must come out of case files; how each follows stands in a comment at the top of its file."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from tests.definitions.files import DATA, evaluated

GOOD = DATA / "good" / "cases"
FIGURES = {
    # name: availability, kind, percent of the fee, amount
    "credit-tiers": ("99.5", "tiers", "10", "100.00"),
    "credit-tiers-one-second-worse": ("99.4999614198", "tiers", "25", "250.00"),
    "credit-tiers-rounded": ("99.4976851852", "tiers", "10", "100.00"),
    "credit-tiers-in-a-gap": ("99", "tiers", "10", "100.00"),
    "credit-tiers-that-overlap": ("99", "tiers", "25", "250.00"),
    "credit-per-block": ("99.7222222222", "per_block", "15", "150.00"),
    "credit-per-block-completed": ("99.7222222222", "per_block", "10", "100.00"),
    "credit-per-block-by-day": ("99.7685185185", "per_block", "9", "90.00"),
    "credit-per-block-by-outage": ("99.3402777778", "per_block", "35", "350.00"),
    "credit-prorata": ("99.7916666667", "prorata", "25/12", "20.83"),
    "credit-prorata-beyond-the-target": ("99.7916666667", "prorata", "65/12", "54.17"),
    "credit-duration-bands": ("99.7222222222", "duration_bands", "5", "50.00"),
    "credit-duration-bands-overridden": ("93.3333333333", "duration_bands", "50", "500.00"),
    "credit-days": ("99.5973154362", "days", "300/31", "96.77"),
    "credit-days-by-thirtieths": ("99.5973154362", "days", "10", "100.00"),
    "credit-days-capped": ("98.9999614198", "days", "50/3", "166.67"),
    "credit-fixed": ("96.5277777778", "fixed", "10", "100.00"),
    "credit-fixed-on-the-limit": ("99.9", "fixed", "10", "100.00"),
    "credit-of-the-worst-target": ("99.7222222222", "steps", "10", "100.00"),
    "credit-second-month-in-a-row": ("99.7916666667", "fixed", "10", "100.00"),
    "credit-month-before-unknown": ("99.7916666667", "fixed", "0", "0.00"),
    "credit-capped-by-the-year": ("99.7916666667", "fixed", "5", "50.00"),
    "credit-too-small": ("99.7916666667", "fixed", "10", "0.00"),
    "credit-beside-automatic-relief": ("99.7916666667", "fixed", "10", "100.00"),
    "credit-rounded-within-its-cap": ("99.7916666667", "fixed", "100", "16.66"),
    "fee-by-days": ("99.7916666667", "fixed", "10", "98.63"),
    "fee-by-what-is-smaller": ("99.7983870968", "fixed", "10", "100.00"),
    "fee-of-the-month-before": ("99.7916666667", "fixed", "10", "80.00"),
    "fee-of-covered-items": ("99.7916666667", "fixed", "10", "93.00"),
    "fee-of-the-affected-group": ("99.7916666667", "fixed", "10", "60.00"),
    "fee-of-everything": ("99.7916666667", "fixed", "10", "100.00"),
    "fee-by-seats": ("99.7916666667", "fixed", "10", "31.25"),
    "fee-that-names-no-groups": ("99.7916666667", "fixed", "10", None),
}

RIGHTS = {
    "credit-and-the-right-to-end": ("yes", 3, []),
    "credit-and-the-right-to-end-unknown": ("unknown", 1, ["2026-05"]),
}


@pytest.mark.parametrize("name", RIGHTS)
def test_right_to_end_the_agreement(name: str) -> None:
    """Misses of several periods give the right to end the agreement; it stays unknown while one of them is."""
    found = evaluated(GOOD / f"{name}.yaml")
    right = found["statements"][0]["termination"]
    assert RIGHTS[name] == (right["state"], right["periods_missed"], right["periods_unknown"])
    asked = [line for line in found["needs_review"] if "termination" in line]
    assert asked == (
        ["11 termination: what 2026-05 came to is not known; state it under facts.earlier"]
        if right["state"] == "unknown"
        else []
    )


@pytest.mark.parametrize("name", FIGURES)
def test_credit(name: str) -> None:
    """The credit computed by hand at the top of a case file is the one that comes out, under either reading."""
    availability, kind, percent, amount = FIGURES[name]
    statement = evaluated(GOOD / f"{name}.yaml")["statements"][0]
    assert availability == statement["availability"]
    credit = statement["credit"]
    assert (kind, percent, amount) == (credit["kind"], credit["percent"], credit["amount"])
    for reading in ("recommended", "conservative"):
        assert amount == statement["readings"][reading]["amount"]


def test_every_credit_case_has_figures() -> None:
    """No case of credits or fees stands without its figures."""
    named = {file.stem for file in GOOD.glob("*.yaml") if file.stem.startswith(("credit-", "fee-"))}
    assert named == {*FIGURES, *RIGHTS}


@pytest.mark.parametrize("name", FIGURES)
def test_credit_repeats_from_its_derivation(name: str) -> None:
    """Who knows the fee and the percent of the derivation comes to its exact amount with a pocket calculator."""
    statement = evaluated(GOOD / f"{name}.yaml")["statements"][0]
    steps = {step["step"]: step["value"] for step in statement["derivation"]}
    if statement["credit"]["amount"] is None:
        assert steps["credit"] == "not computed: no fee is in force"
        return
    sentence = re.fullmatch(r"(\S+) x (\S+) % = (\S+), [^:]+: (\S+) EUR", steps["credit"])
    assert sentence is not None
    base, percent, exact, shown = sentence.groups()
    assert Fraction(exact) == Fraction(base) * Fraction(percent) / 100
    assert statement["credit"]["amount"] == shown
    is_paid = "smallest payable amount" not in steps
    assert abs(Fraction(shown) - Fraction(exact)) < Fraction("0.01") or not is_paid


def _reviews(name: str) -> list[str]:
    found: list[str] = evaluated(GOOD / f"{name}.yaml")["needs_review"]
    return found


def test_what_earlier_periods_are_missing_is_named() -> None:
    """A rule over several periods names those of which nothing is known, and says where to state them."""
    assert _reviews("credit-second-month-in-a-row") == []
    assert _reviews("credit-month-before-unknown") == [
        "7.2 2 periods in a row: what 2026-05 came to is not known; state it under facts.earlier"
    ]
    (cap,) = _reviews("credit-capped-by-the-year")
    assert cap.startswith("7.3 cap of twelve months: what was credited for 2026-03, 2026-02, 2026-01, 2025-12, ")
    assert cap.endswith("2025-07 is not known and taken as nothing; state it under facts.earlier")


def test_what_stands_beside_a_credit() -> None:
    """Relief, other contracts and the end of the agreement are shown and change nothing of the amount."""
    found = evaluated(GOOD / "credit-beside-automatic-relief.yaml")
    assert found["statements"][0]["credit"]["automatic_relief"] == "2.08"
    assert found["needs_review"] == [
        "7.6 stacking with acme-regions: only one of the credits may be claimed for one failure",
        "7.7 credit: is lost with the agreement, which ends at 2026-06-30T22:00:00Z, unless a later bill takes it",
    ]
    assert _reviews("fee-that-names-no-groups") == [
        "7 fee: its items name no groups, and only the affected group's fee counts"
    ]
