"""One attempt over SIP: is the server there, may a telephone register, is a call to a test number answered.

What comes is an answer only if transaction, call and number are ours (RFC 3261, section 17.1.3); all else is waited
past. One challenge is answered, by digest (RFC 8760). What was begun is ended: registrations are taken back, calls
hung up, calls that nobody answered in time cancelled.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.attempt import CheckResult, Means
from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers import digest
from uptime_daemon.probers.checks import STATUS
from uptime_daemon.probers.endpoints.conditions import StatusIs
from uptime_daemon.probers.endpoints.telephony import SipRequest
from uptime_daemon.probers.endpoints.web import SWITCHING_PROTOCOLS
from uptime_daemon.probers.progress import EXCERPT_BYTES_MAX, tried
from uptime_daemon.probers.sip.carriers import carrier
from uptime_daemon.probers.sip.message import Message, written
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.endpoints.telephony import SipEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress
    from uptime_daemon.probers.sip.carriers import Carrier

RESEND_SECONDS: Final = 0.5
"""How long an answer is waited for before a datagram is sent again: T1 of RFC 3261, section 17.1.1.1."""
RESEND_SECONDS_MAX: Final = 4
"""How far that wait grows, doubled each time: T2 of the same section."""
GOODBYE_SECONDS_MAX: Final = 2
"""How long the answer to the end of a call is waited for, at most a tenth of the timeout: it is a courtesy."""
REGISTERED_SECONDS: Final = 300
"""For how long we register, should taking it back fail: long enough for most servers' least, soon over."""

_PROVISIONAL: Final = range(100, 200)
_SUCCESS: Final = range(200, 300)
_RESPONSE_HEADERS: Final = {
    401: ("WWW-Authenticate", "Authorization"),
    407: ("Proxy-Authenticate", "Proxy-Authorization"),
}
_ACCESS_REFUSED: Final = frozenset({401, 403, 407})
"""Statuses that speak of us: our password, our account, our address."""
_TOO_BRIEF: Final = 423
_MAGIC: Final = "z9hG4bK"
"""What a branch begins with (RFC 3261, section 8.1.1.7)."""


async def attempt(endpoint: SipEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One try at a SIP endpoint that ends within the given elapsed microseconds."""
    speak = partial(_talk, endpoint, equipment, within)
    return await tried(speak, endpoint.checks, within, equipment.clock, [endpoint.password])


async def _talk(endpoint: SipEndpoint, equipment: Equipment, within: Duration, progress: Progress) -> None:
    """Ask what is to be asked, the last answer into the progress."""
    async with carrier(endpoint, equipment, progress) as carried:
        if carried is None:
            declined = CheckResult(
                f"handshake: {STATUS}", str(SWITCHING_PROTOCOLS), str(progress.answer.status), holds=False
            )
            progress.told.append(declined)
            progress.answer.judged = True
            return
        progress.answer.status, progress.answer.version = None, ""  # a WebSocket's handshake is no answer over SIP
        talk = _Talk(endpoint, carried, progress)
        match endpoint.request:
            case SipRequest.OPTIONS:
                await talk.options()
            case SipRequest.REGISTER:
                await talk.register()
            case SipRequest.INVITE:
                await _call(talk, within)


async def _call(talk: _Talk, within: Duration) -> None:
    """A call that is over, however it went, before the attempt is."""
    with _media(talk.carrier) as port:
        is_late = False
        try:
            async with asyncio.timeout(within * 9 // 10 / SECOND):
                await talk.invite(port)
        except TimeoutError:
            is_late = True
        finally:
            # also when all is cancelled: nobody's telephone goes on ringing because we stopped
            with contextlib.suppress(AttemptError, OSError):
                await talk.begin_end()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(GOODBYE_SECONDS_MAX, within / 20 / SECOND)):
                await talk.finish_end()
        talk.tell_unended()
        if is_late:
            raise TimeoutError


@contextlib.contextmanager
def _media(carried: Carrier) -> Iterator[int]:
    """A port for the voice that nobody listens to: a closed one would be answered with errors."""
    family = socket.AF_INET6 if ":" in carried.local.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as port:
        port.bind(("", 0))
        yield int(port.getsockname()[1])


@dataclass(slots=True)
class _Sent:
    """A request that was sent."""

    method: str
    uri: str
    branch: str
    sequence: int
    headers: list[tuple[str, str]]
    body: str
    wire: bytes


@dataclass(slots=True)
class _Talk:
    """All requests of one attempt: one call, one tag, numbers that grow."""

    endpoint: SipEndpoint
    carrier: Carrier
    progress: Progress
    call: str = field(default_factory=lambda: secrets.token_hex(12))
    tag: str = field(default_factory=lambda: secrets.token_hex(6))
    sequence: int = 0
    ringing: _Sent | None = None
    """A call that was heard of and is not answered yet."""
    answered: Message | None = None
    """The answer to a call that is not ended yet."""
    ending: _Sent | None = None
    """What was sent to end a call."""

    @property
    def domain(self) -> str:
        """The domain of the addresses."""
        return _bracketed(self.endpoint.domain or self.endpoint.host)

    async def options(self) -> None:
        """Is the server there (section 11)."""
        to = f"sip:{_escaped(self.endpoint.to)}@{self.domain}" if self.endpoint.to else f"sip:{self.domain}"
        await self._asked("OPTIONS", to, to, [("Accept", "application/sdp")])

    async def register(self) -> None:
        """May a telephone register (section 10); the registration is taken back."""
        address = f"sip:{_escaped(self.endpoint.user)}@{self.domain}"
        expires = REGISTERED_SECONDS
        response = await self._asked("REGISTER", f"sip:{self.domain}", address, _expiring(expires))
        if response.status == _TOO_BRIEF and response.headers.get("Min-Expires", "").isdigit():
            expires = int(response.headers["Min-Expires"][:6])
            response = await self._asked("REGISTER", f"sip:{self.domain}", address, _expiring(expires))
        if response.status in _SUCCESS:
            gone = await self._asked("REGISTER", f"sip:{self.domain}", address, _expiring(0), counts=False)
            self._told("registration taken back", gone)

    async def invite(self, media_port: int) -> None:
        """Is a call to the test number answered (section 13)."""
        to = f"sip:{_escaped(self.endpoint.to)}@{self.domain}"
        host = self.carrier.local.host
        family = "IP6" if ":" in host else "IP4"
        offer = (
            f"v=0\r\no=- {secrets.randbelow(10**9)} 1 IN {family} {host}\r\ns=-\r\nc=IN {family} {host}\r\nt=0 0\r\n"
            f"m=audio {media_port} RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
        )
        headers = [("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS"), ("Content-Type", "application/sdp")]
        await self._asked("INVITE", to, to, headers, offer)

    async def begin_end(self) -> None:
        """Say that a call is over: hang up, or stop the ringing. Nothing is waited for."""
        if self.answered is not None:
            answer, self.answered = self.answered, None
            self.ending = await self._sent(
                "BYE", answer.contact or self._uri(), answer.headers.get("To", ""), _routed(answer)
            )
        elif self.ringing is not None:
            asked, self.ringing = self.ringing, None
            # the same transaction as the call's (section 9.1)
            head = self._head("CANCEL", asked.branch, asked.sequence, f"<{asked.uri}>", [])
            wire = written(f"CANCEL {asked.uri} SIP/2.0", head)
            self.ending = asked
            await self.carrier.send(wire)

    async def finish_end(self) -> None:
        """Wait for the answer to the end of a call; without one the attempt stays what it is."""
        ending = self.ending
        if ending is None:
            return
        with contextlib.suppress(AttemptError, OSError):
            response = await self._final(ending, resends=ending.method != "INVITE")
            self.ending = None
            if ending.method == "INVITE":  # cancelled: its own answer is its end
                await self._acknowledged(ending, response)
                await self.begin_end()  # it was answered in that very moment
                await self.finish_end()
            else:
                self._told("bye", response)

    def tell_unended(self) -> None:
        """Tell of a call that we hung up and whose end nobody confirmed."""
        if self.ending is not None and self.ending.method == "BYE":
            told = CheckResult("bye", "200 to 299", "(no answer)", holds=False, means=Means.NOTICE)
            self.progress.told.append(told)

    async def _asked(
        self, method: str, uri: str, to: str, headers: Sequence[tuple[str, str]], body: str = "", *, counts: bool = True
    ) -> Message:
        """The final answer to a request, after at most one challenge, or two where the first was stale."""
        credentials: list[tuple[str, str]] = []
        nonces: set[str] = set()
        while True:
            sent = await self._sent(method, uri, f"<{to}>", [*headers, *credentials], body)
            response = await self._final(sent)
            status = response.status or 0
            if method == "INVITE":
                self.ringing = None
                await self._acknowledged(sent, response)
            asked = self._challenge(response, nonces)
            if asked is not None:
                nonces.add(asked.nonce)
                answer = digest.answer(
                    asked, self.endpoint.user, self.endpoint.password, method, uri, secrets.token_hex(8)
                )
                credentials = [(_RESPONSE_HEADERS[status][1], answer)]
                continue
            if counts:
                self._take(response)
            return response

    def _challenge(self, response: Message, nonces: set[str]) -> digest.Challenge | None:
        """The challenge that we can answer and did not answer yet."""
        names = _RESPONSE_HEADERS.get(response.status or 0)
        if names is None or not self.endpoint.password:
            return None
        asked = digest.challenge(response.headers.getall(names[0], []))
        is_new = asked is not None and (not nonces or (asked.stale and len(nonces) == 1 and asked.nonce not in nonces))
        return asked if is_new else None

    def _take(self, response: Message) -> None:
        """The answer that counts; `AttemptError` where it speaks of us."""
        answer = self.progress.answer
        status = answer.status = response.status or 0
        answer.headers = response.headers
        expected = {code for check in self.endpoint.checks if isinstance(check, StatusIs) for code in check.codes}
        if status in _ACCESS_REFUSED and status not in expected:
            raise AttemptError(Reason.ACCESS_REFUSED, f"our access was refused: {response.start}")

    async def _acknowledged(self, sent: _Sent, response: Message) -> None:
        """Acknowledge the answer to a call: a success begins a dialog (13.2.2.4), all else ends it (17.1.1.3)."""
        to = response.headers.get("To", "")
        if response.status in _SUCCESS:
            self.answered = response
            head = self._head("ACK", _branch(), sent.sequence, to, _routed(response))
            await self.carrier.send(written(f"ACK {response.contact or sent.uri} SIP/2.0", head))
        else:
            head = self._head("ACK", sent.branch, sent.sequence, to, [])
            await self.carrier.send(written(f"ACK {sent.uri} SIP/2.0", head))

    async def _sent(self, method: str, uri: str, to: str, headers: Sequence[tuple[str, str]], body: str = "") -> _Sent:
        self.sequence += 1
        branch = _branch()
        wire = written(f"{method} {uri} SIP/2.0", self._head(method, branch, self.sequence, to, headers), body)
        await self.carrier.send(wire)
        return _Sent(method, uri, branch, self.sequence, list(headers), body, wire)

    def _head(
        self, method: str, branch: str, sequence: int, to: str, headers: Sequence[tuple[str, str]]
    ) -> list[tuple[str, str]]:
        local, user = self.carrier.local, _escaped(self.endpoint.user or "uptime")
        return [
            ("Via", f"SIP/2.0/{local.via} {local.place};branch={branch};rport"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{user}@{self.domain}>;tag={self.tag}"),
            ("To", to),
            ("Call-ID", self.call),
            ("CSeq", f"{sequence} {method}"),
            ("Contact", f"<sip:{user}@{local.place}{local.parameter}>"),
            ("User-Agent", "uptime-daemon"),
            *headers,
        ]

    def _uri(self) -> str:
        return f"sip:{_escaped(self.endpoint.to)}@{self.domain}"

    async def _final(self, sent: _Sent, *, resends: bool = True) -> Message:
        """The final answer to a request, which is sent again where it may have been lost."""
        wait: float | None = RESEND_SECONDS if self.carrier.resends and resends else None
        while True:
            try:
                async with asyncio.timeout(wait):
                    response = await self._response(sent)
            except TimeoutError:
                await self.carrier.send(sent.wire)
                wait = min(2 * (wait or RESEND_SECONDS), RESEND_SECONDS_MAX)
                continue
            self._note(f"{sent.method}: {response.start}")
            if response.status not in _PROVISIONAL:
                return response
            self.progress.answer.status = response.status
            if sent.method == "INVITE":
                self.ringing = sent if resends else None
                wait = None  # it arrived (section 17.1.1.2)
            elif wait is not None:
                wait = RESEND_SECONDS_MAX

    async def _response(self, sent: _Sent) -> Message:
        """The next answer to this very request."""
        while True:
            message = await self.carrier.receive()
            if message.status is None:
                await self._served(message)
            elif message.headers.get("Call-ID") != self.call or message.method != sent.method:
                await self._repeated(message)
            elif message.branch == sent.branch and message.sequence == sent.sequence:
                return message
            else:
                self._note(f"ignored: {message.start}, of another request")

    async def _served(self, request: Message) -> None:
        """Answer a request of the other side: it may hang up first; it may ask whether we are there."""
        method = request.start.partition(" ")[0]
        self._note(f"asked: {method}")
        if method == "ACK" or request.headers.get("Call-ID") != self.call:
            return
        status = "200 OK" if method in {"BYE", "OPTIONS"} else "501 Not Implemented"
        copied = [
            (name, text)
            for name in ("Via", "From", "To", "Call-ID", "CSeq")
            for text in request.headers.getall(name, [])
        ]
        await self.carrier.send(written(f"SIP/2.0 {status}", copied))

    async def _repeated(self, message: Message) -> None:
        """An answer to something else: to our call, once more because our acknowledgement was lost, or a stranger's."""
        self._note(f"ignored: {message.start}, of another request")
        if message.headers.get("Call-ID") == self.call and message.method == "INVITE" and message.status in _SUCCESS:
            to = message.headers.get("To", "")
            head = self._head("ACK", _branch(), message.sequence, to, _routed(message))
            await self.carrier.send(written(f"ACK {message.contact or self._uri()} SIP/2.0", head))

    def _note(self, line: str) -> None:
        """Keep what was said, as far as it will be shown."""
        body = self.progress.answer.body
        if len(body) < EXCERPT_BYTES_MAX:
            body += f"{line}\n".encode()

    def _told(self, what: str, response: Message) -> None:
        """How the end went: worth to be known, and nothing that decides."""
        holds = response.status in _SUCCESS
        result = CheckResult(what, "200 to 299", str(response.status), holds=holds, means=Means.NOTICE)
        self.progress.told.append(result)


def _branch() -> str:
    return _MAGIC + secrets.token_hex(10)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _escaped(user: str) -> str:
    """A user as an address holds it: the # of dialled numbers is no sign of SIP addresses (RFC 3261, section 25.1)."""
    return user.replace("#", "%23")


def _expiring(seconds: int) -> list[tuple[str, str]]:
    return [("Expires", str(seconds))]


def _routed(response: Message) -> list[tuple[str, str]]:
    return [("Route", hop) for hop in response.route]
