"""Passwords, tokens and keys of ours, which never show themselves."""


class Secret:
    """A text that is never printed, compared by accident or put into a message."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        """Nothing of it."""
        return "Secret(...)"
