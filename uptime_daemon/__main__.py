"""Joins the command line to the daemon; neither knows the other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

# The tz data are the pinned package's for every part of the program, also for those that look zones up by themselves.
os.environ["PYTHONTZPATH"] = ""

from uptime_daemon.cli.main import command_line

if TYPE_CHECKING:
    from pathlib import Path

    from uptime_daemon.settings.values import Settings


class _Servants:
    """What runs for long, imported only when it does: a report should not wait for a web server's import."""

    def run(self, settings: Settings) -> int:
        from uptime_daemon.daemon.serving import serve

        return serve(settings)

    def demo(self, folder: Path | None, port: int) -> int:
        from uptime_daemon.demo import demonstrate

        return demonstrate(folder, port)


def main() -> None:
    """The program."""
    command_line(_Servants())()


if __name__ == "__main__":
    main()
