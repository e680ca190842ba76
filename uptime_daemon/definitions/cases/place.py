"""Where a case stands, and where the files lie that it names."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from uptime_daemon.definitions.documents import read_document
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.shapes import named, refuse


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case stands and where contracts named by id are looked for."""

    file: Path
    contracts: tuple[Path, ...] = ()

    def document(self, name: str, node: Node, path: str, problems: Problems) -> Node:
        """The tree of the file that a node names. Raises `RefusedError` where there is none, or it cannot be read.

        It is looked for beside the case, then in the working directory, then by name among the contracts.
        """
        candidates = [self.file.parent / name, Path(name)]
        for folder in self.contracts:
            candidates += [folder / Path(name).name, folder / f"{name}.yaml"]
        for candidate in candidates:
            with suppress(OSError):  # a name too long, a folder that may not be looked into
                if candidate.is_file():
                    return read_document(candidate, problems)
        raise refuse(
            node, path, problems, f"there is no file {named(node)}; write a path from the case's folder, or a name"
        )
