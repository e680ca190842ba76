"""A crowd at one address: so many requests a second on kept connections, from a process of its own.

`python -m benchmarks.crowd http://127.0.0.1:8991/ --rate 500 --seconds 20` prints the latencies as JSON. Each is
counted from the instant at which its request was due, so that an answer that holds up the next ones is not forgiven.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from urllib.parse import urlsplit

CONNECTIONS = 50
"""How many connections share the requests: browsers come in many, and one may wait behind another."""


async def _read(reader: asyncio.StreamReader) -> int:
    """One answer with its body; its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    length = next((int(line.partition(":")[2]) for line in lines if line.lower().startswith("content-length:")), 0)
    await reader.readexactly(length)
    return int(lines[0].split(" ")[1])


async def _visitor(url: str, first: float, step: float, until: float, told: list[tuple[float, int]]) -> None:
    """One connection that asks at its turns."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    request = f"GET {path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    due = first
    while due < until:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        writer.write(request)
        status = await _read(reader)
        told.append((time.perf_counter() - due, status))
        due += step
    writer.close()


async def _crowd(url: str, rate: int, seconds: float) -> dict[str, float]:
    told: list[tuple[float, int]] = []
    begun = time.perf_counter() + 0.5
    step = CONNECTIONS / rate
    await asyncio.gather(
        *(_visitor(url, begun + number / rate, step, begun + seconds, told) for number in range(CONNECTIONS))
    )
    took = time.perf_counter() - begun
    latencies = sorted(each for each, _ in told)

    def at(share: float) -> float:
        return round(1_000 * latencies[min(len(latencies) - 1, int(share * len(latencies)))], 2)

    return {
        "requests": len(told),
        "per_second": round(len(told) / took, 1),
        "not_200": sum(status != 200 for _, status in told),
        "p50_ms": at(0.5),
        "p99_ms": at(0.99),
        "longest_ms": at(1),
    }


def main() -> None:
    """Ask, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(_crowd(given.url, given.rate, given.seconds))))


if __name__ == "__main__":
    main()
