"""`user password` and `token create`: hashes for the configuration; the secrets themselves are shown once or never."""

from __future__ import annotations

import getpass
import hashlib
import secrets
import sys

import typer

from uptime_daemon.cli.common import Exit, fail

users = typer.Typer(help="People who sign in.", no_args_is_help=True)
tokens = typer.Typer(help="Programs that sign in.", no_args_is_help=True)

PASSWORD_LENGTH_MIN = 12
# RFC 7914 recommends N = 2^14 for interactive use in 2016; 2^15 with r = 8 takes some 0.1 s and 32 MiB today.
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**15, 8, 1
_SCRYPT_MEMORY = 64 * 1024 * 1024


def password_hash(password: str, salt: bytes) -> str:
    """`scrypt$N$r$p$salt$key` in hexadecimal."""
    key = hashlib.scrypt(
        password.encode(), salt=salt, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P, maxmem=_SCRYPT_MEMORY, dklen=32
    )
    return f"scrypt${_SCRYPT_N}${_SCRYPT_R}${_SCRYPT_P}${salt.hex()}${key.hex()}"


@users.command("password")
def user_password() -> None:
    """Ask for a password twice and print its hash for `users:`; from a pipe, one line is read."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            fail("the two passwords differ; type the same one twice", Exit.MISTAKE)
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < PASSWORD_LENGTH_MIN:
        fail(f"a password has at least {PASSWORD_LENGTH_MIN} characters; type a longer one", Exit.MISTAKE)
    typer.echo(password_hash(password, secrets.token_bytes(16)))


@tokens.command("create")
def create_token() -> None:
    """Print a new token, shown only now, and its hash for `tokens:`."""
    token = secrets.token_urlsafe(32)
    typer.echo(f"token: {token}")
    typer.echo(f"hash:  sha256${hashlib.sha256(token.encode()).hexdigest()}")
