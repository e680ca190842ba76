"""What one attempt is made at: the endpoint of each kind and the closed set of conditions on its answer, no sockets.

Every constructor refuses what could never be tried with a `ValueError` that says what to write instead.
"""

from __future__ import annotations

from typing import TypeAlias

from uptime_daemon.probers.endpoints.machines import IcmpEndpoint, PushEndpoint
from uptime_daemon.probers.endpoints.nameservers import DnsEndpoint
from uptime_daemon.probers.endpoints.pki import OcspEndpoint, TspEndpoint
from uptime_daemon.probers.endpoints.places import ForeignEndpoint
from uptime_daemon.probers.endpoints.programs import ExecEndpoint
from uptime_daemon.probers.endpoints.scenarios import ScenarioEndpoint
from uptime_daemon.probers.endpoints.streams import SmtpEndpoint, TcpEndpoint, TlsEndpoint
from uptime_daemon.probers.endpoints.telephony import SipEndpoint
from uptime_daemon.probers.endpoints.web import HttpEndpoint, WebsocketEndpoint

Endpoint: TypeAlias = (
    HttpEndpoint
    | TcpEndpoint
    | TlsEndpoint
    | SmtpEndpoint
    | WebsocketEndpoint
    | ExecEndpoint
    | DnsEndpoint
    | SipEndpoint
    | ScenarioEndpoint
    | IcmpEndpoint
    | PushEndpoint
    | OcspEndpoint
    | TspEndpoint
    | ForeignEndpoint
)
"""Every kind of endpoint."""
