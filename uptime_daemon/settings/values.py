"""The frozen settings. Secrets are kept in them and never printed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from uptime_daemon.core.terms.agreement import Agreement
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.time.instants import DAY, MINUTE
from uptime_daemon.core.time.spans import Span
from uptime_daemon.definitions.contracts.file import ContractFile
from uptime_daemon.definitions.hooks import HookMapping
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.probes.vendor import Vendor
from uptime_daemon.evidence.signing import SigningKey
from uptime_daemon.languages.language import Language
from uptime_daemon.loopback import is_loopback
from uptime_daemon.settings.secret import Secret
from uptime_daemon.store.kept import IN_MEMORY
from uptime_daemon.watch.sentinels import Sentinel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.facts.probe import Group
    from uptime_daemon.core.terms.contract import Contract, Readings
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.core.time.periods import Period
    from uptime_daemon.definitions.probes.vendor import ProbeDefinition
    from uptime_daemon.delivery.heartbeat import Heart
    from uptime_daemon.delivery.stamps import Authority
    from uptime_daemon.settings.webhooks import Webhook

_EVERY_ADDRESS: Final = frozenset({"0.0.0.0", "::", "0", "[::]"})  # noqa: S104 - named to be refused


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
    archive: str | None = None
    """The mailbox that gets a copy of every letter that has left; None: none does."""
    daily: str | None = None
    """Who gets the daily report with the head of the seals; None: nobody does."""


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


@dataclass(frozen=True)
class Settings:
    """Everything that is configured; what is gathered from it is gathered once, for judging asks again and again."""

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
    texts: Mapping[str, str] = field(repr=False)
    """The definition files by name, for the record; `uptime.yaml` with its secrets is not among them."""
    url: str = ""
    """Where people reach the internal listener, for links in mails; without a slash at its end."""
    behind_proxy: bool = False
    """Whether a proxy of the house stands before the internal listener and says whom it speaks for."""
    open_reading: bool = False
    """Whether everybody who reaches the internal listener may read; on loopback alone."""
    language: Language = Language.ENGLISH
    """What our own people are written to in."""
    hooks: tuple[Hook, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    """Programs that are told."""
    heartbeat: Heart | None = None
    timestamps: Authority | None = None
    """Who stamps the heads of seals."""
    writes_per_minute: int = 120
    """How much one user, token or machine may state over HTTP; a person states a few facts an hour."""
    seals: Path | None = None
    """Where the head of each seal of the record is written besides the log."""

    @cached_property
    def groups(self) -> Mapping[str, Group]:
        """All functional groups by id."""
        return MappingProxyType({group.id: group for vendor in self.vendors for group in vendor.groups})

    @cached_property
    def probes(self) -> Mapping[str, ProbeDefinition]:
        """All probes by id."""
        return MappingProxyType({each.probe.id: each for vendor in self.vendors for each in vendor.probes})

    @cached_property
    def former(self) -> Mapping[str, str]:
        """By former id of a probe the id in force."""
        return MappingProxyType({old: name for name, each in self.probes.items() for old in each.probe.replaces})

    @property
    def is_record_in_memory(self) -> bool:
        """Whether the record ends with the daemon, so that nothing that is claimed may rest on it."""
        return self.database == IN_MEMORY

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
