"""One SMTP talk about one mail, and what may be said afterwards: it left, it surely did not, or nobody knows.

The line is DATA (RFC 5321, section 4.1.1.4): before it nothing can have left; after the content only the server's
reply says whether it took responsibility. No reply, or one that means nothing, leaves the mail in doubt.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import ssl
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from aiosmtplib import SMTP, SMTPException, SMTPRecipientRefused, SMTPResponseException, SMTPSenderRefused

from uptime_daemon.core.time.instants import HOUR, MINUTE
from uptime_daemon.delivery.address import mail_address
from uptime_daemon.delivery.fate import Fate, Receipt, Talk, shortened
from uptime_daemon.delivery.outbox import Patience, Way
from uptime_daemon.loopback import is_loopback

if TYPE_CHECKING:
    from uptime_daemon.delivery.ports import DueMail, MailServer

PATIENCE: Final = Patience(first=MINUTE, longest=HOUR, attempts_max=125)
"""A relay that does not answer is asked for five days, the give-up time of RFC 5321, section 4.5.4.1."""
_QUEUED: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"queued as <?([^\s<>]+)",  # Postfix
        r"\bid=(\S+)",  # Exim
        r"InternalId=(\d+)",  # Exchange
        r"(\S+) Message accepted for delivery",  # sendmail, OpenSMTPD
        r"OK +(\d+ \S+) - gsmtp",  # Google
    )
)
_TEMPORARY: Final = range(400, 500)
_PERMANENT: Final = range(500, 600)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long each step may take, in seconds."""

    connect_seconds: float = 30
    """Name, TCP, TLS and greeting: a relay of our own answers at once or not at all."""
    command_seconds: float = 60
    """Each command up to DATA. RFC 5321 section 4.5.3.2 allows five minutes; nothing is lost by trying again later."""
    content_seconds: float = 600
    """The reply to DATA and to the content: the ten minutes of RFC 5321, section 4.5.3.2.6. Giving up earlier makes a
    doubtful mail out of one that a slow virus scanner is about to accept."""
    quit_seconds: float = 5
    """A courtesy: the mail's fate is settled before it."""


class InsecureServerError(ValueError):
    """A server to which mail would travel unprotected."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Our way out: the server, who we are, what we trust."""

    server: MailServer
    sender: str
    """The envelope's sender: where bounces go."""
    timeouts: Timeouts = Timeouts()
    tls_context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def __post_init__(self) -> None:
        """Refuse to send letters and passwords in the clear beyond this machine."""
        if self.server.tls == "none" and not is_loopback(self.server.host):
            raise InsecureServerError(
                f"mail.tls: none is for loopback only, not for {self.server.host}; write starttls"
            )
        mail_address(self.sender)


def by_mail(relay: Relay) -> Way[DueMail]:
    """The way of mails."""

    async def hand_over(mail: DueMail) -> Talk:
        return await talk(relay, mail.recipients, mail.mime)

    return Way(hand_over, PATIENCE)


async def talk(relay: Relay, recipients: tuple[str, ...], mime: bytes) -> Talk:
    """Hand one mail to the server: to all recipients or to none."""
    server, timeouts = relay.server, relay.timeouts
    client = SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname=relay.sender.rpartition("@")[2].encode("idna").decode("ascii"),
        timeout=timeouts.command_seconds,
        use_tls=server.tls == "tls",
        start_tls=server.tls == "starttls",
        tls_context=relay.tls_context,
        username=server.username,
        password=None if server.password is None else server.password.reveal(),
    )
    try:
        refused = await _before_content(client, relay, recipients, len(mime))
        to = _Peer.of(client)
        ended = refused or await _content(client, mime, timeouts)
        if ended.fate is Fate.SENT:
            ended = replace(ended, receipt=to.receipt(ended.reply, mime))
        await _leave(client, timeouts)
    finally:
        client.close()
    return ended


@dataclass(frozen=True, slots=True)
class _Peer:
    """Who is at the other end, and how the line is protected."""

    address: str = ""
    tls: str = ""
    certificate: str = ""

    @classmethod
    def of(cls, client: SMTP) -> _Peer:
        """The server that a client talks to; nobody where the line is down."""
        if not client.is_connected:
            return cls()
        host, port = client.get_transport_info("peername")[:2]
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        line = client.get_transport_info("ssl_object")
        if line is None:
            return cls(address)
        certificate = line.getpeercert(binary_form=True) or b""
        return cls(address, f"{line.version()} {line.cipher()[0]}", hashlib.sha256(certificate).hexdigest())

    def receipt(self, reply: str, mime: bytes) -> Receipt:
        """What shows that it took a message."""
        return Receipt(
            peer=self.address,
            tls=self.tls,
            certificate=self.certificate,
            queue_id=queue_id(reply),
            sha256=hashlib.sha256(mime).hexdigest(),
            size_bytes=len(mime),
        )


def queue_id(reply: str) -> str:
    """The name that a server's final reply gives a mail, as the common servers write it; empty where it has none."""
    return next((found.group(1) for each in _QUEUED if (found := each.search(reply))), "")


async def _before_content(client: SMTP, relay: Relay, recipients: tuple[str, ...], size: int) -> Talk | None:
    """Everything up to DATA; None when the server waits for the content."""
    try:
        await client.connect(timeout=relay.timeouts.connect_seconds)
        if client.is_ehlo_or_helo_needed:
            await client.ehlo()
        options = [f"SIZE={size}"] if client.supports_extension("size") else []
        await client.mail(relay.sender, options=options)
        for recipient in recipients:
            await client.rcpt(recipient)
    except (SMTPSenderRefused, SMTPRecipientRefused) as error:
        return Talk(_fate_of(error.code), _reply(error.code, error.message))
    except SMTPResponseException as error:
        # A refused greeting, STARTTLS or login is trouble between us and the relay, never a verdict about the mail.
        return Talk(Fate.LATER, _reply(error.code, error.message))
    except (SMTPException, OSError) as error:
        return Talk(Fate.LATER, shortened(f"{type(error).__name__}: {error}"))
    return None


async def _content(client: SMTP, mime: bytes, timeouts: Timeouts) -> Talk:
    try:
        response = await client.data(mime, timeout=timeouts.content_seconds)
    except SMTPResponseException as error:
        fate = _fate_of(error.code) if error.code in (*_TEMPORARY, *_PERMANENT) else Fate.DOUBTFUL
        return Talk(fate, _reply(error.code, error.message))
    except (SMTPException, OSError) as error:
        return Talk(Fate.DOUBTFUL, shortened(f"no clear reply after DATA: {type(error).__name__}: {error}"))
    return Talk(Fate.SENT, _reply(response.code, response.message))


async def _leave(client: SMTP, timeouts: Timeouts) -> None:
    """Say goodbye; the mail's fate is settled, and a server that does not answer changes nothing about it."""
    if client.is_connected:
        with contextlib.suppress(SMTPException, OSError):
            await client.quit(timeout=timeouts.quit_seconds)


def _fate_of(code: int) -> Fate:
    return Fate.REFUSED if code in _PERMANENT else Fate.LATER


def _reply(code: int, message: str) -> str:
    return shortened(f"{code} {message}")
