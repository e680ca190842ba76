"""The page of `/metrics`: families in blocks, and a block is rendered anew only when one of its entries changed.

Sample lines are the same bytes in the text format 0.0.4 and in OpenMetrics 1.0.0; only the heads of families differ, so
that one set of blocks serves both. There are no `_created` series: they double the counters and nobody reads them.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.exposition import generate_latest as text_page
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_page

from uptime_daemon.web.families import Kind, families
from uptime_daemon.web.negotiation import Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.desk.board import Board
    from uptime_daemon.web.families import Family
    from uptime_daemon.web.samples import Sample

_BLOCK_ENTRIES: Final = 500
"""Entries of one block: rendering one takes about a millisecond, and ten thousand probes are twenty blocks a family."""
_LABEL_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


class _Block(NamedTuple):
    """The samples of some entries of one family."""

    entries: Sequence[Any]
    text: bytes


class Exposition:
    """The blocks of one page, kept from scrape to scrape."""

    def __init__(self, *, money: bool) -> None:
        self._families = tuple(families(money=money))
        self._heads = {form: tuple(_head(family, form) for family in self._families) for form in Format}
        self._blocks: list[list[_Block]] = [[] for _ in self._families]
        self._board: Board | None = None
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)
        PlatformCollector(registry=self._process)

    def page(self, board: Board, form: Format) -> bytes:
        """The whole page for a board."""
        if board is not self._board:
            self._render(board)
        parts: list[bytes] = []
        for head, blocks in zip(self._heads[form], self._blocks, strict=True):
            parts += [head, *(block.text for block in blocks)]
        # What the client library knows of the process is fresh at each scrape; in OpenMetrics it ends with `# EOF`.
        if form is Format.OPENMETRICS:
            parts.append(openmetrics_page(self._process))  # type: ignore[no-untyped-call]
        else:
            parts.append(text_page(self._process))
        return b"".join(parts)

    def _render(self, board: Board) -> None:
        for index, family in enumerate(self._families):
            entries = family.entries(board)
            chunks = [entries[start : start + _BLOCK_ENTRIES] for start in range(0, len(entries), _BLOCK_ENTRIES)]
            self._blocks[index] = [
                # Frozen entries compare at once where they are the very same objects, so the newest ones are kept.
                _Block(chunk, known.text) if known is not None and known.entries == chunk else _block(family, chunk)
                for chunk, known in zip_longest(chunks, self._blocks[index][: len(chunks)])
            ]
        self._board = board


def _block(family: Family, entries: Sequence[Any]) -> _Block:
    lines = [_line(family, sample) for entry in entries for sample in family.samples(entry)]
    return _Block(entries, "".join(lines).encode())


def _line(family: Family, sample: Sample) -> str:
    named = zip(family.labels, sample.labels, strict=True)
    pairs = [f'{name}="{value.translate(_LABEL_ESCAPES)}"' for name, value in named]
    if sample.bound is not None:
        pairs.append(f'le="{sample.bound}"')
    labels = f"{{{','.join(pairs)}}}" if pairs else ""
    return f"{family.name}{sample.suffix}{labels} {sample.value}\n"


def _head(family: Family, form: Format) -> bytes:
    """HELP and TYPE; OpenMetrics names counters and infos without their suffix and states the unit."""
    name, kind = family.name, family.kind.value
    if form is Format.TEXT:
        kind = "gauge" if family.kind is Kind.INFO else kind
        return f"# HELP {name} {family.help}\n# TYPE {name} {kind}\n".encode()
    suffix = {Kind.COUNTER: "_total", Kind.INFO: "_info"}.get(family.kind, "")
    name = name.removesuffix(suffix)
    unit = f"# UNIT {name} {family.unit}\n" if family.unit else ""
    return f"# TYPE {name} {kind}\n{unit}# HELP {name} {family.help}\n".encode()
