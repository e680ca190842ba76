"""How far one attempt came, what it saw on the way, and what became of it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

from uptime_daemon.core.facts.attempt import Attempt, Means
from uptime_daemon.core.facts.observation import OWN_REASONS, Outcome, Phase, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers import trouble
from uptime_daemon.probers.checks import Answer, is_of_status, results, search_aside
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from uptime_daemon.core.facts.attempt import CheckResult
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.endpoints.conditions import Check
    from uptime_daemon.probers.ports import Clock
    from uptime_daemon.probers.tls import Certificates

_Made = TypeVar("_Made")

EXCERPT_CHARACTERS_MAX: Final = 500
"""How much of an answer is kept as evidence: the headline of an error page, not the page."""
ACTUAL_CHARACTERS_MAX: Final = 200
"""How much of an actual value is kept: a line of a table."""
DETAIL_CHARACTERS_MAX: Final = 500
"""How long the one line for people may be: an expected and an actual value."""
_SHRINKAGE: Final = 2048
"""By how much a text may become shorter where secrets are taken out, and still be as long as it may be."""
EXCERPT_BYTES_MAX: Final = 16 * 1024
"""How much is kept of an answer that is not read to its end."""
SECRET_CHARACTERS_MAX: Final = 16 * 1024
"""How long a secret may be: a captured value is not longer."""
_SECRET_CHARACTERS_MIN: Final = 8
"""How long a text or a word of a request is that may be a secret; shorter ones would blot out ordinary text."""
_SECRET: Final = re.compile(rf"[^\s\"'=&,;:{{}}\[\]()<>]{{{_SECRET_CHARACTERS_MIN},}}")
"""Such a word."""


def _whole(text: str) -> list[str]:
    """A text of one word, or the one word behind a scheme: it may be a secret of many small words."""
    *_, last = text.strip().split(None, 1) or [""]
    return [] if any(sign.isspace() for sign in last) else [last]


@dataclass(frozen=True, slots=True)
class Kept:
    """What may be kept of an answer: error pages and protocols echo the words of our request, secrets among them."""

    words: tuple[str, ...] = ()
    """The words of the request, the longest first."""

    @classmethod
    def without(cls, requests: Sequence[str]) -> Kept:
        """Everything but the words of the parts of a request that may hold secrets."""
        words = {word for text in requests for word in (*_SECRET.findall(text), *_whole(text))}
        hidden = (word for word in words if _SECRET_CHARACTERS_MIN <= len(word) <= SECRET_CHARACTERS_MAX)
        return cls(tuple(sorted(hidden, key=len, reverse=True)))

    def result(self, told: CheckResult) -> CheckResult:
        """What a check saw, as far as it may be kept; most say no more than a number."""
        actual = self.part(told.actual, ACTUAL_CHARACTERS_MAX)
        return told if actual == told.actual else replace(told, actual=actual)

    def part(self, text: str, length: int) -> str:
        """The first part of a text, without any part of a secret."""
        if self.words:
            text = text[: self._end(text, length + _SHRINKAGE)]
            for word in self.words:
                text = text.replace(word, "***")
        return text[:length]

    def start(self, answer: Answer) -> str:
        """The first part of an answer, without any part of a secret."""
        looked_at = EXCERPT_CHARACTERS_MAX + (len(self.words[0]) + _SHRINKAGE if self.words else 0)
        # no charset in use needs more than four bytes a character
        return self.part(answer.start(4 * looked_at), EXCERPT_CHARACTERS_MAX)

    def _end(self, text: str, end: int) -> int:
        """Where a text can be cut, at this place or before it, so that no word is cut in two."""
        is_whole = len(text) <= end
        while not is_whole:
            is_whole = True
            for word in self.words:
                at = text.find(word, max(end - len(word) + 1, 0), end + len(word) - 1)
                if at != -1:
                    end, is_whole = at, False
        return end


@dataclass(slots=True)
class Progress:
    """One attempt on its way."""

    clock: Clock
    started: Duration
    """Reading of the monotonic clock."""
    entered: Duration
    """When the present phase began, reading of the monotonic clock."""
    phase: Phase = Phase.NAME
    """The phase that the attempt is in: it came so far and, if it ends now, no further."""
    spent: dict[Phase, Duration] = field(default_factory=dict)
    """Elapsed microseconds of each phase that was left; with redirects the sum."""
    dialled: tuple[str, ...] = ()
    """The addresses that were tried."""
    peer: str = ""
    """The address that answered or refused."""
    certificates: Certificates | None = None
    answer: Answer = field(default_factory=Answer)
    ours: str = ""
    """What a timeout would mean now, where it is something of our own that is waited for."""
    course: list[str] = field(default_factory=list)
    """What came before the answer, a line each: as many as an endpoint has steps and may have redirects."""
    told: list[CheckResult] = field(default_factory=list)
    """Conditions that were looked at on the way, for attempts of several steps."""
    took: Duration = 0
    """Elapsed microseconds of the whole attempt, once it is over."""
    finished: bool = False
    """Whether all was said; what follows is our own thinking, which is nobody's slowness."""

    def look_at_certificates(self) -> None:
        """What the certificates that were seen say goes with the answer."""
        seen = self.certificates
        self.answer.certificate_left = None if seen is None or seen.end is None else seen.end - self.clock.now()
        self.answer.certificate_subject = seen.subject if seen else ""

    def prepared(self, make: Callable[[], _Made]) -> _Made:
        """What our own side makes ready, such as authorities that are read once; its time is nobody's slowness."""
        before = self.clock.elapsed()
        made = make()
        took = self.clock.elapsed() - before
        self.started += took
        self.entered += took
        return made

    def finish(self) -> None:
        """The other side has said all; its time ends here."""
        self.enter(self.phase)
        self.took = self.answer.duration = self.entered - self.started
        self.finished = True

    def enter(self, phase: Phase) -> None:
        """Leave the present phase and begin the next."""
        at = self.clock.elapsed()
        self.spent[self.phase] = self.spent.get(self.phase, 0) + at - self.entered
        self.phase, self.entered = phase, at


async def tried(
    speak: Callable[[Progress], Awaitable[None]],
    checks: Sequence[Check],
    within: Duration,
    clock: Clock,
    secrets: Sequence[str] | Kept = (),
) -> Attempt:
    """One attempt: `speak` connects, asks and reads the answer within so many microseconds; then checks are made.

    No word of `secrets`, the parts of a request that may hold any, stands in what is kept of the answer. What they are
    is looked at in the end: an answer may have brought some.
    """
    started = clock.elapsed()
    progress = Progress(clock, started, started)
    ended: AttemptError | None = None
    try:
        # the one bound on everything that an attempt does
        async with asyncio.timeout(within / SECOND):
            await speak(progress)
            progress.finish()
            await search_aside(checks, progress.answer)
    except AttemptError as error:
        ended = error.with_traceback(None)  # or both hold each other until the collector comes
    except TimeoutError:
        if progress.finished:
            ended = AttemptError(Reason.PROBER, "a pattern takes too long on this answer; write a simpler one")
        elif progress.ours:
            ended = AttemptError(Reason.NO_ROUTE, progress.ours)
        else:
            ended = trouble.of_silence(progress.phase, progress.dialled, is_connected=Phase.TCP in progress.spent)
    except OSError as error:
        ended = trouble.of_exception(error, progress.phase)
    return _attempt(progress, ended, checks, secrets if isinstance(secrets, Kept) else Kept.without(secrets))


def _attempt(progress: Progress, ended: AttemptError | None, checks: Sequence[Check], kept: Kept) -> Attempt:
    answer, certificates = progress.answer, progress.certificates
    if not progress.finished:
        progress.took = answer.duration = progress.clock.elapsed() - progress.started
    progress.look_at_certificates()
    certificate_end = certificates.end if certificates else None
    found = tuple(progress.told) if ended else (*progress.told, *results(checks, answer))
    told = tuple(kept.result(result) for result in found)
    outcome, reason, detail = (_outcome(ended.reason), ended.reason, ended.detail) if ended else _judged(told)
    return Attempt(
        outcome=outcome,
        reason=reason,
        duration=progress.took,
        phase=progress.phase,
        detail=" ".join(kept.part(detail, DETAIL_CHARACTERS_MAX).split()),
        phases=tuple(progress.spent.items()),
        checks=told,
        peer=progress.peer,
        status=answer.status,
        certificate_end=certificate_end,
        certificate_subject=answer.certificate_subject,
        tls_version=answer.tls_version,
        version=answer.version,
        redirects=answer.redirects,
        excerpt=kept.start(answer),
        course=tuple(kept.part(line, ACTUAL_CHARACTERS_MAX) for line in progress.course),
    )


def _outcome(reason: Reason) -> Outcome:
    return Outcome.ERROR if reason in OWN_REASONS else Outcome.FAIL


def _judged(told: Sequence[CheckResult]) -> tuple[Outcome, Reason, str]:
    """The outcome of a whole answer: the first check that means `down` and does not hold decides."""
    for result in told:
        if result.means is Means.DOWN and not result.holds:
            reason = Reason.STATUS if is_of_status(result) else Reason.CHECK
            return Outcome.FAIL, reason, f"{result.check}: expected {result.expected}, got {result.actual}"
    return Outcome.PASS, Reason.NONE, ""
