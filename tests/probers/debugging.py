"""What `probe --debug` is tried at: every kind against its real peer, passing, and failing for a usual reason.

One table serves the tests and the page `docs/probe-debug.md`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ruamel.yaml import YAML

from tests.ports import free_ports
from tests.probers import real
from tests.probers.peers import running
from tests.probers.real import DESK_TOKEN, NUMBER, PASSWORD
from uptime_daemon.probers.endpoints.telephony import SipTransport

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import trustme

ROOT: Final = Path(__file__).parents[2]
PLUGIN: Final = "/usr/lib/nagios/plugins/check_http"
COMMANDS: Final = ("nginx", "knotd", "kamailio", "sipp", "smtpd", "openssl", "curl", "ip", "unshare", PLUGIN)
"""The programs of others that all this needs."""

WRONG_PASSWORD: Final = "a-password-that-is-wrong"
TOKENS: Final = {
    name: f"a-token-of-{name}-that-nobody-guesses" for name in ("nightly", "broken", "silent", "young", "elsewhere")
}
"""By which each probe of the kind push is known."""
ENVIRONMENT: Final = {
    "ACME_PASSWORD": PASSWORD,
    "ACME_WRONG_PASSWORD": WRONG_PASSWORD,
    **{f"ACME_{name.upper()}_TOKEN": token for name, token in TOKENS.items()},
}
SECRETS: Final = (
    PASSWORD,
    WRONG_PASSWORD,
    DESK_TOKEN,
    *TOKENS.values(),
    *(base64.b64encode(f"probe:{each}".encode()).decode() for each in (PASSWORD, WRONG_PASSWORD)),
    "Authorization:",
    "Proxy-",
    "nonce=",
    "response=",
)
"""What must stand in no explanation; the last ones are what passwords look like in headers."""

PORTS: Final[Mapping[str, int]] = {
    "web": 80, "secured": 443, "expired": 8443, "dns": 53, "sip": 5060, "sips": 5061, "mail": 25, "submission": 587,
    "ocsp": 8081, "tsa": 8082, "daemon": 8990, "closed": 9, "nobody": 8991,
}  # fmt: skip
"""The ports of the peers by name, and those that stand for them on the page."""
FOLDER: Final = "/etc/acme"
"""What stands on the page for the folder of certificates and keys."""


@dataclass(frozen=True)
class Example:
    """One probe and what its explanation must say; `tests/data/debug.yaml` says more."""

    id: str
    title: str
    probe: str
    """Its keys as written."""
    says: tuple[str, ...]
    config: str = "uptime.yaml"
    fenced: bool = False

    @property
    def kind(self) -> str:
        """The kind of the probe."""
        return self.probe.partition("\n")[0].removeprefix("kind: ")

    @property
    def outcome(self) -> str:
        """`pass`, `fail` or `error`."""
        return re.split(r"\W", self.says[0])[0]

    def page_text(self) -> str:
        """The probe as it stands on the page."""
        text = re.sub(r"<(\w+)>", lambda found: str(PORTS.get(found[1], FOLDER)), self.probe)
        return textwrap.dedent(item(self.id, text))


def _read() -> Iterator[Example]:
    for each in YAML(typ="safe").load((ROOT / "tests" / "data" / "debug.yaml").read_text(encoding="utf-8")):
        yield Example(**{**each, "says": tuple(each["says"])})


EXAMPLES: Final = tuple(_read())


def _telephony() -> Iterator[Example]:
    """Every request over all that carries SIP; a call begins with what a proxy says while it rings."""
    says = {
        "options": ("said        OPTIONS: SIP/2.0 200 Keepalive",),
        "register": ("REGISTER: SIP/2.0 200 OK", "holds       registration taken back"),
        "invite": ("INVITE: SIP/2.0 180 Ringing", "INVITE: SIP/2.0 200 OK", "BYE: SIP/2.0 200 OK", "holds       bye"),
    }
    for request, texts in says.items():
        for over in SipTransport:
            is_secured = over in {SipTransport.TLS, SipTransport.WSS}
            port = "<sips>" if is_secured else "<sip>"
            keys = ["host: 127.0.0.1", f"port: {port}", f"transport: {over}", f"request: {request}"]
            keys += ["path: /ws", "ca_file: <folder>/ca.pem", "user: probe", 'password: "${ACME_PASSWORD}"']
            keys += [f'to: "{NUMBER}"'] if request == "invite" else []
            seen = ("certificate vendor.example, valid until ", "tls ") if is_secured else ()
            probe = "\n".join(["kind: sip", *keys, ""])
            yield Example(f"{request}-{over}", "", probe, ("pass after ", *texts, *seen), "telephony.yaml")


TELEPHONY: Final = tuple(_telephony())


@dataclass(frozen=True)
class World:
    """All peers at work, and files that name them."""

    folder: Path
    ports: Mapping[str, int]

    def command(self, example: Example) -> list[str]:
        """What a person types."""
        return ["probe", f"acme/{example.id}", "--debug", "--config", str(self.folder / example.config)]

    def told(self, example: Example) -> tuple[int, str]:
        """Exit code and output of the real command, ports and folder as on the page."""
        command = [sys.executable, "-m", "uptime_daemon", *self.command(example)]
        if example.fenced:
            sentinels = [str(self.ports[name]) for name in ("web", "mail")]
            command = [
                "unshare",
                "--net",
                "sh",
                "-c",
                _FENCE,
                "sh",
                sys.executable,
                "-c",
                _ANSWERING,
                *sentinels,
                *command,
            ]
        environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert not done.stderr, done.stderr
        return done.returncode, self.shown(done.stdout)

    def shown(self, output: str) -> str:
        """An output as it stands on the page: usual ports and a folder of a house take the place of those of a run."""
        names = {str(port): str(PORTS[name]) for name, port in self.ports.items()}
        told = re.sub(r"(?<=:)\d+\b|(?<=port )\d+", lambda found: names.get(found[0], found[0]), output)
        return told.replace(str(self.folder), FOLDER)

    def written(self, text: str) -> str:
        """A definition with this run's ports and folder."""
        return re.sub(r"<(\w+)>", lambda found: str(self.ports.get(found[1], self.folder)), text)


def item(name: str, probe: str) -> str:
    """A probe as an item of the list of a group."""
    return textwrap.indent(f"- id: {name}\n{textwrap.indent(probe, '  ')}", " " * 6)


_FENCE: Final = """set -e
ip link set lo up
ip link add near type veth peer name far
ip link set near up
ip link set far up
ip address add 192.0.2.1/24 dev near
ip neighbour add 192.0.2.9 lladdr 02:00:00:00:00:01 dev near
exec "$@"
"""
_ANSWERING: Final = """import socket, subprocess, sys
sentinels = [socket.create_server(("127.0.0.1", int(port))) for port in sys.argv[1:3]]
sys.exit(subprocess.call(sys.argv[3:]))
"""
_CONFIG: Final = """database: sqlite:///{name}.db
probes: {name}/
contracts: contracts/
listen: 127.0.0.1:{listen}
vantage:
  name: here
  loopback: true
  sentinels: [{{tcp: "127.0.0.1:{one}", place: one}}, {{tcp: "127.0.0.1:{two}", place: two}}]
"""


def _write(world: World) -> None:
    """The files of a house: three configurations, each with its probes."""
    ports, folder = world.ports, world.folder
    (folder / "contracts").mkdir()
    sentinels = {"uptime": ("web", "mail"), "blind": ("closed", "nobody"), "reporting": ("web", "mail")}
    sentinels["telephony"] = sentinels["uptime"]
    for house, (one, two) in sentinels.items():
        own = [each for each in (*EXAMPLES, *TELEPHONY) if each.config == f"{house}.yaml"]
        probes = "".join(item(each.id, world.written(each.probe)) for each in own)
        (folder / house).mkdir()
        head = "vendor: acme\ngroups:\n  all:\n    title: All\n    up: all\n    probes:\n"
        (folder / house / "acme.yaml").write_text(head + probes, encoding="utf-8")
        listen = ports["daemon" if house == "reporting" else "nobody"]
        text = _CONFIG.format(name=house, listen=listen, one=ports[one], two=ports[two])
        (folder / f"{house}.yaml").write_text(text, encoding="utf-8")


@contextlib.contextmanager
def world(folder: Path, authority: trustme.CA) -> Iterator[World]:
    """All peers, started; the daemon hears a report, one of trouble, and nothing of the rest."""
    made = real.pki(folder)
    own = authority.issue_cert("probe@example.org")
    pem = own.private_key_pem.bytes() + b"".join(each.bytes() for each in own.cert_chain_pems)
    (folder / "own.pem").write_bytes(pem)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    with contextlib.ExitStack() as peers:

        def place(name: str) -> Path:
            (folder / name).mkdir()
            return folder / name

        web = peers.enter_context(real.nginx(place("nginx"), authority))
        telephone = peers.enter_context(real.sipp(place("sipp")))
        sip, sips = peers.enter_context(real.kamailio(place("kamailio"), authority, telephone))
        taken = [peers.enter_context(socket.socket()) for _ in range(2)]
        for each in taken:  # bound and not listening: nobody else takes it, nobody answers
            each.bind(("127.0.0.1", 0))
        ports = {
            "web": web.plain, "secured": web.secured, "expired": web.expired, "sip": sip, "sips": sips,
            "dns": peers.enter_context(real.knot(place("knot"))),
            "mail": peers.enter_context(real.opensmtpd(place("smtpd"))),
            "submission": peers.enter_context(real.aiosmtpd(place("aiosmtpd"), authority)),
            "ocsp": peers.enter_context(real.responder(made)), "tsa": peers.enter_context(real.stamping(made)),
            "closed": taken[0].getsockname()[1], "nobody": taken[1].getsockname()[1], "daemon": free_ports(1)[0],
        }  # fmt: skip
        found = World(folder, ports)
        _write(found)
        command = [sys.executable, "-m", "uptime_daemon", "run", "--config", str(folder / "reporting.yaml")]
        environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT)}
        peers.enter_context(running(command, place("log"), lambda: _is_ready(ports["daemon"]), environment))
        _report(ports["daemon"], "nightly", {"message": "4711 rows copied"})
        _report(ports["daemon"], "broken", {"state": "down", "message": "disk full"})
        time.sleep(1)  # the report of a second that never comes
        yield found


def _is_ready(port: int) -> bool:
    with contextlib.suppress(OSError, urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=60).close()
        return True
    return False


def _report(port: int, name: str, body: Mapping[str, str]) -> None:
    """A report as a job sends it, by curl."""
    command = ["curl", "--silent", "--fail", "--json", json.dumps(body)]
    command += ["--header", f"Authorization: Bearer {TOKENS[name]}", f"http://127.0.0.1:{port}/api/v1/push"]
    subprocess.run(command, check=True, timeout=300)
