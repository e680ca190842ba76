"""`export evidence`, `verify` and `evidence key`: proof out of the house, and checked without it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from uptime_daemon.cli.claims import ClaimArgument, claims_desk
from uptime_daemon.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    Exit,
    Format,
    FormatOption,
    fail,
    guarded,
    print_json,
    print_rows,
)

exports = typer.Typer(help="What leaves the house.", no_args_is_help=True)
keys = typer.Typer(help="Keys that sign evidence.", no_args_is_help=True)


@exports.command("evidence")
def export_evidence(
    claim: ClaimArgument,
    to: Annotated[Path, typer.Option("--to", help="The file to write.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write the bundle of a claim: of the letter that was approved or drafted, else as things stand."""
    from uptime_daemon.evidence.bundle import ARCHIVE

    if to.exists():
        fail(f"{to} is there already; name another file", Exit.MISTAKE)
    with claims_desk(config) as (desk, now):
        draft = desk.render(claim, now, "", dry_run=True)
        file = next(each for each in draft.files if each.name == ARCHIVE)
        to.write_bytes(file.content)
    typer.echo(f"wrote {to}: {len(file.content):,} bytes, SHA-256 {file.digest}")


def verify(
    bundle: Annotated[Path, typer.Argument(help="An evidence bundle.")],
    key: Annotated[str | None, typer.Option("--key", help="The public key that must have signed it.")] = None,
    shape: FormatOption = Format.TABLE,
) -> None:
    """Check a bundle part by part and judge its case again. Needs no configuration, no database and no network."""
    from uptime_daemon.desk.claims.verification import verified
    from uptime_daemon.evidence.packing import TOTAL_BYTES_MAX, BundleError

    with guarded():
        if bundle.stat().st_size > TOTAL_BYTES_MAX:
            fail(f"{bundle}: it is larger than a bundle can be", Exit.MISTAKE)
        content = bundle.read_bytes()
    try:
        found = verified(content, key)
    except BundleError as error:
        fail(f"{bundle}: {error}", Exit.MISTAKE)
        return
    rows = [{"part": part.name, "agrees": "yes" if part.agrees else "NO", "what": part.words} for part in found.parts]
    if shape is Format.JSON:
        print_json(
            {
                "claim": found.claim,
                "agrees": found.agrees,
                "public_key": found.public_key,
                "versions": dict(found.versions),
                "parts": [{"part": each.name, "agrees": each.agrees, "what": each.words} for each in found.parts],
            }
        )
    else:
        print_rows(("part", "agrees", "what"), rows, shape)
    if shape is Format.TABLE:
        typer.echo(f"{found.claim}: {'everything agrees' if found.agrees else 'it does NOT agree'}")
    if not found.agrees:
        raise typer.Exit(Exit.NO)


@keys.command("key")
def make_key(to: Annotated[Path, typer.Option("--to", help="The file to write, readable by you alone.")]) -> None:
    """Make a key that signs evidence, and show its public part."""
    import os
    import secrets

    from uptime_daemon.evidence.signing import new_key_text, signing_key

    text = new_key_text(secrets.token_bytes)
    try:
        descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as trouble:
        fail(f"{to}: {trouble.strerror}; name another file", Exit.MISTAKE)
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{text}\n")
    typer.echo(f"wrote {to}; name it in uptime.yaml:")
    typer.echo(f'evidence: {{signing_key: "${{file:{to.resolve()}}}"}}')
    typer.echo(f"public key: {signing_key(text).public}")
