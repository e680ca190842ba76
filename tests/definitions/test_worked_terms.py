"""Each denominator, partial period, kind of period and way of rounding, worked by hand at the top of its case."""

from __future__ import annotations

import pytest

from tests.definitions.files import DATA, evaluated

GOOD = DATA / "good" / "cases"
WORKED = {
    # name: fraction, percent, whether 99.9 % and whether 60 minutes are kept
    "denominator-period": ("2588400/2592000", "99.8611111111", False, True),
    "denominator-minus-excluded": ("2552400/2556000", "99.8591549296", False, True),
    "denominator-minus-causes": ("2552400/2556000", "99.8591549296", False, True),
    "denominator-deployed": ("1292400/1296000", "99.7222222222", False, True),
    "denominator-fixed": ("2588400/2592000", "99.8611111111", False, True),
    "partial-rest-up": ("2589600/2592000", "99.9074074074", True, True),
    "partial-existing-part": ("1293600/1296000", "99.8148148148", False, True),
    "partial-pro-rata": ("1293600/1296000", "99.8148148148", False, False),
    "period-billing-cycle": ("2415600/2419200", "99.8511904762", False, True),
    "period-rolling": ("2590200/2592000", "99.9305555556", True, True),
    "period-event": ("165600/169200", "97.8723404255", False, True),
    "interval-of-five-minutes": ("8637/8640", "99.9652777778", True, True),
    "minimum-excess": ("2587500/2592000", "99.8263888889", False, False),
    "rounded-each-outage": ("43194/43200", "99.9861111111", True, True),
    "window-third-friday": ("2590200/2592000", "99.9305555556", True, True),
    "upstream-down": ("2588400/2592000", "99.8611111111", False, True),
    "emergency-counts": ("2586600/2592000", "99.7916666667", False, False),
    "version-of-july": ("2673000/2678400", "99.7983870968", True, False),
    "capped-maintenance": ("2588400/2592000", "99.8611111111", False, True),
}


@pytest.mark.parametrize("name", WORKED)
def test_worked_case(name: str) -> None:
    """What comes out is what a person worked out, to the last digit."""
    (statement,) = evaluated(GOOD / f"{name}.yaml")["statements"]
    met = [target["met"] for target in statement["targets"]]
    assert WORKED[name] == (statement["availability_fraction"], statement["availability"], *met)
