import os
import re
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text_format

from tests.web.boards import NOW, VANTAGE, board
from tests.web.conftest import Listener
from tests.web.crowd import Crowd, settings_of
from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.desk.showing.board import Board, Durations
from uptime_daemon.web.exposition import Exposition
from uptime_daemon.web.families.family import PREFIX, Area, Kind
from uptime_daemon.web.families.table import FAMILIES, families
from uptime_daemon.web.negotiation import Format, accepts_gzip, preferred
from uptime_daemon.web.packing import plain
from uptime_daemon.web.reference import reference, series_of_a_probe

PROMETHEUS_ASKS = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
REFERENCE = Path(__file__).parents[2] / "docs" / "metrics.md"


def parsed(shown: Board, *, money: bool = True, form: Format = Format.TEXT) -> dict[str, Metric]:
    """The families of a page by name."""
    page = Exposition(money=money).page(shown, form).decode()
    read = openmetrics if form is Format.OPENMETRICS else text_format
    return {family.name: family for family in read(page)}


def values(shown: Board, name: str, **labels: str) -> list[float]:
    """The values of the series of a family that have these labels."""
    family = parsed(shown)[PREFIX + name]
    return [sample.value for sample in family.samples if labels.items() <= sample.labels.items()]


def series(page: dict[str, Metric]) -> set[tuple[str, frozenset[tuple[str, str]], float]]:
    """Every sample of the daemon's own families."""
    return {
        (sample.name, frozenset(sample.labels.items()), sample.value)
        for family in page.values()
        if family.name.startswith(PREFIX)
        for sample in family.samples
    }


def test_every_family_has_samples() -> None:
    """On a board with everything each family of the table has at least one series, with exactly its labels."""
    page = parsed(board())
    for family in families(money=True):
        name = family.name.removesuffix("_total") if family.kind is Kind.COUNTER else family.name
        samples = page[name].samples
        assert samples, family.name
        wanted = set(family.labels)
        assert {frozenset(set(sample.labels) - {"le"}) for sample in samples} == {frozenset(wanted)}, family.name


def test_both_formats_tell_the_same() -> None:
    """The text format and OpenMetrics hold the same series with the same values."""
    shown = board()
    assert series(parsed(shown, form=Format.OPENMETRICS)) == series(parsed(shown)) != set()


def test_openmetrics_states_types_and_units() -> None:
    """OpenMetrics names infos and units, which the text format cannot."""
    page = parsed(board(), form=Format.OPENMETRICS)
    assert page[f"{PREFIX}build"].type == "info"
    assert page[f"{PREFIX}group_down_seconds"].unit == "seconds"
    assert page[f"{PREFIX}agreement_coverage_ratio"].unit == "ratio"
    assert page[f"{PREFIX}probe_duration_seconds"].type == "histogram"


def test_no_created_series() -> None:
    """Counters have no twin that tells when they started."""
    for form in Format:
        assert b"_created" not in Exposition(money=True).page(board(), form)


def test_names_follow_the_conventions() -> None:
    """Counters end in _total and nothing else does; infos end in _info; labels never clash with a target's."""
    taken = {"service", "endpoint", "instance", "job", "namespace", "pod", "container", "node", "le"}
    for family in families(money=True):
        assert family.name.endswith("_total") is (family.kind is Kind.COUNTER)
        assert family.name.endswith("_info") is (family.kind is Kind.INFO)
        assert not taken & set(family.labels)
        assert family.help.endswith(".")
        assert not re.search(r'["\\\n]', family.help), "needs escaping, and each format escapes differently"
    names = [family.name for family in families(money=True)]
    assert len(names) == len(set(names))


@pytest.mark.needs_command("promtool")
def test_promtool_has_no_remark() -> None:
    """`promtool check metrics` finds nothing to say."""
    page = Exposition(money=True).page(board(), Format.TEXT)
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, check=False, timeout=300)
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def test_contract_figures_are_the_statement_s() -> None:
    """105 minutes of a June of 43,200 against 99.9 %: availability, budget and credit come out to the last digit."""
    shown, centre = board(), {"agreement": "acme-centre"}
    assert values(shown, "agreement_availability_ratio", **centre) == [float(Fraction(43_095, 43_200))]
    assert values(shown, "agreement_availability_shortest_ratio", **centre) == [float(Fraction(43_096, 43_200))]
    assert values(shown, "agreement_availability_longest_ratio", **centre) == [float(Fraction(42_793, 43_200))]
    assert values(shown, "agreement_availability_objective_ratio", **centre) == [0.999]
    assert values(shown, "agreement_downtime_seconds", **centre) == [6_300.0]
    assert values(shown, "agreement_error_budget_seconds", **centre) == [2_592.0]
    assert values(shown, "agreement_error_budget_remaining_seconds", **centre) == [-3_708.0]
    assert values(shown, "agreement_next_credit_step_seconds", **centre) == [1_476.0]
    assert values(shown, "agreement_credit_ratio", **centre) == [0.02]
    assert values(shown, "agreement_credit_amount", currency="EUR", **centre) == [25.02]
    assert values(shown, "agreement_excluded_seconds", cause="planned_maintenance", **centre) == [1_200.0]
    assert values(shown, "agreement_excluded_seconds", cause="customer", **centre) == [0.0]
    assert values(shown, "agreement_unmeasured_seconds", reason="daemon_off", **centre) == [18_000.0]


def test_tightest_budget_with_consequences() -> None:
    """Of 480 minutes and 0.1 % of the year the smaller is the budget; the single outage has its own limit."""
    inbound = {"agreement": "acme-dialler", "group": "inbound", "period": "year"}
    shown = board()
    assert values(shown, "agreement_error_budget_seconds", **inbound) == [28_800.0]
    assert values(shown, "agreement_error_budget_remaining_seconds", **inbound) == [-600.0]
    assert values(shown, "agreement_longest_outage_limit_seconds", **inbound) == [1_800.0]
    assert values(shown, "agreement_longest_outage_seconds", **inbound) == [27_600.0]
    assert values(shown, "agreement_not_counted_seconds", reason="no_ticket", **inbound) == [1_500.0]
    assert values(shown, "agreement_credit_ratio", **inbound) == []
    assert values(shown, "agreement_next_credit_step_seconds", **inbound) == []


def test_unknown_has_no_sample() -> None:
    """A group in state unknown has no group_up, and an attempt that could not measure no probe_success."""
    shown = board()
    assert values(shown, "group_up", group="voice/web") == [1.0]
    assert values(shown, "group_up", group="dial/inbound") == [0.0]
    assert values(shown, "group_up", group="dial/autodial") == []
    assert values(shown, "group_quorum", group="dial/autodial") == [0.0]
    assert values(shown, "probe_success", probe="dial/sip-tls") == [0.0]
    assert values(shown, "probe_success", probe="dial/autodial-api") == []
    assert values(shown, "probe_up", probe="dial/autodial-api") == []


def test_reasons_known_ahead_start_at_zero() -> None:
    """Every reason of a failure has a series from the start, so that a rate sees the first one."""
    labels = {"probe": "dial/sip-tls", "vantage": VANTAGE}
    shown = board()
    assert len(values(shown, "probe_failures", **labels)) == 12
    assert values(shown, "probe_failures", reason="connect_timeout", **labels) == [271.0]
    assert values(shown, "probe_failures", reason="status", **labels) == [0.0]
    assert values(shown, "probe_errors", reason="resolver", **labels) == [3.0]
    assert len(values(shown, "probe_errors", **labels)) == len(Reason) - 12 - 1
    assert values(shown, "probes_skipped", reason="still_running", **labels) == [1.0]
    assert values(shown, "probes_skipped", reason="in_flight", **labels) == [0.0]


def test_last_timestamp_is_the_end_of_the_attempt() -> None:
    """The timestamp of an attempt is when it ended, to the microsecond."""
    (ended,) = values(board(), "probe_last_timestamp_seconds", probe="voice/web-api")
    assert round(ended * SECOND) == NOW - 12 * SECOND + 184_500


def test_histogram_adds_up() -> None:
    """Buckets are cumulative, the last one is the count, and a bound includes its own value."""
    samples = parsed(board())[f"{PREFIX}probe_duration_seconds"].samples
    buckets = [each for each in samples if each.name.endswith("_bucket") and each.labels["group"] == "voice/web"]
    counts = [each.value for each in buckets]
    assert counts == sorted(counts)
    assert buckets[-1].labels["le"] == "+Inf"
    assert counts[-1] == 34_560
    assert [float(each.labels["le"]) for each in buckets][:3] == [0.005, 0.01, 0.025]


def test_what_was_stated_is_told() -> None:
    """Announced work, open tickets by severity and missing reports stand beside the contract's groups."""
    shown, service = board(), {"agreement": "acme-centre", "group": "service"}
    assert values(shown, "maintenance_active", **service) == [1.0]
    assert values(shown, "maintenance_next_start_timestamp_seconds", **service) == [NOW / SECOND + 2 * 86_400]
    assert values(shown, "maintenance_next_start_timestamp_seconds", agreement="acme-dialler") == []
    assert values(shown, "tickets_open", severity="1", **service) == [2.0]
    assert values(shown, "report_missing", channel="phone", **service) == [0.0]
    assert values(shown, "agreement_group_observed_seconds", **service) == [17 * 86_400.0]
    assert values(shown, "agreement_group_down_seconds", **service) == [3 * 3_600.0]
    assert values(shown, "ticket_deadline_timestamp_seconds", **service) == [NOW / SECOND + 1_200]
    assert values(shown, "ticket_deadlines_missed", clock="restore", **service) == [3.0]
    assert values(shown, "ticket_deadlines_missed", clock="response", **service) == [0.0]
    assert values(shown, "report_missing", channel="portal|ticket", group="inbound") == [1.0]


def test_claims_by_state_and_deadline() -> None:
    """Every state is counted, and the deadline is that of the most urgent claim that has not been sent."""
    shown = board()
    assert values(shown, "claims", agreement="acme-centre", state="eligible") == [1.0]
    assert sum(values(shown, "claims", agreement="acme-centre")) == 2.0
    assert len(values(shown, "claims", agreement="acme-centre")) == len(ClaimState)
    assert values(shown, "claim_deadline_timestamp_seconds", agreement="acme-centre") == [1_782_856_800.0]
    assert values(shown, "claim_deadline_timestamp_seconds", agreement="acme-dialler") == []
    assert values(shown, "claim_amount", agreement="acme-centre", state="credited", currency="EUR") == [25.02]


def test_money_is_left_out_unless_wanted() -> None:
    """Without leave no family of money is on the page, not even its name."""
    page = Exposition(money=False).page(board(), Format.TEXT).decode()
    assert all(family.name not in page for family in FAMILIES[Area.MONEY])
    assert "25.02" not in page


def test_group_of_a_contract_names_its_probes() -> None:
    """The info that joins a contract's group with the groups of probes holds every pair."""
    samples = parsed(board())[f"{PREFIX}agreement_group_info"].samples
    assert {(each.labels["agreement"], each.labels["group"], each.labels["probe_group"]) for each in samples} == {
        ("acme-centre", "service", "voice/web"),
        ("acme-dialler", "inbound", "dial/inbound"),
        ("acme-dialler", "autodial", "dial/autodial"),
    }


def test_vanished_probes_vanish() -> None:
    """A probe that is no longer defined leaves no series behind."""
    exposition, shown = Exposition(money=True), board()
    assert b"voice/web-api" in exposition.page(shown, Format.TEXT)
    first, *rest = shown.groups
    fewer = replace(shown, groups=(replace(first, probes=first.probes[:1]), *rest))
    page = exposition.page(fewer, Format.TEXT)
    assert b"voice/web-api" not in page
    assert b"voice/web-login" in page


def test_only_what_changed_is_rendered() -> None:
    """A new board with equal probes keeps their blocks; one changed probe renders anew the blocks it is in."""
    exposition, shown = Exposition(money=True), board()
    exposition.page(shown, Format.TEXT)
    before = blocks(exposition)
    exposition.page(replace(board(), loop_lag=9_000), Format.TEXT)
    after = blocks(exposition)
    assert after["probes_total"] is before["probes_total"]
    assert after["agreement_downtime_seconds"] is before["agreement_downtime_seconds"]
    assert after["event_loop_lag_seconds"] is not before["event_loop_lag_seconds"]
    first, *rest = shown.groups
    probe = replace(first.probes[0], state=State.DOWN)
    changed = replace(shown, groups=(replace(first, probes=(probe, *first.probes[1:])), *rest))
    page = exposition.page(changed, Format.TEXT).decode()
    assert f'{PREFIX}probe_up{{probe="voice/web-login",group="voice/web"}} 0\n' in page


@pytest.mark.parametrize("seed", range(6))
def test_page_does_not_depend_on_what_was_shown_before(seed: int) -> None:
    """Probes and groups that come, go, change and stay over the edges of blocks: the page is that of a fresh start."""
    chance = Random(seed)
    crowd = Crowd(settings_of(200))
    kept = Exposition(money=True)
    for _ in range(6):
        crowd.define(settings_of(chance.choice([10, 60, 70, 120, 130, 200]), first=chance.choice([0, 0, 0, 50])))
        crowd.tried(crowd.some(chance.randrange(len(crowd.names))), chance.choice([Reason.NONE, Reason.STATUS]))
        board = crowd.refreshed()
        if chance.random() < 0.5:
            half_done = kept.rendering(board)
            for _ in range(chance.randrange(60)):
                next(half_done, None)
            crowd.tried(crowd.some(5))
            board = crowd.refreshed()
        assert own(kept.page(board, Format.TEXT)) == own(Exposition(money=True).page(board, Format.TEXT))


def own(page: bytes) -> list[bytes]:
    """The lines of the daemon's own families."""
    return [line for line in page.splitlines() if PREFIX.encode() in line]


def test_what_is_being_sent_stays_as_it_was() -> None:
    """A page that is rendered anew while it is sent changes nothing of what is under way."""
    crowd = Crowd(settings_of(100))
    exposition = Exposition(money=True)
    before = exposition.page(crowd.board(), Format.TEXT)
    pieces = exposition.pieces(Format.TEXT)
    crowd.tried(crowd.names)
    assert own(exposition.page(crowd.refreshed(), Format.TEXT)) != own(before)
    assert own(b"".join(plain(pieces))) == own(before)


def blocks(exposition: Exposition) -> dict[str, bytes]:
    """The text of the first block of each family that has one."""
    members = zip(exposition._families, exposition._blocks, strict=True)
    return {family.short_name: parts[0].piece.text for family, parts in members if parts}


def test_label_values_are_escaped() -> None:
    """A quote, a backslash and a line break in a target come back as they were, in both formats."""
    shown, odd = board(), 'a"b\\c\nd'
    first, *rest = shown.groups
    probe = replace(first.probes[0], target=odd)
    shown = replace(shown, groups=(replace(first, probes=(probe,)), *rest))
    for form, name in ((Format.TEXT, "probe_info"), (Format.OPENMETRICS, "probe")):
        targets = {each.labels["target"] for each in parsed(shown, form=form)[PREFIX + name].samples}
        assert odd in targets


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Format.TEXT),
        ("*/*", Format.TEXT),
        ("text/plain;version=0.0.4", Format.TEXT),
        ("application/openmetrics-text", Format.OPENMETRICS),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8, text/plain;q=0.5", Format.OPENMETRICS),
        (PROMETHEUS_ASKS, Format.OPENMETRICS),
        ("application/openmetrics-text;version=2.0.0", Format.TEXT),
        ("application/openmetrics-text;q=0.2, text/plain;q=0.9", Format.TEXT),
        ("application/openmetrics-text;q=nonsense", Format.TEXT),
    ],
)
def test_format_by_negotiation(accept: str, form: Format) -> None:
    """OpenMetrics 1.0.0 is sent where it is preferred to text by weight, else text."""
    assert preferred(accept) is form


@pytest.mark.parametrize(
    ("header", "wanted"),
    [("", False), ("gzip", True), ("deflate, gzip;q=0.5", True), ("gzip;q=0", False), ("*", True), ("br", False)],
)
def test_gzip_by_negotiation(header: str, wanted: bool) -> None:
    """The page is packed only for those who ask."""
    assert accepts_gzip(header) is wanted


async def test_metrics_over_http(inside: Listener) -> None:
    """The listener sends the negotiated type, packs when asked, and answers HEAD."""
    response, page = await inside.get("/metrics", headers={"Accept-Encoding": "identity"})
    assert response.status == 200
    assert response.headers["Content-Type"] == Format.TEXT
    assert "Content-Encoding" not in response.headers
    assert {family.name for family in text_format(page)} >= {"process_cpu_seconds", f"{PREFIX}build_info"}
    packed, same = await inside.get(
        "/metrics", headers={"Accept": "application/openmetrics-text", "Accept-Encoding": "gzip"}
    )
    assert packed.headers["Content-Type"] == Format.OPENMETRICS
    assert packed.headers["Content-Encoding"] == "gzip"
    assert same.endswith("# EOF\n")
    head, body = await inside.ask("HEAD", "/metrics")
    assert (head.status, body) == (200, "")


def test_series_of_a_probe_are_as_documented() -> None:
    """A probe more adds as many lines to the page as the reference says, and the whole of 10,000 is their sum."""
    whole = board()
    (group, *others) = whole.groups
    (known, *_) = group.probes
    more = replace(group, probes=(*group.probes, replace(known, id="voice/web-more")))
    grown = replace(whole, groups=(more, *others))
    lines = [
        sum(not line.startswith(b"#") for line in Exposition(money=True).page(each, Format.TEXT).splitlines())
        for each in (whole, grown)
    ]
    one = series_of_a_probe(vantages=1, certificate=True)
    assert lines[1] - lines[0] == one
    assert f"10,000 from one about {10_000 * one:,}." in reference()


def test_vantages_are_told_together_where_that_is_asked_for() -> None:
    """Without the label of the vantage counts add up, the latest attempt stands for all, and the rest is the same."""
    shown = board()
    first, *rest = shown.groups
    (probe, *others) = first.probes
    (view,) = probe.views
    assert view.last is not None
    failed = replace(view.last, vantage="oslo-1", at=view.last.at + SECOND, outcome=Outcome.FAIL, reason=Reason.STATUS)
    second = replace(view, vantage="oslo-1", last=failed, attempts=40, errors={Reason.RESOLVER: 2})
    durations = {**first.durations, "oslo-1": Durations((1,) * 13, 500)}
    group = replace(first, probes=(replace(probe, views=(view, second)), *others), durations=durations)
    page = Exposition(money=True, vantages=False).page(replace(shown, groups=(group, *rest)), Format.TEXT).decode()
    labels = '{probe="voice/web-login",group="voice/web"'
    assert f"{PREFIX}probes_total{labels}}} 34600\n" in page
    assert f"{PREFIX}probe_success{labels}}} 0\n" in page
    assert f'{PREFIX}probe_errors_total{labels},reason="resolver"}} 5\n' in page
    assert f'{PREFIX}probe_duration_seconds_count{{group="voice/web"}} 34573\n' in page
    assert f'{PREFIX}vantage_up{{vantage="{VANTAGE}"}} 1\n' in page
    assert page.count("vantage=") == 3  # its state, its last report, its clock, and nothing of probes
    alone = Exposition(money=True, vantages=False).page(shown, Format.TEXT)
    both = Exposition(money=True).page(shown, Format.TEXT)
    assert alone.count(b"\n") == both.count(b"\n")


def test_reference_is_up_to_date() -> None:
    """docs/metrics.md is what the table says; UPTIME_BLESS=1 writes it."""
    if os.environ.get("UPTIME_BLESS"):
        REFERENCE.write_text(reference(), encoding="utf-8")
    assert REFERENCE.read_text(encoding="utf-8") == reference()
