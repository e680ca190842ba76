"""A mail as bytes: its headers, its parts, and that nothing can be smuggled into either."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.delivery.address import AddressError
from uptime_daemon.delivery.message import Attachment, Envelope, MessageError, message_id, mime

ENVELOPE = Envelope(
    message_id=message_id("acme.2026-06.service.final", "approval-3", "claims@acme.example"),
    date=parse_instant("2026-07-02T09:00:00+02:00"),
    sender="claims@acme.example",
    recipients=("credits@vendor.example",),
    sender_name="Acme Ltd",
    reply_to="claims@acme.example",
)
FILES = (
    Attachment("case.json", "application/json", '{"žluť": "1"}\n'.encode()),
    Attachment("outages.csv", "text/csv", b"a,b\r\n1,2\r\n"),
)


def _parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, _class=EmailMessage, policy=default)


def test_headers_of_a_claim_letter() -> None:
    """A letter a person released names sender, answer address, date and language, and is not marked as automatic."""
    message = _parsed(mime(ENVELOPE, "SLA Service Credit - Služba", "text", "<p>html</p>"))
    assert message["From"] == "Acme Ltd <claims@acme.example>"
    assert message["To"] == "credits@vendor.example"
    assert message["Reply-To"] == "claims@acme.example"
    assert message["Date"] == "Thu, 02 Jul 2026 07:00:00 +0000"
    assert message["Subject"] == "SLA Service Credit - Služba"
    assert message["Content-Language"] == "en"
    assert message["Message-ID"] == ENVELOPE.message_id
    assert message["Auto-Submitted"] is None
    assert message["In-Reply-To"] is None


def test_notices_are_marked_as_automatic() -> None:
    """RFC 3834: what no person released says so, and no holiday notice answers it."""
    assert _parsed(mime(replace(ENVELOPE, automatic=True), "s", "t", "h"))["Auto-Submitted"] == "auto-generated"


def test_fixed_words_stand_in_the_raw_header() -> None:
    """A filter that reads the raw header finds the contract's words, whatever follows them."""
    content = mime(ENVELOPE, "SLA Service Credit - Služba za korisnike - D-17 [acme.2026-06.service.final]", "t", "h")
    assert b"\r\nSubject: SLA Service Credit - " in content


def test_parts_and_digests() -> None:
    """Multipart/mixed of text and HTML alternatives and the files, byte for byte."""
    message = _parsed(mime(ENVELOPE, "s", "první řádek\n", "<p>první</p>", FILES))
    assert message.get_content_type() == "multipart/mixed"
    alternative, *files = message.iter_parts()
    assert alternative.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in alternative.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().strip() for part in alternative.iter_parts()] == ["první řádek", "<p>první</p>"]
    assert [file.get_filename() for file in files] == ["case.json", "outages.csv"]
    assert [file.get_payload(decode=True) for file in files] == [file.content for file in FILES]


def test_same_parts_same_bytes() -> None:
    """Nothing random is in a mail: made twice it is the same, so what was kept can be compared with what was sent."""
    assert mime(ENVELOPE, "s", "t", "h", FILES) == mime(ENVELOPE, "s", "t", "h", FILES)
    assert mime(ENVELOPE, "s", "t", "h", FILES) != mime(replace(ENVELOPE, date=0), "s", "t", "h", FILES)


@given(text=st.text(st.characters(codec="utf-8"), max_size=3_000), html=st.text(max_size=50))
def test_lines_and_bytes_any_relay_takes(text: str, html: str) -> None:
    """Whatever is written, the message is ASCII with lines of at most 998 characters (RFC 5322, section 2.1.1)."""
    content = mime(ENVELOPE, "s" * 300, text, html, FILES)
    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=300))
def test_text_comes_back_as_written(text: str) -> None:
    """The text part decodes to the lines that were put in."""
    body = _parsed(mime(ENVELOPE, "s", text, "h")).get_body(("plain",))
    assert body is not None
    payload = body.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().replace("\r\n", "\n").removesuffix("\n") == text.removesuffix("\n")


@pytest.mark.parametrize("subject", ["SLA\r\nBcc: all@vendor.example", "SLA\nX: y", "a\x00b", "a\x85b", "a\u2028b"])
def test_subject_of_one_line(subject: str) -> None:
    """A line break or control character in a subject is refused, so nobody can write headers of his own."""
    with pytest.raises(MessageError, match="cannot stand in a header"):
        mime(ENVELOPE, subject, "t", "h")


def test_names_and_addresses_cannot_break_out() -> None:
    """The sender's name and every address are checked, too."""
    with pytest.raises(MessageError, match="cannot stand in a header"):
        mime(replace(ENVELOPE, sender_name="Acme\r\nBcc: x@y.example"), "s", "t", "h")
    for change in ({"sender": "acme"}, {"recipients": ("a@b.example\n",)}, {"reply_to": "nobody"}):
        with pytest.raises(AddressError):
            mime(replace(ENVELOPE, **change), "s", "t", "h")
    with pytest.raises(MessageError, match="needs a recipient"):
        mime(replace(ENVELOPE, recipients=()), "s", "t", "h")


def test_message_ids() -> None:
    """One matter and step have one id; other words, even if they look alike when cleaned, have another."""
    first = message_id("acme.2026-06.autodial+inbound.final", "approval-3", "claims@acme.example")
    assert first == message_id("acme.2026-06.autodial+inbound.final", "approval-3", "claims@acme.example")
    assert first.startswith("<acme.2026-06.autodial+inbound.final.approval-3.")
    assert first.endswith("@acme.example>")
    spaced = message_id("acme.a b.final", "approval-3", "claims@acme.example")
    slashed = message_id("acme.a/b.final", "approval-3", "claims@acme.example")
    assert "a-b" in spaced
    assert spaced != slashed


def test_threads_hold_with_long_ids() -> None:
    """References keep every id whole: an encoded word in their place would break the thread."""
    ids = tuple(message_id("agreement" * 9, step, "claims@" + "department." * 5 + "acme.example") for step in "ab")
    content = mime(replace(ENVELOPE, references=ids), "s", "t", "h")
    assert f"In-Reply-To: {ids[1]}\r\n".encode() in content
    assert f"References: {ids[0]}\r\n {ids[1]}\r\n".encode() in content


def test_too_big_for_relays() -> None:
    """A mail that no relay would take is refused when it is made, with its size."""
    with pytest.raises(MessageError, match="more than the 10000000 that relays take"):
        mime(ENVELOPE, "s", "t", "h", (Attachment("case.json", "application/json", b"x" * 8_000_000),))
