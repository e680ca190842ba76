"""`${NAME}` and `${file:/path}` in the texts of a document: what the environment and files of secrets give for them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from uptime_daemon.definitions.nodes import REFUSED, Node
from uptime_daemon.definitions.problems import Problems

if TYPE_CHECKING:
    from collections.abc import Mapping


_REFERENCE: Final = re.compile(r"\$\{(?P<file>file:)?(?P<name>[^}]*)\}")


def interpolated(node: Node, environment: Mapping[str, str], path: str, problems: Problems) -> Node:
    """The tree with `${NAME}` and `${file:/path}` in texts replaced; an unknown one is a problem."""
    match node.value:
        case str() as text if "${" in text:
            before = len(problems.found)
            whole = _REFERENCE.sub(lambda found: _referred(found, node, environment, path, problems), text)
            return replace(node, value=whole if len(problems.found) == before else REFUSED)
        case dict() as mapping:
            return replace(
                node,
                value={
                    key: interpolated(child, environment, f"{path}.{key}".lstrip("."), problems)
                    for key, child in mapping.items()
                },
            )
        case list() as items:
            return replace(
                node,
                value=[
                    interpolated(child, environment, f"{path}[{index}]", problems) for index, child in enumerate(items)
                ],
            )
        case _:
            return node


def _referred(found: re.Match[str], node: Node, environment: Mapping[str, str], path: str, problems: Problems) -> str:
    name = found["name"]
    if not found["file"]:
        if name in environment:
            return environment[name]
        problems.add(node.problem(path, f"the environment has no variable {name!r}; set it before the start"))
        return ""
    try:
        return Path(name).read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "no UTF-8 text"
        problems.add(node.problem(path, f"the file {name!r} cannot be read: {reason}; check its path and permissions"))
        return ""
