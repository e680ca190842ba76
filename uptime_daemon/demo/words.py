"""What the demonstration says when it starts: where to look, what to press, what to type."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from uptime_daemon.demo.listening import HOST

if TYPE_CHECKING:
    from pathlib import Path

    from uptime_daemon.demo.files import Ports

_WIDTH: Final = 24


def addresses(folder: Path, ports: Ports) -> str:
    """Printed at once."""
    rows = (
        ("the console", f"http://{HOST}:{ports.house}/", "where people decide; beside it /metrics, /api/v1/statements"),
        ("the status page", f"http://{HOST}:{ports.public}/", "what the public sees"),
        ("the stand-in vendor", f"http://{HOST}:{ports.page}/", "buttons that break it, and all letters that arrive"),
    )
    lines = [f"  {name:<{_WIDTH}}{address:<28}{what}" for name, address, what in rows]
    return "\n".join(
        [
            "uptime-daemon demo: vendor, witnesses and mail are on this machine; all of it says DEMONSTRATION.",
            "",
            *lines,
            f"  {'its files':<{_WIDTH}}{folder}",
            "",
            "writing a year of history ...",
            "",
        ]
    )


def next_steps(configuration: Path, ports: Ports) -> str:
    """Printed when the history is there and the daemon starts."""
    program, config = sys.argv[0], f"--config {configuration}"
    switch = f"curl -X POST 'http://{HOST}:{ports.page}/faults/inbound?kind="
    return f"""
break it and mend it (errors, refuses, silent, slow, none; inbound, autodial):
  {switch}errors'
  {switch}none'
how a figure comes about, clause by clause:
  {program} explain {config} --agreement acme-daktela --period last
  {program} explain {config} --agreement acme-oki-toki
the claim: read its letter, release it, send it; then look at the stand-in's letters:
  {program} claim list {config}
  {program} claim render {config} CLAIM
  {program} claim approve {config} --by ana CLAIM
  {program} claim send {config} --by ana CLAIM
the same in the console: sign in as ana (password demonstration-ana; finance) or ivo (demonstration-ivo; operator)
end it with Ctrl-C

"""
