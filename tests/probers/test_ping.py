"""What an echo says: answered here, unreachable where there is no way, and silence where somebody drops it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import socket
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.probers.test_http import PATIENT_SECONDS
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers import ping
from uptime_daemon.probers.endpoints.conditions import SecondsBelow
from uptime_daemon.probers.endpoints.machines import IcmpEndpoint
from uptime_daemon.probers.ping import attempt
from uptime_daemon.probers.ports import Address
from uptime_daemon.probers.progress import Progress

if TYPE_CHECKING:
    from tests.probers.conftest import KnownNames
    from uptime_daemon.probers.equipment import Equipment

pytestmark = pytest.mark.usefixtures("no_leak")

IN_A_NAMESPACE = """
import asyncio, json, sys
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.machines import IcmpEndpoint
from uptime_daemon.probers.endpoints.streams import TcpEndpoint
from uptime_daemon.probers.endpoints.nameservers import DnsEndpoint
from uptime_daemon.probers.equipment import Equipment
from uptime_daemon.probers.registry import PROBERS
from uptime_daemon.probers.resolver import SystemResolver

async def seen(host, seconds):
    equipment = Equipment(SystemClock(), SystemResolver())
    told = {}
    for endpoint in (IcmpEndpoint(host), TcpEndpoint(host, 9), DnsEndpoint(host, "vendor.example")):
        attempt = await PROBERS[endpoint.kind](endpoint, seconds * SECOND, equipment)
        told[endpoint.kind] = [attempt.outcome, attempt.reason]
    return told

silent, *others = sys.argv[1:]
limits = {silent: 1} | dict.fromkeys(others, 30)  # only what is waited for in vain ends by its limit
print(json.dumps({host: asyncio.run(seen(host, seconds)) for host, seconds in limits.items()}))
"""
"""What some kinds see of hosts, the first of which is silent."""


def has_ipv6() -> bool:
    """Whether this machine reaches itself over it; a container may not."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as trying:
        trying.bind(("::1", 0))
        return True
    return False


@pytest.mark.needs_root
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_machine_that_answers_passes(equipment: Equipment, host: str) -> None:
    """Its answer is ours by what we sent, over both versions of the protocol."""
    checks = (SecondsBelow(30 * SECOND),)
    seen = await attempt(IcmpEndpoint(host, checks), PATIENT_SECONDS * SECOND, equipment)
    if host == "::1" and not has_ipv6():
        assert (seen.outcome, seen.peer) == (Outcome.ERROR, "")
        return
    assert (seen.outcome, seen.detail, seen.peer) == (Outcome.PASS, "", host)
    assert [phase for phase, _ in seen.phases] == [Phase.NAME, Phase.ANSWER]


@pytest.mark.needs_root
@pytest.mark.needs_command("ip")
def test_silence_and_no_way_are_told_apart() -> None:
    """Dropped without a word it is a fail; unreachable, prohibited, without a route it is ours, for every kind."""
    setup = """
        ip link set lo up
        ip link add near type veth peer name far
        ip link set near up
        ip link set far up
        ip address add 192.0.2.1/24 dev near
        ip neighbour add 192.0.2.9 lladdr 02:00:00:00:00:01 dev near
        ip route add unreachable 198.51.100.1
        ip route add prohibit 198.51.100.2
    """
    ours = {kind: ["error", "no_route"] for kind in ("icmp", "tcp", "dns")}
    hosts = {
        "192.0.2.9": {
            "icmp": ["fail", "answer_timeout"],
            "tcp": ["fail", "connect_timeout"],
            "dns": ["fail", "answer_timeout"],
        },
        "198.51.100.1": ours,
        "198.51.100.2": ours,
        "203.0.113.1": ours,
    }
    script = f'set -e\n{textwrap.dedent(setup)}\nexec "$@"'
    command = ["unshare", "--net", "sh", "-c", script, "sh", sys.executable, "-c", IN_A_NAMESPACE, *hosts]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == hosts


async def test_lost_echo_is_asked_for_again(equipment: Equipment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second echo is answered, and the first was nobody's fault; what is another's is waited past."""
    monkeypatch.setattr(ping, "RESEND_SECONDS", 0.05)
    loop, clock = asyncio.get_running_loop(), equipment.clock
    address = Address(socket.AF_INET, "192.0.2.1", 0)
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)

    async def far() -> tuple[bytes, bytes]:
        first, second = await loop.sock_recv(there, 1500), await loop.sock_recv(there, 1500)
        there.send(b"\x08" + second[1:])  # another's request, which such sockets hear as well
        there.send(b"\x00" + second[1:-1] + b"?")  # an answer to somebody else
        there.send(b"")
        there.send(bytes([0x45]) + bytes(19) + b"\x00" + second[1:])  # behind a head of IPv4, as raw sockets tell it
        return first, second

    with here, there:
        here.setblocking(False)
        there.setblocking(False)
        async with asyncio.timeout(PATIENT_SECONDS):
            progress = Progress(clock, clock.elapsed(), clock.elapsed())
            _, (first, second) = await asyncio.gather(ping._answered(here, address, progress), far())
    assert progress.peer == "192.0.2.1"
    assert (first[8:], first[7] + 1) == (second[8:], second[7])
    assert ping._checksum(first) == 0


async def test_program_that_may_not_is_ours(
    equipment: Equipment, names: KnownNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the right to send echoes nothing is claimed, and what to do is told."""

    def refused(*_: object) -> socket.socket:
        raise PermissionError(errno.EPERM, "no")

    del names
    monkeypatch.setattr("uptime_daemon.probers.ping.socket.socket", refused)
    seen = await attempt(IcmpEndpoint("127.0.0.1"), SECOND, equipment)
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.PROBER)
    assert "ping_group_range" in seen.detail
