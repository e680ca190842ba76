"""The manifests for Kubernetes: built by kustomize, held against the API's schemas, and against each other.

No cluster is part of the tests: that the pod is scheduled, its volume made and its network closed is not shown here.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from kubernetes_validate import validate
from ruamel.yaml import YAML

from grafana.sources.operator import FILE, prometheus_rule
from tests.deploy.test_image import DOCKERFILE
from uptime_daemon.settings.reading import load

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
VERSION = "1.37"
"""The newest version whose API kubernetes-validate carries; the kinds used have been stable for long."""
BASES_GONE = 21
"""From this minor version of kubectl on a folder is a resource like others; Debian 12 has 20, where it is a base."""
pytestmark = pytest.mark.needs_command("kubectl", "promtool")
SECRETS = {"uptime-daemon", "uptime-daemon-prometheus"}
"""Those that docs/deployment.md says how to make."""


@pytest.fixture(scope="module")
def objects() -> dict[str, Any]:
    """Everything that kustomize builds, by kind; the ConfigMaps by the start of their names."""
    build = ["kubectl", "kustomize", str(FOLDER)]
    done = subprocess.run(build, check=True, capture_output=True, text=True, timeout=300)
    found = list(YAML(typ="safe").load_all(io.StringIO(done.stdout)))
    named = {each["kind"]: each for each in found if each["kind"] != "ConfigMap"}
    configured = {each["metadata"]["name"].rpartition("-")[0]: each for each in found if each["kind"] == "ConfigMap"}
    assert len(named) + len(configured) == len(found)
    return named | configured


@pytest.fixture(scope="module")
def pod(objects: dict[str, Any]) -> Any:
    """The daemon's pod."""
    return objects["StatefulSet"]["spec"]["template"]


def test_all_that_is_promised_is_there(objects: dict[str, Any]) -> None:
    """The daemon, its Service, what Prometheus needs, and the closed network."""
    assert set(objects) == {
        "NetworkPolicy",
        "PrometheusRule",
        "Service",
        "ServiceAccount",
        "ServiceMonitor",
        "StatefulSet",
        "uptime-daemon",
        "uptime-daemon-contracts",
        "uptime-daemon-probes",
    }


def test_every_object_follows_the_schema_of_its_kind(objects: dict[str, Any]) -> None:
    """The strict schemas know every key; those of the operator give back what they were given."""
    from cloudcoil.models.prometheus_operator.v1 import PrometheusRule, ServiceMonitor  # noqa: PLC0415 - takes seconds

    shapes: dict[str, Any] = {"PrometheusRule": PrometheusRule, "ServiceMonitor": ServiceMonitor}
    for each in objects.values():
        if each["kind"] in shapes:
            shaped = shapes[each["kind"]].model_validate(each)
            assert shaped.model_dump(by_alias=True, exclude_none=True, mode="json") == each
        else:
            validate(each, VERSION, strict=True)


def test_the_rules_are_those_of_prometheus(objects: dict[str, Any], tmp_path: Path) -> None:
    """They are written from grafana/rules and not changed by hand; promtool takes them out of the manifest."""
    assert FILE.read_text(encoding="utf-8") == prometheus_rule(), "run make dashboards"
    YAML(typ="safe", pure=True).dump(objects["PrometheusRule"]["spec"], tmp_path / "rules.yml")
    done = subprocess.run(
        ["promtool", "check", "rules", str(tmp_path / "rules.yml")],
        check=True, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    committed = [YAML(typ="safe").load(each) for each in (ROOT / "grafana" / "rules").glob("*.yml")]
    number = sum(len(group["rules"]) for each in committed for group in each["groups"])
    assert f"SUCCESS: {number} rules found" in done.stdout


def test_the_parts_find_each_other(objects: dict[str, Any], pod: Any) -> None:
    """Selectors meet labels, ports have names, and what is mounted is made here or told of in the docs."""
    labels = pod["metadata"]["labels"]
    policy, monitor, service = (objects[each]["spec"] for each in ("NetworkPolicy", "ServiceMonitor", "Service"))
    assert objects["StatefulSet"]["spec"]["selector"]["matchLabels"] == labels
    assert policy["podSelector"]["matchLabels"] == service["selector"] == labels
    assert monitor["selector"]["matchLabels"].items() <= objects["Service"]["metadata"]["labels"].items()
    (container,) = pod["spec"]["containers"]
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    assert {each["name"]: each["port"] for each in service["ports"]} == ports
    assert {each["targetPort"] for each in service["ports"]} == set(ports)
    assert {each["port"] for each in monitor["endpoints"]} <= set(ports)
    assert {port["port"] for rule in policy["ingress"] for port in rule["ports"]} == set(ports)
    assert sorted(map(str, ports.values())) == [each for each in DOCKERFILE.split() if each in {"8990", "8991"}]
    made = {objects[each]["metadata"]["name"] for each in objects if each.startswith("uptime-daemon")}
    volumes = pod["spec"]["volumes"]
    assert {each["configMap"]["name"] for each in volumes if "configMap" in each} == made
    secrets = {each["secret"]["secretName"] for each in volumes if "secret" in each}
    assert secrets | {monitor["endpoints"][0]["authorization"]["credentials"]["name"]} == SECRETS
    claimed = {each["metadata"]["name"] for each in objects["StatefulSet"]["spec"]["volumeClaimTemplates"]}
    assert {each["name"] for each in container["volumeMounts"]} == {each["name"] for each in volumes} | claimed
    guide = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    assert all(f"kubectl create secret generic {each} " in guide for each in SECRETS)


def test_the_pod_is_confined(objects: dict[str, Any], pod: Any) -> None:
    """One replica; the image's user, never root; nothing writable but record and /tmp; no right in the cluster."""
    assert objects["StatefulSet"]["spec"]["replicas"] == 1
    own = pod["spec"]["securityContext"]
    assert f"USER {own['runAsUser']}:{own['runAsGroup']}" in DOCKERFILE
    assert (own["runAsNonRoot"], own["seccompProfile"]) == (True, {"type": "RuntimeDefault"})
    (container,) = pod["spec"]["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    writable = {each["mountPath"] for each in container["volumeMounts"] if not each.get("readOnly")}
    assert writable == {"/var/lib/uptime-daemon", "/tmp"}  # noqa: S108 - the pod's
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert objects["ServiceAccount"]["automountServiceAccountToken"] is False
    assert container["image"].rpartition(":")[2] not in {"", "latest"}
    assert set(container["resources"]["limits"]) == {"memory"}
    assert {container[each]["httpGet"]["path"] for each in ("startupProbe", "livenessProbe")} == {"/-/healthy"}
    assert container["readinessProbe"]["httpGet"]["path"] == "/-/ready"


def test_the_daemon_takes_its_files_as_kubernetes_lays_them(objects: dict[str, Any], pod: Any, tmp_path: Path) -> None:
    """A ConfigMap is a folder of links into a hidden folder, which is exchanged as a whole."""
    (container,) = pod["spec"]["containers"]
    assert container["args"] == ["run", "--config", "/etc/uptime-daemon/uptime.yaml"]
    own = tmp_path / "etc" / "uptime-daemon"
    for name in ("probes", "contracts"):
        _laid(own / name, objects[f"uptime-daemon-{name}"]["data"])
    secrets = tmp_path / "secrets"
    _laid(secrets, {"ana": "scrypt$2$8$1$00$00", "prometheus": f"sha256${'0' * 64}"})
    text = objects["uptime-daemon"]["data"]["uptime.yaml"]
    (own / "uptime.yaml").write_text(text.replace("/run/secrets/uptime-daemon", str(secrets)))
    settings = load(own / "uptime.yaml", {})
    assert settings.probes
    assert settings.database.startswith("sqlite:////var/lib/uptime-daemon/")
    assert settings.agreements


def _laid(folder: Path, files: dict[str, str]) -> None:
    hidden = folder / "..2026_11_28_12_00_00.1234567890"
    hidden.mkdir(parents=True)
    (folder / "..data").symlink_to(hidden.name)
    for name, text in files.items():
        (hidden / name).write_text(text, encoding="utf-8")
        (folder / name).symlink_to(Path("..data") / name)


def test_the_kustomization_of_the_guide_builds(tmp_path: Path) -> None:
    """What docs/deployment.md tells to write takes the place of our files and of the image's name."""
    shutil.copytree(FOLDER, tmp_path / "uptime-daemon" / "deploy" / "kubernetes")
    own = tmp_path / "own"
    for name in ("probes", "contracts"):
        (own / name).mkdir(parents=True)
        shutil.copy(ROOT / name / "daktela.yaml", own / name)
    (own / "uptime.yaml").write_text("vantage: {name: ours}\n")
    guide = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    (told,) = re.findall(r"^```yaml\n(apiVersion: kustomize.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    if _kubectl_minor() < BASES_GONE:
        told = told.replace("resources: [../", "bases: [../")
    (own / "kustomization.yaml").write_text(told)
    done = subprocess.run(["kubectl", "kustomize", str(own)], check=True, capture_output=True, text=True, timeout=300)
    built = list(YAML(typ="safe").load_all(io.StringIO(done.stdout)))
    assert {each["metadata"].get("namespace") for each in built} == {"uptime"}
    assert "vantage: {name: ours}" in done.stdout
    assert "registry.acme.example/uptime-daemon:0.1.0" in done.stdout
    assert "example.com" not in done.stdout


def _kubectl_minor() -> int:
    version = ["kubectl", "version", "--client", "--output=json"]
    done = subprocess.run(version, check=True, capture_output=True, text=True, timeout=300)
    return int(re.sub(r"\D", "", json.loads(done.stdout)["clientVersion"]["minor"]))


def test_the_contract_is_the_shipped_one() -> None:
    """Kustomize reads no file outside its folder, so the contract lies there as a copy."""
    for copied in (FOLDER / "contracts").glob("*.yaml"):
        assert copied.read_bytes() == (ROOT / "contracts" / copied.name).read_bytes(), f"cp contracts/{copied.name}"
