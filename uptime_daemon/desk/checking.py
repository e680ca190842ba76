"""All mistakes of the files that were asked for, and what each agreement still needs before its figures are whole."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from uptime_daemon.core.terms.credit import NoCredit
from uptime_daemon.definitions.cases.place import Place
from uptime_daemon.definitions.cases.reading import read_case
from uptime_daemon.definitions.contracts.checking import check_contract
from uptime_daemon.definitions.contracts.reading import read_contract
from uptime_daemon.definitions.documents import read_document
from uptime_daemon.definitions.folders import template_folders
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.placeholders import Placeholders
from uptime_daemon.definitions.probes.vendor import read_vendor
from uptime_daemon.definitions.problems import Problem, Problems, RefusedError
from uptime_daemon.definitions.references import interpolated
from uptime_daemon.desk.lacking import lacking
from uptime_daemon.letters.content import style_of
from uptime_daemon.letters.pdf import has_typesetter
from uptime_daemon.letters.samples import mistakes
from uptime_daemon.settings.reading import read_settings
from uptime_daemon.settings.values import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def checked(paths: Sequence[Path], config: Path) -> tuple[list[Problem], Settings | None]:
    """Every problem of the given files and folders, or of the configuration with all that it names."""
    problems = Problems()
    if not paths:
        settings = read_settings(config, os.environ, problems)
        if settings is not None:
            _check_letters(settings, problems)
        return _with(problems, settings)
    for path in paths:
        if path.is_dir():
            files = sorted(each for each in path.rglob("*") if each.suffix in {".yaml", ".yml", ".json"})
            if not files:
                problems.add(Problem(str(path), 1, "", "holds no .yaml or .json file; name another folder"))
            for file in files:
                _check_file(file, problems)
        else:
            _check_file(path, problems)
    return _with(problems, None)


def _check_letters(settings: Settings, problems: Problems) -> None:
    """Every template of an agreement's own, rendered with sample figures in the agreement's language."""
    for signed in settings.agreements:
        for found in mistakes(style_of(signed.agreement, signed.readings.chosen)):
            problems.add(Problem(found.file, found.line, "", found.message))


def needs(settings: Settings) -> Iterator[str]:
    """What an agreement, a probe or the record lacks, one line each; nothing here is a mistake."""
    if settings.is_record_in_memory:
        yield "the record is in memory: it ends with the daemon, no command can read it and no claim can rest on it"
    for name, definition in settings.probes.items():
        for line in lacking(definition):
            yield f"{name}: {line}"
    if not has_typesetter():
        yield "letters go out without a PDF: install uptime-daemon[pdf]"
    for signed in settings.agreements:
        agreement, contract = signed.agreement, signed.readings.chosen
        written = style_of(agreement, contract).language.value
        if contract.claim.languages and written not in contract.claim.languages:
            taken = " or ".join(contract.claim.languages)
            yield f"{agreement.id}: letters go out in {written}; the contract takes claims in {taken}"
        for missing in contract.missing:
            yield f"{agreement.id}: parameter {missing.name} ({missing.clause}) is not set: {missing.needed_for}"
        for group in contract.groups:
            if group.judged and group.counts and group.id not in agreement.bindings:
                yield f"{agreement.id}: group {group.id} ({group.clause}) is bound to no probe group and is not judged"
        if contract.primary is not None and not agreement.primary:
            yield f"{agreement.id}: primary_group ({contract.primary.clause}) is not set"
        if agreement.bindings and not isinstance(contract.credit, NoCredit):
            yield (
                f"{agreement.id}: measured from one vantage, {settings.vantage.name}, over one network: a second one"
                " elsewhere would make its claims harder to dispute"
            )
        if not agreement.fees:
            yield f"{agreement.id}: no fee is written, so no amount is computed"


def _with(problems: Problems, settings: Settings | None) -> tuple[list[Problem], Settings | None]:
    return problems.sorted(), settings


def _check_file(file: Path, problems: Problems) -> None:
    """One file by what it is: a configuration, a contract, a probes file or a case."""
    if file.name == "uptime.yaml":
        read_settings(file, os.environ, problems)
        return
    own = Problems()
    with suppress(RefusedError):
        _read(read_document(file, own), file, own)
    for problem in own.found:
        problems.add(problem)


def _read(node: Node, file: Path, problems: Problems) -> None:
    keys = node.value if isinstance(node.value, dict) else {}
    if "case" in keys:
        read_case(Place(file, template_folders("contracts")), problems)
    elif "contract" in keys:
        check_contract(read_contract(node, problems), problems)
    elif "vendor" in keys or "groups" in keys:
        # A template is checked before its variables are set: an unset one stands for some text.
        read_vendor(interpolated(node, Placeholders(os.environ), "", problems), problems)
    elif "vantage" in keys or "agreements" in keys:
        read_settings(file, os.environ, problems)
    else:
        message = "is none of ours; begin a contract with `contract: 1`, a case with `case: 1`, probes with `vendor:`"
        problems.add(node.problem("", message))
