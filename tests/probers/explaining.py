"""An attempt in lines, for what tests look for in them: without the judgement that `probe --debug` puts between."""

from uptime_daemon.core.facts.attempt import Attempt
from uptime_daemon.core.time.instants import Instant
from uptime_daemon.probers.explain import headline, line, sights


def explained(attempt: Attempt, at: Instant | None = None) -> list[str]:
    """What one attempt saw, line by line; durations in seconds. With its instant a certificate's end is judged, too."""
    why = [line("why", attempt.detail)] if attempt.detail else []
    return [headline(attempt.outcome, attempt.reason, attempt), *why, *sights(attempt, at)]
