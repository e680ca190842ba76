from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.desk.acme import Acme
from tests.web.crowd import BEGIN, Crowd, settings_of
from uptime_daemon.core.facts.attempt import Attempt, CheckResult, Means
from uptime_daemon.core.facts.observation import Observation, Outcome, Phase, Reason
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.facts.ticket import EventKind, Ticket, TicketEvent
from uptime_daemon.core.facts.timeline import Timeline, known
from uptime_daemon.core.terms.clock import ClockTerms, EventRule, Limit, LimitUnit, StartRule
from uptime_daemon.core.terms.need import Binding, Need, NeedKind
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND, Instant, parse_instant
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.desk.intake.records import Stated
from uptime_daemon.desk.showing.past import months_of
from uptime_daemon.settings.values import Settings
from uptime_daemon.store.errors import TooMuchError
from uptime_daemon.store.kept import Mark
from uptime_daemon.watch.admission import Skip
from uptime_daemon.watch.confirmation import Changed


def test_entries_of_what_did_not_change_are_kept() -> None:
    """After one attempt at one probe all other entries are the very same objects, groups without news included."""
    crowd = Crowd(settings_of(40))
    before = crowd.board()
    crowd.tried([crowd.names[11]], Reason.STATUS)
    after = crowd.refreshed()
    assert [old is new for old, new in zip(before.probes, after.probes, strict=True)].index(False) == 11
    assert sum(old is not new for old, new in zip(before.probes, after.probes, strict=True)) == 1
    assert [old is new for old, new in zip(before.groups, after.groups, strict=True)] == [True, False, True, True]
    (tried,) = [probe for probe in after.probes if probe.id == crowd.names[11]]
    assert (tried.views[0].attempts, tried.views[0].failures) == (2, {Reason.STATUS: 1})


def test_everything_that_happens_to_a_probe_is_shown() -> None:
    """A slot that is skipped is news of its probe, and time that passes is news of every group in a known state."""
    crowd = Crowd(settings_of(20))
    crowd.measure.skipped(crowd.names[3], Skip.IN_FLIGHT, 2)
    crowd.passed(0)
    crowd.passed(7 * SECOND)
    board = crowd.refreshed()
    (skipped,) = [probe for probe in board.probes if probe.views[0].skipped]
    assert (skipped.id, skipped.views[0].skipped) == (crowd.names[3], {"in_flight": 2})
    assert [group.observed for group in board.groups] == [7 * SECOND, 7 * SECOND]


def test_slow_is_only_what_is_up() -> None:
    """A group that is down is not degraded as well, and of a probe that nobody looks at nobody knows how fast it is."""
    crowd = Crowd(settings_of(10))
    slow, other = crowd.names[:2]
    late = CheckResult("seconds", "below 1", "2", holds=False, means=Means.SLOW)
    seen = Observation(slow, "prague-1", crowd.at, Outcome.PASS)
    crowd.measure.measured(seen, Attempt(Outcome.PASS, Reason.NONE, SECOND, Phase.ANSWER, checks=(late,)))

    def degraded(probe: str, state: State) -> tuple[bool, bool]:
        crowd.measure.changed(Changed(probe, "prague-1", state, crowd.at))
        board = crowd.refreshed()
        return board.groups[0].degraded, next(each.degraded for each in board.probes if each.id == slow)

    assert degraded(slow, State.UP) == (True, True)
    assert degraded(other, State.DOWN) == (False, True)
    assert degraded(other, State.UP) == (True, True)
    assert degraded(slow, State.UNKNOWN) == (False, False)


def test_reload_between_two_steps() -> None:
    """Files that are read anew while a board is being made: it shows what they define, all of it and nothing else."""
    crowd = Crowd(settings_of(1_000))
    crowd.tried(crowd.names)
    making = crowd.keeper.freshen()
    next(making)
    crowd.define(settings_of(300, first=900))
    for _ in making:
        pass
    board = crowd.keeper.board(crowd.at)
    assert [probe.id for probe in board.probes] == list(crowd.settings.probes)
    assert [group.id for group in board.groups] == list(crowd.settings.groups)
    assert [probe.views[0].attempts for probe in board.probes] == [2] * 100 + [0] * 200


def test_changed_target_is_shown() -> None:
    """A probe that keeps its name and gets another address is shown with the new one."""
    crowd = Crowd(settings_of(10))
    (vendor,) = crowd.settings.vendors
    first, *others = vendor.probes
    moved = replace(first, endpoint=others[0].endpoint)
    crowd.define(replace(crowd.settings, vendors=(replace(vendor, probes=(moved, *others)),)))
    shown = list(crowd.refreshed().probes)
    assert shown[0].target == shown[1].target == "https://host-00001.vendor.example/health"


def test_time_of_a_contract_s_group_follows_its_binding(tmp_path: Path) -> None:
    """Up while any of two is up: one of them down is no down time of the contract's group, both are; unknown is not."""
    settings = settings_of(20)
    names = tuple(settings.groups)
    (signed, *_) = Acme(tmp_path).settings.agreements
    bindings = {"service": Binding(Need(NeedKind.ANY), names)}
    signed = replace(signed, agreement=replace(signed.agreement, bindings=bindings))
    crowd = Crowd(replace(settings, agreements=(signed,)))

    def passed(*states: State) -> tuple[int, int]:
        for name, state in zip(names, states, strict=True):
            for probe in settings.groups[name].probes:
                crowd.measure.stand(probe, state, crowd.at)
        crowd.passed(10 * SECOND)
        crowd.keeper.count_time(crowd.at)
        (agreement,) = crowd.refreshed().agreements
        (entry,) = agreement.stated
        return entry.observed // SECOND, entry.down // SECOND

    assert passed(State.UP, State.UP) == (0, 0)  # the first look only begins to count
    assert passed(State.UP, State.DOWN) == (10, 0)
    assert passed(State.DOWN, State.DOWN) == (20, 10)
    assert passed(State.UNKNOWN, State.DOWN) == (20, 10)


def test_missed_clocks_are_counted_and_never_taken_back(tmp_path: Path) -> None:
    """A clock that ran out since the start counts once; that it was kept after all takes nothing back."""
    settings = settings_of(10)
    (signed, *_) = Acme(tmp_path).settings.agreements
    limit = Limit(LimitUnit.CLOCK_HOURS, {"any": 1})
    clock = ClockTerms("response", "6.1", "", StartRule((EventRule("opened"),)), (EventRule("response"),), limit)
    chosen = signed.readings.chosen
    chosen = replace(chosen, support=replace(chosen.support, clocks=(clock,)))
    bindings = {"service": Binding(Need(NeedKind.ALL), tuple(settings.groups))}
    signed = replace(
        signed,
        readings=replace(signed.readings, chosen=chosen),
        agreement=replace(signed.agreement, bindings=bindings),
    )
    crowd = Crowd(replace(settings, agreements=(signed,)))
    opened = TicketEvent(EventKind.OPENED, BEGIN)
    answered = TicketEvent(EventKind.RESPONSE, BEGIN + MINUTE)

    def missed(at: Instant, *events: TicketEvent) -> dict[str, int]:
        old = Ticket("T0", "service", (TicketEvent(EventKind.OPENED, BEGIN - 9 * HOUR),))
        known = Stated((old, Ticket("T1", "service", events)))
        judge = Known(crowd.settings, known)
        crowd.keeper.judgings.judge(judge, crowd.keeper.live(), at, lambda: False)  # type: ignore[arg-type]
        (agreement,) = crowd.refreshed().agreements
        return dict(agreement.stated[0].missed)

    assert missed(BEGIN + HOUR, opened) == {"response": 0}  # the old one had run out when the daemon started
    assert missed(BEGIN + 2 * HOUR, opened) == {"response": 1}
    assert missed(BEGIN + 3 * HOUR, opened) == {"response": 1}
    assert missed(BEGIN + 4 * HOUR, opened, answered) == {"response": 1}


def test_an_agreement_that_cannot_be_judged_holds_up_no_other(tmp_path: Path) -> None:
    """It is named with its trouble until it can be, and its failures are counted."""
    (signed, *_) = Acme(tmp_path).settings.agreements
    settings = settings_of(10)
    bindings = {"service": Binding(Need(NeedKind.ALL), tuple(settings.groups))}
    agreements = tuple(
        replace(signed, agreement=replace(signed.agreement, id=name, bindings=bindings)) for name in ("a", "b", "c")
    )
    crowd = Crowd(replace(settings, agreements=agreements))

    def judged(too_much: str) -> tuple[str, ...]:
        judge = Known(crowd.settings, Stated(), too_much)
        return crowd.keeper.judgings.judge(judge, crowd.keeper.live(), BEGIN, lambda: False)  # type: ignore[arg-type]

    assert judged("b") == ("a", "c")
    assert crowd.keeper.judgings.unjudged == {"b": "more than 5 runs of 1 probes"}
    assert crowd.keeper.judgings.by_agreement["b"].evaluation.failures == 1
    assert judged("") == ("a", "b", "c")
    assert crowd.keeper.judgings.unjudged == {}


def test_groups_that_are_gone_after_a_reload_are_no_news() -> None:
    """The past is looked at while files are read anew: before the next board, and on another thread meanwhile."""
    crowd = Crowd(settings_of(30))
    past, names = crowd.keeper.past, list(crowd.settings.groups)
    empty = known(Span(BEGIN - HOUR, BEGIN), Spans(), ())

    class Rereading(Known):
        """A judge during whose work two groups leave the files."""

        def group_timelines(self, _: Span) -> dict[str, Timeline]:
            crowd.define(settings_of(10))
            return dict.fromkeys(names, empty)

    past.count(Rereading(crowd.settings, Stated()), BEGIN)  # type: ignore[arg-type]
    assert list(past.days) == names
    assert not past.is_due(crowd.settings, BEGIN + SECOND)


@dataclass
class Known:
    """A judge of whom only what was stated is asked, and that it has changed."""

    settings: Settings
    known: Stated
    too_much: str = ""

    @property
    def store(self) -> Known:
        """Where what was stated lies."""
        return self

    def changed_since(self, _mark: Mark | None) -> tuple[Mark, None]:
        """Whenever it is asked."""
        return Mark(0, 0, 0, 0), None

    def statements(self, agreement: str, *_: object) -> tuple[()]:
        """None; of one agreement more than fits into memory would be read."""
        if agreement == self.too_much:
            raise TooMuchError("more than 5 runs of 1 probes")
        return ()

    def stated(self, *_: object) -> Stated:
        """What was stated."""
        return self.known

    def facts(self, **_: object) -> tuple[()]:
        """None."""
        return ()

    def flush(self) -> None:
        """All is written."""


def test_months_begin_where_measuring_began() -> None:
    """Each month by its days in the zone: a month of 743 hours, half an hour down, and none before the first look."""
    zone = ZoneInfo("Europe/Belgrade")
    begun, at = parse_instant("2026-02-10T00:00:00+01:00"), parse_instant("2026-04-01T12:00:00+02:00")
    window = Span(parse_instant("2026-01-01T00:00:00+01:00"), at)
    outage = Spans.one(parse_instant("2026-03-29T01:45:00+01:00"), parse_instant("2026-03-29T03:15:00+02:00"))
    before = Spans.one(window.start, begun)
    seen = Timeline(
        window=window, shortest=outage, point=outage, longest=outage | before, unknown=(("daemon_off", before),)
    )
    months = months_of(seen, date(2026, 1, 1), zone, at)
    assert [(each.first.month, each.down, each.unknown) for each in months] == [
        (2, 0, 9 * DAY),
        (3, HOUR // 2, 0),
        (4, 0, 0),
    ]
    assert [each.total for each in months] == [28 * DAY, 743 * HOUR, 12 * HOUR]
