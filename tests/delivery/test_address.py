"""Which texts are mail addresses that we would write to."""

from __future__ import annotations

import pytest

from uptime_daemon.delivery.address import AddressError, mail_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("credits@vendor.example", "credits@vendor.example"),
        ("first.last+sla@mail.vendor.example", "first.last+sla@mail.vendor.example"),
        ("claims@příklad.example", "claims@xn--pklad-zsa96e.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_addresses(text: str, address: str) -> None:
    """A plain address is taken as it is, a domain of other letters in its ASCII form."""
    assert mail_address(text) == address


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a@vendor.example\r\nBcc: all@vendor.example", "line break"),
        ("a@vendor.example\x00", "control character"),
        ("finance", "has no @"),
        ("", "has no @"),
        ("@vendor.example", "before the @"),
        ("a b@vendor.example", "before the @"),
        ('"a b"@vendor.example', "before the @"),
        ("a..b@vendor.example", "before the @"),
        ("Ana <ana@vendor.example>", "before the @"),
        ("a@b@vendor.example", "before the @"),
        ("a@", "after the @"),
        ("a@-vendor.example", "after the @"),
        ("a@vendor..example", "after the @"),
        ("a@vendor.example>", "after the @"),
        ("a@" + "x" * 64 + ".example", "after the @"),
        ("a" * 250 + "@vendor.example", "longer than 254"),
    ],
)
def test_what_is_no_address(text: str, message: str) -> None:
    """Line breaks, missing parts, quoting and anything else that could hide a second address are refused by name."""
    with pytest.raises(AddressError, match=message):
        mail_address(text)
