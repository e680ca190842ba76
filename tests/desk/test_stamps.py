"""The head of the seals is stamped by an authority outside, and its word is looked at when the record is verified."""

import asyncio
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.desk.acme import Acme
from tests.probers.real import Pki, stamping
from tests.probers.test_pki import pki
from tests.store.samples import HERE, T0, fact
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.time.instants import DAY, HOUR
from uptime_daemon.daemon.in_force import InForce
from uptime_daemon.daemon.upkeep import Upkeep
from uptime_daemon.delivery.http import Address
from uptime_daemon.delivery.stamps import Authority, StampError, stamped_at
from uptime_daemon.desk.stamps import stamped_heads, unstamped_head, wrong_stamps
from uptime_daemon.store.database import Database, open_store

__all__ = ["pki"]
pytestmark = pytest.mark.needs_command("openssl")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    """Two sealed days."""
    with open_store(f"sqlite:///{tmp_path}/stamps.db", create=True) as opened:
        opened.open_session(HERE, T0)
        opened.append_fact(fact("T1"))
        opened.seal(T0 + HOUR)
        opened.seal(T0 + DAY + 2 * HOUR)
        yield opened


async def stamped_by(store: Database, folder: Path, authority: Authority) -> None:
    """One step of the daemon's."""
    settings = replace(Acme(folder).settings, timestamps=authority)
    clock = SystemClock()
    await Upkeep(InForce(settings, store, clock), store, clock).stamp()


async def test_the_last_head_is_stamped_once(store: Database, pki: Pki, tmp_path: Path) -> None:
    """The stamp is kept as evidence and holds before others' tools as well; a head that is gone is told."""
    now = SystemClock().now()
    head = unstamped_head(store)
    assert head is not None
    roots = pki.folder / "root.pem"
    with stamping(pki) as port:
        authority = Authority(Address(f"http://127.0.0.1:{port}/", private=True), roots)
        for _ in range(2):
            await stamped_by(store, tmp_path, authority)
    assert stamped_heads(store) == (head,)
    assert unstamped_head(store) is None
    (kept,) = store.facts(kind="seal_stamped")
    stamp = store.evidence(kept.evidence or "")
    assert stamp is not None
    assert abs(stamped_at(stamp.content, head, roots) - now) < HOUR
    (tmp_path / "head").write_text(head, encoding="ascii")
    (tmp_path / "stamp").write_bytes(stamp.content)
    command = ["openssl", "ts", "-verify", "-data", "head", "-in", "stamp", "-CAfile", str(roots)]
    check = partial(subprocess.run, command, check=True, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert "Verification: OK" in (await asyncio.to_thread(check)).stdout
    assert list(wrong_stamps(store, roots)) == []
    assert store.verify(stamped_heads(store)).problems == ()
    with store._writing.begin() as connection:
        connection.execute(text("DELETE FROM seal WHERE id = 2"))
    assert any("is not in the chain" in each for each in store.verify(stamped_heads(store)).problems)


async def test_what_is_no_stamp_is_not_kept(store: Database, pki: Pki, tmp_path: Path) -> None:
    """Nonsense, a stamp over something else, nobody there, certificates that are missing: tried again later."""
    roots = pki.folder / "root.pem"
    with stamping(pki, lambda _: b"no") as port:
        await stamped_by(store, tmp_path, Authority(Address(f"http://127.0.0.1:{port}/", private=True), roots))
    with stamping(pki) as port:
        await stamped_by(
            store, tmp_path, Authority(Address(f"http://127.0.0.1:{port}/", private=True), pki.folder / "stranger.pem")
        )
        await stamped_by(
            store, tmp_path, Authority(Address(f"http://127.0.0.1:{port}/", private=True), pki.folder / "gone.pem")
        )
    await stamped_by(store, tmp_path, Authority(Address(f"http://127.0.0.1:{port}/", private=True), roots))
    assert stamped_heads(store) == ()
    with stamping(pki) as port:
        await stamped_by(store, tmp_path, Authority(Address(f"http://127.0.0.1:{port}/", private=True), roots))
    (kept,) = store.facts(kind="seal_stamped")
    stamp = store.evidence(kept.evidence or "")
    assert stamp is not None
    with pytest.raises(StampError, match="the stamp does not hold"):
        stamped_at(stamp.content, "another head", roots)
    with store._writing.begin() as connection:
        connection.execute(text("UPDATE evidence SET content = :other"), {"other": b"other"})
    (wrong,) = wrong_stamps(store, roots)
    assert "that is no stamp" in wrong
