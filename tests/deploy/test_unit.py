"""The systemd unit, as systemd itself reads it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "uptime-daemon.service"
INSTALLED = "/opt/uptime-daemon/bin/uptime-daemon"


@pytest.mark.needs_command("systemd-analyze")
def test_unit_is_valid(tmp_path: Path) -> None:
    """Systemd has nothing to say about it, once the program that it starts is there."""
    text = UNIT.read_text(encoding="utf-8")
    assert INSTALLED in text
    placed = tmp_path / UNIT.name
    program = Path(sys.executable).with_name("uptime-daemon")
    placed.write_text(text.replace(INSTALLED, f'"{program}"'), encoding="utf-8")  # there may be a space in it
    verify = ["systemd-analyze", "verify", "--man=no", str(placed)]
    done = subprocess.run(verify, check=False, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.needs_command("systemd-analyze")
def test_unit_is_hardened() -> None:
    """Systemd knows every directive of the unit and rates its exposure below 2.0 of 10."""
    rate = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(UNIT)]
    done = subprocess.run(rate, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    assert "Unknown" not in done.stderr
