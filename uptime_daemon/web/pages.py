"""What all HTML pages share: files under names that change with their content, and templates that escape."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE: Final = Path(__file__).parent


class Asset(NamedTuple):
    """A file that pages load."""

    path: str
    """It changes with the content, so that a browser may keep it for ever."""
    content: bytes
    media_type: str


def public_asset(name: str, media_type: str) -> Asset:
    """A file of `static/`."""
    content = (_HERE / "static" / name).read_bytes()
    stem, _, suffix = name.partition(".")
    return Asset(f"/static/{stem}-{hashlib.sha256(content).hexdigest()[:12]}.{suffix}", content, media_type)


STYLE: Final = public_asset("style.css", "text/css")
ICON: Final = public_asset("icon.svg", "image/svg+xml")


def environment(*extensions: str) -> Environment:
    """How every page is rendered: escaped, and nothing unknown."""
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=extensions,
    )
