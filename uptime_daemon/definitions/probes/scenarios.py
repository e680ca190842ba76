"""`steps` of a scenario: requests, what is taken from their answers, what is always made."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.probes.checks import PatternShape
from uptime_daemon.definitions.probes.common import own
from uptime_daemon.definitions.probes.web import HTTP_KEYS, http
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.records import ListOf, Record, optional, required
from uptime_daemon.definitions.shapes import AsNode, Flag, Text
from uptime_daemon.probers.endpoints.conditions import SecondsBelow
from uptime_daemon.probers.endpoints.scenarios import Capture, ScenarioEndpoint, Source, Step
from uptime_daemon.probers.patterns import Pattern


def _capture(
    name: str, json_: str | None, header: str | None, matches: Pattern | None, body_matches: Pattern | None
) -> Capture:
    if [json_ is None, header is None, body_matches is None].count(False) != 1 or (matches and header is None):
        raise ValueError("a value comes from one place; write json, or header and maybe matches, or body_matches")
    if json_ is not None:
        return Capture(name, Source.JSON, json_)
    if header is not None:
        return Capture(name, Source.HEADER, header, matches)
    return Capture(name, Source.BODY, pattern=body_matches)


_CAPTURE: Final = Record(
    _capture,
    {
        "name": required(Text()),
        "json": optional(Text()),
        "header": optional(Text()),
        "matches": optional(PatternShape()),
        "body_matches": optional(PatternShape()),
    },
)


def _step(id: str | None, capture: tuple[Capture, ...], *, always: bool, **rest: Any) -> Step:  # noqa: A002 - the key
    return Step(id or "", http(**rest), capture, always)


_STEP: Final = Record(
    _step,
    {
        **HTTP_KEYS,
        "id": required(Text()),
        "capture": optional(ListOf(_CAPTURE), ()),
        "always": optional(Flag(), default=False),
    },
)


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a scenario; one that is an address alone is asked for and named by its place."""

    def read(self, node: Node, path: str, problems: Problems) -> tuple[Step, ...]:
        """All steps, every mistake collected."""
        nodes = ListOf(AsNode(), at_least=1).read(node, path, problems)
        steps: list[Step] = []
        for index, child in enumerate(nodes):
            if isinstance(child.value, str):
                named_by_place = replace(child, value="step-" + str(index + 1))
                child = replace(child, value={"id": named_by_place, "url": child})  # noqa: PLW2901 - the same, spelled out
            with suppress(RefusedError):
                steps.append(_STEP.read(child, f"{path}[{index}]", problems))
        if len(steps) < len(nodes):
            raise RefusedError
        return tuple(steps)


def scenario(steps: tuple[Step, ...], checks: tuple[SecondsBelow, ...], proxy: str, **rest: Any) -> ScenarioEndpoint:
    """What all steps share stands beside them; a step's own goes first."""
    shared_keys = own(rest)
    shared = []
    for step in steps:
        request = step.request
        tls = {name: getattr(request, name) or shared_keys[name] for name in shared_keys}
        if request.client_certificate:
            tls["client_key"] = request.client_key
        shared.append(replace(step, request=replace(request, proxy=request.proxy or proxy, **tls)))
    return ScenarioEndpoint(tuple(shared), checks)
