"""The site's pages in the order in which they are read, laid out in a folder with the generator's configuration."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from docs.sources import api, commands, keys, rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
DECISIONS: Final = "adr"
FILES: Final = "files"
"""Where files of the checkout that pages link to stand in the site."""

REFERENCE: Final[Mapping[str, Callable[[], str]]] = {
    "reference/commands.md": commands.page,
    "reference/configuration.md": keys.settings_page,
    "reference/contracts.md": keys.contracts_page,
    "reference/probes.md": keys.probes_page,
    "reference/api.md": api.page,
    "reference/alerts.md": rules.page,
}
SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "Guides": (
        "guides/sre.md",
        "guides/finance.md",
        "guides/status-page.md",
        "guides/contract-author.md",
        "guides/contributor.md",
    ),
    "Measuring": (
        "probes.md",
        "probe-debug.md",
        "outcomes.md",
        "metrics.md",
        "dashboards.md",
        "import-real-history.md",
    ),
    "Contracts": ("contract-language.md", "clocks.md", "case.md"),
    "Claiming": ("facts.md", "console.md", "claims.md", "letters.md", "evidence.md", "ledger.md", "languages.md"),
    "Status page": ("status-page.md", "webhooks.md", "api.md"),
    "Running": ("deployment.md", "proxies.md", "upgrade-and-backup.md", "store.md", "performance.md"),
    "Reference": tuple(REFERENCE),
}
"""By section its pages; those that no section names stand under `More`, so that none is lost."""

STYLE: Final = "own.css"
_AT_TOP: Final[Mapping[Path, str]] = {ROOT / "README.md": "index.md", ROOT / "CHANGELOG.md": "changelog.md"}
"""Pages of the checkout's top, and how the site calls them."""
_STYLE: Final = """\
/* Names of keys stay whole; a long value may break. */
.md-typeset td:first-child code { white-space: nowrap; }
"""
_LINK: Final = re.compile(r"(?P<before>!?\[[^\]]*\]\()(?P<target>[^)#\s]+)(?P<after>[^)]*\))")

_FENCE: Final = re.compile(r"^( *```[a-z]+) [a-z]+$", re.MULTILINE)
"""A fence with a word for the tests behind its language, which the generator would not take for one."""


def pages() -> list[Path]:
    """Every page of the checkout below `docs/`."""
    return sorted(DOCS.rglob("*.md"))


def laid_out(folder: Path) -> None:
    """Write `docs/` and `zensical.toml` into a folder, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    site = folder / "docs"
    for page in pages():
        _write(site / page.relative_to(DOCS), _moved(page.read_text(encoding="utf-8"), page, site))
    for picture in DOCS.rglob("*.png"):
        _copied(picture, site / picture.relative_to(DOCS))
    for page, name in _AT_TOP.items():
        _write(site / name, _moved(page.read_text(encoding="utf-8"), page, site))
    _write(site / STYLE, _STYLE)
    _write(site / DECISIONS / "README.md", _decisions())
    for name, made in REFERENCE.items():
        _write(site / name, made())
    (folder / "zensical.toml").write_text(_configuration(), encoding="utf-8")


def _decisions() -> str:
    """The decisions by number, as a page that the checkout has no need of: its folder is the list."""
    heads = [
        (page.name, page.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")) for page in _under(DECISIONS)
    ]
    return "# Decisions\n\n" + "\n".join(f"* [{head}]({name})" for name, head in heads) + "\n"


def _under(folder: str) -> list[Path]:
    return [page for page in pages() if page.parent == DOCS / folder]


def _moved(text: str, page: Path, site: Path) -> str:
    """A page whose links to files outside of `docs/` lead to copies in the site; README stands one folder deeper."""

    def moved(link: re.Match[str]) -> str:
        target = link["target"]
        if "://" in target or target.startswith("mailto:"):
            return link[0]
        path = (page.parent / target).resolve()
        if path in _AT_TOP:
            new = Path(_AT_TOP[path])
        elif path.is_relative_to(DOCS):
            new = path.relative_to(DOCS) / ("README.md" if path.is_dir() else "")
        else:
            new = Path(FILES) / path.relative_to(ROOT)
            if path.is_file():
                _copied(path, site / new)
        depth = 0 if page.parent == ROOT else len(page.relative_to(DOCS).parts) - 1
        return f"{link['before']}{'../' * depth}{new.as_posix()}{link['after']}"

    return _FENCE.sub(r"\1", _LINK.sub(moved, text))


def _configuration() -> str:
    """What the generator is told; nothing of the site is fetched from elsewhere."""
    named = {page for section in SECTIONS.values() for page in section}
    found = [page.relative_to(DOCS).as_posix() for page in pages()]
    decisions = [page for page in found if page.startswith("adr/")]
    runbooks = [page for page in found if page.startswith("runbooks/")]
    runbooks.sort(key=lambda page: page != "runbooks/README.md")
    rest = [page for page in found if page not in named and page not in decisions and page not in runbooks]
    there = {*found, *REFERENCE}
    sections = [(name, [page for page in section if page in there]) for name, section in SECTIONS.items()]
    sections.append(("Runbooks", runbooks))
    nav = ['    {"Start" = "index.md"},', *(_section(name, own) for name, own in sections if own)]
    more = [f'"{page}"' for page in rest]
    more += ['{"Changes" = "changelog.md"}', f'{{"Decisions" = {_listed([f"{DECISIONS}/README.md", *decisions])}}}']
    nav.append(f'    {{"More" = [{", ".join(more)}]}},')
    return _CONFIGURATION.replace("NAV", "\n".join(nav))


def _section(name: str, section: Sequence[str]) -> str:
    return f'    {{"{name}" = {_listed(section)}}},'


def _listed(section: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{page}"' for page in section) + "]"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _copied(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, to)


_CONFIGURATION: Final = """\
[project]
site_name = "uptime-daemon"
site_description = "Measures uptime honestly, judges it by the contract's own words, proves every number."
docs_dir = "docs"
site_dir = "site"
use_directory_urls = false
extra_css = ["own.css"]
nav = [
NAV
]

[project.theme]
language = "en"
font = false
features = [
    "navigation.tabs", "navigation.top", "navigation.footer", "content.code.copy", "search.highlight", "toc.follow",
]

[[project.theme.palette]]
media = "(prefers-color-scheme: light)"
scheme = "default"
toggle.icon = "lucide/sun"
toggle.name = "Dark"

[[project.theme.palette]]
media = "(prefers-color-scheme: dark)"
scheme = "slate"
toggle.icon = "lucide/moon"
toggle.name = "Light"

[project.extra]
generator = false

[project.markdown_extensions.toc]
permalink = true
[project.markdown_extensions.tables]
[project.markdown_extensions.admonition]
[project.markdown_extensions.attr_list]
[project.markdown_extensions.pymdownx.superfences]
[project.markdown_extensions.pymdownx.highlight]
anchor_linenums = false
"""
