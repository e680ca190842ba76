"""What all HTML pages share, and the internal page. Rendered on the server, without any script.

A page depends on the board alone, so it is rendered once a board, however often it is asked for.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from uptime_daemon.web.views import (
    BAR_HEIGHT,
    BAR_WIDTH,
    RANGE_WIDTH,
    agreement_view,
    claim_view,
    group_view,
    summary,
)
from uptime_daemon.web.words import instant_text, length_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uptime_daemon.desk.board import Board

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


class Page:
    """One template, kept as rendered until the board changes."""

    def __init__(self, template: str, **fixed: object) -> None:
        self._template = environment().get_template(template)
        self._fixed = fixed
        self._board: Board | None = None
        self._text = ""

    def text(self, board: Board) -> str:
        """The page for a board."""
        if board is not self._board:
            self._text = self._template.render({**_shown(board), **self._fixed})
            self._board = board
        return self._text


def desk_page() -> Page:
    """The internal page: agreements, claims and the daemon itself."""
    return Page("desk.html.j2")


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


def _missing_reports(board: Board) -> Iterator[tuple[str, str, str, str]]:
    """Outages that nobody reported as the contract asks: agreement, group, channels, and the page that records it."""
    for agreement in board.agreements:
        for entry in agreement.stated:
            link = f"/report?{urlencode({'agreement': agreement.id, 'group': entry.group})}"
            for channels, missing in entry.reports.items():
                if missing:
                    yield agreement.id, entry.group, channels.replace("|", ", "), link


def _shown(board: Board) -> Mapping[str, Any]:
    mark, words = summary(board.groups)
    store = board.store
    return {
        "style": STYLE.path,
        "icon": ICON.path,
        "bar_height": BAR_HEIGHT,
        "bar_width": BAR_WIDTH,
        "range_width": RANGE_WIDTH,
        "demonstration": board.demonstration,
        "at": instant_text(board.at, board.zone),
        "zone": board.zone.key,
        "vantage": board.vantage,
        "build": board.build,
        "mark": mark,
        "summary": words,
        "groups": [group_view(group, board.at, board.zone) for group in board.groups],
        "missing_reports": list(_missing_reports(board)),
        "agreements": [agreement_view(entry, board.at) for entry in board.agreements],
        "claims": [claim_view(claim, board) for claim in board.claims],
        "committed": "never" if store.last_commit is None else f"{length_text(board.at - store.last_commit)} ago",
        "store": store,
        "reload": board.reload,
        "lag": length_text(board.loop_lag),
    }
