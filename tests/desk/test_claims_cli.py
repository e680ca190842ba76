"""The claims commands on a whole configuration: from imported history to an approved letter in the outbox."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from tests.delivery.servers import Mailbox, real_server
from tests.ports import free_ports
from uptime_daemon.cli.main import command_line
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.evidence.bundle import MANIFEST, STATEMENTS
from uptime_daemon.evidence.packing import File, packed, unpacked
from uptime_daemon.store.database import open_store
from uptime_daemon.store.kept import MailKind, MailState

if TYPE_CHECKING:
    from collections.abc import Callable

    from uptime_daemon.settings.values import Settings

CONTRACTS = Path(__file__).parents[2] / "contracts"
CONFIGURATION = """\
database: sqlite:///{folder}/uptime.db
probes: {folder}/probes/
contracts: {folder}/contracts/
listen: 127.0.0.1:0
vantage:
  name: here
  loopback: true
  sentinels: [{{tcp: "127.0.0.1:9", place: one}}, {{tcp: "127.0.0.1:9", place: two}}]
agreements:
  - id: acme
    contract: daktela
    plan: business
    groups: {{service: stand-in/web}}
    starts: 2025-01-01
    reference: {{contract_no: "D-17", customer_no: "4711", service: "Contact centre"}}
    parties: {{customer: {{name: Acme Ltd}}, vendor: {{name: Vendor Ltd}}}}
    fees: [{{from: 2025-01-01, amount: "980.00", currency: EUR, per: month}}]
    parameters: {{claims_address: credits@vendor.example, holidays: CZ}}
    people: {{owner: ana, finance: finance@acme.example, technical: sre@acme.example}}
mail: {{host: 127.0.0.1, port: {port}, tls: none, from: claims@acme.example}}
"""
TENTH = datetime(2026, 10, 10, 9, tzinfo=UTC)
NOW = parse_instant("2026-11-15T12:00:00Z")
"""When the commands are typed."""
PROBES = """\
vendor: stand-in
groups: {web: {title: Web, up: all, probes: [{id: tcp, kind: tcp, host: 127.0.0.1, port: 9}]}}
"""


class Servants:
    """Nothing runs for long here."""

    def run(self, settings: Settings) -> int:
        """Not asked for."""
        raise NotImplementedError(settings)

    def demo(self, folder: Path | None, port: int) -> int:
        """Not asked for."""
        raise NotImplementedError(folder, port)


APP = command_line(Servants())


@pytest.fixture
def command(tmp_path: Path, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Runs a command on a configuration whose last month had an outage of three hours on its tenth day."""
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes" / "stand-in.yaml").write_text(PROBES, encoding="utf-8")
    (tmp_path / "contracts").mkdir()
    shutil.copy(CONTRACTS / "daktela.yaml", tmp_path / "contracts")  # every file is read by every command
    config = tmp_path / "uptime.yaml"
    config.write_text(CONFIGURATION.format(folder=tmp_path, port=unused_tcp_port), encoding="utf-8")
    # A claim has a deadline: on the last day of some months there would be none of the month before any more.
    monkeypatch.setattr(SystemClock, "now", lambda _: NOW)
    rows = [
        f"{day:%Y-%m-%dT%H:%M:%SZ},web,{status}"
        for day, status in [
            *((TENTH - timedelta(days=days), "up") for days in range(12, 0, -1)),
            (TENTH, "down"),
            (TENTH + timedelta(hours=3), "up"),
            *((TENTH + timedelta(days=days), "up") for days in range(1, 30)),
        ]
    ]
    (tmp_path / "history.csv").write_text("\n".join(["time,target,status", *rows]) + "\n", encoding="utf-8")

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(APP, [*words, "--config", str(config)], catch_exceptions=False)
        return done.exit_code, done.output

    open_store(f"sqlite:///{tmp_path / 'uptime.db'}", create=True).close()
    code, output = run("import", "csv", str(tmp_path / "history.csv"), "--kind", "changes", "--map", "web=stand-in/web")
    assert code == 0, output
    return run


@pytest.fixture
def unused_tcp_port() -> int:
    """A port on which nobody listens."""
    return free_ports(1)[0]


def _final(command: Callable[..., tuple[int, str]]) -> str:
    """The number of last month's final claim."""
    assert command("claim", "review")[0] == 0
    _, listed = command("claim", "list", "--format", "json")
    (claim,) = [row for row in json.loads(listed) if row["claim"].endswith(".final")]
    assert claim["claimed"].endswith(" EUR")
    return str(claim["claim"])


def test_from_history_to_the_outbox(command: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    """Review, list, render, approve, send: each command says what it did, and the letter lies in the outbox."""
    claim = _final(command)
    folder = tmp_path / "letter"
    code, rendered = command("claim", "render", claim, "--by", "ana", "--to", str(folder))
    assert code == 0
    assert "Subject: SLA Service Credit - DEMONSTRATION - Contact centre - D-17 - " in rendered
    assert "To: credits@vendor.example" in rendered
    case = (folder / "case.json").read_bytes()
    assert hashlib.sha256(case).hexdigest() in rendered
    assert command("claim", "approve", claim, "--by", "ana", "--dry-run")[0] == 0
    code, approved = command("claim", "approve", claim, "--by", "ana")
    assert (code, approved.startswith(f"approved by ana: {claim}, ")) == (0, True)
    code, sent = command("claim", "send", claim, "--by", "ana")
    assert (code, sent.splitlines()[0]) == (
        0,
        f"in the outbox: {claim} to credits@vendor.example, released by ana",
    )
    store = open_store(f"sqlite:///{tmp_path / 'uptime.db'}", create=False)
    assert sorted(each.mail.kind for each in store.outbox(claim=claim)) == [MailKind.INTERNAL, MailKind.VENDOR]
    store.close()
    code, shown = command("claim", "show", claim)
    assert code == 0
    for step in ("eligible", "approved", "queued", "pending"):
        assert step in shown


def test_evidence_is_judged_alike(command: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    """`evaluate` comes to the letter's amount from the attached case alone."""
    claim = _final(command)
    command("claim", "render", claim, "--to", str(tmp_path / "letter"))
    done = CliRunner().invoke(APP, ["evaluate", str(tmp_path / "letter" / "case.json")])
    assert done.exit_code == 0, done.output
    (statement,) = json.loads(done.output)["statements"]
    letter = (tmp_path / "letter" / "letter.txt").read_text(encoding="utf-8")
    assert statement["credit"]["amount"] + " EUR" in letter
    assert statement["availability"] + "%" in letter


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("claim", "show", "nothing"), "there is no claim 'nothing'; the claims are: "),
        (("claim", "send", "CLAIM"), "and only an approved one is sent"),
        (("claim", "send", "CLAIM", "--again"), "has no mail in the outbox"),
        (("claim", "send", "CLAIM", "--again", "--arrived"), "--again and --arrived contradict each other"),
        (("claim", "approve", "CLAIM", "--digest", "beef"), "not beef; render it, read it again"),
        (("mail", "test", "--to", "nobody"), "has no @"),
    ],
)
def test_refusals_are_mistakes(command: Callable[..., tuple[int, str]], words: tuple[str, ...], message: str) -> None:
    """What the desk refuses ends with exit code 2 and a sentence on what to do."""
    claim = _final(command)
    code, output = command(*(claim if word == "CLAIM" else word for word in words))
    assert code == 2
    assert message in " ".join(output.replace("│", " ").split())


def test_mail_test_without_a_relay_is_trouble(command: Callable[..., tuple[int, str]]) -> None:
    """Nobody listens: exit code 3 and the reason."""
    code, output = command("mail", "test")
    assert code == 3
    assert output.startswith("later: ")


def test_mail_test_shows_the_servers_words(
    command: Callable[..., tuple[int, str]], tmp_path: Path, unused_tcp_port: int
) -> None:
    """One real mail goes through the configured relay; what the server says is printed."""
    mailbox, ready, finished = Mailbox(), threading.Event(), threading.Event()

    async def serve() -> None:
        async with real_server(mailbox) as port:
            config = tmp_path / "uptime.yaml"
            text = config.read_text(encoding="utf-8").replace(f"port: {unused_tcp_port}", f"port: {port}")
            config.write_text(text, encoding="utf-8")
            ready.set()
            await asyncio.to_thread(finished.wait, 60)

    server = threading.Thread(target=asyncio.run, args=(serve(),))
    server.start()
    assert ready.wait(120)
    code, output = command("mail", "test", "--to", "ana@acme.example")
    finished.set()
    server.join(120)
    assert (code, output.strip()) == (0, "sent: 250 2.0.0 queued as 4711")
    assert [envelope.rcpt_tos for envelope in mailbox.received] == [["ana@acme.example"]]


def _posted(command: Callable[..., tuple[int, str]], tmp_path: Path) -> str:
    """The number of a claim whose letter the relay has taken."""
    claim = _final(command)
    command("claim", "approve", claim, "--by", "ana")
    command("claim", "send", claim, "--by", "ana")
    store = open_store(f"sqlite:///{tmp_path / 'uptime.db'}", create=False)
    (mail,) = [each for each in store.outbox(claim=claim) if each.mail.kind is MailKind.VENDOR]
    store.mark(mail.id, MailState.PENDING, MailState.SENDING)
    store.mark(mail.id, MailState.SENDING, MailState.DOUBTFUL, error="the line broke after DATA")
    store.close()
    code, output = command("claim", "send", claim, "--arrived", "--by", "ana")
    assert code == 0, output
    return claim


def test_from_the_vendors_figures_to_the_settlement(command: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    """Acknowledged, countered with two hours of our three, disputed, settled: each command says what it did."""
    claim = _posted(command, tmp_path)
    assert command("claim", "acknowledge", claim, "--reference", "V-1", "--by", "ana") == (
        0,
        f"acknowledged: {claim}\n",
    )
    admitted = tmp_path / "admitted.yaml"
    admitted.write_text(
        f'- {{from: "{TENTH:%Y-%m-%dT%H:%M:%SZ}", to: "{TENTH + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"}}\n',
        encoding="utf-8",
    )
    words = ("claim", "counter", claim, "--outages", str(admitted), "--by", "ana")
    code, output = command(*words)
    assert code == 0
    assert "  2:00:00" in output
    assert "undisputed: 78.40 EUR" in output
    code, output = command(*words, "--format", "json")
    (row,) = json.loads(output)["outages"]
    assert row["both_seconds"] == "7200"
    assert command("claim", "dispute", claim, "--reason", "Three hours.", "--by", "ana")[0] == 0
    code, output = command("claim", "settle", claim, "--amount", "10.00", "--reference", "CN-7", "--by", "ana")
    assert (code, output) == (0, f"settled: {claim}, 10.00 EUR\n")
    _, shown = command("claim", "show", claim)
    for step in ("acknowledged", "countered", "disputed", "credited", "settled"):
        assert step in shown


def test_figures_that_are_none_are_refused(command: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    """A file that is no list of stretches is a mistake with its line."""
    claim = _posted(command, tmp_path)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text('- {from: "2026-06-01T10:00:00Z", to: "2026-06-01T09:00:00Z"}\n', encoding="utf-8")
    code, output = command("claim", "counter", claim, "--outages", str(wrong), "--by", "ana")
    assert code == 2
    assert f"{wrong}:1: " in output
    code, output = command("claim", "settle", claim, "--amount", "ten", "--by", "ana")
    assert code == 2
    assert "'ten' is no amount such as 1250.75" in output


def test_bundle_out_and_verified(command: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    """The bundle of a claim is judged again by `verify` alone, signed, and one changed byte is found."""
    made = CliRunner().invoke(APP, ["evidence", "key", "--to", str(tmp_path / "evidence.key")])
    assert made.exit_code == 0, made.output
    assert (tmp_path / "evidence.key").stat().st_mode & 0o777 == 0o600
    public = made.output.rsplit("public key: ", 1)[1].strip()
    config = tmp_path / "uptime.yaml"
    config.write_text(
        config.read_text(encoding="utf-8") + f'evidence: {{signing_key: "${{file:{tmp_path}/evidence.key}}"}}\n',
        encoding="utf-8",
    )
    claim = _final(command)
    whole = tmp_path / "evidence.zip"
    code, output = command("export", "evidence", claim, "--to", str(whole))
    assert code == 0, output
    assert command("export", "evidence", claim, "--to", str(whole))[0] == 2  # nothing is overwritten
    done = CliRunner().invoke(APP, ["verify", str(whole), "--key", public])
    assert done.exit_code == 0, done.output
    assert "the case judged again gives the same statements" in done.output
    assert done.output.endswith(f"{claim}: everything agrees\n")
    other = CliRunner().invoke(APP, ["verify", str(whole), "--key", "ab" * 32, "--format", "json"])
    assert other.exit_code == 1
    assert json.loads(other.output)["parts"][-1]["part"] == "key"
    with zipfile.ZipFile(whole) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    for inside in ("ana", "finance@", "conservative", "needs_review", "hunter2"):
        assert not [name for name, text in texts.items() if inside in text], inside
    damaged = bytearray(whole.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    whole.write_bytes(damaged)
    assert CliRunner().invoke(APP, ["verify", str(whole)]).exit_code in {1, 2}


def test_a_forged_figure_is_found(command: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    """Statements and manifest changed together, unsigned: the case judged again tells."""
    claim = _final(command)
    whole = tmp_path / "evidence.zip"
    command("export", "evidence", claim, "--to", str(whole))
    files = dict(unpacked(whole.read_bytes()))
    files[STATEMENTS] = files[STATEMENTS].replace(b'"99.', b'"98.')
    manifest = json.loads(files[MANIFEST])
    for entry in manifest["files"]:
        content = files[entry["name"]]
        entry |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    files[MANIFEST] = json.dumps(manifest).encode()
    whole.write_bytes(packed(File(name, "", content) for name, content in files.items()))
    done = CliRunner().invoke(APP, ["verify", str(whole)])
    assert done.exit_code == 1
    assert "the case judged again gives other statements" in done.output
    assert done.output.endswith(f"{claim}: it does NOT agree\n")
