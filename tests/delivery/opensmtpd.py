"""A real OpenSMTPD as the vendor's server, with a queue of its own: it refuses, delays and takes by recipient.

What it takes it relays to a mailbox of the test. It runs in a mount namespace, so that neither its queue nor its
control socket is the machine's.
"""

from __future__ import annotations

import functools
import shlex
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from tests.delivery.servers import Mailbox, real_server
from tests.probers.peers import free_ports, listens, running

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
_ALONE = (
    "mount -t tmpfs none /var/spool/smtpd && chmod 711 /var/spool/smtpd && mount -t tmpfs none /run"
    " && exec smtpd -d -f {file}"
)


@contextmanager
def opensmtpd(folder: Path, behind: int) -> Iterator[int]:
    """The server, relaying to a port on this machine. Yields its own port."""
    (port,) = free_ports(1)
    file = folder / "smtpd.conf"
    file.write_text(_CONFIGURATION.format(port=port, behind=behind), encoding="ascii")
    file.chmod(0o600)
    script = _ALONE.format(file=shlex.quote(str(file)))
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]
    with running(command, folder, functools.partial(listens, port)):
        yield port


@asynccontextmanager
async def vendor(folder: Path, mailbox: Mailbox) -> AsyncIterator[int]:
    """The same with a mailbox behind it that keeps what arrives."""
    async with real_server(mailbox) as behind:
        with opensmtpd(folder, behind) as port:
            yield port
