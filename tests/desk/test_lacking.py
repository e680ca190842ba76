"""What `check` says of probes that this machine cannot try, or that can never fail as they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from uptime_daemon.definitions.documents import read_document
from uptime_daemon.definitions.probes.vendor import ProbeDefinition, read_vendor
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.desk.lacking import lacking

PROBES = """vendor: acme
groups:
  it:
    title: It
    up: all
    probes:
      - {id: good, kind: https, url: "https://acme.example/", ca_file: HERE, checks: [{seconds_below: 5}]}
      - {id: file, kind: tls, host: acme.example, port: 1, ca_file: /nowhere/ca.pem, client_certificate: /nowhere/own}
      - {id: step, kind: scenario, steps: ["https://acme.example/"], ca_file: /nowhere/ca.pem}
      - {id: ocsp, kind: ocsp, url: "http://acme.example/", certificate: HERE, issuer: /nowhere/issuer.pem}
      - {id: gone, kind: exec, command: [/nowhere/check_it]}
      - {id: text, kind: exec, command: [HERE]}
      - {id: long, kind: tcp, host: acme.example, port: 1, timeout: 60s}
      - {id: slow, kind: tcp, host: acme.example, port: 1, checks: [{seconds_below: 10, means: slow}]}
"""


@pytest.fixture(scope="module")
def probes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ProbeDefinition]:
    """The probes of that file, one file of which there is."""
    file = tmp_path_factory.mktemp("lacking") / "acme.yaml"
    file.write_text(PROBES.replace("HERE", str(file)), encoding="utf-8")
    problems = Problems()
    vendor = read_vendor(read_document(file, problems), problems)
    return {each.probe.id.partition("/")[2]: each for each in vendor.probes}


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("good", []),
        ("file", ["there is no file /nowhere/ca.pem here", "there is no file /nowhere/own here"]),
        ("step", ["there is no file /nowhere/ca.pem here"]),
        ("ocsp", ["there is no file /nowhere/issuer.pem here"]),
        ("gone", ["there is no program /nowhere/check_it here"]),
        ("text", ["FILE may not be run by this user"]),
        (
            "long",
            ["timeout 60 s is longer than interval 30 s: an attempt that hangs has the next one left out"],
        ),
        ("slow", ["seconds_below 10 can never fail: after 10 s the attempt ends, by its timeout"]),
    ],
)
def test_what_a_probe_lacks_is_told(probes: dict[str, ProbeDefinition], name: str, lines: list[str]) -> None:
    """One line for each."""
    file = str(Path(getattr(probes["text"].endpoint, "command")[0]))  # noqa: B009 - endpoints of other kinds have none
    assert [line.replace(file, "FILE") for line in lacking(probes[name])] == lines


def test_missing_extra_is_told(probes: dict[str, ProbeDefinition], monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind whose packages are not installed says which extra brings them; the others need none."""
    monkeypatch.setattr("uptime_daemon.probers.registry.find_spec", lambda _: None)
    said = "the kind ocsp needs the extra pki; install uptime-daemon[pki]"
    assert [name for name, probe in probes.items() if said in lacking(probe)] == ["ocsp"]
