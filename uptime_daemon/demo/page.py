"""The stand-in's pages: buttons that break it, and the letters that have arrived. Forms and links, no script."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.demo.files import Ports
    from uptime_daemon.demo.mailbox import Received

_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
FAULT_WORDS: Final = {
    "none": "works",
    "errors": "answers with errors",
    "refuses": "refuses connections",
    "silent": "never answers",
    "slow": "answers late",
}


def page(faults: Mapping[str, str], kinds: Sequence[str], letters: Sequence[Received], ports: Ports) -> str:
    """The page with the buttons and the list of letters."""
    return _ENVIRONMENT.get_template("stand_in.html.j2").render(
        faults=faults, kinds=kinds, words=FAULT_WORDS, letters=letters, ports=ports
    )


def letter_page(letter: Received) -> str:
    """One letter: its headers, its HTML part in a frame that can do nothing, its files."""
    return _ENVIRONMENT.get_template("letter.html.j2").render(letter=letter)
