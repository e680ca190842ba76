"""How the process is settled: threads share heaps, counted by the C library itself in a process of its own."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from uptime_daemon.daemon.process import COLLECT_AFTER, HEAPS_MAX, SWITCH_SECONDS

PROGRAM = """
import ctypes, gc, sys, threading
from uptime_daemon.daemon import process

if sys.argv[1] == "settled":
    process.settle()
print(sys.getswitchinterval(), *gc.get_threshold())
held, told = threading.Barrier(7), threading.Barrier(7)

def work():
    kept = [bytearray(3_000) for _ in range(100)]
    held.wait(120)
    told.wait(120)

for _ in range(6):
    threading.Thread(target=work).start()
held.wait(120)
ctypes.CDLL(None).malloc_stats()
told.wait(120)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has a heap for each thread")
def test_threads_share_heaps() -> None:
    """Without the limit each of six has one of its own."""
    counts, words = {}, {}
    for word in ("settled", "free"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, word], capture_output=True, text=True, check=True, timeout=120
        )
        counts[word], words[word] = done.stderr.count("Arena "), done.stdout.split()
    assert counts["settled"] <= HEAPS_MAX < counts["free"]
    assert words["settled"] == [str(SWITCH_SECONDS), *map(str, COLLECT_AFTER)] != words["free"]
