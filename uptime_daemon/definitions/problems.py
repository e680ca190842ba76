"""A mistake in a file is a value: where it is, what is wrong, what to write. All are collected, none is raised."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in one file."""

    file: str
    line: int
    path: str
    """Where in the document: `agreements[0].fees[1].amount`."""
    message: str
    """What is wrong; what to write."""

    def __str__(self) -> str:
        """`file:line: path: what is wrong; what to write`."""
        place = f"{self.path}: " if self.path else ""
        line = f"{self.file}:{self.line}: {place}{self.message}"
        # Keys and file names may hold line breaks or the terminal's control characters.
        return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in line)


class RefusedError(Exception):
    """A part of a document could not be read; its problems are already collected."""


@dataclass(slots=True)
class Problems:
    """The problems found so far, in the order of finding, each once."""

    found: dict[Problem, None] = field(default_factory=dict)

    def add(self, problem: Problem) -> None:
        """Keep one more problem."""
        self.found[problem] = None

    def sorted(self) -> list[Problem]:
        """All problems by file and line."""
        return sorted(self.found)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.found)


class MistakesError(Exception):
    """One or more files hold mistakes; the message lists all of them."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems.sorted()
        super().__init__("\n".join(str(problem) for problem in self.problems))
