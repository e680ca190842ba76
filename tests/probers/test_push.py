"""What reports say: the latest counts, silence is a fail, and what nobody could have heard is ours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.probers.explaining import explained
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.time.instants import MINUTE, SECOND
from uptime_daemon.probers.endpoints.machines import PushEndpoint
from uptime_daemon.probers.push import MESSAGE_CHARACTERS_MAX, Reports, attempt

if TYPE_CHECKING:
    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.probers.equipment import Equipment

TOKEN = "a-token-of-a-test-that-is-long"


class SetClock:
    """Clocks that a test sets."""

    def __init__(self) -> None:
        self.at: Duration = 10 * MINUTE

    def now(self) -> Instant:
        """The wall clock."""
        return self.at

    def elapsed(self) -> Duration:
        """The monotonic clock."""
        return self.at


@pytest.fixture
def clock() -> SetClock:
    """The clocks of the test."""
    return SetClock()


@pytest.fixture
def reports(clock: SetClock) -> Reports:
    """Listening for one token."""
    made = Reports(clock)
    made.expect([TOKEN])
    return made


async def looked(equipment: Equipment, clock: SetClock, reports: Reports | None) -> Attempt:
    """One look."""
    return await attempt(PushEndpoint(TOKEN, MINUTE), SECOND, replace(equipment, clock=clock, reports=reports))


async def test_report_passes_until_it_is_too_old(equipment: Equipment, clock: SetClock, reports: Reports) -> None:
    """A report holds for the time that was agreed, and to the microsecond no longer."""
    assert reports.take(TOKEN, "all well")
    clock.at += MINUTE
    seen = await looked(equipment, clock, reports)
    assert (seen.outcome, seen.excerpt) == (Outcome.PASS, "all well")
    clock.at += 1
    seen = await looked(equipment, clock, reports)
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.ANSWER_TIMEOUT)
    assert seen.detail == "no report for 60.000001 s, more than 60 s"


async def test_report_of_trouble_fails(equipment: Equipment, clock: SetClock, reports: Reports) -> None:
    """Whoever says that it does not work is believed, until it says otherwise."""
    reports.take(TOKEN, f"disk full, {TOKEN}" + "x" * 2 * MESSAGE_CHARACTERS_MAX, works=False)
    seen = await looked(equipment, clock, reports)
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.CHECK)
    assert "disk full" in seen.detail
    assert TOKEN not in "\n".join(explained(seen))
    reports.take(TOKEN)
    assert (await looked(equipment, clock, reports)).outcome is Outcome.PASS


async def test_start_is_nobodys_silence(equipment: Equipment, clock: SetClock, reports: Reports) -> None:
    """Until a report could have come, nobody can tell; afterwards silence is a fail."""
    clock.at += MINUTE
    seen = await looked(equipment, clock, reports)
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.PROBER)
    clock.at += 1
    assert (await looked(equipment, clock, reports)).reason is Reason.ANSWER_TIMEOUT


async def test_nobody_listens_outside_the_daemon(equipment: Equipment, clock: SetClock) -> None:
    """A single attempt hears nothing, and says so."""
    seen = await looked(equipment, clock, None)
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.PROBER)
    assert "only the running daemon" in seen.detail


def test_only_expected_tokens_are_heard(clock: SetClock, reports: Reports) -> None:
    """A stranger's report is refused; a reload forgets who is gone, and listens to who stays without a break."""
    assert not reports.take("somebody-else-with-a-token")
    since = reports.since(TOKEN)
    reports.take(TOKEN)
    clock.at += SECOND
    reports.expect([TOKEN, "another-token-of-a-test"])
    assert reports.since(TOKEN) == since
    assert reports.latest(TOKEN)
    reports.expect([])
    assert (reports.since(TOKEN), reports.latest(TOKEN), reports.take(TOKEN)) == (None, None, False)


@pytest.mark.parametrize("token", ["short", "", "with a line\nbreak in it", "ключ-достаточной-длины"])
def test_token_that_could_be_guessed_is_refused(token: str) -> None:
    """A token is long, and can stand in a header."""
    with pytest.raises(ValueError, match="write a longer one"):
        PushEndpoint(token, MINUTE)
