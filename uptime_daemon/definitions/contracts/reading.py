"""From the document to the contract as its file says it: head, register, words, versions."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from uptime_daemon.core.terms.contract import Ambiguity
from uptime_daemon.definitions.contracts.checking import check_contract
from uptime_daemon.definitions.contracts.file import ContractFile
from uptime_daemon.definitions.contracts.head import (
    HEAD_KEYS,
    OPEN_KEYS,
    SAME_IN_EVERY_VERSION,
    VersionHead,
    registered,
)
from uptime_daemon.definitions.nodes import Node, mapping_of, patched
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.records import Record
from uptime_daemon.definitions.shapes import refuse
from uptime_daemon.definitions.terms.head import Plan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


def read_contract(node: Node, problems: Problems) -> ContractFile:
    """A contract file's head and body. Raises `RefusedError`; `terms` reads the body.

    Where the head is refused the body is read all the same, so that one run names every mistake.
    """
    if not isinstance(node.value, dict):
        raise refuse(node, "", problems, "is no mapping; write the keys of a contract, starting with `contract: 1`")
    head = {key: child for key, child in node.value.items() if key in HEAD_KEYS}
    body = {key: child for key, child in node.value.items() if key not in HEAD_KEYS}

    def build(
        contract: int,  # noqa: ARG001 - the format is checked by its shape
        plans: Mapping[str, Plan],
        ambiguities: tuple[Ambiguity, ...],
        versions: tuple[VersionHead, ...],
        **rest: Any,
    ) -> ContractFile:
        taken: set[str] = set()
        for index, each in enumerate(ambiguities):
            if each.id in taken:
                message = f"{each.id} stands twice in the register; keep one"
                raise refuse(registered(node, index), f"ambiguities[{index}]", problems, message)
            taken.add(each.id)
        _check_words(node, problems)
        first = ContractFile(plans=plans, ambiguities=ambiguities, body=body_node, whole=node, **rest)
        if first.valid_from and first.valid_to and first.valid_to <= first.valid_from:
            raise ValueError("valid_to is not after valid_from; write the day after the version's last")
        return _with_later(first, versions, problems)

    head_node, body_node = replace(node, value=head), replace(node, value=body)
    try:
        return Record(build, HEAD_KEYS).read(head_node, "", problems)
    except RefusedError:
        with suppress(RefusedError):
            check_contract(_nameless(head_node, body_node), problems)
        raise


def _check_words(node: Node, problems: Problems) -> None:
    """Refuse a translation of what the file does not say: a title was changed, or mistyped. Raises `RefusedError`."""
    held = mapping_of(node)
    said = {text for key, child in held.items() if key != "words" for text in _texts(child)}
    before = len(problems.found)
    for language, titles in (mapping_of(held["words"]) if "words" in held else {}).items():
        for title, child in mapping_of(titles).items():
            if title not in said:
                message = f"{title!r} stands nowhere in this file; write a title as it stands there"
                problems.add(child.problem(f"words.{language}", message))
    if len(problems.found) > before:
        raise RefusedError


def _texts(node: Node) -> Iterator[str]:
    match node.value:
        case str() as text:
            yield text
        case dict() as children:
            for child in children.values():
                yield from _texts(child)
        case list() as items:
            for child in items:
                yield from _texts(child)
        case _:
            return


def _with_later(first: ContractFile, heads: tuple[VersionHead, ...], problems: Problems) -> ContractFile:
    """The contract with its later versions, each in force until the next one is. Raises `RefusedError`."""
    chain = [first]
    for index, head in enumerate(heads):
        before = chain[-1]
        path = f"versions[{index}]"
        if before.valid_from is not None and head.valid_from <= before.valid_from:
            message = f"starts not after the version before it ({before.valid_from}); write versions in order"
            raise refuse(head.change, f"{path}.valid_from", problems, message)
        if not isinstance(head.change.value, dict) or not head.change.value:
            message = "changes nothing; write the keys that differ from the version before, null to remove one"
            raise refuse(head.change, f"{path}.change", problems, message)
        for key in SAME_IN_EVERY_VERSION:
            if key in head.change.value:
                message = f"{key} is the same in every version; leave it out, or write another contract"
                raise refuse(head.change.value[key], f"{path}.change.{key}", problems, message)
        ends = min(filter(None, (before.valid_to, head.valid_from)))
        chain[-1] = replace(before, valid_to=ends)
        whole = patched(_without(before.whole, SAME_IN_EVERY_VERSION[4:]), head.change)
        own = {
            "version": head.version,
            "valid_from": head.valid_from.isoformat(),
            **({"valid_to": head.valid_to.isoformat()} if head.valid_to else {}),
            **({"source": head.source} if head.source else {}),
        }
        keys = {key: replace(head.change, value=value) for key, value in own.items()}
        merged = whole.value if isinstance(whole.value, dict) else {}
        chain.append(read_contract(replace(whole, value={**merged, **keys}), problems))
    return replace(chain[0], later=tuple(chain[1:]))


def _without(node: Node, keys: Collection[str]) -> Node:
    return replace(node, value={key: child for key, child in mapping_of(node).items() if key not in keys})


def _nameless(head: Node, body: Node) -> ContractFile:
    """A file whose name or title cannot be read, so that its body can. Raises `RefusedError` if that rests on it."""
    open_head = {key: child for key, child in mapping_of(head).items() if key in OPEN_KEYS}
    build = partial(ContractFile, id="", title="", vendor="", version="", language="", source="", body=body, whole=head)
    return Record(build, OPEN_KEYS).read(replace(head, value=open_head), "", Problems())
