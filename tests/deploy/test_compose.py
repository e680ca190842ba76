"""compose.yaml: its form by the schema of the compose specification, and everything that it mounts.

No engine is part of the tests: that the images can be pulled and that Grafana takes its provisioning is not shown here.
`test_composition` starts the daemon, the vendor and Prometheus with the very mounts of the file on the real programs.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from ruamel.yaml import YAML

from uptime_daemon.settings.reading import load
from uptime_daemon.settings.values import Role

ROOT = Path(__file__).parents[2]
FILE = ROOT / "compose.yaml"
CONFIGURED = ROOT / "deploy" / "compose"
COMPOSE: Any = YAML(typ="safe").load(FILE)
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = "localhost/uptime-daemon:latest"
FLOATING = {"latest", "main", "master", "stable", "alpine", "nightly"}


def mounts(service: str) -> dict[PurePosixPath, Path]:
    """By place in the container the file or folder of the checkout that a service sees there."""
    found = {}
    for volume in SERVICES[service].get("volumes", ()):
        source, target, *mode = volume.split(":")
        if source.startswith("./"):
            assert mode == ["ro"], volume
            found[PurePosixPath(target)] = ROOT / source
    return found


def test_compose_follows_its_specification() -> None:
    """The schema of the compose specification holds, as far as check-jsonschema carries it."""
    check = [
        str(Path(sys.executable).with_name("check-jsonschema")),
        "--builtin-schema",
        "vendor.compose-spec",
        str(FILE),
    ]
    done = subprocess.run(check, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout


def test_all_that_is_promised_is_there() -> None:
    """The daemon, Prometheus, Grafana, a mail catcher and a vendor; named volumes are declared and used."""
    assert set(SERVICES) == {"daemon", "prometheus", "grafana", "mail", "vendor"}
    named = {volume.split(":")[0] for each in SERVICES.values() for volume in each.get("volumes", ())}
    assert {name for name in named if not name.startswith("./")} == set(COMPOSE["volumes"])


@pytest.mark.parametrize("service", SERVICES)
def test_service_is_pinned_and_confined(service: str) -> None:
    """A version is named, rights are dropped, and only this machine reaches a port."""
    own = SERVICES[service]
    name, _, tag = own["image"].rpartition(":")
    assert own["image"] == OURS or (name and tag not in FLOATING and re.search(r"\d+\.\d+", tag)), own["image"]
    assert (own["cap_drop"], own["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert all(port.startswith("127.0.0.1:") for port in own.get("ports", ()))
    assert service == "grafana" or own["read_only"] is True  # Grafana unpacks its plugins at the start


@pytest.mark.parametrize("service", SERVICES)
def test_everything_mounted_exists(service: str) -> None:
    """A path that is missing would be made by the engine, as an empty folder."""
    assert [str(source) for source in mounts(service).values() if not source.exists()] == []


def configuration(folder: Path) -> Path:
    """The daemon's files as they are mounted, in a folder."""
    for target, source in mounts("daemon").items():
        place = folder / target.relative_to("/etc/uptime-daemon")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(source)
    return folder / "uptime.yaml"


def test_the_daemon_takes_its_files(tmp_path: Path) -> None:
    """No mistake in them; the documented password is not told as a secret, and the token is Prometheus's."""
    settings = load(configuration(tmp_path), {})
    assert {str(settings.listen), str(settings.public_listen)} == {"0.0.0.0:8990", "0.0.0.0:8991"}
    assert [each.split(":")[2] for each in SERVICES["daemon"]["ports"]] == ["8990", "8991", "8025"]
    (token,) = settings.tokens
    digest = hashlib.sha256((CONFIGURED / "prometheus-token").read_bytes()).hexdigest()
    assert (token.role, token.hash.reveal()) == (Role.VIEWER, f"sha256${digest}")
    assert settings.mail is not None
    assert SERVICES["mail"]["network_mode"] == "service:daemon"
    assert SERVICES["mail"]["environment"]["MP_SMTP_BIND_ADDR"] == f"{settings.mail.host}:{settings.mail.port}"
    assert settings.database.startswith("sqlite:////var/lib/uptime-daemon/")
    assert "record:/var/lib/uptime-daemon" in SERVICES["daemon"]["volumes"]
    hosts = {each.host for each in settings.vantage.sentinels}
    assert hosts | {each.endpoint.host for each in settings.probes.values()} <= set(SERVICES)


@pytest.mark.needs_command("promtool")
def test_prometheus_takes_its_files() -> None:
    """Promtool knows the configuration and every rule at the places where they are mounted."""
    seen = mounts("prometheus")
    prometheus = seen[PurePosixPath("/etc/prometheus/prometheus.yml")]
    check = ["promtool", "check", "config", "--syntax-only", str(prometheus)]
    subprocess.run(check, check=True, capture_output=True, timeout=300)
    read = YAML(typ="safe").load(prometheus)
    rules = seen[PurePosixPath("/etc/prometheus/rules")]
    assert read["rule_files"] == ["/etc/prometheus/rules/*.yml"]
    subprocess.run(["promtool", "check", "rules", *rules.glob("*.yml")], check=True, capture_output=True, timeout=300)
    (job,) = read["scrape_configs"]
    assert PurePosixPath(job["authorization"]["credentials_file"]) in seen
    (target,) = job["static_configs"][0]["targets"]
    assert target.split(":")[0] in SERVICES


def test_grafana_takes_its_files() -> None:
    """Its provisioning points to where the dashboards are mounted, and to the Prometheus that is there."""
    seen = mounts("grafana")
    provisioning = seen[PurePosixPath("/etc/grafana/provisioning")]
    (provider,) = YAML(typ="safe").load(provisioning / "dashboards" / "uptime-daemon.yml")["providers"]
    dashboards = seen[PurePosixPath(provider["options"]["path"])]
    assert list(dashboards.glob("*.json"))
    (source,) = YAML(typ="safe").load(next((provisioning / "datasources").iterdir()))["datasources"]
    variable = source["url"].removeprefix("$")
    host = SERVICES["grafana"]["environment"][variable].removeprefix("http://").split(":")
    assert host == ["prometheus", "9090"]


@pytest.mark.needs_root  # nginx looks at its usual folders, which are root's
@pytest.mark.needs_command("nginx")
def test_the_vendor_takes_its_file() -> None:
    """Nginx knows every directive; the port is the one that is probed."""
    (file,) = mounts("vendor").values()
    done = subprocess.run(
        ["nginx", "-t", "-q", "-c", file, "-e", "stderr"], check=False, capture_output=True, text=True, timeout=300
    )
    assert (done.returncode, done.stderr) == (0, "")
