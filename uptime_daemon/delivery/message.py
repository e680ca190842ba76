"""A mail as bytes: the same parts and the same Date give the same bytes, so what was sent can be compared with them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import moment
from uptime_daemon.delivery.address import mail_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.time.instants import Instant

MESSAGE_BYTES_MAX: Final = 10_000_000
"""Common relays take 10 to 25 MB; a claim that needs more is better handed over by a link, so it is refused early."""


class _MessageIds(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc]  # the stubs type max_count twice
    """Message ids, one a line: the library would wrap a long one in encoded words, which RFC 2047 section 5 forbids."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {f'{policy.linesep} '.join(self.split())}{policy.linesep}"


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    for name in ("message-id", "in-reply-to", "references"):
        registry.map_to_type(name, _MessageIds)
    return registry


_POLICY: Final = SMTP.clone(header_factory=_registry())
_NOT_ATEXT: Final = re.compile(r"[^A-Za-z0-9_+-]+")


class MessageError(ValueError):
    """Parts that make no mail."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything of a mail but what it says."""

    message_id: str
    """With angle brackets; `message_id` makes one."""
    date: Instant
    sender: str
    recipients: tuple[str, ...]
    sender_name: str = ""
    reply_to: str | None = None
    language: str = "en"
    references: tuple[str, ...] = ()
    """Message ids of earlier mails of the thread, oldest first (RFC 5322, section 3.6.4)."""
    automatic: bool = False
    """True for notices no person released (RFC 3834, section 5). On a claim letter the mark would suppress the
    vendor's automatic answer with its ticket number."""


def message_id(subject: str, step: str, sender: str) -> str:
    """The id of one step of one matter: the same words give the same id, others another one."""
    exact = hashlib.sha256(f"{subject}\n{step}".encode()).hexdigest()[:8]
    shown = ".".join(_NOT_ATEXT.sub("-", part) for part in (*subject.split("."), step) if part)
    _, _, domain = mail_address(sender).rpartition("@")
    return f"<{shown}.{exact}@{domain}>"


def mime(envelope: Envelope, subject: str, text: str, html: str, attachments: tuple[Attachment, ...] = ()) -> bytes:
    """The whole message: multipart/mixed of multipart/alternative (text, HTML) and the attachments."""
    message = EmailMessage(policy=_POLICY)
    message["Message-ID"] = envelope.message_id
    message["Date"] = format_datetime(moment(envelope.date))
    message["From"] = _mailbox(envelope.sender, envelope.sender_name)
    message["To"] = tuple(_mailbox(recipient) for recipient in _some(envelope.recipients))
    if envelope.reply_to is not None:
        message["Reply-To"] = _mailbox(envelope.reply_to)
    message["Subject"] = _single_line(subject)
    if envelope.references:
        message["In-Reply-To"] = envelope.references[-1]
        message["References"] = " ".join(envelope.references)
    if envelope.automatic:
        message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    for attachment in attachments:
        main, _, sub = attachment.media_type.partition("/")
        message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)
    message["Content-Language"] = envelope.language  # last: building parts moves every Content- header into them
    for index, part in enumerate(_multiparts(message)):
        # "=_" never occurs in quoted-printable or base64 (RFC 2045, section 6.7), so no body can hold the boundary.
        part.set_boundary(f"=_{hashlib.sha256(f'{envelope.message_id}{index}'.encode()).hexdigest()[:32]}")
    content = message.as_bytes()
    if len(content) > MESSAGE_BYTES_MAX:
        raise MessageError(f"the mail has {len(content)} bytes, more than the {MESSAGE_BYTES_MAX} that relays take")
    return content


def _multiparts(message: EmailMessage) -> Iterator[EmailMessage]:
    return (part for part in message.walk() if part.is_multipart())


def _mailbox(address: str, name: str = "") -> Address:
    return Address(display_name=_single_line(name), addr_spec=mail_address(address))


def _some(recipients: tuple[str, ...]) -> tuple[str, ...]:
    if not recipients:
        raise MessageError("a mail needs a recipient")
    return recipients


def _single_line(text: str) -> str:
    if any(not character.isprintable() for character in text):
        raise MessageError(f"{text!r} holds a line break or control character and cannot stand in a header")
    return text
