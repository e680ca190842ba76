"""The keys of `uptime.yaml`. This is the only place that knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from uptime_daemon.core.terms.money import parse_money
from uptime_daemon.core.time.instants import DAY, MINUTE
from uptime_daemon.definitions.hooks import MAPPING_KEYS, HookMapping
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.records import ListOf, MapOf, Record, optional, required
from uptime_daemon.definitions.shapes import IDENTIFIER, AsNode, Choice, Flag, OneOf, Text, Whole, named, refuse
from uptime_daemon.definitions.times import Length
from uptime_daemon.evidence.signing import KeyTextError, SigningKey, signing_key
from uptime_daemon.languages.language import Language
from uptime_daemon.loopback import is_loopback
from uptime_daemon.settings.secret import Secret
from uptime_daemon.settings.values import (
    ClaimSettings,
    Hook,
    Listen,
    MailSettings,
    Role,
    StatusPage,
    Token,
    User,
    VantageSettings,
)
from uptime_daemon.settings.webhooks import AUTHORITY, HEARTBEAT, WEBHOOK, Webhook
from uptime_daemon.watch.sentinels import PLACES_MIN, Sentinel, SentinelKind, refuse_unfit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.delivery.heartbeat import Heart
    from uptime_daemon.delivery.stamps import Authority


_PORT_MAX: Final = 65_535


@dataclass(frozen=True, slots=True)
class _ListenShape:
    def read(self, node: Node, path: str, problems: Problems) -> Listen:
        if isinstance(node.value, str):
            host, _, port = node.value.rpartition(":")
            if host and port.isdecimal() and 0 <= int(port) <= _PORT_MAX:
                return Listen(host.strip("[]"), int(port))
        raise refuse(node, path, problems, f"{named(node)} is no address; write one such as 127.0.0.1:8990")


def _sentinel(tcp: str | None, https: str | None, place: str) -> Sentinel:
    if tcp is not None and https is None:
        return Sentinel(SentinelKind.TCP, tcp, place)
    if https is not None and tcp is None:
        return Sentinel(SentinelKind.HTTPS, https, place)
    raise ValueError('has not exactly one of tcp and https; write {tcp: "9.9.9.9:53", place: quad9}')


_SENTINEL: Final = Record(_sentinel, {"tcp": optional(Text()), "https": optional(Text()), "place": required(Text())})


def _vantage(name: str, sentinels: tuple[Sentinel, ...], *, loopback: bool) -> VantageSettings:
    refuse_unfit(sentinels, loopback=loopback)
    return VantageSettings(name, sentinels, loopback)


_VANTAGE: Final = Record(
    _vantage,
    {
        "name": required(IDENTIFIER),
        "sentinels": required(ListOf(_SENTINEL, at_least=PLACES_MIN)),
        "loopback": optional(Flag(), default=False),
    },
)


class _SecretShape:
    def read(self, node: Node, path: str, problems: Problems) -> Secret:
        if isinstance(node.value, str) and node.value:
            return Secret(node.value)
        raise refuse(node, path, problems, 'is no text; write it in quotes, best as "${file:/run/secrets/NAME}"')


def _mail(
    host: str,
    port: int,
    tls: Literal["starttls", "tls", "none"],
    username: str | None,
    password: Secret | None,
    from_: str,
    archive: str | None,
    daily: str | None,
) -> MailSettings:
    if tls == "none" and not is_loopback(host):
        raise ValueError("tls: none is for loopback only; write starttls or tls")
    if (username is None) is not (password is None):
        raise ValueError("username and password belong together; write both or neither")
    return MailSettings(host, port, tls, username, password, from_, archive, daily)


_MAILBOX: Final = Text("mail address", r"[^@\s]+@[^@\s]+", "claims@acme.example")
_MAIL: Final = Record(
    _mail,
    {
        "host": required(Text()),
        "port": required(Whole(1, _PORT_MAX)),
        "tls": required(OneOf(("starttls", "tls", "none"))),
        "username": optional(Text()),
        "password": optional(_SecretShape()),
        "from": required(_MAILBOX),
        "archive": optional(_MAILBOX),
        "daily": optional(_MAILBOX),
    },
)
_USER: Final = Record(
    User, {"name": required(IDENTIFIER), "role": required(Choice(Role)), "password_hash": required(_SecretShape())}
)
_TOKEN: Final = Record(
    Token, {"name": required(IDENTIFIER), "role": required(Choice(Role)), "hash": required(_SecretShape())}
)


def _hook(name: str, agreement: str, secret: Secret, **mapping: Any) -> Hook:
    return Hook(name, agreement, secret, HookMapping(**mapping))


_HOOK: Final = Record(
    _hook,
    {
        "name": required(IDENTIFIER),
        "agreement": required(IDENTIFIER),
        "secret": required(_SecretShape()),
        **MAPPING_KEYS,
    },
)


@dataclass(frozen=True, slots=True)
class _Metrics:
    money: bool
    vantages: bool


_METRICS: Final = Record(
    _Metrics, {"money": optional(Flag(), default=False), "vantages": optional(Flag(), default=True)}
)


def _status_page(title: str, url: str | None, incident_hold: Duration) -> StatusPage:
    return StatusPage(title, None if url is None else f"{url.rstrip('/')}/", incident_hold)


_STATUS_PAGE: Final = Record(
    _status_page,
    {
        "title": optional(Text(), "Status"),
        "url": optional(Text("address", r"https?://[^\s/]+(/\S*)?", "https://status.acme.example/")),
        "incident_hold": optional(Length(DAY), 2 * MINUTE),
    },
)


def _claims(four_eyes: Mapping[str, str], silence: Duration) -> ClaimSettings:
    return ClaimSettings({currency: parse_money(amount, currency) for currency, amount in four_eyes.items()}, silence)


_CLAIMS: Final = Record(
    _claims,
    {
        "four_eyes": optional(MapOf(Text("amount", r"\d+(\.\d+)?", '"1000.00"'), keys=r"[A-Z]{3}"), {}),
        "silence": optional(Length(), 30 * DAY),
    },
)


@dataclass(frozen=True, slots=True)
class _Evidence:
    signing_key: SigningKey | None = None


class _SigningKeyShape:
    def read(self, node: Node, path: str, problems: Problems) -> SigningKey:
        try:
            return signing_key(node.value if isinstance(node.value, str) else "")
        except KeyTextError as error:
            raise refuse(node, path, problems, str(error)) from error


_EVIDENCE: Final = Record(_Evidence, {"signing_key": optional(_SigningKeyShape())})


@dataclass(frozen=True, slots=True)
class File:
    """What the file says, before it is joined with the files that it names."""

    database: str
    seals: str | None
    probes: str
    contracts: str
    listen: Listen
    public_listen: Listen | None
    status_page: StatusPage
    url: str
    language: Language
    behind_proxy: bool
    open_reading: bool
    vantage: VantageSettings
    agreements: tuple[Node, ...]
    mail: MailSettings | None
    claims: ClaimSettings
    evidence: _Evidence
    users: tuple[User, ...]
    tokens: tuple[Token, ...]
    hooks: tuple[Hook, ...]
    webhooks: tuple[Webhook, ...]
    heartbeat: Heart | None
    timestamps: Authority | None
    metrics: _Metrics
    writes_per_minute: int


def _file(**keys: Any) -> File:
    return File(**keys)


FILE: Final = Record(
    _file,
    {
        "database": optional(
            Text("database", r"memory|(sqlite|postgresql)://.+", "sqlite:///uptime.db"), "sqlite:///uptime.db"
        ),
        "seals": optional(Text("file", example="seals.txt")),
        "probes": optional(Text(), "probes/"),
        "contracts": optional(Text(), "contracts/"),
        "listen": optional(_ListenShape(), Listen("127.0.0.1", 8990)),
        "public_listen": optional(_ListenShape()),
        "status_page": optional(_STATUS_PAGE, StatusPage()),
        "url": optional(Text("address", r"https?://[^\s/]+(/\S*[^\s/])?", "https://uptime.acme.example"), ""),
        "language": optional(Choice(Language), Language.ENGLISH),
        "behind_proxy": optional(Flag(), default=False),
        "open_reading": optional(Flag(), default=False),
        "vantage": required(_VANTAGE),
        "agreements": optional(ListOf(AsNode()), ()),
        "mail": optional(_MAIL),
        "claims": optional(_CLAIMS, ClaimSettings()),
        "evidence": optional(_EVIDENCE, _Evidence()),
        "users": optional(ListOf(_USER), ()),
        "tokens": optional(ListOf(_TOKEN), ()),
        "hooks": optional(ListOf(_HOOK), ()),
        "webhooks": optional(ListOf(WEBHOOK), ()),
        "heartbeat": optional(HEARTBEAT),
        "timestamps": optional(AUTHORITY),
        "writes_per_minute": optional(Whole(1, 60_000), 120),
        "metrics": optional(_METRICS, _Metrics(money=False, vantages=True)),
    },
)
