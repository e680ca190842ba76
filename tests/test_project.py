"""The tree itself: locks, packages, imports, changelog say what they promise."""

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ("build", "dev", "image", "runtime")
VENDORS = re.compile(r"ak.?kamal|daktela|oki.?toki|sestek", re.IGNORECASE)
PINNED = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ;\\]+)")


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _lock_text(lock: str) -> str:
    return (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")


def _pins(lock: str) -> dict[str, str]:
    matches = (PINNED.match(line) for line in _lock_text(lock).splitlines())
    return {match["name"]: match["version"] for match in matches if match}


def _asked(lock: str) -> list[Requirement]:
    """The requirements that pyproject.toml states for a lock, without those of included groups."""
    project = _project()
    stated = project["dependency-groups"].get(lock) or project["project"]["dependencies"]
    if lock == "image":
        stated = [*stated, *(line for extra in _image_extras() for line in extra)]
    return [Requirement(line) for line in stated if isinstance(line, str)]


def _image_extras() -> list[list[str]]:
    """The requirements of the extras that the Makefile puts into the image."""
    named = re.search(r"^IMAGE_EXTRAS := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert named
    return [_project()["project"]["optional-dependencies"][extra] for extra in named.group(1).split()]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_what_pyproject_asks(lock: str) -> None:
    """Every requirement of pyproject.toml is pinned at a version it allows."""
    pins = _pins(lock)
    wrong = [str(asked) for asked in _asked(lock) if pins.get(canonicalize_name(asked.name), "") not in asked.specifier]
    assert not wrong


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_pins_by_hash_and_names_no_place(lock: str) -> None:
    """A lock is names, versions and hashes: whoever installs decides from where."""
    code = [line.strip() for line in _lock_text(lock).splitlines() if line and not line.startswith("#")]
    form = re.compile(r"[a-z0-9-]+==[^ ;\\]+( ; [^\\]+)? \\|--hash=sha256:[0-9a-f]{64}( \\)?")
    assert [line for line in code if not form.fullmatch(line)] == []
    assert sum("--hash" not in line for line in code) == sum("==" in line for line in code) >= len(_pins(lock)) > 0
    assert all(following.startswith("--hash") for line, following in pairwise([*code, ""]) if "==" in line)


def test_locks_agree() -> None:
    """What the daemon runs with and is built with is what it is tested with."""
    tested = _pins("dev").items()
    assert _pins("runtime").items() <= _pins("image").items() <= tested
    assert _pins("build").items() <= tested


def test_runtime_licences_allow_shipping() -> None:
    """No distribution that ships in the image has a licence of the GPL family."""
    shipped = [name for name in _pins("image") if name != "colorama"]  # colorama is for Windows only
    licences = {name: _licence(name) for name in shipped}
    assert {name for name, licence in licences.items() if not licence} == set()
    assert {name: licence for name, licence in licences.items() if "GPL" in licence} == {}


def _licence(distribution: str) -> str:
    metadata = importlib.metadata.metadata(distribution)
    classifiers = [line for line in metadata.get_all("Classifier") or [] if line.startswith("License ::")]
    return str(metadata["License-Expression"] or metadata["License"] or "; ".join(classifiers))


def test_packages_say_what_lives_there() -> None:
    """Every package folder has an __init__ docstring."""
    folders = {path.parent for top in ("uptime_daemon", "tests") for path in (ROOT / top).rglob("*.py")}
    silent = [
        str(folder.relative_to(ROOT))
        for folder in folders
        if not (folder / "__init__.py").is_file()
        or not ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_code_names_no_vendor() -> None:
    """One engine judges every contract: vendors are named in data, never in code; the demonstration writes data."""
    demo = ROOT / "uptime_daemon" / "demo"
    modules = sorted(path for path in (ROOT / "uptime_daemon").rglob("*.py") if demo not in path.parents)
    assert modules
    assert [path.name for path in modules if VENDORS.search(path.read_text(encoding="utf-8"))] == []


def test_wheel_carries_code_and_templates(tmp_path: Path) -> None:
    """The wheel holds every module, template and catalogue, and the contracts and probes below uptime_daemon/_data."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    carried = ("*.py", "*.j2", "*.po", "*.typ")
    expected = {path.relative_to(ROOT).as_posix() for each in carried for path in (ROOT / "uptime_daemon").rglob(each)}
    for folder in ("contracts", "probes"):
        expected |= {f"uptime_daemon/_data/{path.relative_to(ROOT)}" for path in (ROOT / folder).rglob("*.yaml")}
    assert expected <= held
    assert not any(name.startswith(("contracts/", "probes/", "tests/")) for name in held)


def test_changelog_speaks_of_this_version() -> None:
    """The changelog has a place for changed numbers and an entry for the version that is built."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{_project()['project']['version']}]" in changelog
    assert "### Changes numbers" in changelog


def test_scripts_parse() -> None:
    """Bash can read every script of .ci."""
    bash = shutil.which("bash")
    assert bash
    scripts = sorted((ROOT / ".ci").iterdir())
    assert scripts
    for script in scripts:
        subprocess.run([bash, "-n", script], check=True, timeout=300)
