"""Each day's digest is chained to the day before: whatever is changed, added or removed afterwards is found."""

import json
from collections.abc import Callable, Collection
from dataclasses import replace

import pytest
from sqlalchemy import text

from tests.store.samples import HERE, STALE, T0, fact, failed, mail, observe_all, passed, step
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND
from uptime_daemon.store import seals
from uptime_daemon.store.database import Database, open_store
from uptime_daemon.store.kept import FrozenStatement, KeptAbsence, Seal
from uptime_daemon.store.verifying import verify

MORNING = T0 + 3 * DAY + 2 * HOUR
"""When the days before are sealed."""


def fill(store: Database) -> list[Seal]:
    """A seal over nothing, two days with a row of every kind, and the morning of the fourth; returns the seal."""
    first = store.seal(T0 + HOUR)
    for day in range(2):
        at = T0 + day * DAY + HOUR
        observe_all(store, [passed(at), failed(at + 30 * SECOND), passed(at + MINUTE)])
        store.append_absence(KeptAbsence(at + 2 * HOUR, at + 3 * HOUR, "paused", HERE))
        store.store_definitions({"probes/acme.yaml": f"vendor: acme{day}\n"}, at)
        evidence = store.keep_evidence(b"%PDF" + bytes([day]), "mail.pdf", at)
        store.append_fact(fact(f"T{day}", at=at, evidence=evidence))
        store.freeze_statement(FrozenStatement("acme", "service", "2026-05", day + 1, "{}", at, "uptime-daemon"))
        store.append_claim_event(replace(step(day + 1), at=at), [mail(f"<{day}@x>")])
    observe_all(store, [passed(T0 + 3 * DAY + HOUR)])
    return first


@pytest.fixture
def sealed(store: Database) -> Database:
    """The same, sealed."""
    fill(store)
    store.seal(MORNING)
    return store


def forged(store: Database, statement: str, heads: Collection[str] = ()) -> tuple[str, ...]:
    """What is found while a forgery stands; it is taken back afterwards."""
    if store._writing.dialect.name == "postgresql":
        statement = statement.replace("content = name", "content = convert_to(name, 'UTF8')")
    values = {"at": T0 + DAY} if ":at" in statement else {}
    with store._writing.connect() as connection, connection.begin() as transaction:
        connection.execute(text(statement).bindparams(**values))
        problems = verify(connection, heads).problems
        transaction.rollback()
    return problems


def test_days_are_sealed_once_they_are_over(store: Database) -> None:
    """The first seal holds all that came before, each further one a day; the last hours are open."""
    first = fill(store)
    assert store.seal(T0 + DAY + 59 * MINUTE) == []
    assert [(seal.start, seal.end, seal.previous) for seal in first] == [(0, T0, "")]
    later = store.seal(MORNING)
    assert [(seal.start, seal.end) for seal in later] == [(T0 + n * DAY, T0 + (n + 1) * DAY) for n in range(3)]
    assert [seal.previous for seal in later] == [first[0].head, later[0].head, later[1].head]
    assert store.seal(MORNING) == []
    found = store.verify([seal.head for seal in (*first, *later)])
    assert (found.seals, found.until, found.head) == (4, T0 + 3 * DAY, later[-1].head)
    assert (found.problems, found.notes) == ((), ())


def test_very_long_history_is_sealed_by_the_day(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies before the first sealed day is one stretch only as long as it is not too much; nothing is left out."""
    monkeypatch.setattr(seals, "RUNS_OF_BEGINNING", 3)
    starts = [T0 - (9 - number) * DAY + HOUR for number in range(6)]
    outcomes = ((Outcome.FAIL, Reason.STATUS), (Outcome.PASS, Reason.NONE))
    runs = [
        Run("acme/web", "import", *outcomes[number % 2], at, at + MINUTE, 2, MINUTE) for number, at in enumerate(starts)
    ]
    store.insert_history(runs, STALE)
    made = store.seal(T0 + HOUR)
    assert [seal.start for seal in made] == [0, *(T0 - n * DAY for n in range(6, 0, -1))]
    assert [seal.end for seal in made] == [*(seal.start for seal in made[1:]), T0]
    assert sum(json.loads(seal.kinds).get("run begun", [0])[0] for seal in made) == len(runs)
    assert (store.verify().problems, store.verify().seals) == ((), len(made))


def test_a_record_that_goes_on_stays_as_it_was_sealed(sealed: Database) -> None:
    """New rows, a run that ends and an absence that does, change no day that is over."""
    paused = sealed.append_absence(KeptAbsence(MORNING, None, "paused", HERE, "acme/sip"))
    observe_all(sealed, [passed(MORNING), failed(MORNING + 30 * SECOND)])
    sealed.end_absence(paused, MORNING + DAY)
    sealed.append_fact(fact("T9", at=MORNING))
    assert len(sealed.seal(MORNING + DAY)) == 1
    assert (sealed.verify().problems, sealed.verify().notes) == ((), ())


FORGERIES = [
    ("UPDATE run SET last = last - 1 WHERE outcome = 'fail'", "run ended", "changed"),
    ("UPDATE run SET outcome = 'pass' WHERE outcome = 'fail'", "run begun", "changed"),
    ("DELETE FROM run WHERE outcome = 'fail'", "run begun", "removed"),
    ("INSERT INTO run VALUES (1, :at, :at + 1, 2, 1, 'fail', 'status')", "run begun", "added"),
    ("UPDATE failure SET attempt = '{}'", "failure", "changed"),
    ("DELETE FROM failure", "failure", "removed"),
    ("INSERT INTO failure VALUES (1, :at, 'fail', 'status', 1, '{}', '[]')", "failure", "added"),
    ("UPDATE series SET vantage = 'elsewhere'", "run ended", "changed"),
    ("UPDATE fact SET body = '{}' WHERE id = 1", "fact", "changed"),
    ("UPDATE fact SET \"by\" = 'eve' WHERE id = 1", "fact", "changed"),
    ("DELETE FROM fact WHERE id = 1", "fact", "removed"),
    (
        """INSERT INTO fact (id, kind, subject, body, at, known_at, "by")
        VALUES (9, 'condition', 'c', '{}', :at, :at, 'eve')""",
        "fact",
        "added",
    ),
    ("UPDATE definition SET text = 'vendor: other'", "definition", "changed"),
    ("DELETE FROM definition WHERE id = 1", "definition", "removed"),
    ("INSERT INTO definition (id, name, at) VALUES (9, 'probes/acme.yaml', :at)", "definition", "added"),
    ("UPDATE absence SET reason = 'voided'", "absence begun", "changed"),
    ('UPDATE absence SET "end" = "end" + 1', "absence ended", "changed"),
    ("DELETE FROM absence", "absence begun", "removed"),
    (
        """INSERT INTO absence (id, vantage, probe, reason, start, "end") VALUES (9, '', '', 'paused', :at, :at + 1)""",
        "absence begun",
        "added",
    ),
    ("UPDATE statement SET period = '2026-04' WHERE id = 1", "statement", "changed"),
    ("DELETE FROM statement WHERE id = 1", "statement", "removed"),
    (
        """INSERT INTO statement (id, agreement, "group", period, revision, body, at, "by", why, digest)
        SELECT 9, agreement, "group", period, 9, body, at, "by", why, digest FROM statement WHERE id = 1""",
        "statement",
        "added",
    ),
    ("UPDATE claim_event SET kind = 'sent' WHERE number = 1", "claim step", "changed"),
    ("DELETE FROM claim_event WHERE number = 1", "claim step", "removed"),
    (
        """INSERT INTO claim_event (id, claim, number, at, kind, "by", body)
        VALUES (9, '2026-06/service', 9, :at, 'sent', 'eve', '{}')""",
        "claim step",
        "added",
    ),
    ("UPDATE evidence SET name = 'other.pdf'", "evidence", "changed"),
    ("UPDATE evidence SET at = at + 86400000000", "evidence", "removed"),
    ("INSERT INTO evidence SELECT 'ab' || digest, name, content, at FROM evidence", "evidence", "added"),
    ("UPDATE series SET id = id + 100", "run begun", "removed"),
    ("UPDATE series SET stale_after = 99000000", "series", "changed"),
]
"""What somebody does who can write the database; the kind of row, and what becomes of it."""


def test_any_row_that_is_not_as_it_was_sealed_is_found(sealed: Database) -> None:
    """Its day, its kind, and whether it was changed, added or removed."""
    for statement, kind, what in FORGERIES:
        problems = forged(sealed, statement)
        assert any(f": {kind}: a row was {what}: " in problem for problem in problems), (statement, problems)
        assert all(problem.startswith(("2026-06-0", "evidence ab")) for problem in problems)  # whose content was added


CONTRADICTIONS = [
    ("UPDATE evidence SET content = name", "its content was changed"),
    ("UPDATE statement SET body = '[]' WHERE id = 1", "statement 1: its text was changed"),
    ("UPDATE seal SET kinds = '{}' WHERE id = 2", "the seal itself was changed"),
    ("DELETE FROM seal WHERE id = 2", "a seal before it was removed or changed"),
    ("DELETE FROM seal WHERE id = 2", "the time before it has no seal"),
    (
        """INSERT INTO seal SELECT 9, start, "end", kinds, previous, head, at, why FROM seal WHERE id = 2""",
        "a seal before it was removed or changed",
    ),
    ("DELETE FROM seal WHERE id = 4", "is not in the chain: it was cut or written anew"),
    ("UPDATE seal SET head = 'a' WHERE id = 4", "is not in the chain: it was cut or written anew"),
]


def test_what_contradicts_itself_is_found(store: Database) -> None:
    """Content against its digest, seals against each other, and heads that were kept elsewhere against the chain."""
    heads = [seal.head for seal in (*fill(store), *store.seal(MORNING))]
    for statement, problem in CONTRADICTIONS:
        problems = forged(store, statement, heads)
        assert any(problem in found for found in problems), (statement, problems)
    assert forged(store, "UPDATE lease SET epoch = epoch", heads) == ()


AT_ANY_TIME = [
    each
    for each in FORGERIES
    if each[1] in {"absence begun", "claim step", "definition", "fact", "statement"} and each[2] != "added"
]
"""Of rows that never change and only follow one another even a day that is due to be sealed anew is held to account."""
DUE = "INSERT INTO seal_due SELECT DISTINCT start, 'history was imported' FROM seal"


@pytest.mark.parametrize("is_sealed_anew", [False, True])
def test_a_reason_to_seal_anew_hides_no_forgery(sealed: Database, *, is_sealed_anew: bool) -> None:
    """Whoever marks every day as due finds facts, definitions, statements and steps held against the former seals."""
    for statement, kind, what in [*AT_ANY_TIME, ("DELETE FROM run WHERE outcome = 'fail'", "run begun", "removed")]:
        with sealed._writing.connect() as connection, connection.begin() as transaction:
            for each in (DUE, statement):
                connection.execute(text(each))
            for start in seals.due(connection) if is_sealed_anew else ():
                seals.seal_anew(connection, start, MORNING)
            found = verify(connection, ())
            transaction.rollback()
        assert any(f": {kind}: a row was {what}: " in each for each in found.problems), (statement, found)
        told = "sealed anew at" if is_sealed_anew else "to be sealed anew: history was imported"
        assert any(told in note for note in found.notes)


def test_what_was_sealed_anew_is_told_with_what_it_changed(sealed: Database) -> None:
    """Who reads the notes sees whether the reason fits."""
    sealed.append_fact(fact("T7", at=T0 + HOUR))
    sealed.seal(MORNING)
    (note,) = sealed.verify().notes
    assert note.endswith(": sealed anew at 2026-06-04T02:00:00Z: a fact was stated (fact 1 to 2)")


def test_days_without_a_seal_are_told(sealed: Database) -> None:
    """Who removes the last seals leaves a chain that holds; that a daemon lived long after them is told."""
    with sealed._writing.begin() as connection:
        connection.execute(text("DELETE FROM seal WHERE id > 2"))
    found = sealed.verify()
    assert found.problems == ()
    (note,) = found.notes
    assert note.startswith("2026-06-02T00:00:00Z to 2026-06-04T00:00:00Z: not sealed; a daemon does it within ten min")
    assert note.endswith(", else the last seals were removed")


NONSENSE = [
    ("UPDATE seal SET kinds = '[]' WHERE id = 3", "2026-06-02T00:00:00Z to 2026-06-03T00:00:00Z: "),
    ("UPDATE seal SET why = '' || at WHERE id = 3", "2026-06-02T00:00:00Z to 2026-06-03T00:00:00Z: "),
    ("UPDATE seal SET start = 4611686018427387904 WHERE id = 3", "seal 3: "),
]


def test_a_seal_that_says_nonsense_is_named(sealed: Database) -> None:
    """Whatever stands in it."""
    for statement, problem in NONSENSE:
        problems = forged(sealed, statement)
        assert any(each == f"{problem}the seal itself was changed" for each in problems), (statement, problems)


def test_history_that_is_imported_is_sealed_anew(sealed: Database) -> None:
    """The old seals stay in the chain, the new ones say why; nothing is taken for a forgery."""
    history = Run("acme/web", "import", Outcome.PASS, Reason.NONE, T0 - 9 * DAY, T0 + HOUR, 99, HOUR)
    sealed.insert_history([history], HOUR)
    assert sealed.verify().problems == ()
    assert [note.partition(": ")[2] for note in sealed.verify().notes] == [
        "to be sealed anew: history was imported"
    ] * 2
    assert [(seal.start, seal.why) for seal in sealed.seal(MORNING)] == [
        (0, "history was imported"),
        (T0, "history was imported"),
    ]
    found = sealed.verify()
    assert (found.seals, found.problems, len(found.notes)) == (6, (), 2)
    sealed.insert_history([history], HOUR)  # nothing new: nothing to be sealed anew
    assert sealed.seal(MORNING) == []


def rights() -> list[Callable[[Database], object]]:
    """What people and the daemon rightly write into time that is sealed."""

    def stepped_back(store: Database) -> None:
        store.clock_stepped(T0 + 5 * HOUR)
        observe_all(store, [failed(T0 + 5 * HOUR), passed(T0 + 5 * HOUR + 30 * SECOND)])

    return [
        stepped_back,
        lambda store: store.append_fact(fact("T7", at=T0 + HOUR)),
        lambda store: store.append_absence(KeptAbsence(T0 + 8 * HOUR, T0 + 9 * HOUR, "voided")),
        lambda store: store.append_claim_event(replace(step(3), at=T0 + HOUR)),
        lambda store: store.keep_evidence(b"late", "late.pdf", T0 + HOUR),
        lambda store: store.store_definitions({}, T0 + HOUR),
        lambda store: store.freeze_statement(FrozenStatement("acme", "x", "2026-05", 1, "{}", T0 + HOUR, "ana")),
    ]


def test_what_is_rightly_written_late_is_no_forgery(sealed: Database) -> None:
    """It is told until it is sealed anew, and told as sealed anew for ever."""
    for number, right in enumerate(rights()):
        right(sealed)
        assert sealed.verify().problems == ()
        assert len(sealed.verify().notes) == number + 1
        assert {seal.start for seal in sealed.seal(MORNING)} == {T0}
        assert sealed.verify().problems == ()
        assert len(sealed.verify().notes) == number + 1


def test_a_probe_that_is_tried_once_a_day_is_no_forgery(store: Database) -> None:
    """Its run goes on over days that are sealed already."""
    for day in range(4):
        store.observe(passed(T0 + day * DAY + 23 * HOUR), 60 * HOUR)
        store.flush()
        store.seal(T0 + (day + 1) * DAY + HOUR)
        assert store.verify().problems == ()


def test_the_chain_goes_on_after_a_restart(sealed: Database, url: str) -> None:
    """Seals are rows like all others."""
    head = sealed.verify().head
    sealed.close()
    with open_store(url, create=False) as again:
        again.open_session(HERE, MORNING)
        again.observe(passed(MORNING), STALE)
        (made,) = again.seal(MORNING + DAY)
        assert made.previous == head
        assert again.verify().problems == ()
