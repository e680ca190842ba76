"""Which format and which coding the other side prefers: weighted lists of headers (RFC 9110, section 12)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Format(StrEnum):
    """The two formats a scraper may ask for, as their media types."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def preferred(accept: str) -> Format:
    """The format that an Accept header prefers; text where it leaves the choice."""
    weights = dict.fromkeys(Format, 0.0)
    for name, parameters, weight in _weighted(accept):
        if name == "application/openmetrics-text" and parameters.get("version", "1.0.0") == "1.0.0":
            weights[Format.OPENMETRICS] = max(weights[Format.OPENMETRICS], weight)
        elif name in {"text/plain", "text/*", "*/*"}:
            weights[Format.TEXT] = max(weights[Format.TEXT], weight)
    return Format.OPENMETRICS if weights[Format.OPENMETRICS] > weights[Format.TEXT] else Format.TEXT


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header asks for gzip by name, or for anything."""
    weights = {name: weight for name, _, weight in _weighted(accept_encoding)}
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weighted(header: str) -> Iterator[tuple[str, Mapping[str, str], float]]:
    """Each member of a list with its parameters and its weight; one with a weight that is no number is not wanted."""
    for member in header.lower().split(","):
        name, *rest = (part.strip() for part in member.split(";"))
        parameters = {key.strip(): value.strip() for key, _, value in (part.partition("=") for part in rest)}
        try:
            weight = float(parameters.get("q", "1"))
        except ValueError:
            weight = 0.0
        yield name, parameters, weight
