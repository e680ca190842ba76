"""`uptime.yaml` with its probes and contracts -> frozen settings; all mistakes of all files at once.

This is the only place that knows the daemon's own keys. Secrets are read here and never printed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from uptime_daemon.core.terms.agreement import Agreement
from uptime_daemon.core.terms.money import Money, parse_money
from uptime_daemon.core.time.instants import DAY, MINUTE
from uptime_daemon.core.time.spans import Span
from uptime_daemon.definitions.agreements import AgreementHead, agreed, read_head
from uptime_daemon.definitions.contracts import ContractFile, check_contract, read_contract
from uptime_daemon.definitions.documents import Node, interpolated, read_document
from uptime_daemon.definitions.hooks import MAPPING_KEYS, HookMapping
from uptime_daemon.definitions.probes.vendor import Vendor, read_vendor
from uptime_daemon.definitions.problems import MistakesError, Problem, Problems, RefusedError
from uptime_daemon.definitions.shapes import (
    IDENTIFIER,
    AsNode,
    Choice,
    Flag,
    Length,
    ListOf,
    MapOf,
    OneOf,
    Record,
    Text,
    Whole,
    named,
    optional,
    refuse,
    required,
)
from uptime_daemon.evidence.signing import KeyTextError, SigningKey, signing_key
from uptime_daemon.loopback import is_loopback
from uptime_daemon.watch.sentinels import PLACES_MIN, Sentinel, SentinelKind, refuse_unfit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from uptime_daemon.core.facts.probe import Group
    from uptime_daemon.core.terms.contract import Contract, Readings
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.core.time.periods import Period
    from uptime_daemon.definitions.probes.vendor import ProbeDefinition

_PORT_MAX: Final = 65_535
_EVERY_ADDRESS: Final = frozenset({"0.0.0.0", "::", "0", "[::]"})  # noqa: S104 - named to be refused


class Secret:
    """A text that is never printed, compared by accident or put into a message."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        """Nothing of it."""
        return "Secret(...)"


@dataclass(frozen=True, slots=True)
class Listen:
    """Where a listener waits."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it; 0.0.0.0 and :: are every address, not this machine."""
        return is_loopback(self.host) and self.host not in _EVERY_ADDRESS

    def __str__(self) -> str:
        """`host:port`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class StatusPage:
    """What the public page is called and when it makes news of an outage."""

    title: str = "Status"
    url: str | None = None
    """Its address from outside, with a slash at its end; None: where the public listener waits."""
    incident_hold: Duration = 2 * MINUTE
    """How long an outage lasts before it is an incident: shorter ones are over before anybody reads of them."""


@dataclass(frozen=True, slots=True)
class ClaimSettings:
    """How the house decides about claims."""

    four_eyes: Mapping[str, Money] = field(default_factory=dict)
    """By currency: an amount above this needs two different people."""
    silence: Duration = 30 * DAY
    """How long after the last word a vendor counts as silent."""


@dataclass(frozen=True, slots=True)
class VantageSettings:
    """The place that probes."""

    name: str
    sentinels: tuple[Sentinel, ...]
    loopback: bool
    """Sentinels on loopback: a demonstration, and every page and letter says so."""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The relay for letters and notices."""

    host: str
    port: int
    tls: Literal["starttls", "tls", "none"]
    username: str | None
    password: Secret | None
    from_address: str


class Role(StrEnum):
    """What a user may do."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    FINANCE = "finance"


@dataclass(frozen=True, slots=True)
class User:
    """A person who signs in."""

    name: str
    role: Role
    password_hash: Secret


@dataclass(frozen=True, slots=True)
class Token:
    """A program that signs in."""

    name: str
    role: Role
    hash: Secret


@dataclass(frozen=True, slots=True)
class Hook:
    """Another system that tells of an agreement's tickets."""

    name: str
    agreement: str
    secret: Secret
    mapping: HookMapping


@dataclass(frozen=True, slots=True)
class SignedAgreement:
    """An agreement with the terms of its contract and the file they come from."""

    agreement: Agreement
    readings: Readings
    file: ContractFile
    parameters: Mapping[str, Node]
    """What closes the contract's open places."""
    conservative: frozenset[str]
    """The ambiguities that are read conservatively."""
    node: Node
    """The agreement as written, for evidence."""

    def deciding(self, period: Period) -> Readings:
        """The terms that decide a period: of the version and plan in force then."""
        return self.readings.deciding(Span(*self.agreement.covered(period.span)))

    def file_of(self, terms: Contract) -> ContractFile:
        """The version of the contract's file from which these terms are."""
        return next((each for each in self.file.versions if each.version == terms.version), self.file)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is configured."""

    file: Path
    database: str
    listen: Listen
    public_listen: Listen | None
    status_page: StatusPage
    vantage: VantageSettings
    mail: MailSettings | None
    claims: ClaimSettings
    signing_key: SigningKey | None
    users: tuple[User, ...]
    tokens: tuple[Token, ...]
    money_metrics: bool
    vantage_metrics: bool
    """Whether metrics tell what each vantage saw of a probe, or what all saw together."""
    agreements: tuple[SignedAgreement, ...]
    vendors: tuple[Vendor, ...]
    contract_files: Mapping[str, ContractFile]
    texts: Mapping[str, str] = field(repr=False)
    """The definition files by name, for the record; `uptime.yaml` with its secrets is not among them."""
    url: str = ""
    """Where people reach the internal listener, for links in mails; without a slash at its end."""
    hooks: tuple[Hook, ...] = ()
    seals: Path | None = None
    """Where the head of each seal of the record is written besides the log."""

    @property
    def groups(self) -> dict[str, Group]:
        """All functional groups by id."""
        return {group.id: group for vendor in self.vendors for group in vendor.groups}

    @property
    def probes(self) -> dict[str, ProbeDefinition]:
        """All probes by id."""
        return {each.probe.id: each for vendor in self.vendors for each in vendor.probes}

    @property
    def former(self) -> dict[str, str]:
        """By former id of a probe the id in force."""
        return {old: name for name, each in self.probes.items() for old in each.probe.replaces}

    @property
    def shows_money(self) -> bool:
        """Whether metrics may carry amounts: on loopback, or where it is asked for."""
        return self.money_metrics or self.listen.is_loopback

    @property
    def digest(self) -> str:
        """SHA-256 over all definition files."""
        digest = hashlib.sha256()
        for name, text in sorted(self.texts.items()):
            digest.update(f"{name}\0{text}\0".encode())
        return digest.hexdigest()


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


def _vantage(name: str, sentinels: tuple[Sentinel, ...], loopback: bool) -> VantageSettings:  # noqa: FBT001
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
) -> MailSettings:
    if tls == "none" and not is_loopback(host):
        raise ValueError("tls: none is for loopback only; write starttls or tls")
    if (username is None) is not (password is None):
        raise ValueError("username and password belong together; write both or neither")
    return MailSettings(host, port, tls, username, password, from_)


_MAIL: Final = Record(
    _mail,
    {
        "host": required(Text()),
        "port": required(Whole(1, _PORT_MAX)),
        "tls": required(OneOf(("starttls", "tls", "none"))),
        "username": optional(Text()),
        "password": optional(_SecretShape()),
        "from": required(Text("mail address", r"[^@\s]+@[^@\s]+", "claims@acme.example")),
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
class _File:
    database: str
    seals: str | None
    probes: str
    contracts: str
    listen: Listen
    public_listen: Listen | None
    status_page: StatusPage
    url: str
    behind_proxy: bool
    vantage: VantageSettings
    agreements: tuple[Node, ...]
    mail: MailSettings | None
    claims: ClaimSettings
    evidence: _Evidence
    users: tuple[User, ...]
    tokens: tuple[Token, ...]
    hooks: tuple[Hook, ...]
    metrics: _Metrics


def _file(**keys: Any) -> _File:
    return _File(**keys)


_FILE: Final = Record(
    _file,
    {
        "database": optional(
            Text("database", r"(sqlite|postgresql)://.+", "sqlite:///uptime.db"), "sqlite:///uptime.db"
        ),
        "seals": optional(Text("file", example="seals.txt")),
        "probes": optional(Text(), "probes/"),
        "contracts": optional(Text(), "contracts/"),
        "listen": optional(_ListenShape(), Listen("127.0.0.1", 8990)),
        "public_listen": optional(_ListenShape()),
        "status_page": optional(_STATUS_PAGE, StatusPage()),
        "url": optional(Text("address", r"https?://[^\s/]+(/\S*[^\s/])?", "https://uptime.acme.example"), ""),
        "behind_proxy": optional(Flag(), default=False),
        "vantage": required(_VANTAGE),
        "agreements": optional(ListOf(AsNode()), ()),
        "mail": optional(_MAIL),
        "claims": optional(_CLAIMS, ClaimSettings()),
        "evidence": optional(_EVIDENCE, _Evidence()),
        "users": optional(ListOf(_USER), ()),
        "tokens": optional(ListOf(_TOKEN), ()),
        "hooks": optional(ListOf(_HOOK), ()),
        "metrics": optional(_METRICS, _Metrics(money=False, vantages=True)),
    },
)


def load(file: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of a file and of everything it names. Raises `MistakesError` with every mistake of every file."""
    problems = Problems()
    settings = read_settings(file, environment, problems)
    if settings is None or problems:
        raise MistakesError(problems)
    return settings


def read_settings(file: Path, environment: Mapping[str, str], problems: Problems) -> Settings | None:
    """The settings, or None once a mistake makes them impossible; every mistake is collected."""
    try:
        node = interpolated(read_document(file, problems), environment, "", problems)
        head = _FILE.read(node, "", problems)
    except RefusedError:
        # Still name the mistakes of the other files, so that one run shows all.
        head = None
        node = Node(None, str(file), 1)
    base = file.parent
    texts: dict[str, str] = {}
    before = len(problems.found)
    vendors = read_vendors(base / (head.probes if head else "probes/"), environment, problems, texts)
    # A file that cannot be read defines groups that nobody knows: missing them would be two messages for one mistake.
    groups = None if len(problems.found) > before else {group.id for vendor in vendors for group in vendor.groups}
    contracts = read_contracts(base / (head.contracts if head else "contracts/"), problems, texts)
    if head is None:
        return None
    _check_listeners(head, node, problems)
    signed = _signed(head, contracts, groups, problems)
    _check_hooks(head, node, problems)
    return Settings(
        file=file,
        database=_placed(head.database, base),
        seals=None if head.seals is None else base / head.seals,
        listen=head.listen,
        public_listen=head.public_listen,
        status_page=head.status_page,
        url=head.url or f"http://{head.listen}",
        vantage=head.vantage,
        mail=head.mail,
        claims=head.claims,
        signing_key=head.evidence.signing_key,
        users=head.users,
        tokens=head.tokens,
        hooks=head.hooks,
        money_metrics=head.metrics.money,
        vantage_metrics=head.metrics.vantages,
        agreements=signed,
        vendors=vendors,
        contract_files=contracts,
        texts=texts,
    )


def read_vendors(
    folder: Path, environment: Mapping[str, str], problems: Problems, texts: dict[str, str]
) -> tuple[Vendor, ...]:
    """Every vendor of a probes folder; one vendor is one file."""
    vendors: dict[str, Vendor] = {}
    for path in _files(folder, problems):
        try:
            node = read_document(path, problems)
            vendor = read_vendor(interpolated(node, environment, "", problems), problems)
        except RefusedError:
            continue
        texts[f"probes/{path.name}"] = path.read_text(encoding="utf-8")
        if vendor.id in vendors:
            problems.add(node.problem("vendor", f"{vendor.id!r} has another file already; keep one file a vendor"))
        vendors[vendor.id] = vendor
    _check_formers([each for vendor in vendors.values() for each in vendor.probes], problems)
    return tuple(vendors.values())


def _check_formers(definitions: Collection[ProbeDefinition], problems: Problems) -> None:
    """One record cannot be two probes': who is replaced is gone, and replaced once."""
    known, heirs = {each.probe.id for each in definitions}, dict[str, str]()
    for each in definitions:
        for old in each.probe.replaces:
            heir = heirs.setdefault(old, each.probe.id)
            if each.replaces is not None and (old in known or heir != each.probe.id):
                taken = "is a probe as before; remove it, or leave `replaces` out"
                twice = f"is replaced by {heir!r} already; name it once"
                message = f"{old!r} {taken if old in known else twice}"
                problems.add(each.replaces.problem(f"{each.probe.id}.replaces", message))


def read_contracts(folder: Path, problems: Problems, texts: dict[str, str]) -> dict[str, ContractFile]:
    """Every contract of a contracts folder by id, its body read under every plan and reading."""
    contracts: dict[str, ContractFile] = {}
    for path in _files(folder, problems):
        try:
            file = read_contract(read_document(path, problems), problems)
        except RefusedError:
            continue
        check_contract(file, problems)
        texts[f"contracts/{path.name}"] = path.read_text(encoding="utf-8")
        if file.id in contracts:
            problems.add(file.whole.problem("id", f"{file.id!r} is the id of another file already; keep one"))
        contracts[file.id] = file
    return contracts


def _files(folder: Path, problems: Problems) -> list[Path]:
    if not folder.is_dir():
        problems.add(Problem(str(folder), 1, "", "there is no such folder; create it or mend its path in uptime.yaml"))
        return []
    return sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"})


def _placed(database: str, base: Path) -> str:
    """A relative SQLite path is meant beside the configuration, wherever the daemon is started."""
    prefix = "sqlite:///"
    if database.startswith(prefix) and not database.startswith("sqlite:////"):
        return f"{prefix}{(base / database.removeprefix(prefix)).resolve()}"
    return database


def _check_hooks(head: _File, node: Node, problems: Problems) -> None:
    known = {_at(each, "id").value for each in head.agreements}
    names: set[str] = set()
    for index, hook in enumerate(head.hooks):
        items = _at(node, "hooks").value
        place = items[index] if isinstance(items, list) else node
        if hook.agreement not in known:
            message = f"there is no agreement {hook.agreement!r}; write the id of one"
            problems.add(_at(place, "agreement").problem(f"hooks[{index}].agreement", message))
        if hook.name in names:
            message = f"{hook.name!r} is taken; give each hook its own name"
            problems.add(_at(place, "name").problem(f"hooks[{index}].name", message))
        names.add(hook.name)


def _check_listeners(head: _File, node: Node, problems: Problems) -> None:
    place = node.value["listen"] if isinstance(node.value, dict) and "listen" in node.value else node
    if head.listen.is_loopback:
        return
    if not head.users and not head.tokens:
        problems.add(place.problem("listen", "anything but loopback needs users or tokens; write them"))
    if not head.behind_proxy:
        message = "anything but loopback needs TLS; put a proxy before it and write behind_proxy: true"
        problems.add(place.problem("listen", message))


def _signed(
    head: _File, contracts: Mapping[str, ContractFile], groups: set[str] | None, problems: Problems
) -> tuple[SignedAgreement, ...]:
    result: dict[str, SignedAgreement] = {}
    for index, node in enumerate(head.agreements):
        path = f"agreements[{index}]"
        try:
            own, extra = read_head(node, path, problems, {"id": IDENTIFIER, "contract": IDENTIFIER})
            file = contracts.get(extra["contract"])
            if file is None:
                known = ", ".join(sorted(contracts)) or "none"
                message = f"there is no contract {extra['contract']!r}; the contracts are: {known}"
                raise refuse(_at(node, "contract"), f"{path}.contract", problems, message)
            if groups is not None:
                _check_bindings(own, node, path, groups, problems)
            agreement, readings = agreed(own, extra["id"], file, path, problems)
        except RefusedError:
            continue
        if agreement.id in result:
            problems.add(_at(node, "id").problem(f"{path}.id", f"{agreement.id!r} is taken; give each its own"))
        result[agreement.id] = SignedAgreement(
            agreement, readings, file, own.parameters, file.conservative_ids(own.readings), node
        )
    return tuple(result.values())


def _check_bindings(own: AgreementHead, node: Node, path: str, groups: set[str], problems: Problems) -> None:
    for name, binding in own.groups.items():
        for group in binding.groups:
            if group not in groups:
                known = ", ".join(sorted(groups)) or "none"
                message = f"no file in probes defines the group {group!r}; the groups are: {known}"
                raise refuse(_at(_at(node, "groups"), name), f"{path}.groups.{name}", problems, message)


def _at(node: Node, key: str) -> Node:
    return node.value[key] if isinstance(node.value, dict) and key in node.value else node
