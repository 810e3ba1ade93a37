"""The built-in tools: exact arithmetic with nothing of Python's own behind it, and the transfer."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.world.arithmetic import NotArithmetic, calculate
from skiller_assets.world.builtins import call_builtin

_numbers = st.decimals(0, 10**6, places=3).map(lambda d: (f"{d:f}", Fraction(d)))


def _combined(parts: st.SearchStrategy[tuple[str, Fraction]]) -> st.SearchStrategy[tuple[str, Fraction]]:
    def join(left: tuple[str, Fraction], sign: str, right: tuple[str, Fraction]) -> tuple[str, Fraction]:
        value = {"+": left[1] + right[1], "-": left[1] - right[1], "*": left[1] * right[1]}
        if sign == "/":
            return (f"({left[0]} / {right[0]})", left[1] / right[1]) if right[1] else left
        return f"({left[0]}{sign} {right[0]})", value[sign]

    negated = parts.map(lambda p: (f"(-{p[0]})", -p[1]))
    return st.builds(join, parts, st.sampled_from("+-*/"), parts) | negated


expressions = st.recursive(_numbers, _combined, max_leaves=8)


@given(expressions)
def test_arithmetic_is_exact_and_rounds_halves_away_from_zero(expression: tuple[str, Fraction]) -> None:
    text, value = expression
    hundredths = int(abs(value) * 100 + Fraction(1, 2))
    assert calculate(text) == (-hundredths if value < 0 else hundredths) / 100


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.005 * 3", 3.02),
        ("0.1 + 0.2", 0.3),
        ("2 + 3 * 4", 14.0),
        ("20 - 5 - 5", 10.0),
        ("100 / 10 / 5", 2.0),
        ("-(2 + 3)", -5.0),
        ("- 0.005", -0.01),
        (".5 + 5.", 5.5),
        ("1 / 3 * 3 * 0.015", 0.02),
        ("12345678901234567.89 - 12345678901234567", 0.89),
    ],
)
def test_a_sum_comes_out(text: str, value: float) -> None:
    assert call_builtin("calculate", {"expression": text}).result == {"value": value}


NO_ARITHMETIC = [
    "9 ** 9", "2 ^ 3", "1e9", "1_000", "0x10", "1j", "inf", "nan", "a", "().__class__", "abs(1)", "(1).real", "[1]",
    "1 if 1 else 2", "1; 2", "1 # 2", "1,5", "1 2", "(1", "1)", "()", "", "  ", "+", "1 +", "* 2", "1 / 0",
    "1 / (2 - 2)", "\ud800", "١ + ١", "x" * 200, "(" * 200, "-" * 200, "lambda: 1", "__import__('os')", "1 < 2",
    "not 1", "7 % 3", "7 // 3",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_ARITHMETIC)
def test_anything_but_arithmetic_is_invalid(text: str) -> None:
    outcome = call_builtin("calculate", {"expression": text})
    assert outcome.status == "invalid"
    outcome.message.encode()


@given(st.text(max_size=200))
def test_no_text_makes_calculate_raise(text: str) -> None:
    assert call_builtin("calculate", {"expression": text}).status in ("ok", "invalid")


@given(st.text("0123456789.+-*/() ", max_size=200))
def test_nothing_that_looks_like_arithmetic_makes_it_raise(text: str) -> None:
    assert call_builtin("calculate", {"expression": text}).status in ("ok", "invalid")


def test_the_largest_product_that_fits_still_comes_out() -> None:
    assert calculate("9" * 99 + "*" + "9" * 99) == pytest.approx(1e198)


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(NotArithmetic, match="divides by zero"):
        calculate("1 / 0")
    with pytest.raises(NotArithmetic, match="is not expected"):
        calculate("3 ** 2")


@pytest.mark.parametrize(
    "arguments", [{}, {"expression": 3}, {"expression": "1" * 201}, {"expression": "1", "more": 2}, [], None, "1"]
)
def test_wrong_arguments_of_a_built_in_tool_are_invalid(arguments: Any) -> None:
    assert call_builtin("calculate", arguments).status == "invalid"
