"""What the daemon recorded and judged, held against the truth that the world knows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.sim.plan import HERE, SERVICES, SETTLED, Mood
from tests.sim.world import VENDOR
from uptime_daemon.core.facts.probe import Cadence, Probe
from uptime_daemon.core.facts.sight import surely_seen
from uptime_daemon.core.time.instants import MINUTE, SECOND, format_instant
from uptime_daemon.core.time.spans import Span, Spans, union
from uptime_daemon.desk.claims.record import records
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.desk.judging.statement_json import statements_json
from uptime_daemon.store.database import Database, open_store
from uptime_daemon.store.kept import MailKind, MailState

if TYPE_CHECKING:
    from tests.sim.world import World
    from uptime_daemon.core.facts.timeline import Timeline
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Duration, Instant

CADENCE = Cadence()
SLACK = 4 * SECOND
"""A sentinel that does not answer is waited for so long, a prober lets go of its connection in less."""
EDGE = CADENCE.interval + CADENCE.timeout + SLACK
"""How far an edge may be seen from where it is: the next attempt, and the one under way."""
FAR = CADENCE.stale_after + CADENCE.timeout + SLACK
"""The same beside a disturbance: a state is held so long before nobody knows it."""
CONFIRMED = EDGE + 2 * (CADENCE.repeat + CADENCE.interval)
"""An outage of this length is confirmed: three attempts, the last two at most an interval and a repeat apart."""
TALK = 30 * SECOND
"""How long a talk with the relay may take that began in time."""
SURELY = surely_seen(Probe("acme/autodial", "acme/autodial")) + SECOND
"""Whatever is down for so long is found, by what a statement says of the default cadence; timers are coarse."""
OUR_REASONS = {"no_data", "daemon_off", "clock_step", "late_loop", "sentinels", "resolver", "store_overflow"}


def grown(spans: Spans, before: Duration, after: Duration) -> Spans:
    """Every stretch made longer, or shorter by negative lengths."""
    return Spans.of((span.start - before, span.end + after) for span in spans)


def compare(world: World) -> None:
    """Everything that must hold of a world that has ended."""
    as_of = world.clock.now()
    with open_store(f"sqlite:///{world.database}", create=False) as store:
        judge = Judge(world.settings, store)
        _compare_timelines(world, judge, as_of)
        _compare_shown_and_recorded(world, judge, as_of)
        for agreement in ("month", "year"):
            _compare_statements(world, judge, agreement, as_of)
        _compare_mails(world, store)


def _compare_timelines(world: World, judge: Judge, as_of: Instant) -> None:
    plan, wall = world.plan, world.wall
    window = Span(min(plan.start, wall.at(0)), as_of)
    disturbed = wall.image(plan.ours.disturbed) | wall.doubtful
    near = grown(disturbed, 2 * FAR, 2 * FAR)
    begun = Span(window.start + EDGE, window.end)
    timelines = judge.group_timelines(window)
    for service in SERVICES:
        timeline = timelines[f"acme/{service}"]
        down = wall.image(plan.down[service])
        allowed = grown(down, 0, EDGE) | (grown(down, 0, FAR) & near)
        assert not (wrong := timeline.point - allowed), _told(service, "down although it was up", wrong)
        clear = grown(down - near, -EDGE, 0)
        due = Spans.of(span for span in clear if span.length >= CONFIRMED - EDGE).clip(begun)
        assert not (missed := due - timeline.point), _told(service, "up although it was down", missed)
        unknown = timeline.unknown_total.clip(begun)
        assert not (blind := unknown - near), _told(service, "unknown without a reason", blind)
        assert {reason for reason, _ in timeline.unknown} <= OUR_REASONS
        ours = wall.image(
            plan.ours.blind | plan.ours.deaf | Spans.of((off.at, off.at + off.length) for off in plan.ours.offs)
        )
        unseen = grown(ours, -FAR, -EDGE)  # an attempt that began in it may end after it, with somebody to witness it
        assert not (blamed := timeline.point & unseen), _told(service, "our own failure became downtime", blamed)
        crowd = [span for span in plan.ours.crowded if span.length > 10 * MINUTE]
        if plan.mood is Mood.CROWD:  # beside other faults nobody may have been there to be crowded
            assert all(unknown.touching(span) for span in crowd), "nobody had to wait for a place"
        _compare_brackets(world, service, timeline, near)
        # Edges are where each outage and each disturbance begins and ends.
        edges = 2 * len(down) + 2 * len(disturbed)
        short = Spans.of(span for span in down if span.length < CONFIRMED)
        known = Spans.one(*begun) - unknown - grown(short, EDGE, EDGE)
        difference = abs((timeline.point & known).total - (down & known).total)
        assert difference <= edges * (FAR if disturbed else EDGE), f"{service}: {difference} over {edges} edges"


def _compare_brackets(world: World, service: str, timeline: Timeline, near: Spans) -> None:
    """What is claimed as proven is true whatever went wrong, and the widest bounds hold all of what is found at all."""
    plan, wall = world.plan, world.wall
    down = wall.image(plan.down[service])
    assert not timeline.shortest - timeline.point
    assert not timeline.point - timeline.longest
    assert not (claimed := timeline.shortest - down - wall.doubtful), _told(
        service, "proven although it was up", claimed
    )
    begun = timeline.window.start + EDGE
    alone = [span for span in down if span.start >= begun and not near.meets(span) and plan.mood is not Mood.LIES]
    for span in alone:
        point = next(timeline.point.touching(span), None)
        if span.length > SURELY:
            assert point, _told(service, "missed although it is surely seen", Spans.one(*span))
        if point is None:
            continue
        (shortest,) = timeline.shortest.touching(point)
        (longest,) = timeline.longest.touching(point)
        assert longest.start <= span.start
        assert span.end <= longest.end
        assert shortest.start - longest.start < CADENCE.interval + SLACK
        assert longest.end - shortest.end < EDGE


def _compare_shown_and_recorded(world: World, judge: Judge, as_of: Instant) -> None:
    """At the end, when nothing has changed for a while, the state shown live is the state on record and the truth."""
    timelines = judge.group_timelines(Span(as_of - SETTLED, as_of))
    at = as_of - CADENCE.interval - MINUTE
    # While the wall clock shows what it has shown before, nobody knows: what is on record of that time stays.
    truth = "unknown" if at in grown(world.wall.doubtful, 0, MINUTE) else "up"
    for service in SERVICES:
        timeline = timelines[f"acme/{service}"]
        recorded = "down" if at in timeline.point else "unknown" if at in timeline.unknown_total else "up"
        shown = world.daemon._measure.group_state(f"acme/{service}").state.value
        assert (shown, recorded) == (truth, truth), service


def _compare_statements(world: World, judge: Judge, agreement: str, as_of: Instant) -> None:
    for period in ("current", "last"):
        first = judge.statements(agreement, period, as_of)
        if not first:
            continue  # the agreement did not hold yet
        for statement in first:
            _conserved(statement)
        text = json.dumps(statements_json(first, "recommended"))
        again = judge.statements(agreement, period, as_of)
        assert json.dumps(statements_json(again, "recommended")) == text, "judged again, it came out differently"
    assert world.plan.length < as_of  # the world has lived


def _conserved(statement: Statement) -> None:
    """Every instant has one label, and a wider bracket never counts less."""
    judgement = statement.judgement
    labels = judgement.labels
    named = (labels.excluded, labels.unmeasured, labels.not_counted)
    parts = [labels.up, labels.counted, *(spans for group in named for _, spans in group)]
    assert sum(spans.total for spans in parts) == statement.period.span.length
    assert union(parts) == Spans.one(*statement.period.span)
    assert judgement.shortest.downtime <= judgement.point.downtime <= judgement.longest.downtime


def _compare_mails(world: World, store: Database) -> None:
    """A vendor's letter arrives at most once, released by a person and in time; our own people get all of theirs."""
    arrived = [each.message_id for each in world.delivered]
    mails = store.outbox()
    claims = records(store.claim_events())
    for mail in mails:
        number = arrived.count(mail.mail.message_id)
        if mail.mail.kind is MailKind.VENDOR:
            assert number <= 1, f"{mail.mail.message_id} arrived {number} times"
            assert mail.mail.recipients == (VENDOR,)
            record = claims[mail.mail.claim or ""]
            approval = record.last("approved")
            assert approval is not None
            assert approval.by == "ana"
            if number and record.deadline is not None and approval.at < record.deadline:
                at = next(each.at for each in world.delivered if each.message_id == mail.mail.message_id)
                assert at < record.deadline + TALK, f"{record.id} left at {format_instant(at)}"
        elif mail.state is MailState.SENT:
            assert number >= 1, f"{mail.mail.message_id} never arrived"
        else:
            # A talk that the daemon's end cut off, and a fate that a full disk did not take, are in doubt until the
            # next start, which sends again.
            assert mail.state in {MailState.PENDING, MailState.SENDING}, f"{mail.mail.message_id}: {mail.last_error}"
    unknown = set(arrived) - {mail.mail.message_id for mail in mails}
    assert not unknown, f"nobody has written {unknown}"
    for claim, record in claims.items():
        assert [event.kind for event in record.events].count("eligible") == 1, claim


def _told(service: str, what: str, spans: Spans) -> str:
    shown = [f"{format_instant(span.start)} to {format_instant(span.end)}" for span in spans]
    return f"{service} at {HERE}: {what}: {', '.join(shown[:5])}"
