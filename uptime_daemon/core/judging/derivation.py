"""The way from facts to figures, step by step, each with its clause: what a lawyer follows and a calculator repeats."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from uptime_daemon.core.judging.availability import Breach, fraction_text
from uptime_daemon.core.judging.credit_steps import credit_steps
from uptime_daemon.core.judging.denominator import exists_in_part
from uptime_daemon.core.judging.step import Clock, Exact, Gap, Joined, Local, Named, Percent, Phrase, Step, say
from uptime_daemon.core.terms.downtime import Denominator, GranularityLevel, Unmeasured
from uptime_daemon.core.terms.metric import MetricKind
from uptime_daemon.core.terms.money import decimal_text, ratio_text
from uptime_daemon.core.terms.target import OnLimit, TargetKind
from uptime_daemon.core.time.instants import MINUTE, SECOND, seconds_text

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.judging.availability import TargetResult
    from uptime_daemon.core.judging.downtime import JudgedOutage
    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.judging.step import Value
    from uptime_daemon.core.terms.target import Target
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.core.time.periods import Period
    from uptime_daemon.core.time.spans import Span, Spans


def derivation(statement: Statement) -> tuple[Step, ...]:
    """All steps of a statement under its chosen reading."""
    return tuple(_steps(statement))


def _steps(statement: Statement) -> Iterator[Step]:
    judgement, period = statement.judgement, statement.period
    yield from _time_steps(judgement, period)
    yield from _label_steps(judgement)
    yield from _downtime_steps(judgement)
    yield from _share_steps(judgement, period)
    for result in judgement.targets:
        yield _target_step(result, judgement)
    yield from credit_steps(judgement)


def _time_steps(judgement: Judgement, period: Period) -> Iterator[Step]:
    """The time that is owed, and the outages in it."""
    terms, zone = judgement.terms, judgement.terms.zone
    yield Step(
        say("period %(name)s", name=period.name),
        terms.period_clause,
        say("%(span)s, %(zone)s", span=_span(period.span, zone), zone=zone.key),
    )
    yield Step(say("service time"), terms.downtime.formula_clause, _clock(period.span.length))
    for number, outage in enumerate(judgement.point.outages, start=1):
        yield _outage_step(number, outage, judgement)


def _label_steps(judgement: Judgement) -> Iterator[Step]:
    """What every instant that was not up counts as."""
    terms, rules = judgement.terms, judgement.terms.downtime
    causes = {cause.id: cause for cause in terms.exclusions.causes}
    for cause, spans in judgement.labels.excluded:
        yield Step(
            say("excluded: %(cause)s", cause=Named(cause, causes[cause].title)),
            causes[cause].clause,
            say("%(length)s (%(spans)s)", length=Clock(spans.total), spans=_listed(spans, terms.zone)),
        )
    for cap in terms.exclusions.caps:
        used = sum(spans.total for cause, spans in judgement.labels.excluded if cause in cap.causes)
        yield Step(
            say(
                "at most %(amount)s per %(per)s excused as %(causes)s, what comes later counts",
                amount=Clock(cap.amount),
                per=cap.per,
                causes=_causes(judgement, cap.causes),
            ),
            cap.clause,
            say("%(used)s in the period", used=Clock(used)),
        )
    for reason, spans in judgement.labels.unmeasured:
        yield Step(
            say("unmeasured: %(reason)s, counts as %(state)s", reason=Gap(reason), state=rules.unmeasured),
            "",
            _clock(spans.total),
        )
    for label, spans in judgement.labels.not_counted:
        yield Step(say("not counted: %(reason)s", reason=label), rules.clause, _clock(spans.total))
    yield Step(say("counted"), rules.clause, _counted(judgement))


def _downtime_steps(judgement: Judgement) -> Iterator[Step]:
    """What counts, rounded as the contract says, and between which bounds it lies."""
    rules = judgement.terms.downtime
    if (grain := rules.granularity) is not None:
        yield Step(
            say(
                "rounded to %(unit)s, %(rounding)s, %(level)s",
                unit=Clock(grain.unit),
                rounding=grain.rounding,
                level=_ROUNDED[grain.level],
            ),
            grain.clause,
            say(
                "%(rounded)s (rounding %(seconds)s s)",
                rounded=_in_unit(judgement.point.downtime, grain.unit),
                seconds=Exact(seconds_text(judgement.rounding)),
            ),
        )
    yield Step(say("downtime"), rules.clause, _clock(judgement.point.downtime))
    yield Step(
        SHORTEST_TO_LONGEST,
        "",
        say(
            "%(shortest)s to %(longest)s",
            shortest=Clock(judgement.shortest.downtime),
            longest=Clock(judgement.longest.downtime),
        ),
    )


def _share_steps(judgement: Judgement, period: Period) -> Iterator[Step]:
    """The share of the time, of requests or of users that was good."""
    rules = judgement.terms.downtime
    if words := _denominator_words(judgement, period.span):
        yield Step(say("denominator: %(what)s", what=words), rules.formula_clause, _clock(judgement.denominator))
    measure = judgement.measure(judgement.point)
    yield from _metric_steps(judgement)
    if measure.availability is not None:
        exact = fraction_text(measure, rules.granularity.unit if rules.granularity else None)
        shown = Percent(ratio_text(measure.availability * 100))
        yield Step(
            say("availability"),
            rules.formula_clause,
            say("%(exact)s = %(percent)s", exact=Exact(exact), percent=shown),
        )


SHORTEST_TO_LONGEST = say("downtime, shortest to longest")
"""The step that shows how far the measurement may be off."""


def _clock(duration: Duration) -> Phrase:
    return say("%(length)s", length=Clock(duration))


def _span(span: Span, zone: ZoneInfo) -> Phrase:
    return say("%(start)s to %(end)s", start=Local(span.start, zone), end=Local(span.end, zone))


def _causes(judgement: Judgement, ids: Container[str]) -> Joined:
    causes = judgement.terms.exclusions.causes
    return Joined(tuple(Named(cause.id, cause.title) for cause in causes if cause.id in ids))


def _metric_steps(judgement: Judgement) -> Iterator[Step]:
    """What the counts come to, under a contract that is judged by them."""
    metric, share = judgement.terms.metric, judgement.point.share
    if metric is None:
        return
    text = say("windows that are down are the outages above")
    if share is not None:
        bad, whole = (Exact(ratio_text(each / _USER_TIME.get(metric.kind, 1))) for each in (share.bad, share.whole))
        text = say("%(bad)s of %(whole)s %(what)s", bad=bad, whole=whole, what=_COUNTED[metric.kind])
    yield Step(say("measured by %(metric)s", metric=_METRICS[metric.kind]), metric.clause, text)


_USER_TIME = {MetricKind.USER_MINUTES: MINUTE, MetricKind.AFFECTED_RATIO: MINUTE}
_METRICS = {
    MetricKind.ERROR_WINDOWS: say("error windows"),
    MetricKind.MINUTE_RULE: say("minute rule"),
    MetricKind.MEAN_ERROR_RATE: say("mean error rate"),
    MetricKind.SUCCESS_RATIO: say("success ratio"),
    MetricKind.USER_MINUTES: say("user minutes"),
    MetricKind.AFFECTED_RATIO: say("affected ratio"),
}
_COUNTED = {
    MetricKind.MEAN_ERROR_RATE: say("windows, summed by their error rates"),
    MetricKind.SUCCESS_RATIO: say("requests failed"),
    MetricKind.USER_MINUTES: say("minutes of users"),
    MetricKind.AFFECTED_RATIO: say("minutes, by the share of users affected"),
}
_ROUNDED = {
    GranularityLevel.SUM: say("once for the sum"),
    GranularityLevel.OUTAGE: say("for each outage"),
    GranularityLevel.INTERVAL: say("for each interval from the period's start on"),
}


def _denominator_words(judgement: Judgement, period: Span) -> Phrase | None:
    """What the denominator is, in words; None where it is the whole period."""
    rules = judgement.terms.downtime
    if rules.denominator is Denominator.FIXED:
        return say("fixed by the contract")
    causes = _causes(judgement, rules.denominator_causes)
    parts = [
        (rules.denominator is Denominator.PERIOD_MINUS_EXCLUDED, say("excluded windows")),
        (
            rules.denominator is Denominator.PERIOD_MINUS_CAUSES,
            say("what is excluded as %(causes)s", causes=causes),
        ),
        (rules.unmeasured is Unmeasured.EXCLUDED, say("unmeasured time")),
    ]
    minus: list[Value] = [words for applies, words in parts if applies]
    is_part = exists_in_part(rules) and judgement.covered != period
    base = say("service time under the agreement") if is_part else say("service time")
    match minus:
        case []:
            return base if is_part else None
        case [only]:
            return say("%(base)s minus %(minus)s", base=base, minus=only)
        case [one, other]:
            return say("%(base)s minus %(one)s and %(other)s", base=base, one=one, other=other)
    raise AssertionError("a denominator is one kind, and unmeasured time at most one more")


def _outage_step(number: int, outage: JudgedOutage, judgement: Judgement) -> Step:
    zone, rules = judgement.terms.zone, judgement.terms.downtime
    said: list[Value] = [
        say("%(span)s, %(length)s", span=_span(outage.span, zone), length=Clock(outage.span.length)),
    ]
    if len(judgement.group.members) > 1:
        said[0] = say("%(group)s: %(outage)s", group=outage.group, outage=said[0])
    if outage.ticket is not None and outage.receipt is not None:
        said.append(
            say("ticket %(ticket)s received %(at)s", ticket=outage.ticket.id, at=Local(outage.receipt, zone)),
        )
    if outage.counted is None:
        why = outage.reason or say("ended before it could count")
        said.append(say("does not count: %(reason)s", reason=why))
    elif outage.counted != outage.span:
        counted = outage.counted
        said.append(
            say("counts from %(span)s, %(length)s", span=_span(counted, zone), length=Clock(counted.length)),
        )
    return Step(
        say("outage %(number)s", number=str(number)), rules.clause, say("%(said)s", said=Joined(tuple(said), "; "))
    )


def _listed(spans: Spans, zone: ZoneInfo) -> Joined:
    return Joined(tuple(_span(span, zone) for span in spans), "; ")


def _counted(judgement: Judgement) -> Phrase:
    parts = judgement.labels.counted
    if len(tuple(parts)) < 2:  # noqa: PLR2004 - a sum has two parts
        return _clock(parts.total)
    return say(
        "%(total)s = %(parts)s",
        total=Clock(parts.total),
        parts=Joined(tuple(Clock(part.length) for part in parts), " + "),
    )


def _in_unit(duration: Duration, unit: Duration) -> Phrase:
    number = Exact(str(duration // unit))
    match unit:
        case _ if unit == MINUTE:
            return say("%(number)s min", number=number)
        case _ if unit == SECOND:
            return say("%(number)s s", number=number)
    return say("%(number)s x %(unit)s", number=number, unit=Clock(unit))


def _target_step(result: TargetResult, judgement: Judgement) -> Step:
    target, measure = result.target, judgement.measure(judgement.point)
    measured = {
        TargetKind.AVAILABILITY: lambda: ratio_text((measure.availability or Fraction(0)) * 100),
        TargetKind.TOTAL_DOWNTIME: lambda: decimal_text(Fraction(judgement.point.downtime, MINUTE)),
        TargetKind.SINGLE_OUTAGE: lambda: decimal_text(Fraction(judgement.point.longest, MINUTE)),
    }[target.kind]()
    verdicts = {True: say("met"), False: _MISSED[result.breach], None: say("not shown to be met")}
    said: list[Value] = [
        say(
            "%(measured)s against %(limit)s: %(verdict)s",
            measured=Exact(measured),
            limit=limit_phrase(target),
            verdict=verdicts[result.met],
        )
    ]
    if target.rests_on:
        said.append(say("rests on %(readings)s", readings=", ".join(target.rests_on)))
    if not target.claimable:
        said.append(say("measured, not claimable"))
    return Step(
        say("target %(name)s", name=Named(target.id, target.kind)),
        target.clause,
        say("%(said)s", said=Joined(tuple(said), "; ")),
    )


_MISSED = {
    Breach.PROVEN: say("missed, breach proven"),
    Breach.POSSIBLE: say("missed, breach possible"),
    Breach.NOT_SHOWN: say("missed, breach not_shown"),
}


def limit_phrase(target: Target) -> Phrase:
    """What a target asks for, in words."""
    limit = Exact(decimal_text(target.limit))
    is_strict = target.on_limit is not OnLimit.MET
    if target.kind is TargetKind.AVAILABILITY:
        return (
            say("more than %(limit)s percent", limit=limit)
            if is_strict
            else say("at least %(limit)s percent", limit=limit)
        )
    return (
        say("less than %(limit)s minutes", limit=limit) if is_strict else say("at most %(limit)s minutes", limit=limit)
    )
