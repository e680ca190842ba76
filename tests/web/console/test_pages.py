"""Pages on a real record: what they show, who may do what on them, and that nothing on them is anybody else's code."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.console.house import NOW, PASSWORDS, USERS, Visiting, visiting
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import DAY, MINUTE
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.showing.board import DayShare, GroupEntry, ProbeEntry
from uptime_daemon.store.kept import MailState
from uptime_daemon.web.console.frame import POLICY, TOKEN
from uptime_daemon.web.console.strips import HEIGHT, days_strip
from uptime_daemon.web.entry import COOKIE

if TYPE_CHECKING:
    from pathlib import Path

    from uptime_daemon.settings.values import Settings

AGREEMENT = "/console/agreements/acme"
CLAIM = "acme.2026-10.service.final"
PAGE = f"/console/claims/{CLAIM}"
EVERY = (
    "/console",
    "/console/agreements",
    f"{AGREEMENT}?period=2026-10",
    "/console/claims",
    PAGE,
    "/console/search?q=acme",
    "/console/people",
    "/console/people/ana",
    "/console/tickets",
    "/console/maintenance",
    "/console/probes",
    "/console/probes/stand-in%2Ftcp",
    "/console/system",
)


async def step(house: Visiting, path: str, status: int = 303, **fields: str) -> str:
    """Send a form with the token and the last step of the claim's page; what the answer says."""
    shown = (await house.get(PAGE))[1]
    token = re.search(rf'name="{TOKEN}" value="([0-9a-f]+)"', shown)
    seen = re.search(r'name="seen" value="(\d+)"', shown)
    sent = {TOKEN: token.group(1) if token else "", "seen": seen.group(1) if seen else "", **fields}
    answer = await house.send(path, sent)
    text = await answer.text()
    assert answer.status == status, text
    return text


async def delivered(house: Visiting) -> None:
    """The letter in the outbox leaves."""
    store = house.rooms.store
    mail = next(each for each in store.outbox() if each.mail.kind.value == "vendor")
    store.mark(mail.id, mail.state, MailState.SENDING)
    store.mark(mail.id, MailState.SENDING, MailState.SENT, error="250 taken")
    house.rooms.look()


async def test_every_page_is_ours_alone(tmp_path: Path) -> None:
    """No page brings inline code or style, is kept, framed or carries a secret; each has one heading and a title."""
    async with visiting(tmp_path) as house:
        await house.sign_in("ana")
        for path in (*EVERY, "/console/sign-in", "/console/nowhere"):
            async with house.client.get(house.address + path) as answer:
                text = await answer.text()
                assert answer.headers["Content-Security-Policy"] == POLICY
                assert (answer.headers["X-Frame-Options"], answer.headers["Cache-Control"]) == ("DENY", "no-store")
            assert "unsafe" not in POLICY
            assert not re.search(r"<script(?! src=)|<style| style=| on[a-z]+=|javascript:", text), path
            assert len(re.findall(r"<h1", text)) == 1
            for secret in (house.secret, *(user.password_hash.reveal() for user in USERS)):
                assert secret not in text
        async with house.client.get(house.address + "/console") as answer:
            style = re.search(r'href="(/static/console-[^"]+\.css)"', await answer.text())
        assert style
        async with house.client.get(house.address + style.group(1)) as answer:
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_what_waits_today(tmp_path: Path) -> None:
    """A breach shows as a claim with its deadline, as conditions to answer, and a proposal as one to decide."""
    async with visiting(tmp_path) as house:
        await house.sign_in("ivo")
        form = {TOKEN: await house.token(), "from": "2026-10-10 11:00", "to": "2026-10-10 11:30", "note": "they say so"}
        made = await house.send(f"{AGREEMENT}/exclusions", {**form, "cause": "planned_maintenance"})
        assert (made.status, made.headers["Location"]) == (303, AGREEMENT)
        text = (await house.get("/console"))[1]
        for said in (
            CLAIM,
            "117.60",
            "before <time",
            "exclude planned maintenance?",
            "0:30:00",
            "they say so",
            "Every critical",
        ):
            assert said in text, said
        assert re.search(
            r'title="2026-11-07 23:00:00 UTC">2026-11-08 00:00</time> <span class="zone">Europe/Prague', text
        )
        decided = {TOKEN: form[TOKEN], "id": "E1", "decision": "accepted", "next": "/console"}
        assert (await house.send(f"{AGREEMENT}/exclusions/decisions", decided)).headers["Location"] == "/console"
        again = await house.send(f"{AGREEMENT}/exclusions/decisions", decided)
        assert (again.status, "E1 is accepted already, by ivo" in html.unescape(await again.text())) == (400, True)
        assert "exclude planned maintenance?" not in (await house.get("/console"))[1]
        text = (await house.get(f"{AGREEMENT}?period=2026-10"))[1]
        assert "excluded as planned maintenance 0:30:00" in text


async def test_one_agreement_shows_what_its_figures_rest_on(tmp_path: Path) -> None:
    """Three forms of the figure, both readings, the outage with its parts, and the way to each figure by clause."""
    async with visiting(tmp_path) as house:
        await house.sign_in("vit")
        text = (await house.get(f"{AGREEMENT}?period=2026-10"))[1]
        for said in (
            "99.597",
            "target 99.95",
            "conservative reading",
            "2026-10-10 11:00:00",
            "completed steps of",
            "745:00:00",
            "how closely was looked is not on record",
        ):
            assert said in text, said
        for held in ("an operator answers", "caption>2026-10: every stretch", 'role="group"'):
            assert held in text, held
        past = (await house.get(f"{AGREEMENT}?period=2026-10&as_of=2026-10-05T12:00:00%2B02:00"))[1]
        assert "As known at" in past
        assert "No outage touches this period." in past
        for path, status in (
            (f"{AGREEMENT}?period=2026-13", 404),
            (f"{AGREEMENT}?group=nothing", 404),
            (f"{AGREEMENT}?as_of=2031-01-01", 400),
            (f"{AGREEMENT}?as_of=gestern", 400),
            ("/console/agreements/nobody", 404),
            ("/console/agreements?show=everything", 400),
            ("/console/agreements?page=0", 400),
            ("/console/claims/nobody", 404),
            (f"{PAGE}/letter?digest=0", 404),
            (f"{PAGE}/files/0", 404),
            (f"{PAGE}/pdf", 404),
        ):
            found, text = await house.get(path)
            assert (found, "<h1>" in text) == (status, True), path


async def test_a_claim_from_the_letter_to_the_credit_note(tmp_path: Path) -> None:
    """Written, approved by its digest, sent, acknowledged, countered, settled; each step with its author."""
    async with visiting(tmp_path) as house:
        await house.sign_in("ana")
        await step(house, f"{PAGE}/draft")
        digest = house.rooms.claims().steps.one(CLAIM).letter
        assert digest is not None
        text = await step(house, f"{PAGE}/approve", 400, digest="0" * 64)
        assert "read it again" in html.unescape(text)
        await step(house, f"{PAGE}/approve", digest=digest.digest)
        await step(house, f"{PAGE}/send")
        assert "The letter is on its way." in (await house.get(PAGE))[1]
        await delivered(house)
        await step(house, f"{PAGE}/acknowledge", reference="V-77")
        half_an_hour = "2026-10-10 11:30 to 2026-10-10 12:00"
        assert "line 2" in await step(house, f"{PAGE}/counter", 400, outages=f"{half_an_hour}\nnoon")
        await step(
            house,
            f"{PAGE}/counter",
            outages=f"{half_an_hour}\n2026-10-11 09:00 to 2026-10-11 09:05",
        )
        text = (await house.get(PAGE))[1]
        for said in ("Their figures beside ours", "0:30:00", "not ours", "V-77"):
            assert said in text, said
        assert "no amount" in await step(
            house, f"{PAGE}/settle", 400, amount="lots", reference="CN-1", day="2026-11-03"
        )
        assert "no day" in await step(house, f"{PAGE}/settle", 400, amount="10.00", reference="CN-1", day="soon")
        assert "name the credit note" in await step(house, f"{PAGE}/settle", 400, amount="10.00", day="2026-11-03")
        await step(house, f"{PAGE}/settle", amount="117.60", reference="CN-1", day="2026-11-03")
        record = house.rooms.claims().steps.one(CLAIM)
        assert [(each.kind, each.by) for each in record.events[1:]] == [
            (kind, "ana")
            for kind in ("drafted", "approved", "queued", "sent", "acknowledged", "countered", "credited", "settled")
        ]
        assert "Done." in (await house.get(PAGE))[1]


async def test_the_letter_is_framed_apart(tmp_path: Path) -> None:
    """The letter brings its own styles and nothing that runs, in a sandbox that our page alone may frame."""
    async with visiting(tmp_path) as house:
        await house.sign_in("ana")
        await step(house, f"{PAGE}/draft")
        letter = house.rooms.claims().steps.one(CLAIM).letter
        assert letter is not None
        async with house.client.get(f"{house.address}{PAGE}/letter?digest={letter.html.digest}") as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'self'; sandbox" in policy
            assert "SLA Service Credit" in await answer.text()
        async with house.client.get(f"{house.address}{PAGE}/pdf") as answer:
            assert (answer.content_type, (await answer.read())[:5]) == ("application/pdf", b"%PDF-")
            assert answer.headers["Content-Disposition"] == f'inline; filename="{CLAIM}.pdf"'
        async with house.client.get(f"{house.address}{PAGE}/files/{letter.attachments[0].digest}") as answer:
            assert answer.headers["Content-Disposition"].startswith("attachment;")
            assert answer.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize("name", ["vit", "ivo", "ana"])
async def test_each_role_does_its_own(tmp_path: Path, name: str) -> None:
    """Operators state facts, finance decides about money, viewers neither; what is refused leaves no trace."""
    async with visiting(tmp_path) as house:
        await house.sign_in(name)
        store = house.rooms.store
        before = len(store.facts())
        token = await house.token()
        answered = await house.send(
            f"{AGREEMENT}/conditions", {TOKEN: token, "id": "supported_version", "state": "yes"}
        )
        assert answered.status == (303 if name == "ivo" else 403)
        assert len(store.facts()) - before == (1 if name == "ivo" else 0)
        reported = await house.send(
            "/console/reports", {TOKEN: token, "agreement": "acme", "group": "service", "channel": "phone"}
        )
        assert reported.status == (303 if name == "ivo" else 403)
        events = len(store.claim_events(CLAIM))
        drafted = await house.send(f"{PAGE}/draft", {TOKEN: token, "seen": "1"})
        assert drafted.status == (303 if name == "ana" else 403)
        assert len(store.claim_events(CLAIM)) - events == (1 if name == "ana" else 0)


async def test_forms_of_others_and_stale_pages_do_nothing(tmp_path: Path) -> None:
    """Without the session's token, of another type, or from before somebody else's step, a form is refused."""
    async with visiting(tmp_path) as house:
        await house.sign_in("ana")
        for fields in ({}, {TOKEN: "0" * 64}, {TOKEN: "ü"}):
            assert (await house.send(f"{PAGE}/draft", {**fields, "seen": "1"})).status == 403
        token = await house.token()
        async with house.client.post(f"{house.address}{PAGE}/draft", json={TOKEN: token}) as answer:
            assert answer.status == 415
        foreign = {"Origin": "https://evil.example"}
        assert (await house.send(f"{PAGE}/draft", {TOKEN: token, "seen": "1"}, headers=foreign)).status == 403
        assert (await house.send(f"{PAGE}/draft", {TOKEN: token, "seen": "1"})).status == 303
        stale = await house.send(f"{PAGE}/draft", {TOKEN: token, "seen": "1"})
        assert (stale.status, "ana has taken a step meanwhile" in await stale.text()) == (409, True)
        long = await house.send(f"{PAGE}/waive", {TOKEN: token, "seen": "2", "reason": "x" * 30_000})
        assert long.status == 400
        assert (await house.send(f"{PAGE}/vanish", {TOKEN: token, "seen": "2"})).status == 404
        assert [each.kind for each in house.rooms.store.claim_events(CLAIM)] == ["eligible", "drafted"]


def hostile(number: int) -> str:
    """A text that runs as code wherever it is not escaped, and is found by its number."""
    return f'"><script>alert({number})</script><img src=x onerror=alert({number})>{{{{7*7}}}}'


def _hostile_settings(settings: Settings) -> Settings:
    signed = settings.agreements[0]
    vendor = replace(signed.agreement.vendor, name=hostile(1))
    people = replace(signed.agreement.people, owner=hostile(2), deputy=hostile(3))
    agreement = replace(signed.agreement, vendor=vendor, people=people)
    return replace(settings, agreements=(replace(signed, agreement=agreement), *settings.agreements[1:]))


async def test_texts_of_others_stay_texts(tmp_path: Path) -> None:
    """Whatever vendors, imports, tickets, mail servers, people and addresses bring is shown and never run."""
    async with visiting(tmp_path, change=_hostile_settings) as house:
        await house.sign_in("ivo")
        token = await house.token()
        span = {"from": "2026-10-10 11:00", "to": "2026-10-10 11:30", "cause": "planned_maintenance"}
        await house.send(f"{AGREEMENT}/exclusions", {TOKEN: token, **span, "note": hostile(4)})
        report = {"agreement": "acme", "group": "service", "channel": "phone", "at": "2026-10-10 11:05"}
        await house.rooms.stated("tickets", {**report, "ticket": hostile(5)}, "ivo")
        refused = await house.send(f"{AGREEMENT}/exclusions", {TOKEN: token, **span, "cause": hostile(6)})
        texts = [await refused.text()]
        await house.sign_in("ana")
        await step(house, f"{PAGE}/draft")
        await step(house, f"{PAGE}/approve")
        await step(house, f"{PAGE}/send")
        vendor = next(each for each in house.rooms.store.outbox() if each.mail.kind.value == "vendor")
        house.rooms.store.mark(vendor.id, vendor.state, MailState.SENDING)
        house.rooms.store.mark(vendor.id, MailState.SENDING, MailState.DOUBTFUL, error=hostile(7))
        texts += [(await house.get(path))[1] for path in EVERY]
        await step(house, f"{PAGE}/arrived")
        house.rooms.look()
        await step(house, f"{PAGE}/acknowledge", reference=hostile(8))
        await step(house, f"{PAGE}/dispute", reason=hostile(9))
        probe = ProbeEntry("stand-in/tcp", "stand-in/web", "tcp", hostile(10))
        group = GroupEntry("stand-in/web", hostile(11), State.DOWN, (probe,), since=NOW - MINUTE)
        shown = house.rooms.shown
        titled = replace(shown.agreements[0], title=hostile(12), plan=hostile(13))
        house.rooms.shown = replace(shown, groups=(group,), agreements=(titled, *shown.agreements[1:]))
        texts += [(await house.get(path))[1] for path in (*EVERY, "/console/search?q=stand-in")]
        for path in ("/console/search", "/console/agreements"):
            texts.append((await house.get(path, params={"q": hostile(14)}))[1])
        texts.append(await (await house.send("/console/sign-in", {"name": hostile(15), "password": "x"})).text())
        texts.append((await house.get(f"{AGREEMENT}", params={"as_of": hostile(16)}))[1])
        await house.send("/console/sign-in", {"name": "ana", "password": PASSWORDS["ana"]})
        whole = "\n".join(texts)
        assert "<script>alert" not in whole
        assert "<img src=x" not in whole
        assert "49" not in re.findall(r"onerror=alert\(\d+\)&gt;(\S+)", whole)
        told = {int(each) for each in re.findall(r"&lt;script&gt;alert\((\d+)\)&lt;/script&gt;", whole)}
        assert told == set(range(1, 17))


async def test_colours_are_the_readers_choice(tmp_path: Path) -> None:
    """The switch works without a script, before signing in, and leads back to the page and nowhere else."""
    async with visiting(tmp_path) as house:
        ours = "/console/agreements?q=1"
        for next_, location in ((ours, ours), ("https://evil.example", "/console")):
            answer = await house.send("/console/theme", {"theme": "dark", "next": next_})
            assert (answer.status, answer.headers["Location"]) == (303, location)
        await house.sign_in("vit")
        assert 'data-theme="dark"' in (await house.get("/console"))[1]
        await house.send("/console/theme", {"theme": '"><script>', "next": "/console"})
        assert 'data-theme="dark"' in (await house.get("/console"))[1]
        assert {cookie.key for cookie in house.client.cookie_jar} == {COOKIE, "theme"}


async def test_news_come_when_a_figure_changes(tmp_path: Path) -> None:
    """A page that listens hears of a decision, and of nothing while nothing changes."""
    async with visiting(tmp_path) as house:
        await house.sign_in("ivo")
        async with house.client.get(f"{house.address}/console/live") as stream:
            assert stream.headers["Content-Type"].startswith("text/event-stream")
            assert await stream.content.readline() == b"retry: 5000\n"
            told = {"agreement": "acme", "id": "supported_version", "state": "yes"}
            await house.rooms.stated("conditions", told, "ivo")
            lines = [await stream.content.readline() for _ in range(8)]
            assert lines.count(b"event: changed\n") == 1


async def test_news_before_a_page_listens_are_not_lost(tmp_path: Path) -> None:
    """What changed after a page was made, or while its connection was lost, is told at once when it listens, once."""
    async with visiting(tmp_path) as house:
        await house.sign_in("ivo")
        shows = re.search(r'<main[^>]* data-live="(-?\d+)"', (await house.get("/console"))[1])
        assert shows
        told = {"agreement": "acme", "id": "supported_version", "state": "yes"}
        await house.rooms.stated("conditions", told, "ivo")
        address = f"{house.address}/console/live?shows={shows[1]}"
        async with house.client.get(address) as stream:
            assert [await stream.content.readline() for _ in range(2)] == [b"retry: 5000\n", b"\n"]
            latest = (await stream.content.readline()).decode().strip().removeprefix("id: ")
            assert await stream.content.readline() == b"event: changed\n"
        async with house.client.get(address, headers={"Last-Event-ID": latest}) as stream:
            assert [await stream.content.readline() for _ in range(3)] == [b"retry: 5000\n", b"\n", b": alive\n"]


async def test_who_leaves_leaves_nothing_unseen(tmp_path: Path) -> None:
    """Disabling lists open deadlines of the person's agreements and drafts the notice that the contract asks for."""
    async with visiting(tmp_path) as house:
        await house.sign_in("eva")
        assert "may sign in" in (await house.get("/console/people"))[1]
        token = await house.token()
        left = await house.send("/console/people/ana", {TOKEN: token, "state": "disabled", "note": "left the house"})
        assert left.status == 303
        text = html.unescape((await house.get("/console/people/ana"))[1])
        notice = "as clause 8.3 of contract acme asks"
        for said in (f"claim {CLAIM}, eligible", "2026-11-08 00:00", notice, "left the house"):
            assert said in text, said
        wrong = await house.send("/console/sign-in", {"name": "ana", "password": PASSWORDS["ana"]})
        assert wrong.status == 403
        with pytest.raises(ClaimError, match="ana may not decide any more: disabled by eva"):
            house.rooms.claims().approve(CLAIM, house.rooms.now(), "ana")
        own = await house.send("/console/people/eva", {TOKEN: token, "state": "disabled"})
        assert (own.status, "nobody disables themselves" in await own.text()) == (400, True)
        assert (await house.send("/console/people/eva", {TOKEN: token, "state": "gone"})).status == 400
        assert (await house.get("/console/people/nobody"))[0] == 404
        assert (await house.send("/console/people/ana", {TOKEN: token, "state": "enabled"})).status == 303


@given(st.integers(0, DAY), st.integers(0, DAY))
def test_bars_fill_their_height(one: int, other: int) -> None:
    """Whatever a day held, its parts fill the bar, and what there was at all can be seen."""
    down, reach = sorted((one, other))
    day = DayShare(date(2026, 6, 21), DAY - reach, down, reach - down)
    parts = {part.kind: part.height for part in days_strip([day], "a day").parts}
    assert sum(parts.values()) == HEIGHT
    held = {"up": day.up, "down": day.down, "unmeasured": day.unknown}
    assert parts.keys() == {kind for kind, length in held.items() if length}
    assert min(parts.values()) >= 1


async def test_the_address_alone_leads_to_the_console(tmp_path: Path) -> None:
    """Whoever types the listener's address comes to Today."""
    async with visiting(tmp_path) as house:
        await house.sign_in("vit")
        async with house.client.get(house.address) as answer:
            assert (answer.status, answer.url.path) == (200, "/console")
