"""Firewalls between us and an endpoint, in a namespace of their own: silence, refusal and a way that is forbidden."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

IN_A_NAMESPACE: Final = """
import asyncio, json, sys
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.nameservers import DnsEndpoint
from uptime_daemon.probers.endpoints.streams import TcpEndpoint, TlsEndpoint
from uptime_daemon.probers.endpoints.web import HttpEndpoint
from uptime_daemon.probers.equipment import Equipment
from uptime_daemon.probers.registry import PROBERS
from uptime_daemon.probers.resolver import SystemResolver

# over loopback the refusal of a first packet comes while it is being sent, and is lost; the next one follows after 1 s
async def seen(port, seconds):
    equipment = Equipment(SystemClock(), SystemResolver())
    endpoints = (
        TcpEndpoint("127.0.0.1", port), TlsEndpoint("127.0.0.1", port), HttpEndpoint(f"http://127.0.0.1:{port}/"),
        DnsEndpoint("127.0.0.1", "vendor.example", port=port),
    )
    tries = [PROBERS[each.kind](each, seconds * SECOND, equipment) for each in endpoints]
    told = await asyncio.gather(*tries)
    return {each.kind: [seen.outcome, seen.reason] for each, seen in zip(endpoints, told)}

async def all_seen():
    silent, *others = sys.argv[1:]
    limits = {silent: 2} | dict.fromkeys(others, 30)  # only what is waited for in vain ends by its limit
    return dict(zip(limits, await asyncio.gather(*(seen(int(port), limits[port]) for port in limits))))

print(json.dumps(asyncio.run(all_seen())))
"""
"""What some kinds see of each port, the first of which is silent."""
RULES: Final = {
    "9001": "DROP",
    "9002": "REJECT --reject-with icmp-port-unreachable",
    "9003": "REJECT --reject-with icmp-host-prohibited",
    "9004": "REJECT --reject-with icmp-admin-prohibited",
    "9005": "REJECT --reject-with icmp-net-unreachable",
}
STREAMS: Final = ("tcp", "tls", "http")


@pytest.mark.needs_root
@pytest.mark.needs_command("ip", "iptables", "unshare")
def test_what_a_firewall_says() -> None:
    """Dropped is silence and refused is refused, as whoever uses the service meets it; a forbidden way is no outage."""
    rules = "".join(
        f"iptables -A INPUT -p {over} --dport {port} -j {rule}; "
        for port, rule in RULES.items()
        for over in ("tcp", "udp")
    )
    script = f'set -e; ip link set lo up; {rules} exec "$@"'
    command = ["unshare", "--net", "sh", "-c", script, "sh", sys.executable, "-c", IN_A_NAMESPACE, *RULES]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    every = (*STREAMS, "dns")
    assert json.loads(done.stdout) == {
        "9001": {kind: ["fail", "connect_timeout"] for kind in STREAMS} | {"dns": ["fail", "answer_timeout"]},
        "9002": {kind: ["fail", "connection_refused"] for kind in every},
        **{port: {kind: ["error", "no_route"] for kind in every} for port in ("9003", "9004", "9005")},
    }
