"""The corpus: every bad file gives exactly the messages that stand beside it, with the line of each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.definitions.files import DATA, problems_of
from uptime_daemon.definitions.probes.kinds import KINDS

BAD = DATA / "bad"


NAMES = [f"{file.parent.name}/{file.name}" for file in sorted(BAD.glob("*/*")) if file.suffix != ".txt"]


def test_corpus_is_whole() -> None:
    """Every kind of file has its bad ones, and every one of them has its messages."""
    kinds = {"agreements": 25, "cases": 80, "contracts": 50, "probes": 30}
    assert dict.fromkeys(kinds, True) == {
        kind: sum(name.startswith(f"{kind}/") for name in NAMES) >= least for kind, least in kinds.items()
    }
    assert {(BAD / name).with_suffix(".txt") for name in NAMES} == set(BAD.glob("*/*.txt"))


@pytest.mark.parametrize("kind", ["agreements", "cases", "contracts", "probes"])
def test_every_bad_file_is_bad_in_a_way_of_its_own(kind: str) -> None:
    """A mistake that all of them share would hide the one that each was written for."""
    files = list((BAD / kind).glob("*.txt"))
    told = {file.read_text(encoding="utf-8").replace(file.stem, "") for file in files}
    assert len(told) > len(files) * 4 // 5


@pytest.mark.parametrize("name", NAMES)
def test_bad_file_gives_its_messages(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad file is refused with these words at these lines, and with no others."""
    file = BAD / name
    monkeypatch.chdir(file.parent)  # so that messages name the file as a person would
    expected = file.with_suffix(".txt").read_text(encoding="utf-8").replace("{KINDS}", ", ".join(KINDS))
    assert expected
    assert expected == "".join(f"{problem}\n" for problem in problems_of(file.parent.name, Path(file.name)).sorted())


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is named with its path and the reason."""
    (problem,) = problems_of("cases", tmp_path / "nowhere.yaml").sorted()
    expected = (
        f"{tmp_path}/nowhere.yaml:1: cannot be read: No such file or directory; check the path and its permissions"
    )
    assert expected == str(problem)


def test_directory_instead_of_a_file(tmp_path: Path) -> None:
    """A folder is no file, and the message says so."""
    (problem,) = problems_of("contracts", tmp_path).sorted()
    assert f"{tmp_path}:1: cannot be read: Is a directory; check the path and its permissions" == str(problem)


def test_file_beyond_the_bound(tmp_path: Path) -> None:
    """A file larger than can be read in reasonable time and memory is refused, and so is one without an end."""
    for name, most, advice in (("big.yaml", 16 * 2**20, "write it as JSON"), ("big.json", 64 * 2**20, "split it")):
        file = tmp_path / name
        with file.open("wb") as sparse:
            sparse.truncate(most + 1)
        (problem,) = problems_of("cases", file).sorted()
        assert f"{file}:1: is longer than {most} bytes; {advice}" == str(problem)
    (problem,) = problems_of("cases", Path("/dev/zero")).sorted()
    assert str(problem) == "/dev/zero:1: is longer than 16777216 bytes; write it as JSON"


def test_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """Editors on Windows put a mark before a UTF-8 text; it is no part of the text."""
    file = tmp_path / "marked.yaml"
    text = (DATA / "good" / "probes" / "daktela.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    assert not problems_of("probes", file)
