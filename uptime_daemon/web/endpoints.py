"""Every path of the JSON API with what may be asked of it: read by the handlers and by the OpenAPI document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.facts.records import Answer, Decision
from uptime_daemon.core.facts.state import State
from uptime_daemon.web.questions import AGREEMENT, AS_OF, FROM, GROUP, PAGING, PERIOD, TO, Parameter, choice

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX: Final = "/api/v1/"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path that is read."""

    name: str
    """Below `/api/v1/`; also the key of its rows."""
    about: str
    query: tuple[Parameter, ...] = ()
    rows: str = ""
    """The schema of a row; empty where the answer is no list of rows under a key."""

    @property
    def path(self) -> str:
        """The whole path."""
        return f"{PREFIX}{self.name}"

    @property
    def is_paged(self) -> bool:
        """Whether the answer is a page of rows."""
        return PAGING[0] in self.query


_MILLISECONDS_OR_INSTANT: Final = {
    "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "pattern": r"^[0-9]{1,14}$"}],
    "type": "string",
    "examples": ["2026-06-03T10:00:00Z", "1780480800000"],
}
ANNOTATION_KINDS: Final = ("outage", "maintenance")
_OF_AGREEMENT: Final = (AGREEMENT, GROUP, *PAGING)

AGREEMENTS: Final = Endpoint(
    "agreements",
    "What is agreed, measured by what, and which statements there are.",
    PAGING,
    "Agreement",
)
STATEMENTS: Final = Endpoint(
    "statements",
    "Judgements with their derivation, computed anew from the record for any period and as known at any instant.",
    (AGREEMENT, GROUP, PERIOD, AS_OF, *PAGING),
    "Statements",
)
OUTAGES: Final = Endpoint(
    "outages",
    "What was measured, with brackets, before any contract.",
    (GROUP, FROM, TO, choice("state", "Those that go on, or those that are over.", ("open", "over")), *PAGING),
    "Outage",
)
TIMELINE: Final = Endpoint(
    "timeline",
    "Every stretch of a group of probes in one state.",
    (GROUP, FROM, TO, choice("state", "In this state only.", tuple(State)), *PAGING),
    "Stretch",
)
CLAIMS: Final = Endpoint(
    "claims",
    "Claims with their states, deadlines and amounts.",
    (AGREEMENT, GROUP, choice("state", "In this state only.", tuple(ClaimState)), *PAGING),
    "Claim",
)
REVISIONS: Final = Endpoint(
    "revisions",
    "What was frozen when periods closed, and what later facts have changed.",
    (AGREEMENT, GROUP, PERIOD, *PAGING),
    "Revision",
)
ANNOTATIONS: Final = Endpoint(
    "annotations",
    "Outages and announced work as stretches with words, for the graphs of others; never paged.",
    (
        choice("kind", "Of this kind only.", ANNOTATION_KINDS),
        GROUP,
        Parameter(
            "from", "The stretch begins here, in milliseconds since 1970 or as an instant.", _MILLISECONDS_OR_INSTANT
        ),
        Parameter("to", "The stretch ends here.", _MILLISECONDS_OR_INSTANT),
    ),
    "Annotation",
)
TARGETS: Final = Endpoint(
    "prometheus/targets", "Every probe as a target of Prometheus's HTTP service discovery; always the whole list."
)
FACTS: Final[Mapping[str, Endpoint]] = {
    each.name: each
    for each in (
        Endpoint("tickets", "Tickets with their events in time order.", (AS_OF, *_OF_AGREEMENT), "Ticket"),
        Endpoint(
            "conditions",
            "Every condition of a contract with the answer that stands.",
            (AGREEMENT, AS_OF, choice("state", "Answered like this.", tuple(Answer)), *PAGING),
            "Condition",
        ),
        Endpoint("maintenance", "Announced work as it was first seen.", (AS_OF, *_OF_AGREEMENT), "Maintenance"),
        Endpoint(
            "exclusions",
            "Exclusions with the decision that stands.",
            (AS_OF, choice("decision", "Decided like this.", tuple(Decision)), *_OF_AGREEMENT),
            "Exclusion",
        ),
    )
}
"""What people and vendors stated, by kind."""
READ: Final = (
    AGREEMENTS, STATEMENTS, OUTAGES, TIMELINE, *FACTS.values(), CLAIMS, REVISIONS, ANNOTATIONS, TARGETS,
)  # fmt: skip
"""All that is read."""
