"""The page of `/metrics`: families in blocks, and a line is rendered anew only when the entry it tells of changed.

Rendering goes in steps of less than a millisecond, so that whoever drives it can let probes run between two of them: a
page of 200,000 samples that is rendered at once stops all probing for two seconds, which is a wrong measurement.
Sample lines are the same bytes in the text format 0.0.4 and in OpenMetrics 1.0.0; only the heads of families differ, so
that one set of blocks serves both. There are no `_created` series: they double the counters and nobody reads them.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.exposition import generate_latest as text_page
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_page

from uptime_daemon.web.families.family import Kind
from uptime_daemon.web.families.table import families
from uptime_daemon.web.negotiation import Format
from uptime_daemon.web.packing import Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from uptime_daemon.desk.showing.board import Board
    from uptime_daemon.web.families.family import Family, Sample

_BLOCK_ENTRIES: Final = 64
"""Entries of one block: what is copied and packed anew when one of them changes, 7 to 100 KB of text."""
_STEP_LINES: Final = 40
"""Lines rendered in one step, some 4 us each and 10 us between other work: an attempt that is due waits for two or
three steps. A look at an entry that tells nothing new costs as much as half a line and counts as one."""
_STEP_LOOKS: Final = 2_000
"""Entries looked at in one step whether they are the same objects as before: some 0.1 us each."""
_LABEL_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_NEVER: Final = object()


@dataclass(slots=True)
class _Block:
    """The samples of some entries of one family."""

    piece: Piece = field(default_factory=lambda: Piece(b""))
    ends: array[int] = field(default_factory=lambda: array("L"))
    """Where in the text the samples of each entry end: to keep them apart a second time would double the memory."""
    told: list[object] = field(default_factory=list)
    """What these lines tell of each entry, where the family says what that is."""

    def parts(self) -> list[bytes]:
        """The samples of each entry."""
        text, starts = self.piece.text, (0, *self.ends)
        return [text[start:end] for start, end in zip(starts, self.ends, strict=False)]

    def take(self, parts: Sequence[bytes], told: list[object]) -> None:
        """Hold these samples."""
        self.piece, self.told = Piece(b"".join(parts)), told
        self.ends = array("L", accumulate(map(len, parts)))


class Exposition:
    """The blocks of one page, kept from scrape to scrape."""

    def __init__(self, *, money: bool, vantages: bool = True) -> None:
        self._families = tuple(families(money=money, vantages=vantages))
        self._heads = {form: tuple(Piece(_head(family, form)) for family in self._families) for form in Format}
        self._blocks: tuple[list[_Block], ...] = tuple([] for _ in self._families)
        self._entries: dict[Callable[[Board], Sequence[Any]], Sequence[Any]] = {}
        self._board: Board | None = None
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)
        PlatformCollector(registry=self._process)

    def shows(self, board: Board) -> bool:
        """Whether this board is the one on the page."""
        return board is self._board

    def rendering(self, board: Board) -> Iterator[None]:
        """Bring the page up to a board, a step at each `next`; one that is left half done is begun again."""
        members: dict[Callable[[Board], Sequence[Any]], list[int]] = defaultdict(list)
        for index, family in enumerate(self._families):
            members[family.entries].append(index)
        for source, indices in members.items():
            entries, known = source(board), self._entries.pop(source, ())
            yield
            changed: dict[int, list[int]] = defaultdict(list)
            for place, entry in enumerate(entries):
                # The board keeps the objects of what did not change, so that looking costs next to nothing.
                if place >= len(known) or entry is not known[place]:
                    changed[place // _BLOCK_ENTRIES].append(place)
                if place % _STEP_LOOKS == 0:
                    yield
            for index in indices:
                yield from _update(self._families[index], self._blocks[index], entries, changed)
            self._entries[source] = entries
        self._board = board

    def pieces(self, form: Format) -> list[Piece]:
        """The page as it stands; what is rendered later changes none of these."""
        found: list[Piece] = []
        for head, blocks in zip(self._heads[form], self._blocks, strict=True):
            found.append(head)
            found += [block.piece for block in blocks]
        # What the client library knows of the process is fresh at each scrape; in OpenMetrics it ends with `# EOF`.
        told = openmetrics_page if form is Format.OPENMETRICS else text_page
        return [*found, Piece(told(self._process))]

    def page(self, board: Board, form: Format) -> bytes:
        """The whole page for a board, at once."""
        for _ in self.rendering(board):
            pass
        return b"".join(piece.text for piece in self.pieces(form))


def _update(
    family: Family, blocks: list[_Block], entries: Sequence[Any], changed: Mapping[int, Sequence[int]]
) -> Iterator[None]:
    """Bring the blocks of one family up to its entries."""
    last, rest = divmod(len(entries), _BLOCK_ENTRIES)
    del blocks[last + bool(rest) :]
    if rest and len(blocks) == last + 1 and len(blocks[last].ends) > rest:
        blocks[last].take(blocks[last].parts()[:rest], blocks[last].told[:rest])
    template, weight = _template(family), 0
    for number, places in changed.items():
        if number == len(blocks):
            blocks.append(_Block())
        block = blocks[number]
        # Nothing of the block is touched before all of it is known: who leaves in the middle leaves it as it was.
        told, parts, differs = list(block.told), block.parts(), False
        for place in places:
            entry, row = entries[place], place % _BLOCK_ENTRIES
            if row == len(parts):
                parts.append(b"")
                told.append(_NEVER)
            tells = _NEVER if family.tells is None else family.tells(entry)
            if tells is _NEVER or tells != told[row]:
                samples = tuple(family.samples(entry))
                lines = "".join([_line(template, sample) for sample in samples]).encode()
                differs = differs or lines != parts[row]
                told[row], parts[row] = tells, lines
                weight += len(samples)
            weight += 1
            if weight >= _STEP_LINES:
                weight = 0
                yield
        if differs or len(parts) != len(block.ends):
            block.take(parts, told)
            yield


def _template(family: Family) -> tuple[str, str]:
    """The name of a family's samples, and its labels as they stand on a line."""
    return family.name, ",".join(f'{name}="%s"' for name in family.labels)


def _line(template: tuple[str, str], sample: Sample) -> str:
    name, labels = template
    values = sample.labels
    whole = "".join(values)
    if '"' in whole or "\\" in whole or "\n" in whole:
        values = tuple(value.translate(_LABEL_ESCAPES) for value in values)
    pairs = labels % values
    if sample.bound is not None:
        pairs = f'{pairs},le="{sample.bound}"' if pairs else f'le="{sample.bound}"'
    return f"{name}{sample.suffix}{{{pairs}}} {sample.value}\n" if pairs else f"{name}{sample.suffix} {sample.value}\n"


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
