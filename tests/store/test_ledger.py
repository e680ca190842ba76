"""Definitions, evidence, facts and frozen statements are appended and come back as they were."""

import hashlib
import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.samples import T0, fact
from uptime_daemon.core.time.instants import DAY, HOUR, SECOND
from uptime_daemon.store.database import Database
from uptime_daemon.store.errors import ConflictError, StoreError
from uptime_daemon.store.kept import Definition, Evidence, FrozenStatement, KeptSession, in_force
from uptime_daemon.store.texts import canonical


def digest(text: str) -> str:
    """SHA-256, computed beside the store."""
    return hashlib.sha256(text.encode()).hexdigest()


def test_facts_come_back_as_they_were_stated(store: Database) -> None:
    """Every field of a fact survives; its id rises with each one."""
    evidence = store.keep_evidence(b"%PDF", "mail.pdf", T0)
    first = fact("T1", body={"text": "kvar \u0161 \U0001f600", "list": [1, None, True, {"b": "1.50", "a": 2}]})
    second = fact("T2", at=T0 + HOUR, agreement=None, evidence=evidence, kind="maintenance")
    ids = [store.append_fact(first), store.append_fact(second)]
    assert ids[0] < ids[1]
    assert store.facts() == [replace(first, id=ids[0]), replace(second, id=ids[1])]


def test_facts_are_chosen_by_agreement_kind_and_what_was_known(store: Database) -> None:
    """Each filter alone and together; a fact counts as known from the instant of its recording on."""
    for number, (agreement, kind) in enumerate([("a", "ticket"), ("a", "condition"), ("b", "ticket")]):
        store.append_fact(fact(str(number), at=T0 + number * DAY, agreement=agreement, kind=kind))
    assert [kept.subject for kept in store.facts(agreement="a")] == ["0", "1"]
    assert [kept.subject for kept in store.facts(kind="ticket")] == ["0", "2"]
    assert [kept.subject for kept in store.facts("a", "ticket")] == ["0"]
    assert [kept.subject for kept in store.facts(as_of=T0 + DAY + SECOND)] == ["0", "1"]
    assert [kept.subject for kept in store.facts(as_of=T0 + DAY + SECOND - 1)] == ["0"]


def test_a_fact_is_superseded_never_edited(store: Database) -> None:
    """The old fact stays readable, only the new one is in force, and who corrects the old one again is told."""
    old = store.append_fact(fact("T1"))
    new = store.append_fact(fact("T1", at=T0 + HOUR, supersedes=old))
    assert [kept.id for kept in store.facts()] == [old, new]
    assert [kept.id for kept in in_force(store.facts())] == [new]
    assert [kept.id for kept in in_force(store.facts(as_of=T0 + HOUR))] == [old]
    with pytest.raises(ConflictError, match=f"fact {old} was superseded by fact {new}"):
        store.append_fact(fact("T1", supersedes=old))


def test_a_fact_rests_on_what_is_there(store: Database) -> None:
    """Evidence that is not kept and a fact that does not exist are refused, and nothing is written."""
    with pytest.raises(StoreError, match="no evidence 0123 is kept; keep the file first"):
        store.append_fact(fact("T1", evidence="0123"))
    with pytest.raises(StoreError, match="there is no fact 7 to supersede"):
        store.append_fact(fact("T1", supersedes=7))
    assert store.facts() == []


@pytest.mark.parametrize("body", [{"amount": 12.5}, {"list": [{"deep": (1.0,)}]}, {1: "one"}])
def test_a_body_that_is_not_exact_is_refused(store: Database, body: dict[str, object]) -> None:
    """Floats have no exact text, and keys that are no text would change: neither is written."""
    with pytest.raises(TypeError, match=r"is a float|is no text"):
        store.append_fact(fact("T1", body=body))
    assert store.facts() == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_equal_bodies_are_equal_texts(body: dict[str, object]) -> None:
    """The canonical text does not depend on the order of keys and is plain ASCII without line breaks."""
    text = canonical(body)
    assert text == canonical(dict(reversed(body.items())))
    assert text.isascii()
    assert "\n" not in text
    assert "\x00" not in text


def test_evidence_is_kept_once_by_its_digest(store: Database) -> None:
    """The same content is one file under its first name; an unknown digest is none."""
    key = store.keep_evidence(b"\x00\xff", "status.png", T0)
    assert store.keep_evidence(b"\x00\xff", "again.png", T0 + DAY) == key == hashlib.sha256(b"\x00\xff").hexdigest()
    assert store.evidence(key) == Evidence(key, "status.png", b"\x00\xff", T0)
    assert store.evidence("0123") is None


def test_definitions_are_kept_when_they_change(store: Database) -> None:
    """A load writes the files that changed, came, went or came back; what was in force when can be read."""
    assert store.store_definitions({"probes/a.yaml": "a: 1", "probes/b.yaml": "b: 1"}, T0) == [
        "probes/a.yaml",
        "probes/b.yaml",
    ]
    assert store.store_definitions({"probes/a.yaml": "a: 1", "probes/b.yaml": "b: 1"}, T0 + 1) == []
    assert store.store_definitions({"probes/a.yaml": "a: 2"}, T0 + 2) == ["probes/a.yaml", "probes/b.yaml"]
    assert store.store_definitions({"probes/a.yaml": "a: 2", "probes/b.yaml": "b: 1"}, T0 + 3) == ["probes/b.yaml"]
    kept = store.definitions()
    assert kept == [
        Definition("probes/a.yaml", "a: 1", digest("a: 1"), T0),
        Definition("probes/b.yaml", "b: 1", digest("b: 1"), T0),
        Definition("probes/a.yaml", "a: 2", digest("a: 2"), T0 + 2),
        Definition("probes/b.yaml", None, None, T0 + 2),
        Definition("probes/b.yaml", "b: 1", digest("b: 1"), T0 + 3),
    ]
    assert store.definitions(as_of=T0 + 2) == kept[:4]


def test_statements_are_frozen_in_revisions(store: Database) -> None:
    """Body, digest, reason and number survive; a revision that is not the next one is refused."""
    first = FrozenStatement("acme-vendor", "service", "2026-06", 1, '{"amount": "25.02"}', T0, "daemon")
    second = replace(first, revision=2, body='{"amount": "50.04"}', at=T0 + DAY, by="ana", why="late ticket")
    ids = [store.freeze_statement(first), store.freeze_statement(second)]
    other = replace(first, period="2026-07")
    ids.append(store.freeze_statement(other))
    kept = [
        replace(statement, digest=digest(statement.body), id=number)
        for statement, number in zip((first, second, other), ids, strict=True)
    ]
    assert store.statements() == kept
    assert store.statements("acme-vendor", "2026-06") == kept[:2]
    assert store.statements("somebody else") == []
    for revision in (2, 4):
        with pytest.raises(ConflictError, match=f"2026-06 has 2 revisions; {revision} is not the next one"):
            store.freeze_statement(replace(second, revision=revision))


def test_of_two_corrections_at_once_one_wins(store: Database) -> None:
    """Two people who correct the same fact at the same time do not both succeed."""
    old = store.append_fact(fact("T1"))
    results: list[str] = []

    def correct() -> None:
        try:
            store.append_fact(fact("T1", supersedes=old))
        except ConflictError:
            results.append("conflict")
        else:
            results.append("written")

    threads = [threading.Thread(target=correct) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(results) == ["conflict", "conflict", "conflict", "written"]


def test_sessions_come_and_go(store: Database) -> None:
    """Who is signed in is kept until it ends or is dropped; dropping twice is no mistake."""
    first = KeptSession("a" * 64, "ana", "c" * 64, T0, T0 + HOUR)
    second = KeptSession("b" * 64, "ivo", "d" * 64, T0 + SECOND, T0 + 2 * HOUR)
    store.keep_session(second)
    store.keep_session(first)
    assert store.sessions(T0 + HOUR - 1) == [first, second]
    assert store.sessions(T0 + HOUR) == [second]
    store.drop_sessions([first.digest, second.digest])
    store.drop_sessions([second.digest])
    assert store.sessions(T0) == []
