"""The heads of seals in a file of theirs: what lies on another machine, or a disk that only appends, nobody rewrites.

Each line is a stretch and, as its last word, the head.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from uptime_daemon.store.kept import Seal
    from uptime_daemon.store.ports import Store


_EVER: Final = Span(0, 2**62)


def chain(store: Store) -> Sequence[Seal]:
    """Every seal in its order, those among them that a clock which was ahead made too early."""
    return store.seals(_EVER)


def heads_in(file: Path) -> tuple[str, ...]:
    """Every head that a file holds. Raises `OSError`."""
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    return tuple(line.split()[-1] for line in lines if line.strip())


def completed(file: Path, sealed: Iterable[Seal]) -> list[str]:
    """Append what a file does not hold yet of a chain; returns the heads that it holds and the chain does not.

    The file may have been away, or the daemon may have ended between the seal and its line. Raises `OSError`.
    """
    held = heads_in(file) if file.exists() else ()
    seals = {seal.head: seal for seal in sealed}
    missing = [seal for head, seal in seals.items() if head not in held]
    if missing:
        with file.open("ab+") as out:
            out.seek(max(0, out.tell() - 1))
            torn = out.read(1) not in {b"", b"\n"}  # a line that a power cut ended
            out.write(b"\n" * torn + b"".join(map(_line, missing)))
    return [head for head in held if head not in seals]


def _line(seal: Seal) -> bytes:
    return f"{format_instant(seal.start)} {format_instant(seal.end)} {seal.head}\n".encode()
