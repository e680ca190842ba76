"""The requests of one attempt over SIP, their answers, and what a user agent owes to both.

What comes is an answer only if transaction, call and number are ours (RFC 3261, section 17.1.3); all else is waited
past. A challenge is answered once, by digest (RFC 8760).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.attempt import CheckResult, Means
from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.probers import digest
from uptime_daemon.probers.endpoints.conditions import StatusIs
from uptime_daemon.probers.progress import EXCERPT_BYTES_MAX
from uptime_daemon.probers.sip.message import Message, written
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.probers.endpoints.telephony import SipEndpoint
    from uptime_daemon.probers.progress import Progress
    from uptime_daemon.probers.sip.carriers import Carrier

RESEND_SECONDS: Final = 0.5
"""How long an answer is waited for before a datagram is sent again: T1 of RFC 3261, section 17.1.1.1."""
RESEND_SECONDS_MAX: Final = 4
"""How far that wait grows, doubled each time: T2 of the same section. That of a call grows without it."""
TRANSACTION_SECONDS_MAX: Final = 64 * RESEND_SECONDS
"""After how long without an answer a telephone gives up: timers B and F of the same section."""
DIALOGS_MAX: Final = 8
"""How many telephones that take one call are hung up: those of a desk, and not a flood."""
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


@dataclass(slots=True)
class _Sent:
    """A request that was sent."""

    method: str
    uri: str
    branch: str
    sequence: int
    headers: list[tuple[str, str]]
    to: str
    wire: bytes


@dataclass(slots=True)
class _Known:
    """Who we are, as far as it was asked for."""

    told: dict[str, str] = field(default_factory=dict)
    """The headers that answer a challenge."""
    nonces: dict[str, set[str]] = field(default_factory=dict)
    """What each of them answered."""


@dataclass(slots=True)
class Talk:
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
    registered: bool = False
    """Whether a telephone was registered that must be taken back."""
    dialogs: set[str] = field(default_factory=set)
    """The telephones that took the call, by their tags; each was hung up, or is `answered`."""
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
        """May a telephone register (section 10)."""
        address = f"sip:{_escaped(self.endpoint.user)}@{self.domain}"
        expires = REGISTERED_SECONDS
        response = await self._asked("REGISTER", f"sip:{self.domain}", address, _expiring(expires))
        if response.status == _TOO_BRIEF and response.headers.get("Min-Expires", "").isdigit():
            expires = int(response.headers["Min-Expires"][:6])
            response = await self._asked("REGISTER", f"sip:{self.domain}", address, _expiring(expires))
        self.registered = response.status in _SUCCESS

    async def take_back(self, within: float) -> None:
        """Take a registration back within so many seconds; if that fails the attempt stays what it is."""
        if not self.registered:
            return
        address = f"sip:{_escaped(self.endpoint.user)}@{self.domain}"
        gone: Message | None = None
        with contextlib.suppress(AttemptError, OSError):  # a timeout among them
            async with asyncio.timeout(within):
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
            # the same transaction as the call's (section 9.1), whose own answer ends both
            head = self._head("CANCEL", asked.branch, asked.sequence, f"<{asked.uri}>", [])
            self.ending = replace(asked, wire=written(f"CANCEL {asked.uri} SIP/2.0", head))
            await self.carrier.send(self.ending.wire)

    async def finish_end(self) -> None:
        """Wait for the answer to the end of a call; without one the attempt stays what it is."""
        ending = self.ending
        if ending is None:
            return
        with contextlib.suppress(AttemptError, OSError):
            response = await self._final(ending, is_wanted=False)
            if ending.method == "INVITE":
                self.ending = None
                await self._acknowledged(ending, response)
                await self.begin_end()  # it was answered in that very moment
                await self.finish_end()
                return
            known = _Known()
            if self._answered(ending, response, known):
                self.ending = ending = await self._sent(
                    "BYE", ending.uri, ending.to, [*ending.headers, *known.told.items()]
                )
                response = await self._final(ending, is_wanted=False)
            self.ending = None
            self._told("bye", response)

    def tell_unended(self) -> None:
        """Tell of a call that we hung up and whose end nobody confirmed."""
        if self.ending is not None and self.ending.method == "BYE":
            self._told("bye", None)

    async def _asked(
        self, method: str, uri: str, to: str, headers: Sequence[tuple[str, str]], body: str = "", *, counts: bool = True
    ) -> Message:
        """The final answer to a request, after at most one challenge, or two where the first was stale."""
        known = _Known()
        while True:
            sent = await self._sent(method, uri, f"<{to}>", [*headers, *known.told.items()], body)
            response = await self._final(sent)
            if method == "INVITE":
                self.ringing = None
                await self._acknowledged(sent, response)
            if self._answered(sent, response, known):
                continue
            if counts:
                self._take(response)
            return response

    def _answered(self, sent: _Sent, response: Message, known: _Known) -> bool:
        """Whether a challenge could be answered, by a header that is among what is known now."""
        names = _RESPONSE_HEADERS.get(response.status or 0)
        if names is None or not self.endpoint.password:
            return False
        asked, header = digest.challenge(response.headers.getall(names[0], [])), names[1]
        # a proxy and whoever is behind it may each ask (section 22.3), and each once more where our answer was stale
        seen = known.nonces.setdefault(header, set())
        if asked is None or (seen and (not asked.stale or len(seen) > 1 or asked.nonce in seen)):
            return False
        seen.add(asked.nonce)
        known.told[header] = digest.answer(
            asked, self.endpoint.user, self.endpoint.password, sent.method, sent.uri, secrets.token_hex(8)
        )
        return True

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
            self.dialogs.add(response.to_tag)
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
        return _Sent(method, uri, branch, self.sequence, list(headers), to, wire)

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

    async def _final(self, sent: _Sent, *, is_wanted: bool = True) -> Message:
        """The final answer to a request, which is sent again where it may have been lost (section 17.1)."""
        is_call = sent.method == "INVITE" and is_wanted
        resends = self.carrier.resends
        wait: float | None = RESEND_SECONDS if resends else TRANSACTION_SECONDS_MAX
        waited = 0.0
        while True:
            try:
                async with asyncio.timeout(wait):
                    response = await self._response(sent)
            except TimeoutError:
                waited += wait or 0
                if waited >= TRANSACTION_SECONDS_MAX:
                    told = f"no answer within {TRANSACTION_SECONDS_MAX:.0f} s, when telephones give up"
                    raise AttemptError(Reason.ANSWER_TIMEOUT, told) from None
                await self.carrier.send(sent.wire)
                longer = 2 * (wait or RESEND_SECONDS)
                wait = min(longer if is_call else min(longer, RESEND_SECONDS_MAX), TRANSACTION_SECONDS_MAX - waited)
                continue
            self._note(f"{sent.method}: {response.start}")
            if response.status not in _PROVISIONAL:
                return response
            self.progress.answer.status = response.status
            if is_call:
                self.ringing = sent
                wait = None  # it arrived, and may ring for long (section 17.1.1.2)
            elif resends and sent.method != "INVITE":
                wait = RESEND_SECONDS_MAX

    async def _response(self, sent: _Sent) -> Message:
        """The next answer to this very request."""
        while True:
            message = await self.carrier.receive()
            if message.status is None:
                await self._served(message)
                continue
            is_ours = message.headers.get("Call-ID") == self.call
            if is_ours and (message.method, message.branch, message.sequence) == (
                sent.method, sent.branch, sent.sequence,
            ):  # fmt: skip
                return message
            self._note(f"ignored: {message.start}, of another request")
            if is_ours and message.method == "INVITE":
                await self._repeated(message)

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
        """An answer to a call of before, once more because our acknowledgement was lost, or of one telephone more."""
        to = message.headers.get("To", "")
        if message.status in _SUCCESS:
            head = self._head("ACK", _branch(), message.sequence, to, _routed(message))
            await self.carrier.send(written(f"ACK {message.contact or self._uri()} SIP/2.0", head))
            if (
                message.to_tag not in self.dialogs and len(self.dialogs) < DIALOGS_MAX
            ):  # a second one took the call, too (section 13.2.2.4)
                self.dialogs.add(message.to_tag)
                await self._sent("BYE", message.contact or self._uri(), to, _routed(message))
        elif message.status not in _PROVISIONAL:
            head = self._head("ACK", message.branch, message.sequence, to, [])
            await self.carrier.send(written(f"ACK {self._uri()} SIP/2.0", head))

    def _note(self, line: str) -> None:
        """Keep what was said, as far as it will be shown."""
        body = self.progress.answer.body
        if len(body) < EXCERPT_BYTES_MAX:
            body += f"{line}\n".encode()

    def _told(self, what: str, response: Message | None) -> None:
        """How the end went: worth to be known, and nothing that decides."""
        holds = response is not None and response.status in _SUCCESS
        actual = "(no answer)" if response is None else str(response.status)
        self.progress.told.append(CheckResult(what, "200 to 299", actual, holds=holds, means=Means.NOTICE))


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
