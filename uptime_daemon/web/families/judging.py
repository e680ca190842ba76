"""Judging: the running period of each group of an agreement, under the agreement's chosen reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.timeline import NO_DATA
from uptime_daemon.core.judging.downtime import NotCounted
from uptime_daemon.core.time.instants import seconds_text
from uptime_daemon.desk.showing.budget import allowed, longest_allowed, next_step, objective, projected, remaining
from uptime_daemon.web.families import samples as of
from uptime_daemon.web.families.family import Family, Kind, Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from uptime_daemon.core.judging.availability import Measure
    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.desk.showing.board import JudgedEntry

_JUDGED: Final = ("agreement", "group", "period")


def of_period(name: str, text: str, samples: Callable[[Any], Iterator[Sample]], extra: tuple[str, ...] = ()) -> Family:
    """A family of one figure a judged group and kind of period; `extra` are labels beside those."""
    return Family(name, Kind.GAUGE, (*_JUDGED, *extra), text, of.judged, samples)


def current(value: Callable[[Statement], str | None]) -> Callable[[JudgedEntry], Iterator[Sample]]:
    """One sample for the running period of a judged group."""

    def samples(entry: JudgedEntry) -> Iterator[Sample]:
        if entry.current is not None and (text := value(entry.current)) is not None:
            yield Sample((entry.agreement, entry.group, entry.kind), text)

    return samples


def labelled(values: Callable[[Judgement], dict[str, Duration]]) -> Callable[[JudgedEntry], Iterator[Sample]]:
    """One sample a label of time for the running period of a judged group."""

    def samples(entry: JudgedEntry) -> Iterator[Sample]:
        if entry.current is not None:
            for label, duration in values(entry.current.judgement).items():
                yield Sample((entry.agreement, entry.group, entry.kind, label), seconds_text(duration))

    return samples


def excluded(judgement: Judgement) -> dict[str, Duration]:
    """Excluded time by cause; every cause that the contract knows is named."""
    known = {cause.id: 0 for cause in judgement.terms.exclusions.causes}
    return known | {cause: spans.total for cause, spans in judgement.labels.excluded}


def unmeasured(judgement: Judgement) -> dict[str, Duration]:
    """Unmeasured time by reason; that nothing was lost is said, too."""
    return {NO_DATA: 0} | {reason: spans.total for reason, spans in judgement.labels.unmeasured}


def not_counted(judgement: Judgement) -> dict[str, Duration]:
    """Down time that does not count, by reason."""
    known: dict[str, Duration] = dict.fromkeys(NotCounted, 0)
    return known | {reason: spans.total for reason, spans in judgement.labels.not_counted}


def availability(bracket: str) -> Callable[[Statement], str | None]:
    """The availability of the whole period under one bracket: `shortest`, `point` or `longest`."""

    def text(statement: Statement) -> str | None:
        judgement = statement.judgement
        measure: Measure = judgement.measure(getattr(judgement, bracket))
        return of.exact_ratio_text(measure.availability)

    return text


def so_far(statement: Statement) -> str | None:
    """The availability of what has passed of the period."""
    measure = statement.so_far
    return None if measure is None else of.exact_ratio_text(measure.availability)


def objective_ratio(statement: Statement) -> str | None:
    """The agreed availability."""
    result = objective(statement)
    return None if result is None else of.exact_ratio_text(result.target.limit / 100)


def last_availability(entry: JudgedEntry) -> Iterator[Sample]:
    """The availability of the period before the running one."""
    if entry.last is not None and (text := availability("point")(entry.last)) is not None:
        yield Sample((entry.agreement, entry.group, entry.kind), text)


def longest_limit(statement: Statement) -> str | None:
    """How long one outage may be."""
    limit = longest_allowed(statement)
    return None if limit is None else seconds_text(limit)


def credit_ratio(statement: Statement) -> str | None:
    """The credit as a share of the fee."""
    percent = statement.judgement.credit.percent
    return None if percent is None else of.exact_ratio_text(percent / 100)


JUDGING: Final = (
    of_period(
        "agreement_period_start_timestamp_seconds",
        "First instant of the running period.",
        current(lambda statement: seconds_text(statement.period.span.start)),
    ),
    of_period(
        "agreement_period_end_timestamp_seconds",
        "First instant after the running period.",
        current(lambda statement: seconds_text(statement.period.span.end)),
    ),
    of_period(
        "agreement_availability_ratio",
        "Availability of the whole period with the time to come deemed up (best case), as known now; may be restated.",
        current(availability("point")),
    ),
    of_period(
        "agreement_availability_so_far_ratio",
        "Availability of the part of the period that has passed; no contract figure.",
        current(so_far),
    ),
    of_period(
        "agreement_availability_shortest_ratio",
        "Availability if every outage were as short as it can have been: what is proven.",
        current(availability("shortest")),
    ),
    of_period(
        "agreement_availability_longest_ratio",
        "Availability if every outage were as long as it can have been, unmeasured time included.",
        current(availability("longest")),
    ),
    of_period(
        "agreement_availability_objective_ratio",
        "Agreed availability; the first target whose miss has consequences.",
        current(objective_ratio),
    ),
    of_period(
        "agreement_availability_projected_ratio",
        "Availability of the whole period if its rest goes like the last seven days; no contract figure.",
        current(lambda statement: of.exact_ratio_text(projected(statement))),
    ),
    of_period(
        "agreement_last_period_availability_ratio",
        "Availability of the period before the running one.",
        last_availability,
    ),
    of_period(
        "agreement_coverage_ratio",
        "Measured share of the part of the period that has passed.",
        current(lambda statement: of.exact_ratio_text(statement.judgement.coverage)),
    ),
    of_period(
        "agreement_service_seconds",
        "Agreed service time of the whole period: the denominator.",
        current(lambda statement: seconds_text(statement.judgement.denominator)),
    ),
    of_period(
        "agreement_downtime_seconds",
        "Downtime that counts, after exclusions and rounding. A gauge: it restarts with the period and may shrink.",
        current(lambda statement: seconds_text(statement.judgement.point.downtime)),
    ),
    of_period(
        "agreement_excluded_seconds",
        "Down or unknown time inside accepted exclusions, by cause.",
        labelled(excluded),
        ("cause",),
    ),
    of_period(
        "agreement_unmeasured_seconds",
        "Service time without usable observations, by reason.",
        labelled(unmeasured),
        ("reason",),
    ),
    of_period(
        "agreement_not_counted_seconds",
        "Down time that the contract does not count, by reason.",
        labelled(not_counted),
        ("reason",),
    ),
    of_period(
        "agreement_error_budget_seconds",
        "Downtime the period may have before a target on its sum is missed; the tightest target with consequences.",
        current(lambda statement: of.exact_seconds_text(allowed(statement))),
    ),
    of_period(
        "agreement_error_budget_remaining_seconds",
        "What is left of the error budget; negative after a breach.",
        current(lambda statement: of.exact_seconds_text(remaining(statement))),
    ),
    of_period(
        "agreement_next_credit_step_seconds",
        "Further downtime until the next completed step of credit; absent without steps or once the cap is reached.",
        current(lambda statement: of.exact_seconds_text(next_step(statement))),
    ),
    of_period(
        "agreement_outages",
        "Outages of the period that count in part or whole, before exclusions.",
        current(lambda statement: str(statement.judgement.point.number)),
    ),
    of_period(
        "agreement_longest_outage_seconds",
        "The longest outage that counts, uncut by the period, before exclusions; an open one included.",
        current(lambda statement: seconds_text(statement.judgement.point.longest)),
    ),
    of_period(
        "agreement_longest_outage_limit_seconds",
        "How long one outage may be; absent where the contract limits none.",
        current(longest_limit),
    ),
    of_period(
        "agreement_credit_ratio",
        "Credit of the period as a share of the fee, after the cap; absent under a contract without credit.",
        current(credit_ratio),
    ),
)
