"""One talk over SMTP (RFC 5321): greeting, EHLO, maybe STARTTLS and EHLO again, and goodbye; no mail is sent."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.probers.connecting import connected, let_go, spoken, upgraded
from uptime_daemon.probers.endpoints.conditions import Check, Expected, StatusIs
from uptime_daemon.probers.endpoints.streams import SmtpTls
from uptime_daemon.probers.progress import tried
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.checks import Answer
    from uptime_daemon.probers.endpoints.streams import SmtpEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress

ANSWER_BYTES_MAX: Final = 64 * 1024
"""How much all replies may have together: greetings and lists of extensions are lines, not pages."""
LINE_BYTES_MAX: Final = 8 * 1024
"""How long one line may be: sixteen times what RFC 5321, section 4.5.3.1.5 allows."""

_LINE: Final = re.compile(rb"([2-5]\d\d)(?:([ -])(.*?))?\r?\n", re.DOTALL)
_SUCCESS: Final = range(200, 300)
_ACCESS_REFUSED: Final = frozenset({501, 504, 530, 550, 554})
"""To a greeting, EHLO or STARTTLS these speak of us: our name, our missing password, our address on a list of senders
of spam. Where 554 means that there is no service at all, nothing is claimed."""
_POLICY: Final = re.compile(rb"[45]\.7\.\d")  # RFC 3463, section 3.8
_STARTTLS: Final = b"STARTTLS"


async def attempt(endpoint: SmtpEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One try at an SMTP endpoint that ends within the given elapsed microseconds."""
    checks: tuple[Check, ...] = endpoint.checks
    if endpoint.expect:
        checks = (*checks, Expected(endpoint.expect))
    return await tried(partial(_exchange, endpoint, equipment), checks, within, equipment.clock)


async def _exchange(endpoint: SmtpEndpoint, equipment: Equipment, progress: Progress) -> None:
    """Talk as far as the server is well, its replies into the progress."""
    addresses = await equipment.resolver.addresses(endpoint.host, endpoint.port)
    context = None if endpoint.tls is SmtpTls.NONE else progress.prepared(partial(equipment.context, endpoint))
    connection = await connected(addresses, progress)
    at_once = context if endpoint.tls is SmtpTls.TLS else None
    transport, protocol = await spoken(_Replies, connection, progress, at_once, endpoint.host)
    expected = frozenset(code for check in endpoint.checks if isinstance(check, StatusIs) for code in check.codes)
    try:
        hello = f"EHLO {endpoint.hello or _own_address(transport)}\r\n".encode()
        if not await _well(protocol, progress.answer, expected):
            return
        transport.write(hello)
        if not await _well(protocol, progress.answer, expected):
            return
        if endpoint.tls is SmtpTls.STARTTLS and context:
            if _STARTTLS not in protocol.extensions:
                raise AttemptError(Reason.CHECK, "starttls: expected to be offered, got no such extension")
            transport.write(_STARTTLS + b"\r\n")
            if not await _well(protocol, progress.answer, expected):
                return
            transport, protocol = await upgraded(_Replies, transport, progress, context, endpoint.host)
            transport.write(hello)
            if not await _well(protocol, progress.answer, expected):
                return
        transport.write(b"QUIT\r\n")
    finally:
        let_go(transport)


class _Replies(asyncio.StreamReaderProtocol):
    """What a server says on one connection; after STARTTLS that is another one, which inherits nothing."""

    def __init__(self) -> None:
        self.reader = asyncio.StreamReader(limit=LINE_BYTES_MAX)
        super().__init__(self.reader)
        self.extensions: frozenset[bytes] = frozenset()
        """The keywords of the last reply's lines but the first (RFC 5321, section 4.1.1.1)."""

    async def reply(self, answer: Answer) -> bytes:
        """One reply, all of its lines (RFC 5321, section 4.2.1), its code into the answer; the text of its lines."""
        texts: list[bytes] = []
        code = b""
        while True:
            line = await self._line(answer)
            match = _LINE.fullmatch(line)
            if not match or match[1] != (code or match[1]):
                raise AttemptError(Reason.ANSWER_INVALID, "no SMTP reply")
            code = match[1]
            texts.append(match[3] or b"")
            if match[2] != b"-":
                break
        answer.status = int(code)
        self.extensions = frozenset(text.upper().split(b" ")[0] for text in texts[1:])
        return b"\n".join(texts)

    async def _line(self, answer: Answer) -> bytes:
        try:
            line = await self.reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as end:
            answer.body += end.partial
            how_far = "in the middle of a reply" if end.partial else "before a reply"
            raise AttemptError(Reason.CONNECTION_RESET, f"the connection was closed {how_far}") from end
        except asyncio.LimitOverrunError as endless:
            answer.body += await self.reader.read(LINE_BYTES_MAX)
            raise AttemptError(Reason.ANSWER_TOO_LARGE, f"a line of more than {LINE_BYTES_MAX} bytes") from endless
        answer.body += line
        if len(answer.body) > ANSWER_BYTES_MAX:
            raise AttemptError(Reason.ANSWER_TOO_LARGE, f"replies of more than {ANSWER_BYTES_MAX} bytes")
        return line


async def _well(replies: _Replies, answer: Answer, expected: frozenset[int]) -> bool:
    """Whether the next reply lets the talk go on; `AttemptError` where it speaks of us."""
    text = await replies.reply(answer)
    code = answer.status or 0
    if code not in _SUCCESS and code not in expected and (code in _ACCESS_REFUSED or _POLICY.match(text)):
        raise AttemptError(Reason.ACCESS_REFUSED, f"our access was refused: {code} {text.decode(errors='replace')}")
    return code in _SUCCESS


def _own_address(transport: asyncio.Transport) -> str:
    """Our end of the connection as an address literal (RFC 5321, section 4.1.3)."""
    host: str = transport.get_extra_info("sockname")[0]
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"
