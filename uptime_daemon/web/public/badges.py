"""Badges of functional groups: a small picture, and the same as JSON for shields.io."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from uptime_daemon.core.facts.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.desk.showing.board import GroupEntry

_CHARACTER_WIDTH: Final = 7
"""Units that a character of 11 pixels takes at most in the fonts that badges are set in; a little air is no harm."""
_MARGIN: Final = 6
_HEIGHT: Final = 20
_COLOURS: Final = {"up": "#2f7d4f", "degraded": "#8a5a00", "down": "#b3261e", "unknown": "#5b6670"}
"""White on each has a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3)."""
_SHIELDS_COLOURS: Final = {"up": "brightgreen", "degraded": "yellow", "down": "red", "unknown": "lightgrey"}


def word(group: GroupEntry) -> str:
    """The state in one word."""
    if group.state is State.UP and group.degraded:
        return "degraded"
    return group.state.value


def shields(group: GroupEntry) -> Mapping[str, Any]:
    """The endpoint format of shields.io, schema version 1."""
    state = word(group)
    return {
        "schemaVersion": 1,
        "label": group.title,
        "message": state,
        "color": _SHIELDS_COLOURS[state],
        "isError": False,
        "cacheSeconds": 300,  # the least that shields.io accepts
    }


def picture(group: GroupEntry) -> str:
    """The badge as SVG, readable aloud."""
    state = word(group)
    left, right = (len(text) * _CHARACTER_WIDTH + 2 * _MARGIN for text in (group.title, state))
    title = escape(group.title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" role="img" '
        f'aria-label="{escape(group.title, {chr(34): "&quot;"})}: {state}"><title>{title}: {state}</title>'
        f'<clipPath id="round"><rect width="{left + right}" height="{_HEIGHT}" rx="3"/></clipPath>'
        f'<g clip-path="url(#round)"><rect width="{left}" height="{_HEIGHT}" fill="#3d464d"/>'
        f'<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="{_COLOURS[state]}"/></g>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="{left / 2:g}" y="14">{title}</text><text x="{left + right / 2:g}" y="14">{state}</text></g></svg>\n'
    )
