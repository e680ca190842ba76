"""Where the shipped contract and probe templates lie: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def template_folders(name: str) -> tuple[Path, ...]:
    """The folders that may hold the shipped `contracts` or `probes`, nearest first."""
    return tuple(
        folder for folder in (Path(name), _PACKAGE / "_data" / name, _PACKAGE.parent / name) if folder.is_dir()
    )
