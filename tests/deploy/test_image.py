"""The image: what the Dockerfile copies, and the daemon started from what `make image` has built."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.daemon.running import PATIENCE_SECONDS, Running, files, listener, logged, service, until_ready

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
CONFIGURATION, STATE = "/etc/uptime-daemon", "/var/lib/uptime-daemon"
"""Where the image looks for its files and keeps its record."""
BUILD_SECONDS_MAX = 1_500
"""A first build bootstraps Debian: two minutes on an idle machine."""


def test_dockerfile_is_clean() -> None:
    """Hadolint has nothing to say about the Dockerfile."""
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_image_context_holds_what_the_dockerfile_copies() -> None:
    """Every path that the Dockerfile copies from the checkout exists and is let through by .dockerignore."""
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    copied = {path.rstrip("/") for line in copies for path in line.split()}
    let_through = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert copied
    assert {path for path in copied if f"!{path.split('/')[0]}" not in let_through} == set()
    assert {path for path in copied if not (ROOT / path).exists()} == set()


@dataclass(frozen=True)
class Image:
    """An unpacked image."""

    root: Path
    says: Mapping[str, Any]
    """What the image says of how it is started."""

    def argv(self, arguments: Sequence[str], binds: Mapping[Path, str]) -> list[str]:
        """What starts a command as an engine does for `run --read-only --security-opt no-new-privileges`.

        The image's user, folder and variables hold; `binds` are folders of this machine and where they are seen, as
        `--volume` does; nothing else but /tmp is writable; processes are its own, the network is this machine's.
        """
        root = str(self.root)
        script = "\n".join([
            "set -eu",
            f"mount --rbind {root} {root}",
            f"mount -o remount,bind,ro {root}",
            f"mount -t tmpfs tmpfs {root}/tmp",  # noqa: S108 - the image's own
            f"mount -t proc proc {root}/proc",
            *(f"mount --bind {source} {root}{seen}" for source, seen in binds.items()),
            'exec setpriv --no-new-privs unshare --root="$1" --wd="$2" --setgid "$3" --setuid "$4" env -i "${@:5}"',
        ])  # fmt: skip
        user, group = self.says["User"].split(":")
        started = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", script, "started"]
        return [*started, root, self.says["WorkingDir"], group, user, *self.says["Env"], *arguments]

    def done(self, arguments: Sequence[str], binds: Mapping[Path, str]) -> tuple[int, str]:
        """A command's exit code and what it printed."""
        argv = self.argv(arguments, binds)
        done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        return done.returncode, done.stdout + done.stderr


def _built(archive: Path, **variables: str) -> None:
    """Build the image; layers and wheels of former builds are used again."""
    make = [ROOT / ".ci" / "make-image", archive, Path(sys.executable).with_name("pip")]
    build = subprocess.run(
        make, cwd=ROOT, env=os.environ | variables, check=False, capture_output=True, text=True,
        timeout=BUILD_SECONDS_MAX,
    )  # fmt: skip
    assert build.returncode == 0, build.stdout[-4_000:] + build.stderr[-4_000:]


def _manifest(archive: Path) -> Mapping[str, Any]:
    with tarfile.open(archive) as outer:
        member = outer.extractfile("manifest.json")
        assert member is not None
        (only,) = json.load(member)
    return dict(only)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that `make image` writes."""
    path = tmp_path_factory.mktemp("archive") / "image.tar"
    _built(path)
    return path


@pytest.fixture(scope="module")
def image(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The archive unpacked as an engine does: its layers in order, with owners and modes."""
    root = tmp_path_factory.mktemp("root")
    root.chmod(0o755)
    manifest = _manifest(archive)
    with tarfile.open(archive) as outer:
        for name in manifest["Layers"]:
            with tarfile.open(fileobj=outer.extractfile(name)) as layer:
                assert not any("/.wh." in member.name for member in layer.getmembers()), "nothing is taken back"
                layer.extractall(root, filter="fully_trusted", numeric_owner=True)  # noqa: S202 - built here
    return Image(root, _says(archive))


@asynccontextmanager
async def _running(image: Image, folder: Path, service_port: int, sentinels: tuple[int, int]) -> AsyncIterator[Running]:
    """The daemon as the image starts it by itself, on files and a volume of this machine."""
    own = files(folder / "own", service_port, sentinels)
    text = own.configuration.read_text()
    own.configuration.write_text(text.replace("sqlite:///uptime.db", f"sqlite:///{STATE}/uptime.db"))
    volume = folder / "volume"
    volume.mkdir()
    os.chown(volume, *map(int, image.says["User"].split(":")))
    argv = image.argv([*image.says["Entrypoint"], *image.says["Cmd"]], {own.folder: CONFIGURATION, volume: STATE})
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    log: list[str] = []
    daemon = Running(own, process, log, asyncio.create_task(logged(process, log)))
    try:
        await until_ready(daemon)
        yield daemon
    finally:
        if process.returncode is None:
            # A change of user takes the signal at a parent's death away, so the first process is killed itself.
            os.kill(_first_process(process.pid)[0], signal.SIGKILL)
            await process.wait()
        await daemon.reading


def _first_process(starter: int) -> tuple[int, dict[str, str]]:
    """The process with id 1 in the container that `unshare` has started, and what the kernel says of it."""
    first = int(Path(f"/proc/{starter}/task/{starter}/children").read_text().split()[0])
    lines = Path(f"/proc/{first}/status").read_text().splitlines()
    return first, dict(line.split(":\t", 1) for line in lines)


@pytest.mark.prove
@pytest.mark.needs_root
@pytest.mark.needs_command("buildah", "mmdebstrap")
async def test_the_daemon_runs_from_its_image(image: Image, tmp_path: Path) -> None:
    """Not root, on a root file system that nobody can write: it measures, answers its health check and ends cleanly."""
    async with (
        service() as watched,
        listener() as one,
        listener() as two,
        _running(image, tmp_path, watched.port, (one.port, two.port)) as daemon,
    ):
        await daemon.until_metric('group_up{group="acme/voice"}', "1")
        await watched.become("errors")
        await daemon.until_metric('group_up{group="acme/voice"}', "0")
        first, status = _first_process(daemon.process.pid)
        assert (status["Uid"].split(), status["Gid"].split()) == (["10001"] * 4, ["10001"] * 4)
        assert (int(status["CapEff"], 16), status["NoNewPrivs"], status["Name"]) == (0, "1", "uptime-daemon")
        volume = tmp_path / "volume"
        assert (volume / "uptime.db").stat().st_uid == 10001
        binds = {daemon.files.folder: CONFIGURATION, volume: STATE}
        healthcheck = image.says["Healthcheck"]["Test"][1:]
        assert await asyncio.to_thread(image.done, healthcheck, binds) == (0, "healthy\n")
        code, said = await asyncio.to_thread(image.done, ["touch", "/opt/venv/x", "/etc/x", "/x", "x"], binds)
        assert code == 1
        assert said.count("Read-only file system") == 3
        assert (volume / "x").exists()
        os.kill(first, getattr(signal, image.says["StopSignal"]))
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await daemon.process.wait() == 0
        await daemon.until_logged("event=stopped")
        code, said = await asyncio.to_thread(image.done, healthcheck, binds)
        assert code == 1
        assert said.startswith("unhealthy: ")


@pytest.mark.prove
@pytest.mark.needs_root
@pytest.mark.needs_command("buildah", "mmdebstrap")
def test_the_image_holds_what_it_needs_and_no_more(image: Image) -> None:
    """Extras and shipped contracts are in it; no tests, no tools of the build, no program that gains rights."""
    code, said = image.done(["python", "-c", "import re2, rfc3161_client, typst, tzdata; print(typst.__name__)"], {})
    assert (code, said) == (0, "typst\n")
    code, said = image.done(["uptime-daemon", "--version"], {})
    assert code == 0
    assert re.fullmatch(r"uptime-daemon \d+\.\d+\.\d+\n", said)
    installed = next((image.root / "opt/venv/lib").glob("python3*/site-packages"))
    assert {each.stem for each in (ROOT / "contracts").glob("*.yaml")} <= {
        each.stem for each in (installed / "uptime_daemon" / "_data" / "contracts").glob("*.yaml")
    }
    sources = [each for each in installed.rglob("*.py") if each.stat().st_size]
    assert sources
    compiled = {each.name.split(".")[0] for each in (installed / "uptime_daemon").rglob("*.pyc")}
    assert {each.stem for each in (installed / "uptime_daemon").rglob("*.py")} <= compiled
    assert not (installed / "pip").exists()
    assert not (installed / "hatchling").exists()
    assert list((image.root / "build").glob("*")) == []


@pytest.mark.prove
@pytest.mark.needs_root
@pytest.mark.needs_command("buildah", "mmdebstrap")
def test_a_second_build_gives_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    """Built once more on the same base: the same layers to the byte, started in the same way.

    The archive as a whole differs: Docker's format keeps the name of the container in which the image was made.
    """
    again = tmp_path / "again.tar"
    _built(again, TAG="localhost/uptime-daemon:again")
    assert _manifest(again)["Layers"] == _manifest(archive)["Layers"]
    assert _says(again) == _says(archive)
    again.unlink()


def _says(archive: Path) -> dict[str, Any]:
    """How the image is started, without the name of the container in which it was made."""
    with tarfile.open(archive) as outer:
        member = outer.extractfile(_manifest(archive)["Config"])
        assert member is not None
        says = json.load(member)["config"]
    return {key: value for key, value in says.items() if key != "Hostname"}
