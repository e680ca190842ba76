"""Who comes in, how often somebody may guess, and what a session opens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.web.console.house import PASSWORDS, USERS, visiting
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND
from uptime_daemon.desk.intake.facts import IntakeError
from uptime_daemon.desk.people.backoff import FREE_TRIES, KEYS_MAX, WAIT_MAX, Backoff
from uptime_daemon.desk.people.door import Door
from uptime_daemon.desk.people.sessions import LASTS, SESSIONS_MAX, Sessions
from uptime_daemon.store.kept import KeptSession
from uptime_daemon.web.console.frame import TOKEN
from uptime_daemon.web.entry import Entry

if TYPE_CHECKING:
    from pathlib import Path

SIGN_IN = "/console/sign-in"


async def test_a_session_from_beginning_to_end(tmp_path: Path) -> None:
    """Without one every page leads to the form and back; its cookie is ours alone; it ends by button and by time."""
    async with visiting(tmp_path) as house:
        async with house.client.get(f"{house.address}/console/agreements?q=x", allow_redirects=False) as away:
            assert (away.status, away.headers["Location"]) == (303, f"{SIGN_IN}?next=%2Fconsole%2Fagreements%3Fq%3Dx")
        ours = await house.send(
            f"{SIGN_IN}?next=/console/agreements%3Fq%3Dx", {"name": "ana", "password": PASSWORDS["ana"]}
        )
        assert ours.headers["Location"] == "/console/agreements?q=x"
        assert re.search(r"HttpOnly; Max-Age=43200; Path=/; SameSite=Strict", ours.headers["Set-Cookie"])
        assert (await house.get("/console"))[0] == 200
        secret = house.secret
        token = await house.token()
        assert (await house.send("/console/sign-out", {TOKEN: "0" * 64})).status == 403
        assert (await house.send("/console/sign-out", {TOKEN: token})).headers["Location"] == SIGN_IN
        assert house.door.person(secret) is None
        await house.sign_in("ana")
        house.rooms.clock.at += LASTS
        assert house.door.person(house.secret) is None
        status, text = await house.get("/console")
        assert (status, 'autocomplete="current-password"' in text) == (200, True)


async def test_signing_in_leads_nowhere_else(tmp_path: Path) -> None:
    """A link that somebody else made leads to our first page."""
    away = ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/x\r\nA: b", "")
    async with visiting(tmp_path) as house:
        for path in away:
            right = {"name": "ana", "password": PASSWORDS["ana"]}
            done = await house.send(SIGN_IN, right, params={"next": path})
            assert (done.status, done.headers["Location"]) == (303, "/console"), path


async def test_guessing_takes_ever_longer(tmp_path: Path) -> None:
    """Some tries are free; then even the right password has to wait, and the page says how long."""
    async with visiting(tmp_path) as house:
        for _ in range(FREE_TRIES):
            wrong = await house.send(SIGN_IN, {"name": "ana", "password": "guess"})
            assert (wrong.status, "open nothing" in await wrong.text()) == (403, True)
        right = {"name": "ana", "password": PASSWORDS["ana"]}
        early = await house.send(SIGN_IN, right)
        assert (early.status, re.search(r"looked at in 2.s\.", await early.text()) is not None) == (429, True)
        basic = await house.send("/-/reload", {}, headers={"Authorization": "Basic YW5hOmd1ZXNz"})
        assert (basic.status, basic.headers["Retry-After"]) == (429, "2")
        house.rooms.clock.reading += 2 * SECOND
        assert (await house.send(SIGN_IN, right)).status == 303
        nobody = await house.send(SIGN_IN, {"name": "nobody", "password": "x" * 2000})
        assert (nobody.status, "open nothing" in await nobody.text()) == (403, True)


def test_the_wait_doubles_to_its_end_in_bounded_memory() -> None:
    """Each failure doubles the wait up to a quarter of an hour; an hour of silence forgets; names cost no room."""
    backoff = Backoff()
    waits = []
    for _ in range(16):
        waits.append(backoff.wait("ana", "1.2.3.4", 0))
        backoff.failed("ana", "1.2.3.4", 0)
    assert waits[:FREE_TRIES] == [0] * FREE_TRIES
    assert waits[FREE_TRIES : FREE_TRIES + 3] == [2 * SECOND, 4 * SECOND, 8 * SECOND]
    assert waits[-1] == WAIT_MAX
    assert backoff.wait("ana", "5.6.7.8", 0) == 0
    assert backoff.wait("ana", "1.2.3.4", HOUR) == 0
    for number in range(KEYS_MAX):
        backoff.failed("x" * 10_000, str(number), HOUR)
    assert len(backoff._failures) == KEYS_MAX


def test_one_address_with_many_names_waits_too() -> None:
    """Somebody who tries each name once is one guesser."""
    backoff = Backoff()
    for number in range(24):
        backoff.failed(f"name-{number}", "1.2.3.4", 0)
    assert backoff.wait("another", "1.2.3.4", 0) == 32 * SECOND


async def test_sessions_outlive_a_restart_and_end_with_the_password(tmp_path: Path) -> None:
    """The next daemon knows who is signed in; another password or a name that is gone take effect at once."""
    async with visiting(tmp_path) as house:
        await house.sign_in("ana")
        later = Door(house.rooms.store, house.rooms.clock)
        later.admit(USERS, ())
        assert later.person(house.secret) is None
        later.load()
        found = later.person(house.secret)
        assert found is not None
        assert (found.name, found.role.value) == ("ana", "finance")
        later.admit([each for each in USERS if each.name != "ana"], ())
        assert later.person(house.secret) is None
        ivo = next(each for each in USERS if each.name == "ivo")
        later.admit([type(ivo)("ana", ivo.role, ivo.password_hash)], ())
        assert later.person(house.secret) is None


async def test_sessions_are_bounded(tmp_path: Path) -> None:
    """The one that began first ends for the next one, on disk too."""
    async with visiting(tmp_path) as house:
        sessions = Sessions(house.rooms.store)
        sessions._kept = {
            str(number): KeptSession(str(number), "ana", "c", number, 10**18) for number in range(SESSIONS_MAX)
        }
        sessions.begin("fresh", "ana", "c", 5)
        assert len(sessions._kept) == SESSIONS_MAX
        assert "0" not in sessions._kept
        assert sessions.of("fresh", 6) is not None


async def test_who_is_disabled_is_out_at_once(tmp_path: Path) -> None:
    """The session ends, the password opens nothing, the name stays on record; enabling lets in again."""
    async with visiting(tmp_path) as house:
        await house.sign_in("ivo")
        secret = house.secret
        fact = house.door.change("ivo", "ana", disable=True, note="left the house")
        assert (fact.subject, fact.by, fact.body["note"]) == ("ivo", "ana", "left the house")
        assert house.door.person(secret) is None
        wrong = await house.send(SIGN_IN, {"name": "ivo", "password": PASSWORDS["ivo"]})
        assert wrong.status == 403
        with pytest.raises(IntakeError, match="nobody disables themselves"):
            house.door.change("ana", "ana", disable=True, note=None)
        with pytest.raises(IntakeError, match="ivo is disabled already"):
            house.door.change("ivo", "ana", disable=True, note=None)
        with pytest.raises(IntakeError, match="is no user"):
            house.door.change("nobody", "ana", disable=True, note=None)
        house.door.change("ivo", "ana", disable=False, note=None)
        house.rooms.clock.reading += MINUTE
        await house.sign_in("ivo")


async def test_a_session_opens_the_api_for_reading_only(tmp_path: Path) -> None:
    """What a cookie carries by itself changes nothing outside the pages, whose forms have tokens."""
    async with visiting(tmp_path) as house:
        await house.sign_in("ivo")
        assert (await house.get("/api/v1/agreements"))[0] == 200
        refused = await house.send("/-/reload", {})
        assert (refused.status, "by pages alone" in await refused.text()) == (403, True)


async def test_without_users_the_console_is_for_reading(tmp_path: Path) -> None:
    """On loopback without users pages are shown and no form does anything."""
    async with visiting(tmp_path, users=()) as house:
        status, text = await house.get("/console")
        assert (status, "reading only" in text) == (200, True)
        refused = await house.send("/console/reports", {TOKEN: "", "agreement": "acme", "group": "service"})
        assert (refused.status, "add `users:`" in await refused.text()) == (403, True)
        assert "the console is for reading only" in (await house.get(SIGN_IN))[1]


async def test_reading_may_be_open_where_people_sign_in(tmp_path: Path) -> None:
    """With `open_reading` whoever reaches the listener reads; changing still needs somebody."""
    async with visiting(tmp_path, entry=Entry(open_reading=True)) as house:
        assert (await house.get("/metrics"))[0] == 200
        assert (await house.get("/console"))[0] == 200
        assert (await house.send("/-/reload", {}, headers={"Accept": "application/json"})).status == 401


async def test_the_address_that_a_proxy_tells_counts(tmp_path: Path) -> None:
    """Behind a proxy each of its clients has failures of its own; what a client writes before is not believed."""
    async with visiting(tmp_path, entry=Entry(behind_proxy=True)) as house:
        for _ in range(FREE_TRIES):
            await house.send(
                SIGN_IN, {"name": "ana", "password": "guess"}, headers={"X-Forwarded-For": "9.9.9.9, 1.1.1.1"}
            )
        right = {"name": "ana", "password": PASSWORDS["ana"]}
        assert (await house.send(SIGN_IN, right, headers={"X-Forwarded-For": "1.1.1.1"})).status == 429
        assert (await house.send(SIGN_IN, right, headers={"X-Forwarded-For": "1.1.1.1, 2.2.2.2"})).status == 303
