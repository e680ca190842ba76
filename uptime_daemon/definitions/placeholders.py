"""The environment for files that are only looked at: a variable that is not set stands for a name of this machine."""

from __future__ import annotations

PLACEHOLDER = "localhost"


class Placeholders(dict[str, str]):
    """An environment that knows every variable."""

    def __contains__(self, key: object) -> bool:
        """Whatever it is."""
        return True

    def __missing__(self, key: str) -> str:
        """A name that any endpoint may have."""
        return PLACEHOLDER
