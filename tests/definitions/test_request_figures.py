"""Figures of contracts on counts of requests and users; how each follows stands at the top of its case."""

from __future__ import annotations

import pytest

from tests.definitions.files import DATA, evaluated

GOOD = DATA / "good" / "cases"
FIGURES = {
    # name: availability, breach, amount, amount that is proven
    "requests-error-windows": ("99.9768518519", "proven", "100.00", "100.00"),
    "requests-error-windows-inclusive": ("99.9652777778", "proven", "100.00", "100.00"),
    "requests-minute-rule": ("99.9953703704", "proven", "100.00", "100.00"),
    "requests-mean-error-rate": ("99.9891975309", "proven", "100.00", "100.00"),
    "requests-success-ratio": ("99.88", "proven", "100.00", "100.00"),
    "requests-user-minutes": ("99.8888888889", "proven", "100.00", "100.00"),
    "requests-user-minutes-not-all-counted": ("99.8888888889", "proven", "100.00", "100.00"),
    "requests-affected-ratio": ("99.9305555556", "proven", "100.00", "100.00"),
    "requests-over-a-bound": ("99.9768518519", "possible", "100.00", "0.00"),
    "requests-in-excluded-time": ("99.9884259259", "proven", "100.00", "100.00"),
    "requests-failed-in-excluded-time": ("99.5", "proven", "100.00", "100.00"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_counts(name: str) -> None:
    """The availability computed by hand from counts is the one that comes out, with how surely it is missed."""
    statement = evaluated(GOOD / f"{name}.yaml")["statements"][0]
    (target,) = statement["targets"]
    credit = statement["credit"]
    assert FIGURES[name] == (statement["availability"], target["breach"], credit["amount"], credit["amount_proven"])


def test_every_case_of_counts_has_figures() -> None:
    """No case of counts stands without its figures."""
    assert {file.stem for file in GOOD.glob("requests-*.yaml")} == set(FIGURES)


def test_time_without_counts_is_unmeasured() -> None:
    """What nobody counted lowers the coverage; it is neither lost nor called met."""
    whole, part = (
        evaluated(GOOD / f"{name}.yaml")["statements"][0]
        for name in ("requests-user-minutes", "requests-user-minutes-not-all-counted")
    )
    assert (whole["coverage"], whole["unmeasured_seconds"]) == ("1", {})
    assert part["unmeasured_seconds"] == {"no_data": 2_592_000 - 7_200}
    assert part["coverage"] == "0.0027777778"
