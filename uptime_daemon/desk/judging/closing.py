"""Closed statements: frozen with what they rest on; a later fact makes a revision, and only if a figure changes.

A revision names the one before, who stated what since, and the difference. What was frozen is never changed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.judging.statement import Status
from uptime_daemon.core.time.instants import HOUR, format_instant
from uptime_daemon.definitions.holidays import HOLIDAYS_VERSION
from uptime_daemon.definitions.zones import TZDATA_VERSION
from uptime_daemon.desk.intake.records import FactKind
from uptime_daemon.desk.judging.clock_json import calendars_json, clock_json
from uptime_daemon.desk.judging.statement_json import period_json, statement_json
from uptime_daemon.desk.judging.ticket_clocks import clocks_within
from uptime_daemon.store.kept import FrozenStatement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.periods import Period
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.kept import Fact

DAEMON: Final = "uptime-daemon"
"""Who closes a statement that nobody touched."""
PERIODS_BACK: Final = 60
"""How many periods back are looked after: five years of months, as long as claims can live."""
JUDGED_A_PASS: Final = 6
"""How many periods one pass judges: a pass takes the database for seconds at most, the next one goes on."""
LOOK_AGAIN_AFTER: Final = 6 * HOUR
"""After this long a period is judged anew without a new fact: history may have been imported meanwhile."""
_FIGURES: Final = (
    "service_seconds", "denominator_seconds", "up_seconds", "excluded_seconds", "unmeasured_seconds",
    "not_counted_seconds", "counted_seconds", "rounding_seconds", "downtime_seconds", "downtime_seconds_shortest",
    "downtime_seconds_longest", "outages", "longest_outage_seconds", "coverage", "availability_fraction", "targets",
    "credit", "readings",
)  # fmt: skip
"""What of a statement is a figure; texts, conditions and the instant of judging are none."""
_NO_FIGURES: Final = frozenset({"claimable", "rests_on", "clause"})
"""What inside them is none: whether something can be claimed changes with each answered condition."""


@dataclass(slots=True)
class Closing:
    """What has been looked at since the start: by agreement and period the last fact taken into account, and when."""

    looked: dict[tuple[str, str], tuple[int, Instant]] = field(default_factory=dict)

    def take(self, judge: Judge, at: Instant) -> list[FrozenStatement]:
        """Freeze what has closed and revise what facts have changed; returns what was frozen, oldest period first."""
        frozen: list[FrozenStatement] = []
        left = JUDGED_A_PASS
        for signed in judge.settings.agreements:
            kept = _kept(judge, signed)
            facts = _facts(judge, signed)
            newest = max((fact.id for fact in facts), default=0)
            for period in _closed_periods(signed, at):
                key = (signed.agreement.id, period.name)
                last, when = self.looked.get(key, (-1, 0))
                if last >= newest and at - when < LOOK_AGAIN_AFTER:
                    continue
                if left == 0:
                    return frozen
                left -= 1
                for statement in judge.statements(signed.agreement.id, period.name, at):
                    group = statement.judgement.group.name
                    made = _next(judge, signed, statement, kept.get((period.name, group)), facts, at)
                    if made is not None:
                        judge.store.freeze_statement(made)
                        frozen.append(made)
                self.looked[key] = (newest, at)
        return frozen


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The figures that differ between two statements' JSON: path -> value before, value after."""
    old, new = dict(_flat(before)), dict(_flat(after))
    paths = dict.fromkeys([*old, *new])
    return {path: [old.get(path), new.get(path)] for path in paths if old.get(path) != new.get(path)}


def _next(
    judge: Judge,
    signed: SignedAgreement,
    statement: Statement,
    before: FrozenStatement | None,
    facts: Sequence[Fact],
    at: Instant,
) -> FrozenStatement | None:
    """The first freezing of a closed statement or a revision of it, if there is a reason for one."""
    if statement.status is not Status.CLOSED or not statement.judgement.coverage:
        return None  # what nobody measured waits: history may still be imported
    judged = statement_json(statement)
    body: dict[str, Any] = {
        "statement": judged,
        "agreement": signed.agreement.id,
        "contract": signed.file.id,
        "plan": signed.agreement.plan,
        "reading": signed.readings.name,
        "period": period_json(statement.period),
        "rests_on": _rests_on(judge, facts),
        **_clocks(judge, statement, signed.agreement.id, at),
    }
    if before is None:
        return _frozen(signed, statement, 1, body, at, DAEMON, "")
    told = json.loads(before.body)
    changed = difference(told["statement"], judged)
    since = [fact for fact in facts if fact.id > told["rests_on"]["last_fact"]]
    is_measured_otherwise = _is_measured_otherwise(changed, told["rests_on"], body["rests_on"])
    if not changed or not (since or is_measured_otherwise):
        return None
    body["revises"] = {"revision": before.revision, "digest": before.digest, "difference": changed}
    reasons = [f"fact {fact.id}, {fact.kind} {fact.subject}, by {fact.by}" for fact in since]
    if is_measured_otherwise:
        share = "another share of the period is measured now"
        reasons.append(share if "coverage" in changed else "what was measured is on record otherwise now")
    if told["rests_on"]["definitions"] != judge.settings.digest:
        reasons.append("definitions have changed since")
    by = ", ".join(dict.fromkeys(fact.by for fact in since)) or DAEMON
    return _frozen(signed, statement, before.revision + 1, body, at, by, "; ".join(reasons))


def _is_measured_otherwise(changed: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether history was imported meanwhile: nothing that figures rest on explains the difference but the record."""
    return "coverage" in changed or (bool(changed) and before == now)


def _clocks(judge: Judge, statement: Statement, agreement_id: str, at: Instant) -> dict[str, Any]:
    """The clocks of the group's tickets with the calendars that they ran in; no key where there are none."""
    groups = statement.judgement.group.groups
    found = clocks_within(judge, agreement_id, statement.period.span, at)
    own = [each for each in found if each.round.ticket.group in groups]
    return {"clocks": [clock_json(each) for each in own], "calendars": calendars_json(own)} if own else {}


def _frozen(
    signed: SignedAgreement,
    statement: Statement,
    revision: int,
    body: Mapping[str, Any],
    at: Instant,
    by: str,
    why: str,
) -> FrozenStatement:
    return FrozenStatement(
        agreement=signed.agreement.id,
        group=statement.judgement.group.name,
        period=statement.period.name,
        revision=revision,
        body=json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        at=at,
        by=by,
        why=why,
    )


def _rests_on(judge: Judge, facts: Sequence[Fact]) -> dict[str, Any]:
    """The versions of everything that a figure may depend on besides the record."""
    return {
        "definitions": judge.settings.digest,
        "last_fact": max((fact.id for fact in facts), default=0),
        "holidays": HOLIDAYS_VERSION,
        "tzdata": TZDATA_VERSION,
        "software": version("uptime-daemon"),
    }


def _kept(judge: Judge, signed: SignedAgreement) -> dict[tuple[str, str], FrozenStatement]:
    """The latest revision of each period and group."""
    return {(each.period, each.group): each for each in judge.store.statements(agreement=signed.agreement.id)}


def _facts(judge: Judge, signed: SignedAgreement) -> list[Fact]:
    """The facts that an agreement's figures may depend on, in order of recording."""
    own = judge.store.facts(agreement=signed.agreement.id)
    return sorted([*own, *judge.store.facts(kind=FactKind.VOID.value)], key=lambda fact: fact.id)


def _closed_periods(signed: SignedAgreement, at: Instant) -> list[Period]:
    """The agreement's periods that have closed, oldest first; of rolling ones those that lie back to back."""
    terms = signed.readings.chosen
    found: list[Period] = []
    inside = at
    for _ in range(PERIODS_BACK):
        try:
            period = terms.cycle.claimed(inside)[-1]
        except ValueError:
            return []  # the days of the event are not known: the parameter is missing, which `check` says
        start, end = signed.agreement.covered(period.span)
        if end <= start or period in found:
            break
        if period.span.end + terms.closes_after <= at:
            found.append(period)
        inside = period.span.start - 1
    return found[::-1]


def _flat(statement: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in _FIGURES:
        yield from _leaves(key, statement.get(key))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            for key, inner in value.items():
                if key not in _NO_FIGURES:
                    yield from _leaves(f"{path}.{key}", inner)
        case list():
            for index, inner in enumerate(value):
                name = inner.get("id", index) if isinstance(inner, dict) else index
                yield from _leaves(f"{path}.{name}", inner)
        case _:
            yield path, value


def revisions(judge: Judge, agreement: str | None, period: str | None) -> list[dict[str, Any]]:
    """The rows of one agreement or all, of one period or all. Raises `UnknownError`."""
    if agreement is not None:
        judge.signed(agreement)
    return revision_rows(judge.store.statements(agreement, period))


def revision_rows(frozen: Sequence[FrozenStatement]) -> list[dict[str, Any]]:
    """Every frozen statement with what it changed, for tables and the API."""
    by_key: dict[tuple[str, str, str], list[FrozenStatement]] = defaultdict(list)
    for each in frozen:
        by_key[each.agreement, each.period, each.group].append(each)
    rows = []
    for own in by_key.values():
        for each in own:
            body = json.loads(each.body)
            revises = body.get("revises")
            rows.append(
                {
                    "agreement": each.agreement,
                    "period": each.period,
                    "group": each.group,
                    "revision": each.revision,
                    "at": format_instant(each.at),
                    "by": each.by,
                    "why": each.why,
                    "downtime_seconds": body["statement"]["downtime_seconds"],
                    "credit": body["statement"]["credit"].get("amount"),
                    "revises": None if revises is None else revises["digest"],
                    "difference": {} if revises is None else revises["difference"],
                    "digest": each.digest,
                    "in_force": each is own[-1],
                }
            )
    return rows
