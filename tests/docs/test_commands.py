"""What pages tell people to type is known to the command line and to make, and what can be run is run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from docs.sources.commands import program
from docs.sources.layout import DOCS, ROOT
from tests.demo.past import demonstrated
from tests.docs.commands import Named, fences, named
from uptime_daemon.__main__ import _Servants
from uptime_daemon.cli.main import command_line
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.time.instants import DAY, format_instant, parse_instant
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from pathlib import Path

NAMED = named()
PROGRAM: Any = program()
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def _command(words: list[str]) -> tuple[Any, list[str]]:
    """The command that some words lead to, and what is left of them."""
    command = PROGRAM
    while (nested := getattr(command, "commands", None)) and words and words[0] in nested:
        command, words = nested[words[0]], words[1:]
    return command, words


def _alternatives(word: str) -> list[str]:
    """`open|close` names two commands or options."""
    return word.split("|")


@pytest.mark.parametrize("each", [each for each in NAMED if each.text.startswith("uptime-daemon ")], ids=str)
def test_the_command_line_knows_it(each: Named) -> None:
    """Every command and option that a page names is there; one without placeholders is taken as it stands."""
    words = each.words[1:]
    paths = [[first, *words[1:]] for first in _alternatives(words[0])]
    paths = [[path[0], second, *path[2:]] for path in paths for second in _alternatives([*path, ""][1])]
    for path in paths:
        command, rest = _command([word for word in path if word])
        if command is PROGRAM:
            assert path[0].startswith("--"), f"there is no command {path[0]}"
        assert not getattr(command, "commands", None) or not rest or rest[0].startswith("-") or not rest[0].islower(), (
            rest
        )
        known = {
            "--help",
            *(name for parameter in command.params for name in parameter.opts + parameter.secondary_opts),
        }
        asked = {option for word in rest if word.startswith("--") for option in _alternatives(word.partition("=")[0])}
        assert asked <= known
    if each.is_whole and "--help" not in words and rest:
        command.make_context(each.text, list(rest))


@pytest.mark.parametrize("each", [each for each in NAMED if each.text.startswith("make ")], ids=str)
def test_make_knows_it(each: Named) -> None:
    """Every target that a page names is one."""
    assert re.search(rf"^{re.escape(each.words[1])}:", MAKEFILE, re.MULTILINE)


def test_pages_name_commands() -> None:
    """The search for them finds what is there."""
    found = {each.text for each in NAMED}
    assert {"make run", "uptime-daemon user password", "uptime-daemon init mine --contract daktela"} <= found
    assert len(found) > 90


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration, a record with a sealed day, and what the guide of upgrades names."""
    run = _runner(monkeypatch, tmp_path)
    (tmp_path / "contracts").mkdir()
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes" / "own.yaml").write_text(
        'vendor: own\ngroups:\n  web:\n    title: Web\n    up: all\n    probes: [{id: web, kind: http, url: "http://127.0.0.1:1/"}]\n'
    )
    text = """\
vantage:
  name: here
  loopback: true
  sentinels: [{tcp: "127.0.0.1:1", place: one}, {tcp: "127.0.0.1:2", place: two}]
"""
    (tmp_path / "uptime.yaml").write_text(text)
    (tmp_path / "restored.yaml").write_text(f"database: sqlite:///restored.db\n{text}")
    (tmp_path / "backups").mkdir()
    now = SystemClock().now()
    with open_store(f"sqlite:///{tmp_path}/uptime.db", create=True) as store:
        store.open_session("here", now - 2 * DAY)
        store.alive(now)
        store.flush()
        heads = [f"{format_instant(each.start)} {format_instant(each.end)} {each.head}\n" for each in store.seal(now)]
    (tmp_path / "seals.txt").write_text("".join(heads))
    assert run("check").exit_code == 0
    return tmp_path


def _runner(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Any:
    """Types a command in a folder."""
    monkeypatch.chdir(folder)
    app, runner = command_line(_Servants()), CliRunner()
    return lambda *words: runner.invoke(app, list(words))


def test_the_guide_of_upgrades_can_be_followed(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its commands of the daemon, typed one after another, back up, restore, verify and upgrade a record."""
    run = _runner(monkeypatch, house)
    lines = [line.strip() for fence in fences(DOCS / "upgrade-and-backup.md") for line in fence.splitlines()]
    typed = [line for line in lines if line.startswith("uptime-daemon ")]
    assert len(typed) == 9
    for line in typed:
        done = run(*Named("", line).words[1:])
        assert done.exit_code == 0, f"{line}: {done.output}"
    assert {each.name for each in (house / "backups").iterdir()} == {"monday.db", "before-upgrade.db"}
    assert (house / "restored.db").is_file()


DAY_OF_THE_GUIDES = parse_instant("2026-10-29T12:00:00Z")
"""Late in the month of which the guide for finance speaks."""


@pytest.mark.prove
def test_the_other_guides_can_be_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the demonstration's record of that month what they say is typed; only what asks the world is left out."""
    monkeypatch.setattr(SystemClock, "now", lambda _: DAY_OF_THE_GUIDES)
    with demonstrated(tmp_path, DAY_OF_THE_GUIDES):
        pass
    (tmp_path / "mine").symlink_to(tmp_path)
    (tmp_path / "case.yaml").write_text(_first_case())
    run = _runner(monkeypatch, tmp_path)
    assert run("claim", "review").exit_code == 0  # as the daemon does by itself
    typed = []
    for guide in ("finance", "contract-author", "sre"):
        lines = [line for fence in fences(DOCS / "guides" / f"{guide}.md") for line in fence.splitlines()]
        typed += [line for line in lines if line.startswith("uptime-daemon ") and line.split()[1] not in ASKS_THE_WORLD]
    assert len(typed) >= 16
    for line in typed:
        done = run(*Named("", line).words[1:])
        assert done.exit_code == 0, f"{line}: {done.output}"
    assert "39.20 EUR" in run("claim", "show", "acme-daktela.2026-10.service.provisional").output


ASKS_THE_WORLD = {"init", "probe", "run", "ticket"}
"""Commands of the guides that try a real vendor, never end, or speak of the reader's own agreement."""


def _first_case() -> str:
    """The first case of the page on cases, whose contract lies in `contracts/`."""
    found = re.search(
        r"^```yaml case\n(.*?)^```", (DOCS / "case.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found
    return found.group(1)
