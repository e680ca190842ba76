"""`make explanations`: what `probe --debug` says of every kind at its real peer, as a page of the documentation."""

from __future__ import annotations

import re
import tempfile
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trustme

from tests.probers.debugging import EXAMPLES, ROOT, world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.probers.debugging import Example, World

PAGE: Final = ROOT / "docs" / "probe-debug.md"
_HEAD: Final = """\
# What `probe --debug` says

Written by `make explanations`: `uptime-daemon probe VENDOR/ID --debug` tried each kind of probe at its real peer, as it
should be and as it goes wrong. The peers were nginx, knot, kamailio with sipp as the telephone, OpenSMTPD and aiosmtpd,
OpenSSL's responder and stamping authority, the monitoring plugins, and curl as the one who reports. Durations and
instants are those of that run; usual ports and the folder `/etc/acme` stand for its own.

Nothing is recorded. The exit code is 0 if the attempt passes, else 1. Without `--debug` the first line comes alone.

| line | what it tells |
|---|---|
| the first | The outcome as the daemon would record it, its [reason](outcomes.md), how long it took, how far it came. |
| `whose` | Whether it is the endpoint's, and of which class, or ours. |
| `why` | What went wrong, in one line. |
| `doubted` | What the prober saw, where the sentinels make it ours. |
| `tried`, `at` | What was asked, when, and from which vantage. No query, no header, no password. |
| `on the way` | Redirects, answered challenges, the steps of a scenario. |
| `name`, `tcp`, `tls`, `answer` | How long each phase took; the one in which an attempt ended early is not done. |
| `peer` | The address that answered or refused. |
| `certificate` | Whose it is, and when the first of the vendor's chain ends; also of one that was refused. |
| `status` | The protocol's status code. |
| `holds`, `down`, `slow`, `notice` | Each check with what was expected and what came; what it means not to hold. |
| `said` | The first part of the answer. Words of our request that may be secret are `***`. |
| `sentinel` | What each sentinel says, who are asked if an attempt fails. |
"""


def section(page: str, example: Example) -> tuple[str, str]:
    """The definition and the output of an example on the page; both empty where it is missing."""
    heading = re.escape(f"### {example.title}\n")
    fences = r"\n```yaml\n(?P<probe>.*?)```\n\n```text\n(?P<output>.*?)```"
    found = re.search(heading + fences, page, re.DOTALL)
    return (found["probe"], found["output"]) if found else ("", "")


def written(peers: World) -> str:
    """The page."""
    return "\n".join([_HEAD, *_sections(peers)])


def _sections(peers: World) -> Iterator[str]:
    for kind, examples in groupby(EXAMPLES, key=lambda each: each.kind):
        yield f"## `{kind}`\n"
        for example in examples:
            _, output = peers.told(example)
            yield f"### {example.title}\n\n```yaml\n{example.page_text()}```\n\n```text\n{output}```\n"


def main() -> None:
    """Write it."""
    with tempfile.TemporaryDirectory() as name, world(Path(name), trustme.CA()) as peers:
        PAGE.write_text(written(peers), encoding="utf-8")


if __name__ == "__main__":
    main()
