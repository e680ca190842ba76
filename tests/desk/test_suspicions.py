"""An endpoint that is gone for good: it counts, and nothing of it is claimable until a person has decided."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.desk.acme import GONE_FOR, Acme, acme, gone_for_good
from uptime_daemon.core.claims.case import statements
from uptime_daemon.core.time.instants import HOUR, SECOND, parse_instant
from uptime_daemon.definitions.cases.reading import case_of_text
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.claims.house import House
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uptime_daemon.core.time.instants import Instant

NOW = parse_instant("2026-11-20T00:00:00Z")
CONFIRM = "observation confirm stand-in/tcp --outage 2026-10-20T09:00:00Z --by ana --why"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Acme:
    """A month with an outage of three hours as recorded, and seven hours in which our probe found no such page."""
    made = acme(tmp_path_factory.mktemp("gone"))
    gone_for_good(made)
    return made


@pytest.fixture
def claims(desk: Acme) -> Iterator[ClaimsDesk]:
    """The claims desk on it, where October is owed."""
    store = open_store(desk.settings.database, create=False)
    made = ClaimsDesk(Judge(desk.settings, store), store, House(None))
    made.review(NOW)
    yield made
    store.close()


def doubts(desk: Acme) -> list[str]:
    """What has to be reviewed because of it."""
    (report,) = desk.json("report --agreement acme --period 2026-10")
    return [line for line in report["needs_review"] if "gone for good" in line]


def test_a_suspect_outage_waits_for_a_person(desk: Acme, claims: ClaimsDesk, tmp_path: Path) -> None:
    """It counts, is named and holds every letter up; a case of it says the same; once confirmed all that is over."""
    assert desk.counted() == (3 * HOUR + GONE_FOR + 30 * SECOND) // SECOND
    (doubt,) = doubts(desk)
    assert doubt == (
        "service: stand-in/tcp looks gone for good from 2026-10-20T08:00:00Z to 2026-10-20T15:00:00Z (status): not"
        " claimable until a person says that it was an outage (observation confirm) or that its definition was out of"
        " date (observation void)"
    )
    assert [each["suspect"] for each in desk.json("outages --from 2026-10-20T00:00:00Z")] == ["yes"]
    claim = str(claims.claims(NOW)[-1].id)
    with pytest.raises(ClaimError, match=r"cannot be approved: .*stand-in/tcp looks gone for good"):
        claims.approve(claim, NOW, "ana")

    for line, message in (
        (f"{CONFIRM} x".replace("stand-in/tcp", "stand-in/web"), "there is no probe 'stand-in/web'"),
        (
            f"{CONFIRM} x".replace("20T09", "21T09"),
            "does not look gone for good at 2026-10-21T09:00:00Z; it does: from",
        ),
        (f"{CONFIRM} x".replace("2026-10", "2999-10"), "has not come yet"),
    ):
        code, output = desk.run(line)
        assert (code, message in " ".join(output.split())) == (2, True), output
    code, output = desk.run(CONFIRM, " ")
    assert (code, "a confirmation needs its reason" in output) == (2, True)

    assert doubt in _of_the_case_alone(claims)
    assert "not recorded" in desk.said(f"{CONFIRM} x --dry-run")
    assert doubts(desk)
    proof = tmp_path / "answer.eml"
    proof.write_text("we are sorry", encoding="utf-8")
    desk.said(f"{CONFIRM} --evidence {proof}".replace(" --why", ""), "--why", "the vendor says it was an outage")
    assert doubts(desk) == []
    assert [each["suspect"] for each in desk.json("outages --from 2026-10-20T00:00:00Z")] == ["confirmed"]
    assert desk.counted() == (3 * HOUR + GONE_FOR + 30 * SECOND) // SECOND
    held = [any("gone for good" in each for each in claims.claim(claim, at).hindrances) for at in (NOW, _now(claims))]
    assert held == [True, False]  # the confirmation is known from its instant on
    assert doubt not in _of_the_case_alone(claims)


def test_as_it_was_known(desk: Acme) -> None:
    """As of an instant in the outage's first hours nothing is suspect, later it is, whatever was confirmed since."""
    for as_of, doubted in (("2026-10-20T13:30:00Z", False), ("2026-10-20T14:30:00Z", True)):
        (report,) = desk.json(f"report --agreement acme --period 2026-10 --as-of {as_of}")
        assert any("gone for good" in line for line in report["needs_review"]) is doubted


def _now(claims: ClaimsDesk) -> Instant:
    """When everything on record is known."""
    return max([NOW, *(fact.known_at for fact in claims.store.facts())])


def _of_the_case_alone(claims: ClaimsDesk) -> list[str]:
    """What anybody has to review who has the case of October and nothing else."""
    text = json.dumps(claims.sources.case("acme", "2026-10", _now(claims)))
    (case,) = case_of_text(text, "case.json", Problems())
    return [line for each in statements(case) for line in each.needs_review]
