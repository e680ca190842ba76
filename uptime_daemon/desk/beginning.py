"""The first files of a user: a configuration, one contract, its probes, all of which `check` passes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from uptime_daemon.definitions.contracts.reading import read_contract
from uptime_daemon.definitions.documents import read_document
from uptime_daemon.definitions.folders import template_folders
from uptime_daemon.definitions.probes.vendor import read_vendor
from uptime_daemon.definitions.problems import MistakesError, Problems, RefusedError
from uptime_daemon.desk.intake.facts import IntakeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.definitions.contracts.file import ContractFile
    from uptime_daemon.definitions.probes.vendor import Vendor

_VARIABLE: Final = re.compile(r"\$\{([A-Z0-9_]+)\}")
_HOST: Final = "vendor.example"


def contracts_shipped() -> list[str]:
    """The contracts that come with the program and have probe templates beside them."""
    contracts = {path.stem for folder in template_folders("contracts") for path in folder.glob("*.yaml")}
    probes = {path.stem for folder in template_folders("probes") for path in folder.glob("*.yaml")}
    return sorted(contracts & probes)


def written(folder: Path, contract: str) -> Iterator[Path]:
    """Write the files and name each. Raises `IntakeError` where files would be overwritten."""
    if folder.exists() and any(folder.iterdir()):
        raise IntakeError(f"{folder} is not empty; name a new folder, nothing is overwritten")
    source = _shipped("contracts", contract)
    # A template names its endpoints by variables; the first files name an example host instead, to be edited.
    probes = _VARIABLE.sub(_HOST, _shipped("probes", contract).read_text(encoding="utf-8"))
    for name, text in (
        (f"contracts/{contract}.yaml", source.read_text(encoding="utf-8")),
        (f"probes/{contract}.yaml", probes),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        yield path
    path = folder / "uptime.yaml"
    path.write_text(_configuration(folder, contract), encoding="utf-8")
    yield path


def _shipped(kind: str, name: str) -> Path:
    return next(folder / f"{name}.yaml" for folder in template_folders(kind) if (folder / f"{name}.yaml").is_file())


def _configuration(folder: Path, name: str) -> str:
    problems = Problems()
    try:
        file = read_contract(read_document(folder / f"contracts/{name}.yaml", problems), problems)
        vendor = read_vendor(read_document(folder / f"probes/{name}.yaml", problems), problems)
        terms = file.terms(next(iter(file.plans), None), {}, frozenset(), problems)
    except RefusedError as refused:
        raise MistakesError(problems) from refused
    return "\n".join([*_HEAD, *_agreement(file, vendor, terms), ""])


_HEAD: Final = (
    "database: sqlite:///uptime.db",
    "probes: probes/",
    "contracts: contracts/",
    "listen: 127.0.0.1:8990        # metrics, API, pages for the house",
    "public_listen: 127.0.0.1:8991 # status page, no contract data",
    "vantage:",
    "  name: here",
    "  sentinels:                  # asked when a probe fails: can this place see at all?",
    '    - {tcp: "9.9.9.9:53", place: quad9}',
    '    - {https: "https://www.debian.org/", place: debian}',
    "# mail: {host: smtp.acme.example, port: 587, tls: starttls, username: uptime,",
    '#        password: "${file:/run/secrets/smtp}", from: claims@acme.example}',
)


def _agreement(file: ContractFile, vendor: Vendor, terms: Contract) -> Iterator[str]:
    yield "agreements:"
    yield f"  - id: my-{file.id}"
    yield f"    contract: {file.id}"
    if file.plans:
        yield f"    plan: {next(iter(file.plans))}                # one of: {', '.join(file.plans)}"
    yield "    starts: 2026-01-01"
    yield "    groups:                    # what measures each group of the contract"
    counted = [group.id for group in terms.groups if group.judged and group.counts]
    own = {group.id.partition("/")[2]: group.id for group in vendor.groups}
    for group in counted:
        yield f"      {group}: {own.get(group) or next(iter(own.values()))}"
    if terms.primary is not None:
        yield f"    primary_group: {counted[0]}    # the function that is your main one"
    for name, parameter in file.parameters.items():
        yield f"    # parameters.{name} ({parameter.clause}): {parameter.needed_for}"
    yield '    # fees: [{from: 2026-01-01, amount: "1250.75", currency: EUR, per: month, invoice: "2026-01"}]'
    yield "    # people: {owner: ana, deputy: ivo, finance: finance@acme.example, technical: sre@acme.example}"
