"""What the rows of the JSON API look like, as JSON Schema: the names and forms that other programs may rely on.

Keys may be added to a row; none is taken away. Instants are text with an offset, amounts and ratios quoted decimals,
lengths seconds, exact to the microsecond.
"""

from __future__ import annotations

from typing import Any, Final

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.facts.observation import OutageClass
from uptime_daemon.core.facts.records import Decision
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.judging.statement import Status
from uptime_daemon.core.time.periods import PeriodKind

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
NAME_OR_NONE: Final[Schema] = {"type": ["string", "null"]}
INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}
INSTANT_OR_NONE: Final[Schema] = {"type": ["string", "null"], "format": "date-time"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
FLAG: Final[Schema] = {"type": "boolean"}
SECONDS: Final[Schema] = {"type": "number"}
SECONDS_OR_NONE: Final[Schema] = {"type": ["number", "null"]}
AMOUNT: Final[Schema] = {"type": ["string", "null"], "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
DIGEST: Final[Schema] = {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"}


def _words(*words: str, none: bool = False) -> Schema:
    return {"enum": [*words, *([None] if none else [])]}


def _record(**keys: Schema) -> Schema:
    """An object that has all of these keys and may have others."""
    properties = {name.rstrip("_"): schema for name, schema in keys.items()}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _map(of: Schema) -> Schema:
    return {"type": "object", "additionalProperties": of}


_COMMON: Final[dict[str, Schema]] = {
    "at": INSTANT,
    "by": TEXT,
    "known_at": INSTANT,
    "evidence": DIGEST,
    "note": NAME_OR_NONE,
    "flags": _list(TEXT),
    "fact": COUNT,
}
"""Of every fact: when it happened, who stated it, when it was recorded, what proves it."""
SPAN: Final = _record(from_=INSTANT, to=INSTANT)

SCHEMAS: Final[dict[str, Schema]] = {
    "Error": _record(error=_record(code=TEXT, message=TEXT, field=NAME_OR_NONE)),
    "Report": _record(
        listening_seconds=SECONDS, age_seconds=SECONDS_OR_NONE, state=_words("up", "down", none=True), message=TEXT
    ),
    "Page": _record(total=COUNT, limit=COUNT, offset=COUNT, next=NAME_OR_NONE),
    "Span": SPAN,
    "Agreement": _record(
        id=TEXT,
        contract=TEXT,
        version=TEXT,
        plan=NAME_OR_NONE,
        title=TEXT,
        vendor=TEXT,
        timezone=TEXT,
        currency=NAME_OR_NONE,
        groups=_map(_list(TEXT)),
        judged=_list(
            _record(group=TEXT, period=_words(*PeriodKind), current=NAME_OR_NONE, last=NAME_OR_NONE),
        ),
        evaluated_to=INSTANT_OR_NONE,
    ),
    "Statements": _record(
        agreement=TEXT,
        case=COUNT,
        contract=TEXT,
        plan=NAME_OR_NONE,
        reading=TEXT,
        period=_record(name=TEXT, start=INSTANT, end=INSTANT, seconds=SECONDS),
        statements=_list({"$ref": "#/components/schemas/Statement"}),
        clocks=_list({"type": "object"}),
        claims=_list({"type": "object"}),
        needs_review=_list(TEXT),
    ),
    "Statement": _record(
        group=TEXT,
        status=_words(*Status),
        as_of=INSTANT,
        service_seconds=SECONDS,
        denominator_seconds=SECONDS,
        up_seconds=SECONDS,
        excluded_seconds=_map(SECONDS),
        unmeasured_seconds=_map(SECONDS),
        not_counted_seconds=_map(SECONDS),
        counted_seconds=SECONDS,
        rounding_seconds=SECONDS,
        downtime_seconds=SECONDS,
        downtime_seconds_shortest=SECONDS,
        downtime_seconds_longest=SECONDS,
        outages=COUNT,
        longest_outage_seconds=SECONDS,
        coverage=AMOUNT,
        availability=AMOUNT,
        availability_fraction=NAME_OR_NONE,
        targets=_list({"type": "object"}),
        conditions=_list({"type": "object"}),
        credit={"type": "object"},
        readings={"type": "object"},
        derivation=_list({"type": "object"}),
    ),
    "Outage": _record(
        group=TEXT,
        open=FLAG,
        shortest=SPAN,
        point=SPAN,
        longest=SPAN,
        class_=_words(*OutageClass, none=True),
        reasons=_map(COUNT),
        phases=_map(COUNT),
        votes=_map(_record(passed=COUNT, asked=COUNT)),
        suspect=FLAG,
    ),
    "Stretch": _record(group=TEXT, from_=INSTANT, to=INSTANT, state=_words(*State), reason=NAME_OR_NONE),
    "Ticket": _record(
        agreement=TEXT,
        ticket=TEXT,
        group=NAME_OR_NONE,
        severity=NAME_OR_NONE,
        cause=NAME_OR_NONE,
        outages=_list(INSTANT),
        events=_list(_record(kind=TEXT, channel=NAME_OR_NONE, **_COMMON)),
    ),
    "Condition": _record(
        agreement=TEXT,
        condition=TEXT,
        clause=TEXT,
        state=TEXT,
        title=TEXT,
        by=NAME_OR_NONE,
        at=INSTANT_OR_NONE,
        known_at=INSTANT_OR_NONE,
        evidence=DIGEST,
    ),
    "Maintenance": _record(
        agreement=TEXT,
        id=TEXT,
        from_=INSTANT,
        to=INSTANT,
        stands=_words("whole", "in part", "cancelled", "taken back"),
        group=NAME_OR_NONE,
        kind=NAME_OR_NONE,
        cause=NAME_OR_NONE,
        emergency=FLAG,
        announced_at=INSTANT_OR_NONE,
        received_at=INSTANT_OR_NONE,
        published_at=INSTANT_OR_NONE,
        cancelled_at=INSTANT_OR_NONE,
        notice=NAME_OR_NONE,
        channel=NAME_OR_NONE,
        replaces=NAME_OR_NONE,
        **{key: schema for key, schema in _COMMON.items() if key != "at"},
    ),
    "Exclusion": _record(
        agreement=TEXT,
        id=TEXT,
        from_=INSTANT,
        to=INSTANT,
        group=NAME_OR_NONE,
        cause=TEXT,
        decision=_words(*Decision),
        **_COMMON,
    ),
    "Claim": _record(
        id=TEXT,
        agreement=TEXT,
        period=TEXT,
        group=TEXT,
        stage=TEXT,
        state=_words(*ClaimState),
        deadline=INSTANT_OR_NONE,
        amount=AMOUNT,
        currency=NAME_OR_NONE,
    ),
    "Revision": _record(
        agreement=TEXT,
        period=TEXT,
        group=TEXT,
        revision=COUNT,
        at=INSTANT,
        by=TEXT,
        why=TEXT,
        downtime_seconds=SECONDS,
        credit=AMOUNT,
        revises=DIGEST,
        difference={"type": "object"},
        digest=DIGEST,
        in_force=FLAG,
    ),
    "Annotation": _record(time=COUNT, timeEnd=COUNT, title=TEXT, text=TEXT, tags=_list(TEXT)),
    "Target": _record(targets=_list(TEXT), labels=_map(TEXT)),
    "Fact": _record(kind=TEXT, subject=TEXT, agreement=NAME_OR_NONE, body={"type": "object"}, **_COMMON),
}
"""By name."""
