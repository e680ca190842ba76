"""Heads of seals with the word of an authority outside: kept as evidence, looked at when the record is verified.

The last head is over the whole chain, so one stamp a day is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.delivery.stamps import StampError, stamped_at
from uptime_daemon.desk.heads import chain
from uptime_daemon.store.kept import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.ports import Store

STAMPED: Final = "seal_stamped"
"""The kind of the fact that a head was stamped; its subject is the head, its evidence the stamp."""
BY: Final = "uptime-daemon"


def unstamped_head(store: Store) -> str | None:
    """The head of the last seal, unless it is stamped or there is none."""
    seals = chain(store)
    head = seals[-1].head if seals else None
    return None if head is None or any(fact.subject == head for fact in store.facts(kind=STAMPED)) else head


def keep_stamp(store: Store, head: str, stamp: bytes, at: Instant) -> None:
    """Keep a stamp beside the record that it vouches for."""
    digest = store.keep_evidence(stamp, f"seal-{head[:12]}.tsr", at)
    store.append_fact(Fact(STAMPED, head, {}, at=at, known_at=at, by=BY, evidence=digest))


def stamped_heads(store: Store) -> tuple[str, ...]:
    """Heads that an authority vouches for: one that is not in the chain any more was cut or written anew."""
    return tuple(fact.subject for fact in store.facts(kind=STAMPED))


def wrong_stamps(store: Store, certificates: Path) -> Iterator[str]:
    """Stamps that do not hold, for people."""
    for fact in store.facts(kind=STAMPED):
        kept = None if fact.evidence is None else store.evidence(fact.evidence)
        if kept is None:
            yield f"the stamp of the head {fact.subject} is not kept any more"
            continue
        try:
            stamped_at(kept.content, fact.subject, certificates)
        except StampError as error:
            yield f"the stamp of the head {fact.subject}, kept at {format_instant(fact.known_at)}: {error}"
