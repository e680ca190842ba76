"""Whose words stand in which catalogue: one catalogue per room of words, so that two rooms never edit one file."""

from __future__ import annotations

from typing import Final

DOMAINS: Final = {
    "books": ("desk/claims/summary_letter.py",),
    "letters": ("letters/**/*.py", "letters/templates/*.j2", "core/judging/*.py"),
    "status": ("web/public/*.py", "web/templates/status.html.j2"),
    "units": ("languages/*.py",),
}
"""By domain, the sources below `uptime_daemon/` whose messages it holds. A source is in one domain only."""
