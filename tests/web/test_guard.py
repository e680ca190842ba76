from collections.abc import Mapping

import aiohttp
import pytest

from tests.web.conftest import Listener
from tests.web.listening import Kept, Keys, Life, Shown, metrics_of, served
from uptime_daemon.web.app import internal_app
from uptime_daemon.web.guard import HEADERS


@pytest.mark.parametrize("path", ["/", "/metrics", "/api/v1/claims", "/-/healthy", "/nothing", "/api/v1/claims?x=1"])
async def test_every_answer_is_guarded(inside: Listener, path: str) -> None:
    """Each answer, mistakes included, forbids scripts, frames and guessing of types, and is not kept."""
    response, _ = await inside.get(path)
    assert HEADERS.items() <= dict(response.headers).items()
    assert "script" not in HEADERS["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"


async def test_health_and_readiness_differ(inside: Listener) -> None:
    """A daemon that is alive and cannot work is healthy and not ready, and says why."""
    inside.life.reasons = ("the store cannot be written",)
    healthy, _ = await inside.get("/-/healthy")
    ready, text = await inside.get("/-/ready")
    assert (healthy.status, ready.status) == (200, 503)
    assert "the store cannot be written" in text
    inside.life.reasons = ()
    assert (await inside.get("/-/ready"))[0].status == 200


async def test_reload_by_post_alone(inside: Listener) -> None:
    """A reload needs POST; mistakes are told, and nothing is told when there are none."""
    assert (await inside.get("/-/reload"))[0].status == 405
    response, text = await inside.ask("POST", "/-/reload")
    assert (response.status, text) == (200, "reloaded\n")
    inside.life.mistakes = ("uptime.yaml:3: colour: unknown key",)
    response, text = await inside.ask("POST", "/-/reload")
    assert response.status == 422
    assert "uptime.yaml:3" in text
    assert inside.life.reloads == 2


async def test_other_sites_change_nothing(inside: Listener) -> None:
    """What another site's page makes a browser send is refused; the page's own origin is not."""
    refused, _ = await inside.ask("POST", "/-/reload", headers={"Origin": "https://evil.example"})
    assert (refused.status, inside.life.reloads) == (403, 0)
    null, _ = await inside.ask("POST", "/-/reload", headers={"Origin": "null"})
    assert (null.status, inside.life.reloads) == (403, 0)
    own, _ = await inside.ask("POST", "/-/reload", headers={"Origin": inside.address})
    assert (own.status, inside.life.reloads) == (200, 1)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/metrics", {}, 401),
        ("GET", "/api/v1/claims", {"Authorization": "Bearer wrong"}, 401),
        ("GET", "/api/v1/claims", {"Authorization": "Bearer look"}, 200),
        ("POST", "/-/reload", {"Authorization": "Bearer look"}, 403),
        ("POST", "/-/reload", {"Authorization": "Bearer work"}, 200),
        ("GET", "/-/healthy", {}, 200),
        ("GET", "/-/ready", {}, 200),
    ],
)
async def test_roles_where_there_are_users(method: str, path: str, headers: Mapping[str, str], status: int) -> None:
    """With users reading needs one and changing needs an operator; health is open to supervisors."""
    shown = Shown()
    app = internal_app(boards=shown, records=Kept(), lifecycle=Life(), metrics=metrics_of(shown), access=Keys())
    async with (
        served(app) as address,
        aiohttp.ClientSession() as client,
        client.request(method, address + path, headers=headers) as response,
    ):
        assert response.status == status
        assert ("WWW-Authenticate" in response.headers) is (status == 401)
