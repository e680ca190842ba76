"""The files -> settings: what each of them says, and whether they agree with each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from uptime_daemon.definitions.agreements import AgreementHead, agreed, read_head
from uptime_daemon.definitions.contracts.checking import check_contract
from uptime_daemon.definitions.contracts.file import ContractFile
from uptime_daemon.definitions.contracts.reading import read_contract
from uptime_daemon.definitions.documents import read_document
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.probes.vendor import Vendor, read_vendor
from uptime_daemon.definitions.problems import MistakesError, Problem, Problems, RefusedError
from uptime_daemon.definitions.references import interpolated
from uptime_daemon.definitions.shapes import IDENTIFIER, refuse
from uptime_daemon.settings.keys import FILE, File
from uptime_daemon.settings.values import Settings, SignedAgreement
from uptime_daemon.store.kept import IN_MEMORY

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from uptime_daemon.definitions.probes.vendor import ProbeDefinition


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
        head = FILE.read(node, "", problems)
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
    _check_database(head, node, problems)
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
        behind_proxy=head.behind_proxy,
        open_reading=head.open_reading,
        language=head.language,
        vantage=head.vantage,
        mail=head.mail,
        claims=head.claims,
        signing_key=head.evidence.signing_key,
        users=head.users,
        tokens=head.tokens,
        hooks=head.hooks,
        webhooks=head.webhooks,
        heartbeat=head.heartbeat,
        timestamps=head.timestamps and replace(head.timestamps, certificates=base / head.timestamps.certificates),
        writes_per_minute=head.writes_per_minute,
        money_metrics=head.metrics.money,
        vantage_metrics=head.metrics.vantages,
        agreements=signed,
        vendors=vendors,
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


def _check_hooks(head: File, node: Node, problems: Problems) -> None:
    """Programs that tell us and programs that we tell: each has its own name and an agreement that there is."""
    ids = [each.at("id").value for each in head.agreements]
    known = {each for each in ids if isinstance(each, str)}  # one that is none is refused where agreements are read
    for key, named in (
        ("hooks", [(hook.name, {hook.agreement}) for hook in head.hooks]),
        ("webhooks", [(webhook.name, webhook.agreements or frozenset()) for webhook in head.webhooks]),
    ):
        names: set[str] = set()
        for index, (name, agreements) in enumerate(named):
            place = node.at(key, index)
            if unknown := sorted(agreements - known):
                own = "agreement" if key == "hooks" else "agreements"
                message = f"there is no agreement {unknown[0]!r}; write the id of one"
                problems.add(place.at(own).problem(f"{key}[{index}].{own}", message))
            if name in names:
                message = f"{name!r} is taken; give each its own name"
                problems.add(place.at("name").problem(f"{key}[{index}].name", message))
            names.add(name)


def _check_listeners(head: File, node: Node, problems: Problems) -> None:
    place = node.at("listen")
    if head.open_reading and (head.behind_proxy or not head.listen.is_loopback):
        message = "is for loopback without a proxy; leave it out, and give programs tokens"
        problems.add(node.at("open_reading").problem("open_reading", message))
    if not head.users and not head.tokens:
        if head.behind_proxy:  # also on loopback: the proxy is there to let others in
            problems.add(
                place.problem("listen", "behind a proxy everybody gets in without users or tokens; write them")
            )
        elif not head.listen.is_loopback:
            problems.add(place.problem("listen", "anything but loopback needs users or tokens; write them"))
    if not head.listen.is_loopback and not head.behind_proxy:
        message = "anything but loopback needs TLS; put a proxy before it and write behind_proxy: true"
        problems.add(place.problem("listen", message))


def _check_database(head: File, node: Node, problems: Problems) -> None:
    """What ends with the daemon is asked for by its name, and is no proof of anything."""
    place = node.at("database")
    if head.database == "sqlite:///:memory:":
        problems.add(place.problem("database", f"for a record that ends with the daemon write {IN_MEMORY}"))
    if head.database == IN_MEMORY and head.agreements:
        message = (
            "a record in memory ends with the daemon and no claim may rest on it; name a database such as"
            " sqlite:///uptime.db, or leave the agreements out"
        )
        problems.add(place.problem("database", message))


def _signed(
    head: File, contracts: Mapping[str, ContractFile], groups: set[str] | None, problems: Problems
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
                raise refuse(node.at("contract"), f"{path}.contract", problems, message)
            if groups is not None:
                _check_bindings(own, node, path, groups, problems)
            agreement, readings = agreed(own, extra["id"], file, path, problems)
        except RefusedError:
            continue
        if agreement.id in result:
            problems.add(node.at("id").problem(f"{path}.id", f"{agreement.id!r} is taken; give each its own"))
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
                raise refuse(node.at("groups", name), f"{path}.groups.{name}", problems, message)
