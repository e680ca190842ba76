"""The people of the house as records: who may sign in, who may no longer, and since whose word.

Whoever is disabled keeps the name on everything that was done under it: facts and steps of claims are never changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.desk.intake.facts import IntakeError, checked_note
from uptime_daemon.store.kept import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.settings.values import Role, User
    from uptime_daemon.store.ports import Store

FACT_KIND: Final = "person"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in, or did."""

    name: str
    role: Role | None
    """None: no longer among the users of uptime.yaml."""
    is_disabled: bool
    told: Fact | None
    """What was recorded about the person last."""


def people(users: Sequence[User], store: Store) -> list[Person]:
    """Every user, and everybody about whom something is on record, by name."""
    told = _last(store)
    roles = {user.name: user.role for user in users}
    return [Person(name, roles.get(name), _is_off(told.get(name)), told.get(name)) for name in sorted({*roles, *told})]


def disabled(store: Store) -> frozenset[str]:
    """The names under which nobody signs in or decides any more."""
    return frozenset(name for name, fact in _last(store).items() if _is_off(fact))


def disabled_by(store: Store, name: str) -> str | None:
    """Who disabled a person; None for one who is not."""
    fact = _last(store).get(name)
    return fact.by if fact is not None and _is_off(fact) else None


def change(
    users: Sequence[User], store: Store, name: str, by: str, at: Instant, *, disable: bool, note: str | None = None
) -> Fact:
    """Record that somebody may no longer sign in, or may again. Raises `IntakeError`."""
    found = next((each for each in people(users, store) if each.name == name), None)
    if found is None:
        known = ", ".join(user.name for user in users) or "none"
        raise IntakeError(f"{name!r} is no user; the users are: {known}", "name")
    if disable and name == by:
        raise IntakeError("nobody disables themselves; ask somebody else, so that one person can still sign in", "name")
    if found.is_disabled is disable:
        raise IntakeError(f"{name} is {'disabled' if disable else 'not disabled'} already", "name")
    body = {"state": "disabled" if disable else "enabled", "note": checked_note(note)}
    fact = Fact(FACT_KIND, name, {key: value for key, value in body.items() if value is not None}, at, at, by)
    store.append_fact(fact)
    return fact


def _last(store: Store) -> dict[str, Fact]:
    facts: Iterable[Fact] = store.facts(kind=FACT_KIND)
    return {fact.subject: fact for fact in facts}


def _is_off(fact: Fact | None) -> bool:
    return fact is not None and fact.body["state"] == "disabled"
