import json

import pytest
from structlog.testing import capture_logs

from tests.web.boards import at, board
from tests.web.conftest import Listener
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.web.ports import OutagesQuery, StatementsQuery


async def test_agreements_name_what_is_judged(inside: Listener) -> None:
    """Each agreement says its contract, its zone, what measures it and which periods there are."""
    status, content = await inside.json("/api/v1/agreements")
    assert status == 200
    assert content["at"] == "2026-06-21T12:03:12Z"
    centre, dialler = content["agreements"]
    assert (centre["id"], centre["contract"], centre["plan"], centre["timezone"]) == (
        "acme-centre",
        "contact-centre",
        "premium",
        "Europe/Prague",
    )
    assert centre["judged"] == [{"group": "service", "period": "month", "current": "2026-06", "last": "2026-05"}]
    assert dialler["groups"] == {"inbound": ["dial/inbound"], "autodial": ["dial/autodial"]}


async def test_statements_pass_the_question_on(inside: Listener) -> None:
    """What is asked arrives as asked; without a question it is every agreement's current period."""
    _, content = await inside.json("/api/v1/statements")
    assert content["results"] == [{"case": 1, "contract": "contact-centre", "statements": []}]
    await inside.json(
        "/api/v1/statements?agreement=acme-centre&group=service&period=2026-Q2&as_of=2026-06-01T00:00:00%2B02:00"
    )
    assert inside.kept.asked == [
        StatementsQuery(),
        StatementsQuery("acme-centre", "service", "2026-Q2", parse_instant("2026-06-01T00:00:00+02:00")),
    ]


async def test_lost_plus_is_found(inside: Listener) -> None:
    """The plus of an offset that was not written as %2B is understood."""
    status, _ = await inside.json("/api/v1/statements?as_of=2026-06-01T00:00:00+02:00")
    assert status == 200
    assert inside.kept.asked == [StatementsQuery(as_of=parse_instant("2026-06-01T00:00:00+02:00"))]


async def test_outages_show_their_brackets(inside: Listener) -> None:
    """An outage comes with its three brackets, its class and its reasons."""
    status, content = await inside.json(
        "/api/v1/outages?group=voice/web&from=2026-06-01T00:00:00Z&to=2026-07-01T00:00:00Z"
    )
    assert status == 200
    assert content["outages"] == [
        {
            "group": "voice/web",
            "open": False,
            "shortest": {"from": "2026-06-03T08:00:00Z", "to": "2026-06-03T09:12:00Z"},
            "point": {"from": "2026-06-03T08:00:00Z", "to": "2026-06-03T09:12:30Z"},
            "longest": {"from": "2026-06-03T07:59:30Z", "to": "2026-06-03T09:12:30Z"},
            "class": "silent",
            "reasons": {"connect_timeout": 145},
            "phases": {"tcp": 145},
            "votes": {"quad9": {"passed": 145, "asked": 145}},
            "suspect": False,
        }
    ]
    start, end = at("2026-06-01T02:00:00"), at("2026-07-01T02:00:00")
    assert inside.kept.asked == [OutagesQuery("voice/web", start, end)]


async def test_claims_by_agreement_and_state(inside: Listener) -> None:
    """Claims are chosen by agreement and state; amounts are exact text."""
    _, content = await inside.json("/api/v1/claims?agreement=acme-centre&state=eligible")
    assert content["claims"] == [
        {
            "id": "acme-centre.2026-06.service.provisional",
            "agreement": "acme-centre",
            "period": "2026-06",
            "group": "service",
            "stage": "provisional",
            "state": "eligible",
            "deadline": "2026-06-30T22:00:00Z",
            "amount": "25.02",
            "currency": "EUR",
        }
    ]
    _, every = await inside.json("/api/v1/claims")
    assert len(every["claims"]) == 3
    assert every["claims"][2]["deadline"] is None


@pytest.mark.parametrize(
    ("path", "status", "code", "field"),
    [
        ("/api/v1/agreements?colour=red", 400, "unknown_key", "colour"),
        ("/api/v1/statements?agrement=acme-centre", 400, "unknown_key", "agrement"),
        ("/api/v1/statements?period=last&period=current", 400, "duplicate_key", "period"),
        ("/api/v1/statements?agreement=nobody", 404, "not_found", "agreement"),
        ("/api/v1/statements?group=autodial&agreement=acme-centre", 404, "not_found", "group"),
        ("/api/v1/statements?period=2026-13", 400, "invalid_value", "period"),
        ("/api/v1/statements?period=1999", 404, "not_found", "period"),
        ("/api/v1/statements?as_of=2026-06-01T00:00:00", 400, "invalid_value", "as_of"),
        ("/api/v1/outages?group=nothing", 404, "not_found", "group"),
        ("/api/v1/outages?from=yesterday", 400, "invalid_value", "from"),
        ("/api/v1/outages?from=2026-06-02T00:00:00Z&to=2026-06-01T00:00:00Z", 400, "invalid_value", "to"),
        ("/api/v1/claims?state=lost", 400, "invalid_value", "state"),
        ("/api/v1/nothing", 404, "not_found", None),
        ("/metrics?name=up", 400, "unknown_key", "name"),
    ],
)
async def test_mistakes_are_named(inside: Listener, path: str, status: int, code: str, field: str | None) -> None:
    """A question that cannot be answered gets its code, a message and the key at fault; the store is not asked."""
    answered, content = await inside.json(path)
    assert answered == status
    assert (content["error"]["code"], content["error"]["field"]) == (code, field)
    assert content["error"]["message"]


async def test_mistake_of_ours_tells_nothing(inside: Listener) -> None:
    """When the daemon itself fails, the answer says so and not why: the reason may hold what is secret."""
    with capture_logs() as told:
        response, text = await inside.get("/api/v1/statements?period=2001")
    assert [(each["event"], each["path"]) for each in told] == [("request_failed", "/api/v1/statements")]
    assert response.status == 500
    assert "hunter2" not in text
    assert '"code": "internal"' in text


async def test_a_database_that_is_away_is_no_mistake_of_ours(inside: Listener) -> None:
    """The log names the place, the answer does not; too much at once is the question's fault."""
    with capture_logs() as told:
        response, text = await inside.get("/api/v1/statements?period=2002")
    assert [each["trouble"] for each in told] == ["postgresql://db.acme.example/uptime: the server cannot be reached"]
    assert (response.status, json.loads(text)["error"]["code"]) == (503, "database")
    assert "acme" not in text
    response, text = await inside.get("/api/v1/statements?period=2003")
    assert (response.status, json.loads(text)["error"]["code"]) == (400, "too_much")
    assert "ask for a shorter time" in text


async def test_wrong_method_says_which_is_right(inside: Listener) -> None:
    """A method that a path does not know is refused with those it knows."""
    response, text = await inside.ask("DELETE", "/api/v1/claims")
    assert (response.status, response.headers["Allow"]) == (405, "GET,HEAD")
    assert '"method_not_allowed"' in text


async def test_demonstration_is_said_in_json(inside: Listener) -> None:
    """An answer of a demonstration says so."""
    inside.shown.now = board(demonstration=True)
    _, content = await inside.json("/api/v1/claims")
    assert content["demonstration"] is True
