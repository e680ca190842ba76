"""Endpoints that are used and not only asked: requests in a row, each with what the answers before it said."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeAlias
from urllib.parse import quote

from uptime_daemon.probers.endpoints.conditions import SecondsBelow, json_steps
from uptime_daemon.probers.endpoints.places import Place, parsed_url, shown_url
from uptime_daemon.probers.endpoints.web import Auth, HttpEndpoint
from uptime_daemon.probers.patterns import Pattern

STEPS_MAX: Final = 50
"""How many steps a scenario may have: a person's longest task at a web site has some twenty."""
CAPTURED_CHARACTERS_MAX: Final = 16 * 1024
"""How long a captured value may be: twice the longest header that servers take."""
_WANTED: Final = re.compile(r"\{\{([a-z_][a-z0-9_]*)\}\}")
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")
_STEP: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")
_AUTHORITY: Final = re.compile(r"[a-z]+://[^/?#]*")

Captured: TypeAlias = Mapping[str, str]
"""What answers said so far, by name."""


class Source(StrEnum):
    """What of an answer a value is taken from."""

    JSON = "json"
    HEADER = "header"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Capture:
    """A value of an answer that later steps need."""

    name: str
    source: Source
    where: str = ""
    """A JSON path, or a header's name."""
    pattern: Pattern | None = None
    """What of a header or of a body; its first group, if it has one."""

    def __post_init__(self) -> None:
        """There is something to look for."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name of a value; write one such as token")
        if self.source is Source.JSON:
            json_steps(self.where)


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a scenario."""

    id: str
    request: HttpEndpoint
    captures: tuple[Capture, ...] = ()
    always: bool = False
    """Whether it is made also after a step that failed: what was created is deleted again."""

    def __post_init__(self) -> None:
        """Where a request goes is written down, and never said by an answer."""
        if not _STEP.fullmatch(self.id):
            raise ValueError(f"{self.id!r} is no name of a step; write one such as log-in")
        authority = _AUTHORITY.match(self.request.url)
        if authority is None or _WANTED.search(authority[0]):
            raise ValueError("the url begins with a captured value; write scheme and host, and values behind them")

    @property
    def wanted(self) -> frozenset[str]:
        """The names of the values that it needs."""
        return wanted(self.request)


@dataclass(frozen=True, slots=True)
class ScenarioEndpoint:
    """Requests in a row that show that a function works: log in, create, look, clean up."""

    steps: tuple[Step, ...]
    checks: tuple[SecondsBelow, ...] = ()
    """On the whole of it."""

    def __post_init__(self) -> None:
        """Every value that a step needs was captured before it."""
        if not 1 <= len(self.steps) <= STEPS_MAX:
            raise ValueError(f"{len(self.steps)} steps; write from 1 to {STEPS_MAX}")
        known: set[str] = set()
        seen: set[str] = set()
        for step in self.steps:
            if step.id in seen:
                raise ValueError(f"two steps are named {step.id!r}; give each its own name")
            if missing := sorted(step.wanted - known):
                raise ValueError(f"step {step.id!r} needs {missing[0]!r}, which no step before it captures")
            seen.add(step.id)
            known |= {capture.name for capture in step.captures}

    @property
    def kind(self) -> str:
        """The name of its prober."""
        return "scenario"

    @property
    def host(self) -> str:
        """The host of the first step."""
        return self.steps[0].request.host

    @property
    def place(self) -> Place:
        """Where the steps go, without what may be secret."""
        return {"steps": [shown_url(parsed_url(step.request.url)) for step in self.steps]}


def wanted(request: HttpEndpoint) -> frozenset[str]:
    """The names of the captured values that a request needs."""
    secret = request.auth.secret if request.auth else ""
    texts = [request.url, request.body.decode(errors="replace"), secret, *(value for _, value in request.headers)]
    return frozenset(name for text in texts for name in _WANTED.findall(text))


def filled(request: HttpEndpoint, values: Captured) -> HttpEndpoint:
    """The request with captured values in place, escaped; `ValueError` if one cannot stand where it is wanted."""
    escaped = _of_body(request)
    auth = request.auth
    for name in wanted(request):
        if not _is_text(values[name]):
            raise ValueError(f"{name} is no text")
    return replace(
        request,
        url=_WANTED.sub(lambda found: quote(values[found[1]], safe=""), request.url),
        headers=tuple((name, _filled(value, values)) for name, value in request.headers),
        body=_WANTED.sub(lambda found: escaped(values[found[1]]), request.body.decode()).encode(),
        auth=auth and Auth(auth.scheme, auth.user, _filled(auth.secret, values)),
    )


def _is_text(value: str) -> bool:
    """Whether a value can be sent at all: an answer may hold half of a pair of surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _filled(text: str, values: Captured) -> str:
    return _WANTED.sub(lambda found: values[found[1]], text)


class _Escape(StrEnum):
    JSON = "json"
    FORM = "form"
    NONE = "none"

    def __call__(self, text: str) -> str:
        """The value as it may stand in such a body."""
        match self:
            case _Escape.JSON:
                return json.dumps(text)[1:-1]
            case _Escape.FORM:
                return quote(text, safe="")
            case _Escape.NONE:
                return text


def _of_body(request: HttpEndpoint) -> _Escape:
    kind = next((value.lower() for name, value in request.headers if name.lower() == "content-type"), "")
    if "json" in kind:
        return _Escape.JSON
    return _Escape.FORM if "x-www-form-urlencoded" in kind else _Escape.NONE
