"""HTTP requests in a row, as one who uses the service makes them: a failed step ends it, what must be cleaned up is.

Cookies go along from step to step; each request has a connection of its own.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

from uptime_daemon.core.facts.attempt import CheckResult, Means
from uptime_daemon.core.facts.observation import Phase, Reason
from uptime_daemon.core.time.instants import SECOND, seconds_text
from uptime_daemon.probers import trouble
from uptime_daemon.probers.checks import Answer, json_at, results, search_aside
from uptime_daemon.probers.endpoints.places import parsed_url, shown_url
from uptime_daemon.probers.endpoints.scenarios import CAPTURED_CHARACTERS_MAX, Capture, Source, filled
from uptime_daemon.probers.http import exchange, jar, secrets
from uptime_daemon.probers.progress import tried
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import CookieJar

    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.endpoints.scenarios import ScenarioEndpoint, Step
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress


async def attempt(endpoint: ScenarioEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One try at a scenario that ends within the given elapsed microseconds."""
    hidden = [text for step in endpoint.steps for text in secrets(step.request)]
    speak = partial(_played, endpoint, equipment, within, hidden)
    # `hidden` grows: what answers said may be tokens
    return await tried(speak, endpoint.checks, within, equipment.clock, hidden)


@dataclass(slots=True)
class _Play:
    """A scenario under way."""

    equipment: Equipment
    progress: Progress
    hidden: list[str]
    cookies: CookieJar = field(default_factory=jar)
    values: dict[str, str] = field(default_factory=dict)
    step: str = ""

    async def make(self, step: Step) -> bool:
        """One step; whether all that means `down` holds."""
        progress, self.step = self.progress, step.id
        try:
            request = filled(step.request, self.values)
        except ValueError as error:
            raise AttemptError(Reason.ANSWER_INVALID, f"a captured value cannot be sent: {error}") from error
        progress.answer = answer = Answer(judged=True)
        progress.enter(Phase.NAME)
        began = progress.entered
        try:
            await exchange(request, self.equipment, progress, self.cookies)
        finally:
            took = progress.clock.elapsed() - began
            came = answer.status or "no answer"
            # as it is written, for what was captured may be a token
            address = unquote(shown_url(parsed_url(step.request.url)))
            progress.course.append(f"{step.id}: {step.request.method} {address}: {came} after {seconds_text(took)} s")
        progress.enter(Phase.ANSWER)
        answer.duration = progress.entered - began
        progress.look_at_certificates()
        await search_aside(request.checks, answer)
        answer.judged = False
        told = [*results(request.checks, answer), *self._captured(step.captures, answer)]
        answer.judged = True
        progress.told += [replace(result, check=f"{step.id}: {result.check}") for result in told]
        return all(result.holds or result.means is not Means.DOWN for result in told)

    def _captured(self, captures: Sequence[Capture], answer: Answer) -> list[CheckResult]:
        """Take what later steps need; what is not there is a check that does not hold."""
        missing = []
        for capture in captures:
            value = _value(capture, answer)
            if value is None or not value or len(value) > CAPTURED_CHARACTERS_MAX:
                wanted = capture.where or (capture.pattern.pattern if capture.pattern else "")
                actual = "(nothing)" if not value else f"{len(value)} characters"
                missing.append(CheckResult(f"capture {capture.name}", wanted, actual, holds=False))
            else:
                self.values[capture.name] = value
                self.hidden.append(value)
        return missing


async def _played(
    endpoint: ScenarioEndpoint, equipment: Equipment, within: Duration, hidden: list[str], progress: Progress
) -> None:
    """All steps until one fails, then those that are always made; results and the first trouble into the progress."""
    play = _Play(equipment, progress, hidden)
    cleans_up = any(step.always for step in endpoint.steps)
    # what must be cleaned up has the last quarter; a tenth is enough to say which step was late
    bound = within * 3 // 4 if cleans_up else within * 9 // 10
    ended = await _bounded(play, endpoint.steps, bound)
    if ended is None:
        return
    kept, phase = progress.answer, progress.phase
    remaining = [
        step for step in endpoint.steps[ended.index + 1 :] if step.always and step.wanted <= play.values.keys()
    ]
    until = progress.clock.elapsed() + within * 3 // 20
    for step in remaining:  # one that fails does not keep the others from being made
        await _bounded(play, [step], until - progress.clock.elapsed())
    progress.answer, progress.phase = kept, phase  # the evidence is of what went wrong first
    if ended.trouble is not None:
        raise ended.trouble


@dataclass(frozen=True, slots=True)
class _Ended:
    """Where a scenario ended early."""

    index: int
    trouble: AttemptError | None
    """None where a check did not hold."""


async def _bounded(play: _Play, steps: Sequence[Step], bound: Duration) -> _Ended | None:
    """Make steps until one fails or the time is over; None if none did."""
    index, progress = 0, play.progress
    try:
        async with asyncio.timeout(bound / SECOND):
            for index, step in enumerate(steps):
                if not await play.make(step):
                    return _Ended(index, None)
    except TimeoutError:
        ended = trouble.of_silence(progress.phase, progress.dialled, is_connected=Phase.TCP in progress.spent)
        if progress.ours:
            ended = AttemptError(Reason.NO_ROUTE, progress.ours)
    except AttemptError as error:
        ended = error
    except OSError as error:
        ended = trouble.of_exception(error, progress.phase)
    else:
        return None
    return _Ended(index, AttemptError(ended.reason, f"{play.step}: {ended.detail}"))


def _value(capture: Capture, answer: Answer) -> str | None:
    match capture.source:
        case Source.JSON:
            return json_at(answer.text, capture.where)
        case Source.HEADER:
            text = answer.headers.get(capture.where)
        case Source.BODY:
            text = answer.text
    return text if text is None or capture.pattern is None else capture.pattern.captured(text)
