"""The files of the demonstration: a configuration, the stand-in's probes, two contracts as they are shipped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from uptime_daemon.cli.security import password_hash
from uptime_daemon.core.time.instants import DAY, local_date
from uptime_daemon.core.time.periods import PeriodKind, calendar
from uptime_daemon.definitions.folders import template_folders
from uptime_daemon.demo.listening import HOST

if TYPE_CHECKING:
    from datetime import date

    from uptime_daemon.core.time.instants import Instant

HISTORY: Final = "history.csv"
"""The recorded history; a folder that holds it is one of ours."""
CONTRACTS: Final = ("oki-toki", "daktela")
ZONE: Final = ZoneInfo("Europe/Prague")
"""The zone in which the demonstration's people live."""
PEOPLE: Final = (
    ("ana", "finance", "demonstration-ana"),
    ("eva", "finance", "demonstration-eva"),
    ("ivo", "operator", "demonstration-ivo"),
)
"""Who signs in to the demonstration's console: name, role and password."""
_SALT: Final = b"a demonstration"
"""The same at each start, or a restart would sign everybody out; the passwords are no secret."""
_YEAR: Final = 366 * DAY


@dataclass(frozen=True, slots=True)
class Ports:
    """The first of five ports that people use, and those that only programs use."""

    first: int
    mailbox: int
    sentinels: tuple[int, int]

    @property
    def house(self) -> int:
        """The daemon's internal listener."""
        return self.first

    @property
    def public(self) -> int:
        """The daemon's status page."""
        return self.first + 1

    @property
    def page(self) -> int:
        """The stand-in's own page with its buttons and the letters."""
        return self.first + 2

    @property
    def autodial(self) -> int:
        """The stand-in's function autodial."""
        return self.first + 3

    @property
    def inbound(self) -> int:
        """The stand-in's function inbound."""
        return self.first + 4


@dataclass(frozen=True, slots=True)
class Files:
    """What was written."""

    configuration: Path


def starts(now: Instant) -> date:
    """The day from which both agreements hold and history is recorded: the first of a month, a year ago or more."""
    return local_date(calendar(PeriodKind.MONTH, ZONE).containing(now - _YEAR).start, ZONE)


def written(folder: Path, ports: Ports, line_port: int, now: Instant) -> Files:
    """Write the configuration and all that it names; contracts are copied as shipped."""
    (folder / "contracts").mkdir(exist_ok=True)
    (folder / "probes").mkdir(exist_ok=True)
    for name in CONTRACTS:
        source = next(
            each / f"{name}.yaml" for each in template_folders("contracts") if (each / f"{name}.yaml").is_file()
        )
        (folder / "contracts" / source.name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "probes" / "stand-in.yaml").write_text(_probes(ports, line_port), encoding="utf-8")
    configuration = folder / "uptime.yaml"
    configuration.write_text(_configuration(ports, starts(now)), encoding="utf-8")
    return Files(configuration)


def _probes(ports: Ports, line_port: int) -> str:
    return f"""\
vendor: stand-in
defaults: {{interval: 5s, repeat: 1s, timeout: 2s, confirm: {{fails: 3, passes: 1}}}}
groups:
  autodial:
    title: Autodial
    up: all
    probes:
      - id: autodial-api
        kind: http
        url: http://{HOST}:{ports.autodial}/autodial/health
        checks: [{{status: 200}}, {{json: "$.state", equals: ready}}, {{seconds_below: 1, means: slow}}]
  inbound:
    title: Inbound calls
    up: all
    probes:
      - id: inbound-api
        kind: http
        url: http://{HOST}:{ports.inbound}/inbound/health
        checks: [{{status: 200}}, {{json: "$.state", equals: ready}}, {{seconds_below: 1, means: slow}}]
      - {{id: inbound-line, kind: tcp, host: {HOST}, port: {line_port}, expect: "220 ready"}}
"""


def _configuration(ports: Ports, first: date) -> str:
    one, other = ports.sentinels
    return f"""\
# A demonstration: the vendor, the sentinels and the mail relay are on this machine. Written anew at each start.
database: sqlite:///uptime.db
probes: probes/
contracts: contracts/
listen: {HOST}:{ports.house}
public_listen: {HOST}:{ports.public}
vantage:
  name: here
  loopback: true # a demonstration: this machine would always answer itself
  sentinels:
    - {{tcp: "{HOST}:{one}", place: one}}
    - {{tcp: "{HOST}:{other}", place: other}}
agreements:
  - id: acme-daktela
    contract: daktela
    plan: business
    groups: {{service: {{any: [stand-in/autodial, stand-in/inbound]}}}} # complete loss: down while both are
    starts: {first}
    reference: {{contract_no: "D-2026-17", customer_no: "4711", service: "Contact centre"}}
    parties:
      customer: {{name: Acme Ltd, address: "1 Example Street, Prague"}}
      vendor: {{name: "Daktela s.r.o. (a stand-in)", address: "3 Example Street, Prague"}}
    fees: [{{from: {first}, amount: "980.00", currency: EUR, per: month}}]
    parameters: {{claims_address: credits@vendor.example, holidays: CZ, products: [contact_centre]}}
    people: {{owner: ana, deputy: ivo, finance: finance@acme.example, technical: sre@acme.example}}
  - id: acme-oki-toki
    contract: oki-toki
    groups: {{autodial: stand-in/autodial, inbound: stand-in/inbound}}
    primary_group: inbound
    starts: {first}
    reference: {{contract_no: "OT-17", customer_no: "4711", service: "Call centre"}}
    parties:
      customer: {{name: Acme Ltd, address: "1 Example Street, Prague"}}
      vendor: {{name: "Oki-Toki (a stand-in)", address: "2 Example Street, Kyiv"}}
    parameters: {{holidays: UA}}
    people: {{owner: ana, deputy: ivo, finance: finance@acme.example, technical: sre@acme.example}}
mail: {{host: {HOST}, port: {ports.mailbox}, tls: none, from: claims@acme.example}}
open_reading: true # a demonstration: whoever sits at this machine reads; who decides signs in
users:
{users()}
"""


def users() -> str:
    """People of the house, whose passwords the demonstration tells everybody."""
    return "\n".join(
        f'  - {{name: {name}, role: {role}, password_hash: "{password_hash(password, _SALT)}"}}'
        for name, role, password in PEOPLE
    )
