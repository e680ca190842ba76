"""Real servers of others with configurations of ours: nginx, knot, kamailio, sipp, mail servers, OpenSSL's PKI."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import subprocess
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeAlias

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.ports import free_ports
from tests.probers.peers import listens, running, smtpd, takes_connections
from uptime_daemon.probers.endpoints.pki import OcspEndpoint
from uptime_daemon.probers.endpoints.web import HttpEndpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

Key: TypeAlias = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
PASSWORD = "a-password-of-a-test"
"""What all servers know of the user `probe`."""
DESK_TOKEN = "a-token-that-the-desk-gives"
"""What the web server's desk hands out to whoever logs in."""
NUMBER, BUSY_NUMBER = "+41445551234", "+41445550486"
"""The telephone that answers, and one that is busy."""


def certificate(authority: trustme.CA, folder: Path, name: str = "", days: int = 30) -> None:
    """A certificate of this machine and its key, and the authority, as PEM files; by RSA, which all servers know."""
    made = authority.issue_cert(
        "127.0.0.1", common_name="vendor.example", key_type=trustme.KeyType.RSA,
        not_after=dt.datetime.now(dt.UTC) + dt.timedelta(days, hours=1),
    )  # fmt: skip
    made.private_key_pem.write_to_path(str(folder / f"{name}key.pem"))
    (folder / f"{name}certificate.pem").write_bytes(b"".join(each.bytes() for each in made.cert_chain_pems))
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    (folder / f"{name}key.pem").chmod(0o600)


NGINX = """
daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  server_tokens off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  gzip on;
  gzip_types text/plain;
  gzip_min_length 1;
  default_type text/plain;
  server {{
    listen 127.0.0.1:{plain};
    location = / {{ return 200 "all systems ready\\n"; }}
    location = /health {{ default_type application/json; return 200 '{{"state": "starting"}}\\n'; }}
    location = /moved {{ return 301 /; }}
    location = /loop {{ return 302 /loop; }}
    location = /late {{ return 503; }}
    location = /own {{ auth_basic "house"; auth_basic_user_file {folder}/users; return 200 "in\\n"; }}
    location /files/ {{ auth_basic "house"; auth_basic_user_file {folder}/users; root {folder}; }}
    location = /tickets {{
      if ($http_authorization != "Bearer {token}") {{ return 401; }}
      add_header Location /tickets/4711 always;
      return 201;
    }}
    location = /tickets/4711 {{
      if ($http_authorization != "Bearer {token}") {{ return 401; }}
      if ($request_method = DELETE) {{ return 204; }}
      default_type application/json;
      return 200 '{{"title": "a test"}}\\n';
    }}
  }}
  server {{
    listen 127.0.0.1:{secured} ssl;
    ssl_certificate {folder}/certificate.pem;
    ssl_certificate_key {folder}/key.pem;
    ssl_client_certificate {folder}/ca.pem;
    ssl_verify_client optional;
    location = / {{ if ($ssl_client_verify != SUCCESS) {{ return 403; }} return 200 "trusted\\n"; }}
    location = /open {{ return 200 "open\\n"; }}
  }}
  server {{
    listen 127.0.0.1:{expired} ssl;
    ssl_certificate {folder}/expired-certificate.pem;
    ssl_certificate_key {folder}/expired-key.pem;
    location = / {{ return 200 "too late\\n"; }}
  }}
}}
"""


@dataclass(frozen=True)
class Web:
    """A web server's ports."""

    plain: int
    secured: int
    expired: int
    """With a certificate that expired an hour ago."""


@contextlib.contextmanager
def nginx(folder: Path, authority: trustme.CA) -> Iterator[Web]:
    """A web server: plain, with TLS that may ask who we are, with a desk that takes tickets, and with bad TLS."""
    certificate(authority, folder)
    certificate(authority, folder, "expired-", days=-1)
    (folder / "files").mkdir()
    (folder / "files" / "page").write_text("the page\n", encoding="ascii")
    (folder / "files" / "login").write_text(f'{{"token": "{DESK_TOKEN}"}}\n', encoding="ascii")
    (folder / "users").write_text(f"probe:{{PLAIN}}{PASSWORD}\n", encoding="ascii")
    plain, secured, expired = ports = free_ports(3)
    text = NGINX.format(folder=folder, plain=plain, secured=secured, expired=expired, token=DESK_TOKEN)
    (folder / "nginx.conf").write_text(text, encoding="ascii")
    command = ["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]
    with running(command, folder, lambda: all(map(listens, ports))):
        yield Web(plain, secured, expired)


KNOT = """
server:
    listen: [127.0.0.1@{port}]
    rundir: "{folder}"
    user: root:root
log:
  - target: stderr
    any: warning
database:
    storage: "{folder}"
zone:
  - domain: vendor.example
    storage: "{folder}"
    file: zone
"""
ZONE = """$ORIGIN vendor.example.
$TTL 60
@ SOA ns hostmaster 1 60 60 60 60
@ NS ns
ns A 192.0.2.53
www A 192.0.2.80
_sip._udp SRV 1 1 5060 www
long TXT {texts}
"""


@contextlib.contextmanager
def knot(folder: Path) -> Iterator[int]:
    """The port of a name server that knows one zone."""
    (port,) = free_ports(1)
    (folder / "knot.conf").write_text(KNOT.format(port=port, folder=folder), encoding="ascii")
    texts = " ".join(f'"{number:03} {"x" * 200}"' for number in range(15))
    (folder / "zone").write_text(ZONE.format(texts=texts), encoding="ascii")
    with running(["knotd", "-c", "knot.conf"], folder, functools.partial(listens, port)):
        yield port


KAMAILIO = """#!KAMAILIO
debug=0
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
enable_tls=yes
tcp_accept_no_cl=yes
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "tls.so"
loadmodule "xhttp.so"
loadmodule "websocket.so"
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "private_key", "{folder}/key.pem")
modparam("tls", "certificate", "{folder}/certificate.pem")
listen=udp:127.0.0.1:{plain}
listen=tcp:127.0.0.1:{plain}
listen=tls:127.0.0.1:{secured}
request_route {{
  if (is_method("REGISTER")) {{
    if (!pv_www_authenticate("$td", "{password}", "0")) {{ www_challenge("$td", "0"); exit; }}
    if (!save("location")) sl_reply_error();
    exit;
  }}
  if (is_method("OPTIONS") && $rU == "registered") {{
    if (reg_fetch_contacts("location", "sip:probe@127.0.0.1", "caller")) {{ sl_send_reply("200", "Here"); exit; }}
    sl_send_reply("480", "Nobody");
    exit;
  }}
  if (is_method("OPTIONS")) {{ sl_send_reply("200", "Keepalive"); exit; }}
  if (has_totag()) {{ loose_route(); t_relay(); exit; }}  # sipp answers without Record-Route: by address then
  if (is_method("ACK")) exit;
  if ($rU == "{number}") {{ record_route(); $du = "sip:127.0.0.1:{telephone}"; t_relay(); exit; }}
  if ($rU == "{busy}") {{ sl_send_reply("486", "Busy Here"); exit; }}
  sl_send_reply("404", "Not here");
}}
event_route[xhttp:request] {{
  if ($hu == "/ws") {{ ws_handle_handshake(); exit; }}
  xhttp_reply("404", "Not here", "text/plain", "");
}}
"""


@contextlib.contextmanager
def kamailio(folder: Path, authority: trustme.CA, telephone: int = 9) -> Iterator[tuple[int, int]]:
    """The plain and the secured port of a registrar that knows one password, and the way to a telephone."""
    certificate(authority, folder)
    plain, secured = free_ports(2)
    text = KAMAILIO.format(
        folder=folder, plain=plain, secured=secured, password=PASSWORD, telephone=telephone, number=NUMBER,
        busy=BUSY_NUMBER,
    )  # fmt: skip
    (folder / "kamailio.cfg").write_text(text, encoding="utf-8")
    command = ["kamailio", "-DD", "-E", "-f", "kamailio.cfg", "-Y", str(folder), "-w", str(folder), "-m", "32"]
    ready = functools.partial(takes_connections, plain)
    with running(command, folder, lambda: ready() and takes_connections(secured)):
        yield plain, secured


@contextlib.contextmanager
def sipp(folder: Path, over: str = "udp") -> Iterator[int]:
    """The port of a telephone that rings and answers; what it was told stands in `messages.log`."""
    (port,) = free_ports(1)
    command = ["sipp", "-sn", "uas", "-i", "127.0.0.1", "-p", str(port), "-nostdin", "-trace_msg"]
    command += ["-message_file", "messages.log", *(["-t", "t1"] if over == "tcp" else [])]
    with running(command, folder, functools.partial(listens, port, over), {"TERM": "dumb"}):
        yield port


SMTPD = """
listen on lo inet4 port {port} hostname here
action "none" relay
match from local for any reject
"""


@contextlib.contextmanager
def opensmtpd(folder: Path) -> Iterator[int]:
    """The port of a mail server without TLS.

    That of Debian 12 (6.8.0p2 with OpenSSL 3) breaks each handshake off (`EVP lib`).
    """
    (port,) = free_ports(1)
    (folder / "smtpd.conf").write_text(SMTPD.format(port=port), encoding="ascii")
    (folder / "smtpd.conf").chmod(0o600)
    with running(smtpd(folder / "smtpd.conf"), folder, functools.partial(listens, port)):
        yield port


@contextlib.contextmanager
def aiosmtpd(folder: Path, authority: trustme.CA) -> Iterator[int]:
    """The port of a mail server that offers STARTTLS."""
    certificate(authority, folder)
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "aiosmtpd", "--nosetuid", "--class", "aiosmtpd.handlers.Sink"]
    command += ["--listen", f"127.0.0.1:{port}", "--tlscert", "certificate.pem", "--tlskey", "key.pem"]
    with running(command, folder, functools.partial(listens, port)):
        yield port


NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Signer:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    def write(self, folder: Path, name: str) -> None:
        """Both as PEM files."""
        (folder / f"{name}.pem").write_bytes(self.certificate.public_bytes(Encoding.PEM))
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.key").write_bytes(key)


def signer(
    name: str, by: Signer | None = None, usage: x509.ObjectIdentifier | None = None,
    days: tuple[int, int] = (-1, 30), key: Key | None = None,
) -> Signer:  # fmt: skip
    """A certificate, by itself or by another."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + dt.timedelta(days[0]))
        .not_valid_after(NOW + dt.timedelta(days[1]))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
    signs = by.key if by else key
    digest = None if isinstance(signs, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Signer(builder.sign(signs, digest), key)


def said_beforehand(made: Pki, *names: str, by: str = "responder", options: Sequence[str] = ()) -> bytes:
    """What OpenSSL's responder would say of several certificates at once."""
    question = ["openssl", "ocsp", "-issuer", "root.pem", "-no_nonce", "-reqout", "question"]
    for name in names:
        question += ["-cert", f"{name}.pem"]
    answer = ["openssl", "ocsp", "-index", "index.txt", "-CA", "root.pem", "-nmin", "60", "-rsigner", f"{by}.pem"]
    answer += ["-rkey", f"{by}.key", "-reqin", "question", "-respout", "answer", *options]
    for command in (question, answer):
        subprocess.run(command, cwd=made.folder, check=True, capture_output=True, timeout=300)
    return (made.folder / "answer").read_bytes()


@dataclass(frozen=True)
class Pki:
    """An authority, what it signed, and the folder with the files."""

    folder: Path
    root: Signer
    good: Signer
    revoked: Signer
    responder: Signer

    def endpoint(self, url: str, name: str = "good", **rest: Any) -> OcspEndpoint:
        """The question about one of the certificates."""
        file = str(self.folder / f"{name}.pem")
        return OcspEndpoint(HttpEndpoint(url), file, str(self.folder / "root.pem"), **rest)


def pki(folder: Path) -> Pki:
    """An authority with a good and a revoked certificate, a responder and a stamping authority; and a stranger."""
    root = signer("root")
    made = Pki(
        folder, root, signer("good", root), signer("revoked", root),
        signer("responder", root, ExtendedKeyUsageOID.OCSP_SIGNING),
    )  # fmt: skip
    signer("stamps", root, ExtendedKeyUsageOID.TIME_STAMPING).write(folder, "stamps")
    signer("stranger").write(folder, "stranger")
    for name in ("root", "good", "revoked", "responder"):
        getattr(made, name).write(folder, name)
    end = f"{NOW + dt.timedelta(30):%y%m%d%H%M%SZ}"
    lines = []
    for name, state, at in (("good", "V", ""), ("revoked", "R", f"{NOW:%y%m%d%H%M%SZ}")):
        number = f"{getattr(made, name).certificate.serial_number:X}"
        number = "0" * (len(number) % 2) + number
        lines.append(f"{state}\t{end}\t{at}\t{number}\tunknown\t/CN={name}\n")
    (folder / "index.txt").write_text("".join(lines), encoding="ascii")
    return made


@contextlib.contextmanager
def responder(made: Pki) -> Iterator[int]:
    """The port of OpenSSL's responder."""
    (port,) = free_ports(1)
    command = ["openssl", "ocsp", "-port", str(port), "-index", "index.txt", "-CA", "root.pem", "-nmin", "60"]
    command += ["-rsigner", "responder.pem", "-rkey", "responder.key"]
    with running(command, made.folder, functools.partial(listens, port)):
        yield port


STAMPS = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/stamps.pem
signer_key = {folder}/stamps.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
"""


@contextlib.contextmanager
def stamping(made: Pki, changed: Callable[[bytes], bytes] = lambda answer: answer) -> Iterator[int]:
    """The port of OpenSSL's stamping authority behind HTTP, one stamp at a time."""
    folder = made.folder
    (folder / "tsa.cnf").write_text(STAMPS.format(folder=folder), encoding="ascii")
    (folder / "serial").write_text("01\n", encoding="ascii")
    alone = threading.Lock()

    class Stamping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            with alone:
                (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
                command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply"]
                subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
                body = changed((folder / "reply").read_bytes())
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Stamping) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join(120)
