"""The demonstration as somebody meets it: started by its command, broken by its buttons, ended by Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import socket
import sys
import urllib.request
from pathlib import Path
from typing import Any

from tests.daemon.running import PATIENCE_SECONDS, command, until
from tests.ports import free_ports
from uptime_daemon.demo.mailbox import Received, kept

SOMETHING_TO_SEE_SECONDS = 60
"""Of the processor until then: an idle machine needs as long, and that one is busy with other things says nothing."""


async def fetched(url: str, body: bytes | None = None) -> str:
    """What a page says."""

    def fetch() -> str:
        with urllib.request.urlopen(url, data=body, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - our own address
            return str(answer.read().decode())

    return await asyncio.to_thread(fetch)


class Met:
    """A demonstration that runs."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.configuration = str(folder / "uptime.yaml")

    async def shows(self, offset: int, text: str) -> None:
        """Wait until the page of a port shows a text."""

        async def holds() -> bool:
            try:
                return text in await fetched(f"http://127.0.0.1:{self.port + offset}/")
            except OSError:
                return False

        await until(holds, lambda: f"{text!r} is not on the page of port {self.port + offset}")

    async def switch(self, function: str, kind: str) -> None:
        """Press a button."""
        page = await fetched(f"http://127.0.0.1:{self.port + 2}/faults/{function}?kind={kind}", b"")
        assert "Stand-in vendor" in page  # a browser is led back to the page

    async def receives(self, recipient: str, subject: str) -> Received:
        """Wait until a letter has arrived."""
        found: list[Received] = []

        async def holds() -> bool:
            found[:] = [
                letter
                for letter in await asyncio.to_thread(kept, self.folder / "mail")
                if letter.header("To") == recipient and subject in letter.header("Subject")
            ]
            return bool(found)

        await until(holds, lambda: f"no letter {subject!r} to {recipient}")
        return found[0]

    async def claims(self) -> list[Any]:
        """The claims by the command line."""
        code, text = await command("claim", "list", "--format", "json", "--config", self.configuration)
        assert code == 0, text
        return list(json.loads(text))


def worked_seconds(process: int) -> float:
    """Time of the processor that a process has taken (proc_pid_stat(5), fields 14 and 15)."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def documented_examples(port: int) -> None:
    """Every command of the page on the API runs as it stands, and answers as the page says."""
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    commands = [line.removeprefix("$ ") for line in page.splitlines() if line.startswith("$ curl ")]
    assert len(commands) == 9
    for line in commands:
        process = await asyncio.create_subprocess_exec(
            *shlex.split(line.replace(":8990/", f":{port}/")), stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await process.communicate()
        content = json.loads(printed)
        if "limit=0" in line:
            assert printed.decode().strip() in page
        elif "targets" in line:
            assert content
        elif "-d" in shlex.split(line):
            assert content["fact"]["body"]["channel"] == "phone"
        else:
            assert "error" not in content, line
            assert content["demonstration"] is True


async def test_a_newcomer_sees_the_whole_way_through(tmp_path: Path) -> None:
    """States, a breach, its explanation, its claim and letter; an outage by a button; a clean end."""
    folder, (port, *_) = tmp_path / "demo", free_ports(5)
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("uptime-daemon")), "demo", "--folder", str(folder), "--port", str(port),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=tmp_path,
    )  # fmt: skip
    try:
        met = Met(folder, port)
        await met.shows(1, "All up")
        finance = await met.receives("finance@acme.example", "Claim eligible: 39.20 EUR")
        assert worked_seconds(process.pid) < SOMETHING_TO_SEE_SECONDS
        assert finance.header("Subject").startswith("DEMONSTRATION")
        await met.shows(0, "breach proven")

        code, text = await command(
            "explain", "--config", met.configuration, "--agreement", "acme-daktela", "--period", "last"
        )
        assert (code, "credit" in text, "39.20 EUR" in text) == (0, True, True)

        await documented_examples(port)

        await met.switch("inbound", "refuses")
        await met.shows(1, "Inbound calls: down")
        started = await met.receives("sre@acme.example", "Outage started")
        assert "acme-oki-toki" in started.header("Subject")  # the other agreement is up while one function is
        await met.switch("inbound", "none")
        await met.shows(1, "All up")

        (claim,) = [each["claim"] for each in await met.claims() if each["state"] == "eligible"]
        for step in ("approve", "send"):
            code, text = await command("claim", step, "--by", "ana", "--config", met.configuration, claim)
            assert code == 0, text
        letter = await met.receives("credits@vendor.example", "SLA Service Credit")
        assert "39.20 EUR" in letter.text
        assert letter.html is not None
        assert "DEMONSTRATION" in letter.html
        names = [name for name, _, _ in letter.files]
        assert names == ["letter.pdf", "case.json", "outages.csv", "evidence.zip"]
        shown = await fetched(f"http://127.0.0.1:{port + 2}/letters/{letter.number}/files/{names.index('case.json')}")
        (tmp_path / "case.json").write_text(shown)
        code, text = await command("evaluate", str(tmp_path / "case.json"))
        assert code == 0, text
        assert json.loads(text)["statements"][0]["credit"]["amount"] == "39.20"

        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE_SECONDS):
            output, log = await process.communicate()
        assert process.returncode == 0, log.decode()
        assert f"curl -X POST 'http://127.0.0.1:{port + 2}/faults/inbound?kind=errors'" in output.decode()
        assert "Traceback" not in log.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    """A demonstration writes into a new folder or one of its own."""
    (tmp_path / "thesis.txt").write_text("years of work")
    code, text = await command("demo", "--folder", str(tmp_path))
    assert code == 2
    assert "holds other files; name a new folder" in text
    assert not (tmp_path / "uptime.yaml").exists()


async def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    """Also one of the four neighbours."""
    first, *_ = free_ports(5)
    with socket.create_server(("127.0.0.1", first + 1)):
        code, text = await command("demo", "--folder", str(tmp_path / "demo"), "--port", str(first))
    assert code == 3
    assert f"cannot listen on 127.0.0.1:{first + 1}" in text
    assert "Traceback" not in text
