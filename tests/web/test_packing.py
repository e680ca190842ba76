import gzip as reference
import zlib

from hypothesis import given
from hypothesis import strategies as st

from uptime_daemon.web.packing import CHUNK_BYTES, Piece, gzip, plain


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_pieces_are_one_gzip_stream(texts: list[bytes]) -> None:
    """What the pieces say comes back as one member, however they are cut, the empty page included."""
    pieces = [Piece(text) for text in texts]
    packed = b"".join(gzip(pieces))
    reader = zlib.decompressobj(31)  # 31: exactly one gzip member
    assert reader.decompress(packed) == b"".join(texts) == b"".join(plain(pieces))
    assert (reader.eof, reader.unused_data) == (True, b"")


def test_pieces_packed_once_serve_any_page() -> None:
    """Packed pieces may stand in another order beside new ones: none refers to what stood before it."""
    one, two = Piece(b"probe_up 1\n" * 500), Piece(b"probe_up 0\n" * 500)
    first = b"".join(gzip([one, two]))
    known = one.packed
    assert reference.decompress(b"".join(gzip([two, Piece(b"x"), one]))) == two.text + b"x" + one.text
    assert one.packed is known
    assert len(first) < 300


def test_parts_are_small() -> None:
    """No part of a page is much longer than what a socket takes at once, packed or not."""
    pieces = [Piece(bytes([number % 251]) * 30_000) for number in range(100)]
    assert max(map(len, plain(pieces))) < 2 * CHUNK_BYTES
    # Every second part or so of a page that packs well is empty: it only lets others run.
    assert len(list(gzip(pieces))) >= 100 * 30_000 // (2 * CHUNK_BYTES)
