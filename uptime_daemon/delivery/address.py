"""Mail addresses that can safely stand in a header and on an SMTP command line."""

from __future__ import annotations

import re
from typing import Final

# The dot-atom of RFC 5322, section 3.2.3: no quoting, no comment, no folding, so nothing can hide in it.
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")
_ADDRESS_CHARACTERS_MAX: Final = 254
"""RFC 5321, section 4.5.3.1.3: a path has 256 octets, two of them angle brackets."""


class AddressError(ValueError):
    """A text that is no mail address we would write to."""


def mail_address(text: str) -> str:
    """The address with its domain in ASCII (IDNA); `AddressError` says what is wrong with anything else."""
    if any(not character.isprintable() for character in text):
        raise AddressError(f"{text!r} holds a line break or control character; write one address")
    local, at, domain = text.rpartition("@")
    if not at:
        raise AddressError(f"{text!r} has no @; write an address such as claims@vendor.example")
    if not _LOCAL.fullmatch(local):
        raise AddressError(f"{text!r}: {local!r} before the @ is none that every mail server takes (ASCII, no spaces)")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_domain = ""
    if not ascii_domain or not all(_LABEL.fullmatch(label) for label in ascii_domain.split(".")):
        raise AddressError(f"{text!r}: {domain!r} after the @ is no domain name")
    address = f"{local}@{ascii_domain}"
    if len(address) > _ADDRESS_CHARACTERS_MAX:
        raise AddressError(f"{text[:40]!r}... is longer than {_ADDRESS_CHARACTERS_MAX} characters")
    return address
