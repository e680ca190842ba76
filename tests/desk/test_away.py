"""At each start it is said how long nobody looked and what that may hide."""

from dataclasses import replace
from pathlib import Path

from tests.desk.acme import Acme
from tests.web.crowd import settings_of
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.away import said_of


def test_what_a_stop_may_hide(tmp_path: Path) -> None:
    """Every period that it touches while an agreement was in force, the first five by name."""
    off = Span(parse_instant("2026-10-31T12:00:00Z"), parse_instant("2026-11-01T12:00:00.5Z"))
    settings = Acme(tmp_path).settings
    (signed, *_) = settings.agreements
    said = said_of(off, replace(settings, agreements=(signed,)))
    assert said == {
        "since": "2026-10-31T12:00:00Z",
        "until": "2026-11-01T12:00:00.500000Z",
        "seconds": "86400.5",
        "unknown_in": "acme 2026-10, acme 2026-11",
        "may_hide": f"outages of up to 86400.5 s of {len(settings.groups)} groups, and how long an open one lasted;"
        " the time counts as unknown, reason daemon_off",
    }
    names = [f"a{number}" for number in range(4)]
    many = tuple(replace(signed, agreement=replace(signed.agreement, id=name)) for name in names)
    said = said_of(off, replace(settings, agreements=many))
    assert said["unknown_in"] == "a0 2026-10, a0 2026-11, a1 2026-10, a1 2026-11, a2 2026-10 and 3 more"
    assert said_of(off, settings_of(10))["unknown_in"] == "no agreement"
