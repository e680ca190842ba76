"""`python -m benchmarks.reviewing`: what one look at all agreements for claims costs, judged anew and by what is known.

Every agreement owes something in the current period, and its claim is on record.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Final

from benchmarks.current import Thousand
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.house import House

if TYPE_CHECKING:
    from uptime_daemon.desk.ports import KnownStatements

AGREEMENTS: Final = (200, 1_000)
KNOWN: Final = 5
"""How often the short way is taken: it lasts no longer than other work of the machine."""


def main() -> None:
    """Print a line for each number of agreements."""
    for number in AGREEMENTS:
        world = Thousand(number)
        desk = ClaimsDesk(world.judge, world.store, House(None))

        def seconds(judged: KnownStatements | None, desk: ClaimsDesk = desk, world: Thousand = world) -> float:
            before = time.process_time()
            desk.review(world.at + SECOND, judged)
            return time.process_time() - before

        world.judge_all()
        seconds(None)  # the claims begin
        anew, known = seconds(None), statistics.median(seconds(world.keeper.judgings) for _ in range(KNOWN))
        print(f"{world.close()}: {anew:.2f} s of processor time anew, {known:.3f} s by what is known")


if __name__ == "__main__":
    main()
