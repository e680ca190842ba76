"""The commands that the pages name: lines of their fences, and what stands between backticks."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from docs.sources.commands import program
from docs.sources.layout import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

FENCE = re.compile(r"^ *```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(?P<text>[^`]+)`")
COMMAND = re.compile(r"(?:^\s*|[;&|(]\s*|/)(?P<command>(?:uptime-daemon|make) [a-z\[-][^\n;&]*)")
GROUPS = {name for name, each in program().commands.items() if hasattr(each, "commands")}
"""Commands that have commands: pages name these without the program's name, too."""


@dataclass(frozen=True)
class Named:
    """A command as a page names it."""

    page: str
    text: str
    is_short: bool = False
    """Whether the page left the program's name away, and what goes without saying with it."""

    @property
    def words(self) -> list[str]:
        """Its words without comment, brackets of what may be left out, and alternatives."""
        return shlex.split(re.sub(r"[\[\]]", " ", self.text), comments=True)

    @property
    def is_whole(self) -> bool:
        """Whether it can be typed as it stands: nothing in it stands for something else."""
        return not self.is_short and not re.search(r"[|\[\]<]|\.\.\.|\b[A-Z][A-Z_-]+\b|\$", self.text)

    def __str__(self) -> str:
        """For a test's name."""
        return f"{self.page}: {self.text}"


def pages() -> list[Path]:
    """README and everything below docs/."""
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def fences(page: Path, languages: tuple[str, ...] = ("", "sh", "console", "bash")) -> Iterator[str]:
    """The texts of a page's fences, lines that go on joined."""
    for found in FENCE.finditer(page.read_text(encoding="utf-8")):
        if found["language"] in languages:
            yield re.sub(r"\\\n\s*", " ", found["text"])


def named() -> list[Named]:
    """Every command of every page, each once."""
    found: dict[Named, None] = {}
    for page in pages():
        name = page.relative_to(ROOT).as_posix()
        text = page.read_text(encoding="utf-8")
        lines = [line for fence in fences(page) for line in fence.splitlines()]
        lines += [re.sub(r"\s+", " ", each["text"]) for each in INLINE.finditer(FENCE.sub("", text))]
        for line in lines:
            found |= {Named(name, each["command"].strip()): None for each in COMMAND.finditer(line)}
            if line.split(" ")[0] in GROUPS and re.match(r"\w+ [a-z|-]+( |$)", line):
                found[Named(name, f"uptime-daemon {line}", is_short=True)] = None
    return list(found)
