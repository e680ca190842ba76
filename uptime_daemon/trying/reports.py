"""What the running daemon heard of a probe that reports by itself; nobody else listens."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.push import Heard
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from uptime_daemon.settings.values import Listen

TIMEOUT_SECONDS: Final = 5
"""How long the daemon may take: it answers from memory, within milliseconds."""
_PATH: Final = "/api/v1/push"
_EVERY_ADDRESS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - asked, not bound
_UNAUTHORIZED: Final = 401


@dataclass(frozen=True, slots=True)
class AskedReports:
    """What the daemon answered about one token; where it could not be asked, why."""

    answer: Heard | None
    trouble: str = ""

    def heard(self, token: str) -> Heard | None:
        """What was heard; `AttemptError`, ours, where nobody could say."""
        del token  # the one that was asked about
        if self.trouble:
            raise AttemptError(Reason.PROBER, self.trouble)
        return self.answer


async def asked(listen: Listen, token: str) -> AskedReports:
    """Ask the daemon at its internal listener."""
    host = "127.0.0.1" if listen.host in _EVERY_ADDRESS else listen.host
    address = f"http://[{host}]:{listen.port}" if ":" in host else f"http://{host}:{listen.port}"
    request = urllib.request.Request(address + _PATH, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - http
    try:
        return AskedReports(_heard(await asyncio.to_thread(_answered, request)))
    except urllib.error.HTTPError as refused:
        why = "does not know this probe; reload it" if refused.code == _UNAUTHORIZED else f"answers {refused.code}"
        return AskedReports(None, f"only the running daemon hears reports, and that at {address} {why}")
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError):
        return AskedReports(None, f"only the running daemon hears reports, and none answers at {address}")


def _answered(request: urllib.request.Request) -> Any:
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - http
        return json.loads(answer.read(), parse_float=Decimal)


def _heard(told: Any) -> Heard:
    age = told["age_seconds"]
    return Heard(
        listening=_microseconds(told["listening_seconds"]),
        age=None if age is None else _microseconds(age),
        works=told["state"] != "down",
        message=str(told["message"]),
    )


def _microseconds(seconds: Any) -> int:
    return int(Decimal(seconds) * SECOND)
