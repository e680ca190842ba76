"""All families in one table, by area: the page of `/metrics`, its documentation and the dashboards' tests read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.web.families import samples as of
from uptime_daemon.web.families.claims import CLAIMS
from uptime_daemon.web.families.family import Area
from uptime_daemon.web.families.judging import JUDGING
from uptime_daemon.web.families.measuring import MEASURING
from uptime_daemon.web.families.money import MONEY
from uptime_daemon.web.families.own import SELF
from uptime_daemon.web.joined import LABEL, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uptime_daemon.web.families.family import Family

FAMILIES: Final[Mapping[Area, tuple[Family, ...]]] = {
    Area.SELF: SELF,
    Area.MEASURING: MEASURING,
    Area.JUDGING: JUDGING,
    Area.MONEY: MONEY,
    Area.CLAIMS: CLAIMS,
}


def families(*, money: bool, vantages: bool = True) -> Iterator[Family]:
    """The families that a page shows, in the table's order; without `vantages` probes are told over all of them."""
    for area, members in FAMILIES.items():
        if money or area is not Area.MONEY:
            for family in members:
                of_views = LABEL in family.labels and family.entries in {of.probes, of.groups}
                yield joined(family) if of_views and not vantages else family
