"""Broken resolvers, as the system meets them: in namespaces of their own, dead, silent, confused and lying."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

IN_A_NAMESPACE = """
import asyncio, json, socket, sys, threading
import dns.message, dns.rcode
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.machines import IcmpEndpoint
from uptime_daemon.probers.endpoints.scenarios import ScenarioEndpoint, Step
from uptime_daemon.probers.endpoints.streams import SmtpEndpoint, TcpEndpoint, TlsEndpoint
from uptime_daemon.probers.endpoints.telephony import SipEndpoint, SipTransport
from uptime_daemon.probers.endpoints.web import HttpEndpoint, WebsocketEndpoint
from uptime_daemon.probers.equipment import Equipment
from uptime_daemon.probers.registry import PROBERS
from uptime_daemon.probers.resolver import SystemResolver

name = "vendor.example"
page = HttpEndpoint(f"https://{name}/")
ENDPOINTS = [
    TcpEndpoint(name, 9), TlsEndpoint(name, 9), SmtpEndpoint(name, 9), page, WebsocketEndpoint(f"wss://{name}/"),
    IcmpEndpoint(name), ScenarioEndpoint((Step("one", page),)),
    *(SipEndpoint(name, 9, transport) for transport in SipTransport),
]

def serve(rcode):
    server = socket.socket(type=socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    def answer():
        while True:
            wire, asker = server.recvfrom(4096)
            if rcode is None:
                continue
            response = dns.message.make_response(dns.message.from_wire(wire))
            response.set_rcode(dns.rcode.from_text(rcode))
            server.sendto(response.to_wire(), asker)
    threading.Thread(target=answer, daemon=True).start()

async def seen():
    equipment = Equipment(SystemClock(), SystemResolver())
    seconds = 1 if sys.argv[1] == "silent" else 30  # only what is waited for in vain ends by its limit
    tries = [PROBERS[endpoint.kind](endpoint, seconds * SECOND, equipment) for endpoint in ENDPOINTS]
    told = {(each.outcome, each.reason, each.phase) for each in await asyncio.gather(*tries)}
    return sorted(told)

if sys.argv[1] != "dead":
    serve(None if sys.argv[1] == "silent" else sys.argv[1])
print(json.dumps(asyncio.run(seen())), flush=True)
import os
os._exit(0)  # a lookup that hangs in the system is not waited for
"""
"""What attempts of every kind that looks names up say of one resolver."""


@pytest.mark.needs_root
@pytest.mark.needs_command("ip", "unshare")
@pytest.mark.parametrize(
    ("resolver", "seen"),
    [
        ("dead", ["error", "resolver", "name"]),
        ("silent", ["error", "resolver", "name"]),
        ("SERVFAIL", ["error", "resolver", "name"]),
        ("REFUSED", ["error", "resolver", "name"]),
        ("NXDOMAIN", ["fail", "name_not_found", "name"]),
    ],
)
def test_resolver_that_is_broken(tmp_path: Path, resolver: str, seen: list[str]) -> None:
    """For every kind only a clear no is the vendor's, and then the sentinels are asked whether any name is found."""
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\n", encoding="ascii")
    (tmp_path / "nsswitch.conf").write_text("hosts: files dns\n", encoding="ascii")
    script = 'set -e; ip link set lo up; for f in resolv nsswitch; do mount -B $f.conf /etc/$f.conf; done; exec "$@"'
    command = ["unshare", "--net", "--mount", "sh", "-c", script, "sh", sys.executable, "-c", IN_A_NAMESPACE, resolver]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [seen]
