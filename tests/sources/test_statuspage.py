"""A status page's documents: what is read of them, what is left out and why, and how one is fetched."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from uptime_daemon.addresses import PrivateAddressError
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.sources import fetching
from uptime_daemon.sources.fetching import fetched
from uptime_daemon.sources.ports import SourceError, UnreachableError
from uptime_daemon.sources.statuspage import POSTS_MAX, Post, read_page

INCIDENT: dict[str, Any] = {
    "id": "8v1ydr2xcl5p",
    "name": "Calls fail",
    "status": "resolved",
    "impact": "major",
    "created_at": "2026-10-10T11:05:00.000+02:00",
    "started_at": "2026-10-10T11:00:00.000+02:00",
    "updated_at": "2026-10-10T13:30:00.000+02:00",
    "resolved_at": "2026-10-10T13:00:00.000+02:00",
    "components": [{"id": "c1", "name": "Voice"}],
    "incident_updates": [{"affected_components": [{"code": "c2", "name": "Console"}]}, {"affected_components": None}],
}
WORK: dict[str, Any] = {
    "id": "2kxrmwbgm4ty",
    "name": "Database upgrade",
    "status": "scheduled",
    "impact": "maintenance",
    "created_at": "2026-10-05T08:00:00Z",
    "updated_at": "2026-10-05T08:00:00Z",
    "scheduled_for": "2026-10-10T09:00:00Z",
    "scheduled_until": "2026-10-10T10:00:00Z",
    "components": [],
}


def document(*incidents: Any, works: Any = ()) -> bytes:
    """A summary of a page."""
    page = {"id": "kctbh9vrtdwd", "name": "Vendor", "time_zone": "Etc/UTC"}
    return json.dumps({"page": page, "incidents": incidents, "scheduled_maintenances": works}).encode()


def only(content: bytes) -> Post:
    """The one post of a document."""
    read = read_page(content, "page.json")
    assert read.problems == ()
    (post,) = read.posts
    return post


def test_an_incident() -> None:
    """It lasts from its start to its resolution and is about what it or its updates name."""
    post = only(document(INCIDENT))
    assert (post.id, post.name, post.impact, post.planned) == ("8v1ydr2xcl5p", "Calls fail", "major", False)
    assert (post.start, post.end) == (parse_instant("2026-10-10T09:00:00Z"), parse_instant("2026-10-10T11:00:00Z"))
    assert post.components == {"Voice", "Console"}
    going_on = only(document({**INCIDENT, "resolved_at": None, "started_at": None}))
    assert (going_on.start, going_on.end) == (parse_instant("2026-10-10T09:05:00Z"), None)


def test_planned_work() -> None:
    """It lasts as scheduled, whenever it was completed."""
    post = only(document(works=[{**WORK, "status": "completed", "resolved_at": "2026-10-10T09:20:00Z"}]))
    assert post.planned
    assert (post.start, post.end) == (parse_instant("2026-10-10T09:00:00Z"), parse_instant("2026-10-10T10:00:00Z"))
    assert post.ended_at == parse_instant("2026-10-10T09:20:00Z")


def test_another_version_has_another_digest() -> None:
    """Whatever changes, a word of an update too; the order of keys alone does not."""
    first = only(document(INCIDENT)).digest
    assert only(document(dict(reversed(INCIDENT.items())))).digest == first
    assert only(document({**INCIDENT, "incident_updates": [{"body": "We look."}]})).digest != first


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": None}, "its `id` is no text"),
        ({"created_at": 7}, "it has no `created_at`"),
        ({"started_at": "2026-10-10 11:00"}, "its `started_at`: "),
        ({"resolved_at": "2026-10-10T10:59:59+02:00"}, "it does not end after its start"),
    ],
)
def test_what_cannot_be_understood_is_left_out(change: dict[str, Any], message: str) -> None:
    """The others are read; the reason names the post."""
    read = read_page(
        document({**INCIDENT, **change}, "text", works=[WORK, {**WORK, "scheduled_until": None}]), "p.json"
    )
    assert [post.id for post in read.posts] == [WORK["id"]]
    first, second, third = read.problems
    assert first.startswith("p.json: incidents[0] ")
    assert message in first
    assert second == "p.json: incidents[1] : it is no object; it is left out"
    assert "it excuses no time" in third


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ANYTHING = st.recursive(
    SCALARS | st.sampled_from(sorted(INCIDENT.values(), key=str)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*INCIDENT, *WORK]), inner, max_size=6),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*INCIDENT, "affected_components"]), ANYTHING), ANYTHING)
def test_whatever_a_page_says(change: dict[str, Any], whole: Any) -> None:
    """It is read, left out or refused, with words; nothing else happens."""
    for text in (
        json.dumps({"incidents": [{**INCIDENT, **change}], "scheduled_maintenances": [{**WORK, **change}]}),
        json.dumps({"incidents": whole, "scheduled_maintenances": whole, "page": whole}),
        json.dumps(whole),
    ):
        try:
            read = read_page(text.encode(), "page.json")
        except SourceError:
            continue
        assert all(post.end is None or post.start < post.end for post in read.posts)
        assert all(post.name.isprintable() and post.id.isprintable() for post in read.posts)


def test_text_is_one_line() -> None:
    """Control characters and line breaks of a page stay out of names."""
    assert only(document({**INCIDENT, "name": "Calls\r\nfail\x00 "})).name == "Calls fail"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[]", "there are no `incidents` or `scheduled_maintenances` in it"),
        (b'{"page": {}, "status": {}}', "there are no `incidents`"),
        (document(*([INCIDENT] * (POSTS_MAX + 1))), f"more than {POSTS_MAX}; split it"),
    ],
)
def test_what_is_no_page_is_refused(content: bytes, message: str) -> None:
    """With what to give instead."""
    with pytest.raises(SourceError, match=message):
        read_page(content, "page.json")


@asynccontextmanager
async def serving(answer: web.StreamResponse | bytes) -> AsyncIterator[str]:
    """A server on loopback with one answer. Yields its address."""

    async def reply(_: web.Request) -> web.StreamResponse:
        return web.Response(body=answer) if isinstance(answer, bytes) else answer

    app = web.Application()
    app.router.add_get("/{path:.*}", reply)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/v2/incidents.json"
    finally:
        await runner.cleanup()


async def test_a_document_is_fetched() -> None:
    """Byte for byte, from a server on this machine without TLS too."""
    async with serving(document(INCIDENT)) as url:
        assert await fetched(url) == document(INCIDENT)


async def test_answers_that_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A redirect is named and not followed; an answer without an end is cut off."""
    async with serving(web.Response(status=302, headers={"Location": "https://elsewhere.example/"})) as url:
        with pytest.raises(UnreachableError, match=r"it answers 302 and points to https://elsewhere\.example/"):
            await fetched(url)
    monkeypatch.setattr(fetching, "BYTES_MAX", 100)
    async with serving(bytes(101)) as url:
        with pytest.raises(SourceError, match="more than 100 bytes"):
            await fetched(url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://status.vendor.example/api", "over https alone"),
        ("https:///api", "is no address"),
        ("https://user:word@status.vendor.example/", "is no address"),
        ("https://10.0.0.7/api/v2/incidents.json", "10.0.0.7 is not of the public internet"),
        ("https://169.254.169.254/latest", "is not of the public internet"),
    ],
)
async def test_addresses_that_are_refused(url: str, message: str) -> None:
    """Before anything is sent."""
    with pytest.raises(SourceError, match=message):
        await fetched(url)


async def test_nobody_there() -> None:
    """Trouble of the network is no mistake of whoever asked."""
    async with serving(b"") as url:
        pass
    with pytest.raises(UnreachableError, match="ClientConnectorError"):
        await fetched(url)
    assert not issubclass(PrivateAddressError, UnreachableError)
