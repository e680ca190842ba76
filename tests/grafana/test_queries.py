from collections.abc import Iterator

import pytest

from tests.grafana.dashboards import ALL_QUERIES, PER_DAEMON, Query, filled
from tests.grafana.scraping import Prometheus, listening, prometheus, until
from uptime_daemon.web.families.family import Kind
from uptime_daemon.web.families.table import families

pytestmark = pytest.mark.prometheus


@pytest.fixture(scope="module")
def scraper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A real Prometheus with the metrics of a whole board, scraped under two addresses like a pair of daemons."""
    with listening() as port, prometheus(tmp_path_factory.mktemp("prometheus"), port) as running:
        yield running


def test_scrape_succeeds_and_keeps_the_labels(scraper: Prometheus) -> None:
    """Both addresses are up, nothing is refused, and no label of ours clashes with one of the target."""

    def healths() -> list[tuple[str, str]]:
        targets = [each for each in scraper.ask("targets")["activeTargets"] if each["scrapePool"] == "uptime"]
        return [(target["health"], target["lastError"]) for target in targets]

    until(lambda: healths() == [("up", "")] * 2, "both are up")
    labels = scraper.ask("labels")
    assert not [label for label in labels if label.startswith("exported_")]
    assert {"agreement", "group", "period", "probe", "vantage", "reason"} <= set(labels)


def test_types_and_help_arrive(scraper: Prometheus) -> None:
    """Prometheus knows type and help of every family as the table states them."""
    metadata = scraper.ask("metadata")
    for family in families(money=True):
        # Prometheus negotiates OpenMetrics, in which counters and infos are named without their suffix.
        name = family.name
        if family.kind is Kind.COUNTER:
            name = name.removesuffix("_total")
        elif family.kind is Kind.INFO:
            name = name.removesuffix("_info")
        (entry,) = metadata[name]
        assert (entry["type"], entry["help"]) == (family.kind.value, family.help)


@pytest.mark.parametrize("query", ALL_QUERIES, ids=lambda query: f"{query.dashboard}-{query.panel}")
def test_query_returns_figures(scraper: Prometheus, query: Query) -> None:
    """Every query of every dashboard finds something, and finds it once although two daemons tell it."""
    result = scraper.found(filled(query.expression))  # on a board where everything happens no panel is empty
    if query.panel.startswith("variable"):
        return
    labels = [frozenset(each["metric"].items()) for each in result]
    assert len(labels) == len(set(labels))
    if query.dashboard != PER_DAEMON:
        assert all("instance" not in each["metric"] for each in result)
    assert all(each["value"][1] not in {"NaN", "+Inf", "-Inf"} for each in result)


def test_variables_narrow(scraper: Prometheus) -> None:
    """One agreement alone shows its own groups and figures alone."""
    of_panel = [query for query in ALL_QUERIES if query.dashboard == "Agreement"]
    (states,) = [query for query in of_panel if query.panel == "State of the groups"]
    shown = scraper.found(filled(states.expression, agreement="acme-centre"))
    assert [each["metric"]["probe_group"] for each in shown] == ["voice/web"]
    left, _ = [query for query in of_panel if query.panel == "Error budget left"]
    scraper.found(filled(left.expression), lambda both: len(both) == 3)
    (yearly,) = scraper.found(filled(left.expression, group="inbound", period="year"))
    assert (yearly["metric"]["agreement"], yearly["value"][1]) == ("acme-dialler", "-600")


def test_blackbox_job_works_unchanged(scraper: Prometheus) -> None:
    """A job written for blackbox_exporter finds every probe and scrapes what is known; what is not known is not up."""

    def found(expression: str) -> dict[str, str]:
        return {each["metric"]["instance"]: each["value"][1] for each in scraper.query(expression)}

    known = {"voice/web-login": "1", "voice/web-api": "1", "dial/sip-tls": "0", "dial/inbound-api": "1"}
    scraped = dict.fromkeys(known, "1") | {"dial/autodial-api": "0"}
    until(lambda: found('up{job="blackbox"}') == scraped, "every probe is discovered, and what is known is scraped")
    until(lambda: found("probe_success") == known, "what is known is told")
    certified = {"voice/web-login", "voice/web-api", "dial/inbound-api"}
    until(lambda: set(found("probe_ssl_earliest_cert_expiry")) == certified, "certificates are told")


OF_THE_MIXIN = {
    "which probes succeed": "max by (instance) (probe_success{{{every}}})",
    "how many probes there are": "count(probe_success{{{every}}})",
    "what share of them succeeds": (
        "(count(probe_success{{{every}}} == 1) or vector(0)) / count(probe_success{{{every}}})"
    ),
    "what share over HTTP is encrypted": "count(probe_http_ssl{{{every}}} == 1) / count(probe_http_version{{{every}}})",
    "how long a probe takes": "avg(probe_duration_seconds{{{every}}})",
    "uptime of thirty days": "avg_over_time(probe_success{{{one}}}[30d])",
    "the latest status": "max by (instance) (probe_http_status_code{{{one}}})",
    "whether it is encrypted": "max by (instance) (probe_http_ssl{{{one}}})",
    "the version of TLS": "max by (instance, version) (probe_tls_version_info{{{one}}})",
    "redirects": "max by (instance) (probe_http_redirects{{{one}}})",
    "the version of HTTP": "max by (instance) (probe_http_version{{{one}}})",
    "when the certificate expires": "min by (instance) (probe_ssl_earliest_cert_expiry{{{one}}} - time())",
    "how long this one takes": "avg by (instance) (probe_duration_seconds{{{one}}})",
    "how long its name takes": "avg by (instance) (probe_dns_lookup_time_seconds{{{one}}})",
    "how long HTTP takes": "sum by (instance) (probe_http_duration_seconds{{{one}}})",
    "how long each phase takes": "avg by (phase) (probe_http_duration_seconds{{{one}}})",
    "alert: a probe failed": "probe_success{{{every}}} == 0",
    "alert: uptime is low": "avg_over_time(probe_success{{{every}}}[30d]) * 100 < 99.9",
    "alert: a certificate expires soon": "probe_ssl_earliest_cert_expiry{{{every}}} - time() < 21 * 24 * 3600",
}
"""What the dashboard and the alerts of the community's blackbox mixin ask for, in the same functions of the same names:
github.com/adinhodovic/blackbox-exporter-mixin, published by monitoring.mixins.dev. Left out is ICMP's."""


def test_the_blackbox_mixin_gets_its_answers(scraper: Prometheus) -> None:
    """Each question has an answer, of all probes and of one over HTTPS; the one that fails is among the failed."""
    matchers = {"every": 'job=~"blackbox"', "one": 'job=~"blackbox", instance=~"voice/web-login"'}
    queries = {name: text.format(**matchers) for name, text in OF_THE_MIXIN.items()}
    until(lambda: len(scraper.query(queries["which probes succeed"])) == 4, "every probe is scraped")
    until(lambda: all(map(scraper.query, queries.values())), "every question has an answer")
    (failed,) = scraper.found(queries["alert: a probe failed"])
    assert failed["metric"]["instance"] == "dial/sip-tls"
    phases = scraper.found(queries["how long each phase takes"])
    assert {each["metric"]["phase"] for each in phases} == {"resolve", "connect", "tls", "processing"}


def test_rules_run(scraper: Prometheus) -> None:
    """A real Prometheus evaluates every rule, and what the board shows as broken is told once for both daemons."""

    def evaluated() -> bool:
        rules = [rule for group in scraper.ask("rules")["groups"] for rule in group["rules"]]
        assert {rule["health"] for rule in rules} <= {"ok", "unknown"}
        return all(rule["health"] == "ok" for rule in rules)

    def firing() -> list[tuple[str, str, str]]:
        alerts = [alert for alert in scraper.ask("alerts")["alerts"] if alert["state"] == "firing"]
        labels = [alert["labels"] for alert in alerts]
        return [(label["alertname"], label.get("agreement", ""), label.get("group", "")) for label in labels]

    until(evaluated, "every rule is evaluated")
    down = ("UptimeDaemonGroupDown", "", "dial/inbound")
    breached = ("UptimeDaemonAgreementBreached", "acme-dialler", "inbound")
    found: list[tuple[str, str, str]] = []

    def both_told() -> bool:
        found[:] = firing()
        return {down, breached} <= set(found)

    until(both_told, "the group that is down and the breach are told")
    assert found.count(down) == found.count(breached) == 1
    assert ("UptimeDaemonGroupDown", "", "voice/web") not in found
    assert ("UptimeDaemonAgreementBreached", "acme-dialler", "autodial") not in found

    def burning() -> set[str]:
        found = scraper.query("agreement_group_period:uptime_daemon_agreement_error_budget:burnrate5m")
        return {each["metric"]["agreement"] for each in found}

    until(lambda: burning() == {"acme-centre", "acme-dialler"}, "burn rates of both agreements are recorded")
