"""A real OpenSMTPD as the vendor's server, with a queue of its own: it refuses, delays and takes by recipient.

What it takes it relays to a mailbox of the test.
"""

from __future__ import annotations

import functools
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from tests.delivery.servers import Mailbox, real_server
from tests.ports import free_ports
from tests.probers.peers import listens, running, smtpd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

_CONFIGURATION = """\
smtp max-message-size 1M
table refused {{ "nobody@vendor.example" }}
table later {{ "busy@vendor.example" }}
filter "refuse" phase rcpt-to match rcpt-to <refused> reject "550 5.1.1 nobody here by that name"
filter "delay" phase rcpt-to match rcpt-to <later> reject "451 4.7.1 come again later"
filter "rules" chain {{ "refuse", "delay" }}
listen on lo inet4 port {port} hostname relay.vendor.example filter "rules"
action "keep" relay host smtp+notls://127.0.0.1:{behind}
match from any for any action "keep"
"""


@contextmanager
def opensmtpd(folder: Path, behind: int) -> Iterator[int]:
    """The server, relaying to a port on this machine. Yields its own port."""
    (port,) = free_ports(1)
    file = folder / "smtpd.conf"
    file.write_text(_CONFIGURATION.format(port=port, behind=behind), encoding="ascii")
    file.chmod(0o600)
    with running(smtpd(file), folder, functools.partial(listens, port)):
        yield port


@asynccontextmanager
async def vendor(folder: Path, mailbox: Mailbox) -> AsyncIterator[int]:
    """The same with a mailbox behind it that keeps what arrives."""
    async with real_server(mailbox) as behind:
        with opensmtpd(folder, behind) as port:
            yield port
