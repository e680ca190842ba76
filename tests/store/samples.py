"""Values that the store's tests write: small, and no two alike."""

from collections.abc import Iterable, Sequence

from uptime_daemon.core.facts.attempt import Attempt, CheckResult, Failure, Means, Vote
from uptime_daemon.core.facts.observation import Observation, Outcome, Phase, Reason
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.time.instants import DAY, SECOND, Duration, Instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store.kept import ClaimEvent, Fact, Mail, MailKind
from uptime_daemon.store.ports import Store

T0: Instant = 1_780_272_000 * SECOND
"""2026-06-01T00:00:00Z."""
STALE: Duration = 75 * SECOND
EVER = Span(0, T0 + 100_000 * DAY)
HERE = "prague-1"


def passed(at: Instant, probe: str = "acme/web", duration: Duration = 30_000) -> Observation:
    """An observation that passed."""
    return Observation(probe, HERE, at, Outcome.PASS, duration=duration)


def failed(at: Instant, probe: str = "acme/web", reason: Reason = Reason.STATUS) -> Observation:
    """An observation that failed."""
    return Observation(probe, HERE, at, Outcome.FAIL, reason, duration=2_000_000)


def context(observation: Observation) -> Failure:
    """A context in which every field says something."""
    attempt = Attempt(
        outcome=observation.outcome,
        reason=observation.reason,
        duration=observation.duration,
        phase=Phase.ANSWER,
        detail=f"status 503 at {observation.at} \ud800\x00 ž",
        phases=((Phase.NAME, 1_000), (Phase.TCP, 2_000)),
        checks=(CheckResult("status", "200", "503", holds=False), CheckResult("speed", "5", "7", False, Means.SLOW)),
        peer="192.0.2.1:443",
        status=503,
        certificate_end=T0 + DAY,
        certificate_subject="CN=acme.example",
        tls_version="TLS 1.3",
        version="1.1",
        redirects=2,
        excerpt="Service Unavailable",
    )
    return Failure(observation, attempt, (Vote("quad9", passed=True), Vote("debian", passed=False)))


def fact(subject: str, at: Instant = T0, **changed: object) -> Fact:
    """A ticket's event."""
    values: dict[str, object] = {
        "kind": "ticket_event",
        "subject": subject,
        "body": {"kind": "opened", "channel": "phone", "group": "service"},
        "at": at,
        "known_at": at + SECOND,
        "by": "ana",
        "agreement": "acme-vendor",
    }
    return Fact(**{**values, **changed})  # type: ignore[arg-type]


def step(number: int, kind: str = "drafted", claim: str = "2026-06/service") -> ClaimEvent:
    """One step of a claim."""
    return ClaimEvent(claim, number, T0 + number, kind, "ana", {"amount": 2502, "currency": "EUR"})


def mail(message_id: str, kind: MailKind = MailKind.VENDOR, due_at: Instant = T0) -> Mail:
    """A mail to a vendor."""
    return Mail(
        kind, message_id, ("credits@vendor.example",), "Claim: kredit čŠ", b"Subject: x\r\n\r\n\xff", due_at, "c1"
    )


def observe_all(store: Store, observations: Iterable[Observation], stale_after: Duration = STALE) -> None:
    """Observe, with a context for each that did not pass, and wait for the disk."""
    for observation in observations:
        failure = None if observation.outcome is Outcome.PASS else context(observation)
        store.observe(observation, stale_after, failure)
    store.flush()


def runs_of_one(store: Store, probe: str = "acme/web", vantage: str = HERE) -> Sequence[Run]:
    """All runs of one probe."""
    return store.runs([probe], EVER).get((probe, vantage), [])
