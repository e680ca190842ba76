"""Money is whole minor units, ratios are exact, and each rounding rule is known on both sides of every half."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime_daemon.core.terms.money import (
    Money,
    Rounding,
    decimal_text,
    exponent,
    parse_money,
    ratio_text,
    rounded,
    share,
)

RULES: Final = ("half_up", "half_even", "floor", "ceiling")
OF_DECIMAL: Final = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.FLOOR: ROUND_FLOOR,
    Rounding.CEILING: ROUND_CEILING,
}

fractions = st.fractions(min_value=-1_000, max_value=1_000, max_denominator=10_000)
currencies = st.sampled_from(["EUR", "JPY", "KWD", "RSD", "CLF"])


@pytest.mark.parametrize(
    ("exact", "half_up", "half_even", "floor", "ceiling"),
    [
        # exact, then what each rule makes of it
        ("2", 2, 2, 2, 2),
        ("2.4999999999", 2, 2, 2, 3),
        ("2.5", 3, 2, 2, 3),
        ("2.5000000001", 3, 3, 2, 3),
        ("3.5", 4, 4, 3, 4),
        ("0.5", 1, 0, 0, 1),
        ("0.4999999999", 0, 0, 0, 1),
        ("0", 0, 0, 0, 0),
        ("-0.4999999999", 0, 0, -1, 0),
        ("-0.5", -1, 0, -1, 0),
        ("-2.4999999999", -2, -2, -3, -2),
        ("-2.5", -3, -2, -3, -2),
        ("-2.5000000001", -3, -3, -3, -2),
        ("-3.5", -4, -4, -4, -3),
        ("7504.5", 7505, 7504, 7504, 7505),
    ],
)
def test_rounding_on_both_sides_of_halves(exact: str, half_up: int, half_even: int, floor: int, ceiling: int) -> None:
    """Each rule is pinned below, on and above a half, for amounts and for deductions."""
    made = {rule.value: rounded(Fraction(exact), rule) for rule in Rounding}
    assert made == dict(zip(RULES, (half_up, half_even, floor, ceiling), strict=True))


@given(st.decimals(min_value=-1_000_000, max_value=1_000_000, places=3), st.sampled_from(Rounding))
def test_rounding_is_that_of_decimal_arithmetic(exact: Decimal, rule: Rounding) -> None:
    """The rules are those of the General Decimal Arithmetic specification."""
    assert rounded(Fraction(exact), rule) == int(exact.to_integral_value(OF_DECIMAL[rule]))


@given(fractions, fractions, st.sampled_from(Rounding))
def test_rounding_keeps_order(one: Fraction, other: Fraction, rule: Rounding) -> None:
    """A larger value never becomes the smaller whole number, and none moves by a whole unit."""
    low, high = sorted((one, other))
    assert rounded(low, rule) <= rounded(high, rule)
    assert abs(rounded(one, rule) - one) < 1


@pytest.mark.parametrize(
    ("amount", "currency", "minor", "shown"),
    [
        ("1250.75", "EUR", 125_075, "1250.75"),
        ("1250.7", "EUR", 125_070, "1250.70"),
        ("0.05", "EUR", 5, "0.05"),
        ("-0.05", "EUR", -5, "-0.05"),
        ("-12.30", "EUR", -1_230, "-12.30"),
        ("007", "EUR", 700, "7.00"),
        ("980", "RSD", 98_000, "980.00"),  # CLDR shows none of the dinar's digits, ISO 4217 has two
        ("980", "JPY", 980, "980"),
        ("-980", "JPY", -980, "-980"),
        ("0.005", "KWD", 5, "0.005"),
        ("12.3", "TND", 12_300, "12.300"),
        ("1.0001", "CLF", 10_001, "1.0001"),
    ],
)
def test_amounts_are_read_and_shown_in_minor_units(amount: str, currency: str, minor: int, shown: str) -> None:
    """An amount has exactly the digits of its currency's minor unit: none, two, three or four."""
    money = parse_money(amount, currency)
    assert money == Money(minor, currency)
    assert str(money) == shown


@pytest.mark.parametrize(("currency", "digits"), [("JPY", 0), ("KRW", 0), ("EUR", 2), ("CZK", 2), ("BHD", 3)])
def test_exponents_of_currencies(currency: str, digits: int) -> None:
    """ISO 4217 says how many digits a minor unit has."""
    assert exponent(currency) == digits


@pytest.mark.parametrize(
    ("amount", "currency", "message"),
    [
        ("1.005", "EUR", r"'1.005' has more digits than EUR has minor units"),
        ("1.5", "JPY", r"'1.5' has more digits than JPY has minor units"),
        ("1.0005", "KWD", r"'1.0005' has more digits than KWD has minor units"),
        ("1,50", "EUR", r"'1,50' is no amount"),
        ("1e3", "EUR", r"'1e3' is no amount"),
        ("+1", "EUR", r"'\+1' is no amount"),
        ("1.", "EUR", r"'1\.' is no amount"),
        (".5", "EUR", r"'\.5' is no amount"),
        (" 1", "EUR", r"' 1' is no amount"),
        ("1/3", "EUR", r"'1/3' is no amount"),
        ("1_000", "EUR", r"'1_000' is no amount"),
        ("١", "EUR", r"is no amount"),  # an Arabic digit, which int() would take
        ("", "EUR", r"'' is no amount"),
        ("nan", "EUR", r"'nan' is no amount"),
        ("1", "eur", r"'eur' is no currency code"),
        ("1", "EURO", r"'EURO' is no currency code"),
        ("1", "", r"'' is no currency code"),
        ("1", "ЕUR", r"is no currency code"),  # a Cyrillic letter that looks Latin
    ],
)
def test_what_is_no_amount_is_refused(amount: str, currency: str, message: str) -> None:
    """Only plain decimals within the currency's digits are amounts; the message repeats what was written."""
    with pytest.raises(ValueError, match=message):
        parse_money(amount, currency)


@pytest.mark.parametrize(("amount", "minor"), [("1.00", 100), ("1.000", 100), ("1.50000", 150)])
def test_zeros_beyond_the_minor_unit_change_nothing(amount: str, minor: int) -> None:
    """An amount may be written with more zeros than the currency has digits: it is exact all the same."""
    assert parse_money(amount, "EUR").minor == minor


@given(st.integers(), currencies)
def test_amounts_survive_their_text(minor: int, currency: str) -> None:
    """Every amount is read back from its own text."""
    assert parse_money(str(Money(minor, currency)), currency) == Money(minor, currency)


def test_amounts_of_one_currency_add_and_compare() -> None:
    """Sums and comparisons are those of the minor units."""
    assert Money(5, "EUR") + Money(-7, "EUR") == Money(-2, "EUR")
    assert Money(5, "EUR") < Money(7, "EUR")
    assert not Money(7, "EUR") < Money(7, "EUR")
    assert min(Money(5, "EUR"), Money(-7, "EUR")) == Money(-7, "EUR")


def test_currencies_never_mix() -> None:
    """Adding or comparing two currencies is an error, not a number."""
    with pytest.raises(ValueError, match="EUR and CZK are never added or compared"):
        Money(1, "EUR") + Money(1, "CZK")
    with pytest.raises(ValueError, match="EUR and CZK are never added or compared"):
        assert Money(1, "EUR") < Money(1, "CZK")


@pytest.mark.parametrize(
    ("rule", "minor"),
    [(Rounding.HALF_UP, 7_505), (Rounding.HALF_EVEN, 7_504), (Rounding.FLOOR, 7_504), (Rounding.CEILING, 7_505)],
)
def test_a_share_is_rounded_once(rule: Rounding, minor: int) -> None:
    """6 % of 1250.75 is 75.045 exactly: the rule decides the last cent, binary floats do not."""
    assert share(Money(125_075, "EUR"), Fraction(6, 100), rule) == Money(minor, "EUR")


@pytest.mark.parametrize(
    ("exact", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(5), "5"),
        (Fraction(-5), "-5"),
        (Fraction(1, 2), "0.5"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(75_045, 1_000), "75.045"),
        (Fraction(100, 3), "100/3"),
        (Fraction(-2, 3), "-2/3"),
        (Fraction(1, 10**20), "0." + "0" * 19 + "1"),
        (Fraction(1, 10**21), f"1/{10**21}"),
    ],
)
def test_decimal_text(exact: Fraction, text: str) -> None:
    """A fraction is written as a decimal where one of at most twenty digits is exact, else as p/q."""
    assert decimal_text(exact) == text


@given(fractions)
def test_decimal_text_is_exact(exact: Fraction) -> None:
    """Whatever is written means the same number."""
    assert Fraction(decimal_text(exact)) == exact


@pytest.mark.parametrize(
    ("exact", "text"),
    [
        (Fraction(1), "1"),
        (Fraction(0), "0"),
        (Fraction(999, 10), "99.9"),
        (Fraction(100), "100"),
        (Fraction(4_463_300, 44_700), "99.8501118568"),
        (Fraction(4_313_300, 43_200), "99.8449074074"),
        (Fraction(52_511_000, 525_600), "99.9067732116"),
        (Fraction("0.00000000005"), "0"),  # half-even: down to the even 0
        (Fraction("0.00000000015"), "0.0000000002"),  # half-even: up to the even 2
        (Fraction("0.00000000025"), "0.0000000002"),  # half-even: down to the even 2
        (Fraction("0.00000000025000001"), "0.0000000003"),
        (Fraction("-0.00000000005"), "0"),
        (Fraction("-12.34"), "-12.34"),
        (Fraction("99.99999999996"), "100"),
    ],
)
def test_ratio_text(exact: Fraction, text: str) -> None:
    """A ratio is shown with at most ten decimals, half-even, without trailing zeros."""
    assert ratio_text(exact) == text


def test_ratio_text_with_other_digits() -> None:
    """The number of decimals can be asked for; whole numbers keep their zeros."""
    assert ratio_text(Fraction(2, 3), 4) == "0.6667"
    assert ratio_text(Fraction(100), 0) == "100"
    assert ratio_text(Fraction(5, 2), 0) == "2"


@given(fractions)
def test_ratio_text_is_near_and_short(exact: Fraction) -> None:
    """What is shown is within half of the tenth decimal, and nothing is shown twice as a zero."""
    text = ratio_text(exact)
    assert abs(Fraction(text) - exact) <= Fraction(1, 2 * 10**10)
    assert "." not in text or not text.endswith("0")
    assert not text.endswith(".")
