"""Who made a bundle: Ed25519 signatures (RFC 8032) over the manifest's bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Callable

KEY_BYTES: Final = 32
"""RFC 8032, section 5.1.5."""


class KeyTextError(ValueError):
    """A text that is no key; the message says what one looks like, never the text itself."""


@dataclass(frozen=True)
class SigningKey:
    """A private key; nothing of it is ever shown."""

    _private: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """The public part, 64 hexadecimal digits."""
        return self._private.public_key().public_bytes_raw().hex()

    def signature(self, content: bytes) -> str:
        """The signature of some bytes, 128 hexadecimal digits."""
        return self._private.sign(content).hex()

    def __repr__(self) -> str:
        """The public part alone."""
        return f"SigningKey(public={self.public})"


def new_key_text(random_bytes: Callable[[int], bytes]) -> str:
    """The text of a new private key: 64 hexadecimal digits."""
    return random_bytes(KEY_BYTES).hex()


def signing_key(text: str) -> SigningKey:
    """The key of a text. Raises `KeyTextError`."""
    try:
        content = bytes.fromhex(text.strip())
    except ValueError:
        content = b""
    if len(content) != KEY_BYTES:
        raise KeyTextError("is no signing key; write the 64 hexadecimal digits of `uptime-daemon evidence key`")
    return SigningKey(Ed25519PrivateKey.from_private_bytes(content))


def is_signed(content: bytes, signature: str, public: str) -> bool:
    """Whether the holder of a public key's private part signed these bytes; texts that are no keys are not."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True
