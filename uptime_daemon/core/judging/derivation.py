"""The way from facts to figures, step by step, each with its clause: what a lawyer follows and a calculator repeats."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from uptime_daemon.core.judging.availability import fraction_text
from uptime_daemon.core.judging.credit_steps import credit_steps
from uptime_daemon.core.judging.denominator import exists_in_part
from uptime_daemon.core.judging.step import Step, local_text
from uptime_daemon.core.terms.downtime import Denominator, GranularityLevel, Unmeasured
from uptime_daemon.core.terms.metric import MetricKind
from uptime_daemon.core.terms.money import decimal_text, ratio_text
from uptime_daemon.core.terms.target import OnLimit, TargetKind
from uptime_daemon.core.time.instants import MINUTE, SECOND, clock_text, seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.judging.availability import TargetResult
    from uptime_daemon.core.judging.downtime import JudgedOutage
    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.core.time.spans import Span, Spans


def derivation(statement: Statement) -> tuple[Step, ...]:
    """All steps of a statement under its chosen reading."""
    return tuple(_steps(statement))


def _steps(statement: Statement) -> Iterator[Step]:
    judgement = statement.judgement
    terms, period = judgement.terms, statement.period
    rules, zone = terms.downtime, terms.zone
    yield Step(
        f"period {period.name}",
        terms.period_clause,
        f"{local_text(period.span.start, zone)} to {local_text(period.span.end, zone)}, {zone.key}",
    )
    yield Step("service time", rules.formula_clause, clock_text(period.span.length))
    for number, outage in enumerate(judgement.point.outages, start=1):
        yield _outage_step(number, outage, judgement)
    clauses = {cause.id: cause.clause for cause in terms.exclusions.causes}
    for cause, spans in judgement.labels.excluded:
        yield Step(f"excluded: {cause}", clauses[cause], f"{clock_text(spans.total)} ({_listed(spans, zone)})")
    for cap in terms.exclusions.caps:
        causes = ", ".join(cause.id for cause in terms.exclusions.causes if cause.id in cap.causes)
        used = sum(spans.total for cause, spans in judgement.labels.excluded if cause in cap.causes)
        yield Step(
            f"at most {clock_text(cap.amount)} per {cap.per} excused as {causes}, what comes later counts",
            cap.clause,
            f"{clock_text(used)} in the period",
        )
    for reason, spans in judgement.labels.unmeasured:
        yield Step(f"unmeasured: {reason}, counts as {rules.unmeasured}", "", clock_text(spans.total))
    for label, spans in judgement.labels.not_counted:
        yield Step(f"not counted: {label}", rules.clause, clock_text(spans.total))
    yield Step("counted", rules.clause, f"{clock_text(judgement.labels.counted.total)}{_sum(judgement)}")
    if (grain := rules.granularity) is not None:
        yield Step(
            f"rounded to {clock_text(grain.unit)}, {grain.rounding}, {_ROUNDED[grain.level]}",
            grain.clause,
            f"{_in_unit(judgement.point.downtime, grain.unit)} (rounding {seconds_text(judgement.rounding)} s)",
        )
    yield Step("downtime", rules.clause, clock_text(judgement.point.downtime))
    yield Step(
        "downtime, shortest to longest",
        "",
        f"{clock_text(judgement.shortest.downtime)} to {clock_text(judgement.longest.downtime)}",
    )
    if words := _denominator_words(judgement, period.span):
        yield Step(f"denominator: {words}", rules.formula_clause, clock_text(judgement.denominator))
    measure = judgement.measure(judgement.point)
    yield from _metric_steps(judgement)
    if measure.availability is not None:
        exact = fraction_text(measure, rules.granularity.unit if rules.granularity else None)
        yield Step("availability", rules.formula_clause, f"{exact} = {ratio_text(measure.availability * 100)} %")
    for result in judgement.targets:
        yield _target_step(result, judgement)
    yield from credit_steps(judgement)


def _metric_steps(judgement: Judgement) -> Iterator[Step]:
    """What the counts come to, under a contract that is judged by them."""
    metric, share = judgement.terms.metric, judgement.point.share
    if metric is None:
        return
    text = "windows that are down are the outages above"
    if share is not None:
        bad, whole = (ratio_text(each / _USER_TIME.get(metric.kind, 1)) for each in (share.bad, share.whole))
        text = f"{bad} of {whole} {_COUNTED[metric.kind]}"
    yield Step(f"measured by {metric.kind.replace('_', ' ')}", metric.clause, text)


_USER_TIME = {MetricKind.USER_MINUTES: MINUTE, MetricKind.AFFECTED_RATIO: MINUTE}
_COUNTED = {
    MetricKind.MEAN_ERROR_RATE: "windows, summed by their error rates",
    MetricKind.SUCCESS_RATIO: "requests failed",
    MetricKind.USER_MINUTES: "minutes of users",
    MetricKind.AFFECTED_RATIO: "minutes, by the share of users affected",
}
_ROUNDED = {
    GranularityLevel.SUM: "once for the sum",
    GranularityLevel.OUTAGE: "for each outage",
    GranularityLevel.INTERVAL: "for each interval from the period's start on",
}


def _denominator_words(judgement: Judgement, period: Span) -> str:
    """What the denominator is, in words; empty where it is the whole period."""
    rules = judgement.terms.downtime
    if rules.denominator is Denominator.FIXED:
        return "fixed by the contract"
    causes = ", ".join(cause.id for cause in judgement.terms.exclusions.causes if cause.id in rules.denominator_causes)
    parts = [
        (rules.denominator is Denominator.PERIOD_MINUS_EXCLUDED, "excluded windows"),
        (rules.denominator is Denominator.PERIOD_MINUS_CAUSES, f"what is excluded as {causes}"),
        (rules.unmeasured is Unmeasured.EXCLUDED, "unmeasured time"),
    ]
    minus = " and ".join(words for applies, words in parts if applies)
    base = "service time"
    if exists_in_part(rules) and judgement.covered != period:
        base = "service time under the agreement"
    return f"{base} minus {minus}" if minus else (base if base != "service time" else "")


def _outage_step(number: int, outage: JudgedOutage, judgement: Judgement) -> Step:
    zone, rules = judgement.terms.zone, judgement.terms.downtime
    start, end = local_text(outage.span.start, zone), local_text(outage.span.end, zone)
    text = f"{start} to {end}, {clock_text(outage.span.length)}"
    if len(judgement.group.members) > 1:
        text = f"{outage.group}: {text}"
    if outage.ticket is not None and outage.receipt is not None:
        text += f"; ticket {outage.ticket.id} received {local_text(outage.receipt, zone)}"
    if outage.counted is None:
        text += f"; does not count: {outage.reason or 'ended before it could count'}"
    elif outage.counted != outage.span:
        text += (
            f"; counts from {local_text(outage.counted.start, zone)} to {local_text(outage.counted.end, zone)}, "
            f"{clock_text(outage.counted.length)}"
        )
    return Step(f"outage {number}", rules.clause, text)


def _listed(spans: Spans, zone: ZoneInfo) -> str:
    return "; ".join(f"{local_text(span.start, zone)} to {local_text(span.end, zone)}" for span in spans)


def _sum(judgement: Judgement) -> str:
    parts = list(judgement.labels.counted)
    return f" = {' + '.join(clock_text(part.length) for part in parts)}" if len(parts) > 1 else ""


def _in_unit(duration: Duration, unit: Duration) -> str:
    names = {MINUTE: "min", SECOND: "s"}
    return f"{duration // unit} {names.get(unit, f'x {clock_text(unit)}')}"


def _target_step(result: TargetResult, judgement: Judgement) -> Step:
    target, measure = result.target, judgement.measure(judgement.point)
    measured = {
        TargetKind.AVAILABILITY: lambda: ratio_text((measure.availability or Fraction(0)) * 100),
        TargetKind.TOTAL_DOWNTIME: lambda: decimal_text(Fraction(judgement.point.downtime, MINUTE)),
        TargetKind.SINGLE_OUTAGE: lambda: decimal_text(Fraction(judgement.point.longest, MINUTE)),
    }[target.kind]()
    verdict = {True: "met", False: f"missed, breach {result.breach}", None: "not shown to be met"}[result.met]
    at_limit, beyond = ("at least", "more than") if target.kind is TargetKind.AVAILABILITY else ("at most", "less than")
    relation = at_limit if target.on_limit is OnLimit.MET else beyond
    rests = f"; rests on {', '.join(target.rests_on)}" if target.rests_on else ""
    waived = "" if target.claimable else "; measured, not claimable"
    return Step(
        f"target {target.id}",
        target.clause,
        f"{measured} against {relation} {decimal_text(target.limit)} {target.unit}: {verdict}{rests}{waived}",
    )
