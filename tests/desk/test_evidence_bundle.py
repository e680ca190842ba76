"""A bundle unpacked and looked at: what has to be in it, and what must not."""

from __future__ import annotations

import itertools
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from tests.desk.acme import acme
from tests.sources.test_statuspage import WORK, document
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.facts.attempt import Attempt, Failure, Vote
from uptime_daemon.core.facts.observation import Observation, Outcome, Phase, Reason
from uptime_daemon.core.time.instants import DAY, MINUTE, SECOND, parse_instant
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.house import House
from uptime_daemon.desk.claims.verification import verified
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.evidence.bundle import ARCHIVE, MANIFEST, OUTAGES, SEALS, STATEMENTS
from uptime_daemon.evidence.packing import File, packed, unpacked
from uptime_daemon.evidence.signing import signing_key
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.store.ports import Store

KEY = signing_key("11" * 32)
AFTER = parse_instant("2026-11-03T09:00:00+01:00")
DOWN = parse_instant("2026-10-20T10:00:00+02:00")
"""Half an hour that a probe of our own saw, from two places."""
FINAL = "acme.2026-10.service.final"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bundle of October's final claim: imported history, two vantages, votes, a ticket, notices, sealed days."""
    own = acme(tmp_path_factory.mktemp("bundle"))
    (own.folder / "page.json").write_bytes(document(works=[WORK]))
    (own.folder / "mail.eml").write_text("From: jan.novak@vendor.example\n\nDear Ana, we upgrade.", encoding="utf-8")
    phoned = "ticket open --agreement acme --group service --severity 1 --channel phone --by ana"
    told = "maintenance add --agreement acme --from 2026-10-20T10:00 --to 2026-10-20T10:10 --channel mail --by ana"
    with patch.object(SystemClock, "now", lambda _: AFTER - 2 * DAY):
        own.said(f"import statuspage {own.folder / 'page.json'} --agreement acme --by ana")
        own.said(f"{told} --id M7 --evidence {own.folder / 'mail.eml'} --note", "Jan told Ana")
        own.said(f"{phoned} --id T1 --at 2026-10-20T10:05")
    for vantage in ("here", "there"):
        with closing(open_store(own.settings.database, create=False)) as store:
            store.open_session(vantage, DOWN - 20 * MINUTE)
            _seen(store, vantage, own.settings.probes["stand-in/tcp"].probe.cadence.stale_after)
    with closing(open_store(own.settings.database, create=False)) as store:
        store.seal(AFTER - DAY)
        desk = ClaimsDesk(Judge(own.settings, store), store, House("claims@acme.example", key=KEY))
        desk.review(AFTER)
        draft = desk.render(FINAL, AFTER, "ana")
        assert KEY.public in draft.letter.text
        return next(file.content for file in draft.files if file.name == ARCHIVE)


def _seen(store: Store, vantage: str, stale_after: Duration) -> None:
    """Half an hour of refused connections between passes, from one vantage; both its sentinels answer."""
    votes = (Vote("quad9", passed=True), Vote("debian", passed=True))
    for at in range(DOWN - 20 * MINUTE, DOWN + 50 * MINUTE, 30 * SECOND):
        is_down = DOWN <= at < DOWN + 30 * MINUTE
        outcome = Outcome.FAIL if is_down else Outcome.PASS
        reason = Reason.CONNECTION_REFUSED if is_down else Reason.NONE
        seen = Observation("stand-in/tcp", vantage, at, outcome, reason, SECOND // 10)
        attempt = Attempt(outcome, reason, SECOND // 10, Phase.TCP, detail="hunter2")
        store.observe(seen, stale_after, Failure(seen, attempt, votes) if is_down else None)
    store.flush()


def read(made: bytes, name: str) -> Any:
    """A file of the bundle as JSON."""
    return json.loads(unpacked(made)[name])


def test_everything_agrees(made: bytes) -> None:
    """Archive, signature, each file, the case judged again, the table of outages, the seals."""
    found = verified(made, KEY.public)
    assert [part.name for part in found.parts if not part.agrees] == []
    names = [part.name for part in found.parts]
    assert names[:2] == [ARCHIVE, "manifest.sig"]
    assert names[-3:] == ["judging", "outages", "seals"]
    assert set(unpacked(made)) - {MANIFEST, "manifest.sig"} <= set(names)


def test_what_was_seen_around_each_outage(made: bytes) -> None:
    """From every vantage, with the pass before and after, how far each failed attempt came, and the votes."""
    outages = read(made, "observations.json")
    (own,) = [each for each in outages if each["from"] == "2026-10-20T08:00:00Z"]
    by_vantage = {each["vantage"]: each["runs"] for each in own["seen"]}
    for vantage in ("here", "there"):
        assert [run["outcome"] for run in by_vantage[vantage]] == ["pass", "fail", "pass"]
    attempts = read(made, "attempts.json")
    assert {each["vantage"] for each in attempts} == {"here", "there"}
    assert attempts[0]["phase"] == "tcp"
    assert {vote["place"] for vote in attempts[0]["votes"]} == {"quad9", "debian"}


def test_what_was_announced_as_first_seen(made: bytes) -> None:
    """The page's document goes along, the mail does not: it names people; both by their digest."""
    told = {each["id"]: each for each in read(made, "notices.json")}
    page = told["2kxrmwbgm4ty"]
    assert (page["what"], page["channel"], page["published_at"]) == ("announced", "page", "2026-10-05T08:00:00Z")
    assert page["first_seen"] == page["received_at"]
    assert unpacked(made)[page["copy"]] == document(works=[WORK])
    assert (told["M7"]["copy"], "note" in told["M7"]) == ("kept by us", False)
    assert len(told["M7"]["copy_sha256"]) == 64


def test_definitions_versions_tickets_and_seals(made: bytes) -> None:
    """What judged, by what, and that the days of the period have not been touched since."""
    assert {"uptime-daemon", "tzdata", "holidays", "python"} <= set(read(made, MANIFEST)["versions"])
    case = read(made, "case.json")
    assert case["contract"]["id"] == "daktela"
    assert case["facts"]["tickets"][0]["id"] == "T1"
    seals = read(made, SEALS)
    assert seals[-1]["to"] >= "2026-10-31T00:00:00Z"
    assert all(after["previous"] == before["head"] for before, after in itertools.pairwise(seals))


def test_how_closely_was_looked(made: bytes) -> None:
    """By the definitions in force: each half minute, three fails; a part of October is history of others."""
    (own,) = read(made, STATEMENTS)["statements"]
    assert own["probing"] == {"shortest_outage_seconds": 56, "attempts_per_hour": "120", "with_history": True}


def test_what_stays_inside(made: bytes) -> None:
    """No people, no other agreement, no other reading, no answer's text, no note of ours; the list says so."""
    texts = {name: content.decode("utf-8", "replace") for name, content in unpacked(made).items()}
    for inside in (
        "finance@acme.example", "sre@acme.example", '"ana"', "Ana", "jan.novak", "hunter2", "oki", "AMB-DAK",
        "conservative", "needs_review", "4.7", "claims_address", "may bill",
    ):  # fmt: skip
        assert [name for name, text in texts.items() if inside in text] == [], inside
    assert "mails, tickets and other documents" in texts["left-out.txt"]


def forged(made: bytes, change: Mapping[str, bytes]) -> bytes:
    """The bundle with other files, its manifest in order and unsigned, as somebody without the key could write it."""
    import hashlib  # noqa: PLC0415 - for the forger alone

    files = {name: content for name, content in unpacked(made).items() if name != "manifest.sig"} | dict(change)
    manifest = json.loads(files[MANIFEST]) | {"public_key": None}
    for entry in manifest["files"]:
        content = files[entry["name"]]
        entry |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    files[MANIFEST] = json.dumps(manifest).encode()
    return packed(File(name, "", content) for name, content in files.items())


def test_what_follows_from_the_case_cannot_be_forged(made: bytes) -> None:
    """Another table of outages, another head of a seal: told without any signature; the key is missing too."""
    files = unpacked(made)
    table = files[OUTAGES].replace(b"10800", b"10801")
    seals = files[SEALS].replace(b'"why": ""', b'"why": "."', 1)
    assert table != files[OUTAGES]
    found = verified(forged(made, {OUTAGES: table, SEALS: seals}), KEY.public)
    assert [part.name for part in found.parts if not part.agrees] == ["outages", "seals", "key"]
    broken = verified(forged(made, {SEALS: b"[7]"}))
    assert [part.words for part in broken.parts if not part.agrees] == [f"{SEALS} holds something else than seals"]
