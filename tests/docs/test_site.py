"""The site: made without a warning, and every link and picture of every page leads somewhere in it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from docs.sources.commands import commands, program
from docs.sources.layout import REFERENCE, laid_out, pages
from uptime_daemon.settings.keys import FILE


@dataclass
class Page(HTMLParser):
    """Where a page leads, what it loads, and the places in it."""

    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what it names."""
        own = {name: value or "" for name, value in attrs}
        if "id" in own:
            self.places.add(own["id"])
        if tag == "a" and "href" in own:
            self.links.append(own["href"])
        elif tag in {"img", "script", "iframe", "source"} and "src" in own:
            self.loads.append(own["src"])
        elif tag == "link" and own.get("rel") in {"stylesheet", "icon", "preconnect", "preload"}:
            self.loads.append(own["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` makes it; a broken link, picture or anchor ends the making."""
    folder = tmp_path_factory.mktemp("docs") / "made"
    laid_out(folder)
    build = [str(Path(sys.executable).with_name("zensical")), "build", "--clean", "--strict"]
    done = subprocess.run(build, cwd=folder, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def parsed(site: Path) -> dict[Path, Page]:
    """Every page of the site."""
    found = {}
    for file in site.rglob("*.html"):
        found[file] = Page()
        found[file].feed(file.read_text(encoding="utf-8"))
    return found


def test_every_page_is_in_the_site(site: Path) -> None:
    """Those of docs/, README, the changes and the reference."""
    made = {file.relative_to(site).with_suffix("").as_posix() for file in site.rglob("*.html")}
    expected = {"index", "changelog"} | {name.removesuffix(".md") for name in REFERENCE}
    names = {page.relative_to(Path(__file__).parents[2] / "docs").with_suffix("").as_posix() for page in pages()}
    expected |= {name.replace("README", "index") for name in names}
    assert expected <= made


def test_every_link_leads_somewhere(site: Path, parsed: dict[Path, Page]) -> None:
    """To a page and a place in it that are there; nothing is loaded from elsewhere."""
    lost = []
    for file, page in parsed.items():
        if file.name == "404.html":  # shown at any address, so its links start at the root
            continue
        assert [each for each in page.loads if urlsplit(each).netloc] == []
        for link in (*page.links, *page.loads):
            address, place = urldefrag(link)
            if urlsplit(address).scheme:
                continue
            target = (file.parent / unquote(address)).resolve() if address else file
            target = target / "index.html" if target.is_dir() else target
            there = target.is_file() and (not place or target not in parsed or unquote(place) in parsed[target].places)
            if not there:
                lost.append(f"{file.relative_to(site)}: {link}")
    assert lost == []
    assert sum(len(page.links) for page in parsed.values()) > 1_000


def test_the_reference_names_everything(site: Path) -> None:
    """Every command, every key of the configuration."""
    page = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    assert [path for path, _ in commands(program()) if f"uptime-daemon {' '.join(path)}" not in page] == []
    page = (site / "reference" / "configuration.html").read_text(encoding="utf-8")
    assert [key for key in FILE.keys if f"<code>{key}</code>" not in page] == []
