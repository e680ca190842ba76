import asyncio
import shutil
import subprocess
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.web.boards import NOW, board
from tests.web.conftest import Listener
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import DAY, SECOND
from uptime_daemon.desk.showing.board import Board, ProbeEntry, Trace
from uptime_daemon.web.negotiation import Format


def _figures(page: str) -> dict[str, float]:
    """The value of each series: its name, and the value of its label where it has one."""
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    return {" ".join([sample.name, *sample.labels.values()]): sample.value for sample in samples}


def _with(known: Board, name: str, **changes: object) -> Board:
    """The board with one probe changed."""

    def changed(probe: ProbeEntry) -> ProbeEntry:
        return replace(probe, **changes) if probe.id == name else probe  # type: ignore[arg-type]

    groups = tuple(replace(group, probes=tuple(map(changed, group.probes))) for group in known.groups)
    return replace(known, groups=groups)


async def test_last_result_by_id(inside: Listener) -> None:
    """A probe that passed is told under the names that blackbox_exporter gave, without labels."""
    response, page = await inside.get("/probe?target=voice/web-login&module=http_2xx")
    assert response.status == 200
    assert response.headers["Content-Type"] == Format.TEXT
    assert _figures(page) == {
        "probe_success": 1.0,
        "probe_duration_seconds": 0.1845,
        "probe_dns_lookup_time_seconds": 0.003,
        "probe_ip_protocol": 4.0,
        "probe_ssl_earliest_cert_expiry": (NOW + 61 * DAY) / SECOND,
        "probe_tls_version_info TLS 1.3": 1.0,
        "probe_http_ssl": 1.0,
        "probe_http_duration_seconds resolve": 0.003,
        "probe_http_duration_seconds connect": 0.0215,
        "probe_http_duration_seconds tls": 0.04,
        "probe_http_duration_seconds processing": 0.12,
        "probe_http_status_code": 200.0,
        "probe_http_redirects": 1.0,
        "probe_http_version": 1.1,
        "probe_failed_due_to_regex": 0.0,
    }


async def test_last_result_by_address(inside: Listener) -> None:
    """The address a probe tries names it, too; a failed attempt is a 0, and nothing is said of a TLS not seen."""
    response, page = await inside.get("/probe", params={"target": "tcp://sip.dial.example:5061"})
    assert response.status == 200
    assert _figures(page) == {
        "probe_success": 0.0,
        "probe_duration_seconds": 0.1845,
        "probe_dns_lookup_time_seconds": 0.003,
        "probe_ip_protocol": 6.0,
    }


@pytest.mark.parametrize(
    ("checks", "figure"),
    [
        (("status",), 0.0),
        (("header Server",), 0.0),
        (("status", "body_matches"), 1.0),
        (("header Server matches",), 1.0),
    ],
)
async def test_pattern_that_was_not_found(inside: Listener, checks: tuple[str, ...], figure: float) -> None:
    """Whether an attempt failed because of a pattern is told apart from other checks."""
    (group, *_) = board().groups
    view = replace(group.probes[0].views[0], trace=Trace(failed_checks=checks))
    inside.shown.now = _with(board(), "voice/web-login", views=(view,))
    _, page = await inside.get("/probe?target=voice/web-login")
    assert _figures(page)["probe_failed_due_to_regex"] == figure


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "missing_key"),
        ("?target=", 400, "missing_key"),
        ("?target=voice/nothing", 404, "not_found"),
        ("?target=dial/autodial-api", 503, "stale"),
        ("?target=voice/web-api&targe=x", 400, "unknown_key"),
    ],
)
async def test_what_is_not_known_is_refused(inside: Listener, query: str, status: int, code: str) -> None:
    """An attempt that we ourselves could not make is 503 and never a 0: the endpoint did nothing wrong."""
    answered, content = await inside.json(f"/probe{query}")
    assert (answered, content["error"]["code"]) == (status, code)


@pytest.mark.parametrize("changes", [{"state": State.UNKNOWN}, {"views": ()}])
async def test_stale_result_is_refused(inside: Listener, changes: dict[str, object]) -> None:
    """A pass that is too old to stand for now is not told again, nor is a probe that was never tried."""
    inside.shown.now = _with(board(), "voice/web-api", **changes)
    status, content = await inside.json("/probe?target=voice/web-api")
    assert (status, content["error"]["code"]) == (503, "stale")
    assert "voice/web-api" in content["error"]["message"]


async def test_address_of_several_probes_is_refused(inside: Listener) -> None:
    """Where two probes try one address the answer names both, for either would be a guess."""
    inside.shown.now = _with(board(), "voice/web-api", target="https://acme.voice.example/login")
    status, content = await inside.json("/probe?target=https://acme.voice.example/login")
    assert (status, content["error"]["code"]) == (400, "ambiguous")
    assert "voice/web-login, voice/web-api" in content["error"]["message"]


async def test_targets_are_the_whole_list(inside: Listener) -> None:
    """Service discovery gets every probe by its id, with what to relabel by; without probes an empty list."""
    status, content = await inside.json("/api/v1/prometheus/targets")
    assert status == 200
    assert [entry["targets"] for entry in content] == [[probe.id] for probe in board().probes]
    assert content[0]["labels"] == {
        "__meta_uptime_daemon_probe": "voice/web-login",
        "__meta_uptime_daemon_group": "voice/web",
        "__meta_uptime_daemon_kind": "https",
        "__meta_uptime_daemon_target": "https://acme.voice.example/login",
    }
    inside.shown.now = replace(board(), groups=())
    assert await inside.json("/api/v1/prometheus/targets") == (200, [])


async def test_public_listener_has_neither(outside: Listener) -> None:
    """What is probed is nobody's business outside."""
    for path in ("/probe?target=voice/web-login", "/api/v1/prometheus/targets"):
        response, _ = await outside.get(path)
        assert response.status == 404


@pytest.mark.prometheus
async def test_promtool_has_no_remark(inside: Listener) -> None:
    """The page is clean by `promtool check metrics`."""
    _, page = await inside.get("/probe?target=voice/web-login")
    promtool = shutil.which("promtool")
    assert promtool
    command = [promtool, "check", "metrics"]
    checked = await asyncio.to_thread(
        subprocess.run, command, input=page, capture_output=True, text=True, timeout=300, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
