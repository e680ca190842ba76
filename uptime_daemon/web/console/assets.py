"""What a browser loads besides pages: one stylesheet, one script, each under a name that changes with its content."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from uptime_daemon.web.pages import Asset

HERE: Final = Path(__file__).parent
_STYLES: Final = ("vendor/uplot.css", "colours.css", "base.css", "frame.css", "parts.css", "pages.css")
"""In this order: later rules refine earlier ones."""
_SCRIPTS: Final = ("vendor/idiomorph.js", "vendor/uplot.js", "console.js", "plots.js")


def _joined(name: str, files: tuple[str, ...], media_type: str) -> Asset:
    content = b"\n".join((HERE / "static" / file).read_bytes() for file in files)
    stem, _, suffix = name.partition(".")
    return Asset(f"/static/{stem}-{hashlib.sha256(content).hexdigest()[:12]}.{suffix}", content, media_type)


STYLE: Final = _joined("console.css", _STYLES, "text/css")
SCRIPT: Final = _joined("console.js", _SCRIPTS, "text/javascript")
ASSETS: Final = (STYLE, SCRIPT)
"""Served beside those of the other pages, whose icon is ours too."""
