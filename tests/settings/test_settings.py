"""`uptime.yaml` with its probes and contracts: values, defaults, every mistake at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from uptime_daemon.core.terms.need import Need, NeedKind
from uptime_daemon.core.time.instants import SECOND, parse_instant
from uptime_daemon.definitions.folders import template_folders
from uptime_daemon.definitions.problems import MistakesError
from uptime_daemon.desk.checking import needs
from uptime_daemon.settings.reading import load
from uptime_daemon.settings.secret import Secret
from uptime_daemon.settings.values import Role, Settings
from uptime_daemon.settings.webhooks import Topic

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIGURATION = """\
vantage:
  name: prague-1
  sentinels: [{tcp: "9.9.9.9:53", place: quad9}, {https: "https://www.debian.org/", place: debian}]
agreements:
  - id: acme-voice
    contract: daktela
    plan: premium
    groups: {service: {any: [acme/web, acme/sip]}}
    starts: 2026-01-01
    fees: [{from: 2026-01-01, amount: "1250.75", currency: EUR, per: month}]
mail: {host: smtp.acme.example, port: 587, tls: starttls, username: uptime, password: "${SMTP}", from: a@acme.example}
"""
PROBES = """\
vendor: acme
groups:
  web: {title: Web, up: all, probes: [{id: web, kind: https, url: "https://${HOST}/"}]}
  sip: {title: SIP, up: all, probes: [{id: sip, kind: tcp, host: sip.acme.example, port: 5061}]}
"""
ENVIRONMENT = {"SMTP": "very-secret-word", "HOST": "acme.example"}


def written(folder: Path, configuration: str = CONFIGURATION, probes: str = PROBES) -> Path:
    """A configuration with its probes and the shipped contract."""
    for name in ("probes", "contracts"):
        (folder / name).mkdir(exist_ok=True)
    source = next(each / "daktela.yaml" for each in template_folders("contracts"))
    (folder / "contracts" / "daktela.yaml").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "probes" / "acme.yaml").write_text(probes, encoding="utf-8")
    path = folder / "uptime.yaml"
    path.write_text(configuration, encoding="utf-8")
    return path


def mistakes(path: Path, environment: Mapping[str, str] = ENVIRONMENT) -> list[str]:
    """The messages that loading ends with, without the folder's name."""
    with pytest.raises(MistakesError) as caught:
        load(path, environment)
    return [str(problem).replace(f"{path.parent}/", "") for problem in caught.value.problems]


def test_a_whole_configuration_becomes_values(tmp_path: Path) -> None:
    """Defaults are filled in, names are whole, dates are midnights of the contract's zone."""
    settings = load(written(tmp_path), ENVIRONMENT)
    (signed,) = settings.agreements
    assert str(settings.listen) == "127.0.0.1:8990"
    assert settings.database == f"sqlite:///{tmp_path.resolve()}/uptime.db"
    assert sorted(settings.probes) == ["acme/sip", "acme/web"]
    assert signed.agreement.bindings["service"].need == Need(NeedKind.ANY)
    assert signed.agreement.starts == parse_instant("2025-12-31T23:00:00Z")
    assert settings.shows_money
    assert settings.vantage_metrics


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    """Neither the settings nor a secret itself print what they hold."""
    settings = load(written(tmp_path), ENVIRONMENT)
    assert settings.mail is not None
    assert settings.mail.password is not None
    assert settings.mail.password.reveal() == ENVIRONMENT["SMTP"]
    assert ENVIRONMENT["SMTP"] not in repr(settings)
    assert str(Secret("word")) == "Secret(...)"


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    """One load names a mistake in the configuration, in a probes file and in a contract."""
    path = written(
        tmp_path, CONFIGURATION.replace("plan: premium", "plan: gold"), PROBES.replace("up: all", "up: most", 1)
    )
    contract = tmp_path / "contracts" / "daktela.yaml"
    contract.write_text(
        contract.read_text(encoding="utf-8").replace("Europe/Prague", "Europe/Nowhere"), encoding="utf-8"
    )
    files = {line.split(":")[0] for line in mistakes(path)}
    assert files == {"contracts/daktela.yaml", "probes/acme.yaml", "uptime.yaml"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("plan: premium", "plan: gold", "uptime.yaml:7: agreements[0].plan: 'gold' is no plan of daktela"),
        (
            "{any: [acme/web, acme/sip]}",
            "[acme/web, acme/sip]",
            "uptime.yaml:8: agreements[0].groups.service: a bare list",
        ),
        ("acme/sip", "acme/fax", "uptime.yaml:8: agreements[0].groups.service: no file in probes defines the group"),
        ('"1250.75"', "1250.75", "uptime.yaml:10: agreements[0].fees[0].amount: 1250.75 is an unquoted number"),
        ("contract: daktela", "contract: other", "uptime.yaml:6: agreements[0].contract: there is no contract 'other'"),
        ("- id: acme-voice", "- name: acme-voice", "uptime.yaml:5: agreements[0].id: is missing; write id"),
        ("id: acme-voice", "id: [acme-voice]", "uptime.yaml:5: agreements[0].id: a list is no identifier"),
        (", {https", "] #", "uptime.yaml:3: vantage.sentinels: has 1 items; write at least 2"),
        ("9.9.9.9:53", "127.0.0.1:53", "uptime.yaml:1: vantage: 127.0.0.1:53 is this machine"),
        ("place: debian", "place: quad9", "uptime.yaml:1: vantage: sentinels need 2 different places"),
        ("tls: starttls", "tls: none", "uptime.yaml:11: mail: tls: none is for loopback only"),
        ("${SMTP}", "${SMTQ}", "uptime.yaml:11: mail.password: the environment has no variable 'SMTQ'"),
        ("starts:", "stars:", "uptime.yaml:9: agreements[0].stars: unknown key 'stars'"),
        ("vantage:", "listen: 0.0.0.0:8990\nvantage:", "uptime.yaml:1: listen: anything but loopback needs TLS"),
        (
            "vantage:",
            "database: memory\nvantage:",
            "uptime.yaml:1: database: a record in memory ends with the daemon and",
        ),
        (
            "vantage:",
            "database: 'sqlite:///:memory:'\nvantage:",
            "uptime.yaml:1: database: for a record that ends with",
        ),
        (
            "vantage:",
            "database: memory:x\nvantage:",
            "uptime.yaml:1: database: 'memory:x' is no database; write one such",
        ),
        ("vantage:", "behind_proxy: true\nvantage:", "uptime.yaml:1: listen: behind a proxy everybody gets in"),
        ("vantage:", "listen: 0.0.0.0:1\nopen_reading: true\nvantage:", "uptime.yaml:2: open_reading: is for"),
        (
            "vantage:",
            "behind_proxy: true\nopen_reading: true\nvantage:",
            "uptime.yaml:2: open_reading: is for",
        ),
    ],
)
def test_one_mistake_is_one_message_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Each mistake is named with file, line, path and what to write."""
    assert any(line.startswith(message) for line in mistakes(written(tmp_path, CONFIGURATION.replace(old, new))))


def test_missing_folders_are_named(tmp_path: Path) -> None:
    """A folder that does not exist is a mistake with its name, not a crash."""
    path = written(tmp_path, f"probes: nowhere/\n{CONFIGURATION}")
    assert any("there is no such folder" in line for line in mistakes(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A configuration that is not there is named as such."""
    with pytest.raises(MistakesError, match="No such file"):
        load(tmp_path / "uptime.yaml", {})


def test_roles_are_three(tmp_path: Path) -> None:
    """Users carry one of three roles; money is decided by finance alone."""
    users = 'users: [{name: ana, role: finance, password_hash: "scrypt$x"}]\n'
    settings: Settings = load(written(tmp_path, users + CONFIGURATION), ENVIRONMENT)
    assert [user.role for user in settings.users] == [Role.FINANCE]


def test_a_record_in_memory_is_for_those_who_claim_nothing(tmp_path: Path) -> None:
    """Without agreements it is taken as it is written, and what it cannot do is said without being asked."""
    vantage = CONFIGURATION.partition("agreements:")[0]
    settings = load(written(tmp_path, f"database: memory\n{vantage}"), ENVIRONMENT)
    assert (settings.database, settings.is_record_in_memory) == ("memory", True)
    said = "the record is in memory: it ends with the daemon, no command can read it and no claim can rest on it"
    assert said in list(needs(settings))
    durable = load(written(tmp_path, vantage), ENVIRONMENT)
    assert not durable.is_record_in_memory
    assert said not in list(needs(durable))


def test_a_renamed_probe_names_what_it_replaces(tmp_path: Path) -> None:
    """By its old id of the same vendor or of another file; the record of both is that of the id in force."""
    probes = PROBES.replace("id: web,", "id: web, replaces: [page, older/page],")
    settings = load(written(tmp_path, probes=probes), ENVIRONMENT)
    assert settings.former == {"acme/page": "acme/web", "older/page": "acme/web"}


@pytest.mark.parametrize(
    ("web", "sip", "message"),
    [
        ("sip", "fax", "3: acme/web.replaces: 'acme/sip' is a probe as before; remove it, or leave `replaces` out"),
        ("page", "acme/page", "4: acme/sip.replaces: 'acme/page' is replaced by 'acme/web' already; name it once"),
    ],
)
def test_one_record_is_not_two_probes(tmp_path: Path, web: str, sip: str, message: str) -> None:
    """What is replaced is gone from the files, and has one heir."""
    probes = PROBES.replace("id: web,", f"id: web, replaces: {web},").replace("id: sip,", f"id: sip, replaces: {sip},")
    assert mistakes(written(tmp_path, probes=probes)) == [f"probes/acme.yaml:{message}"]


WEBHOOK = """\
webhooks:
  - name: ops
    url: https://hooks.acme.example/x
    secret: "${HOOK}"
    events: [status, outages]
    agreements: [acme-voice]
heartbeat: {url: "https://beat.example/4711", every: 30s}
timestamps: {url: "http://tsa.example/tsr", certificates: authority.pem}
"""
HOOK = "whsec_" + "A" * 43 + "="


def test_webhooks_and_their_secrets(tmp_path: Path) -> None:
    """Who is told of what; neither a secret nor an address, which may be one, is printed."""
    settings = load(written(tmp_path, WEBHOOK + CONFIGURATION), ENVIRONMENT | {"HOOK": HOOK})
    (webhook,) = settings.webhooks
    assert webhook.wants(Topic.STATUS)
    assert webhook.wants(Topic.OUTAGES, "acme-voice")
    assert not webhook.wants(Topic.OUTAGES, "another")
    assert not webhook.wants(Topic.BREACHES, "acme-voice")
    assert settings.heartbeat is not None
    assert settings.heartbeat.every == 30 * SECOND
    assert settings.timestamps is not None
    assert settings.timestamps.address.url == "http://tsa.example/tsr"  # a stamp is signed, whoever carries it
    assert settings.timestamps.certificates == settings.file.parent / "authority.pem"
    assert not [word for word in (HOOK, "hooks.acme.example", "4711") if word in repr(settings)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("https://hooks", "http://hooks", "uptime.yaml:2: webhooks[0]: url: http is for a network of our own only"),
        (
            "https://hooks.acme.example/x",
            "https://10.0.0.7/x",
            "uptime.yaml:2: webhooks[0]: url: 10.0.0.7 is not of the public internet; write private: true",
        ),
        (
            "${HOOK}",
            "too-short",
            "uptime.yaml:4: webhooks[0].secret: is no secret of a webhook; make one: echo whsec_$(",
        ),
        ("outages]", "breakfast]", "uptime.yaml:5: webhooks[0].events[1]: 'breakfast'"),
        ("[status, outages]", "[]", "uptime.yaml:5: webhooks[0].events: has 0 items; write at least 1"),
        ("[acme-voice]", "[other]", "uptime.yaml:6: webhooks[0].agreements: there is no agreement 'other'"),
        (
            "every: 30s",
            "every: 1s",
            "uptime.yaml:7: heartbeat: every: a sign of life is given every 10 seconds at most",
        ),
        ("beat.example", "localhost", "uptime.yaml:7: heartbeat: url: localhost is not of the public internet"),
        ("tsa.example", "10.0.0.7", "uptime.yaml:8: timestamps: url: 10.0.0.7 is not of the public internet"),
    ],
)
def test_mistakes_about_webhooks(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Each is named with its line and what to write; a secret is not repeated."""
    found = mistakes(written(tmp_path, (WEBHOOK + CONFIGURATION).replace(old, new)), ENVIRONMENT | {"HOOK": HOOK})
    assert any(line.startswith(message) for line in found), found
    assert not any("too-short" in line for line in found)


def test_a_renamed_group_names_what_it_replaces(tmp_path: Path) -> None:
    """Its former names are kept, the oldest first; what is there already or replaced twice is a mistake."""
    probes = PROBES.replace("{title: Web,", "{title: Web, replaces: [page, site],")
    settings = load(written(tmp_path, probes=probes), ENVIRONMENT)
    assert settings.groups["acme/web"].first_id == "acme/page"
    assert settings.groups["acme/sip"].first_id == "acme/sip"
    taken = PROBES.replace("{title: Web,", "{title: Web, replaces: sip,")
    (message,) = mistakes(written(tmp_path, probes=taken))
    assert "groups.web.replaces: 'acme/sip' is a group as before; remove it" in message
    twice = probes.replace("{title: SIP,", "{title: SIP, replaces: page,")
    (message,) = mistakes(written(tmp_path, probes=twice))
    assert "groups.sip.replaces: 'acme/page' is replaced by 'acme/web' already; name it once" in message
