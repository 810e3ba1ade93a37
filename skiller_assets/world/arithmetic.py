"""Exact arithmetic for the ``calculate`` tool: numbers, ``+ - * /`` and parentheses, nothing of Python's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

_TOKEN = re.compile(r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)|(?P<sign>[-+*/()]))")

_DEEPEST = 50


class NotArithmetic(ValueError):
    """A text that is no arithmetic expression; says what and where."""


def calculate(expression: str) -> float:
    """The value of an expression, rounded to two decimals, halves away from zero. Raises NotArithmetic."""
    reader = _Reader(expression)
    value = reader.sum()
    reader.end()
    hundredths = int(abs(value) * 100 + Fraction(1, 2))
    return (-hundredths if value < 0 else hundredths) / 100


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, text: str) -> None:
        self._depth = 0
        self._tokens: list[str] = []
        at, text = 0, text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise NotArithmetic(f"only numbers, + - * / and parentheses; not {text[at:].lstrip()[:20]!r}")
            self._tokens.append(match["number"] or match["sign"])
            at = match.end()
        self._tokens.reverse()

    def sum(self) -> Fraction:
        value = self._product()
        while self._next() in ("+", "-"):
            value = value + self._product() if self._tokens.pop() == "+" else value - self._product()
        return value

    def end(self) -> None:
        if self._tokens:
            raise NotArithmetic(f"{self._next()!r} is not expected")

    def _next(self) -> str:
        return self._tokens[-1] if self._tokens else ""

    def _product(self) -> Fraction:
        value = self._factor()
        while self._next() in ("*", "/"):
            if self._tokens.pop() == "*":
                value *= self._factor()
            else:
                value = _divided(value, self._factor())
        return value

    def _factor(self) -> Fraction:
        if not self._tokens:
            raise NotArithmetic("it ends too early")
        token = self._tokens.pop()
        if token in ("+", "-"):
            return self._nested(self._factor) if token == "+" else -self._nested(self._factor)
        if token == "(":
            value = self._nested(self.sum)
            if self._next() != ")":
                raise NotArithmetic("a parenthesis stays open")
            self._tokens.pop()
            return value
        if token in ("*", "/", ")"):
            raise NotArithmetic(f"{token!r} is not expected")
        return Fraction(token)

    def _nested(self, read: Callable[[], Fraction]) -> Fraction:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotArithmetic(f"it is nested more than {_DEEPEST} deep")
        value = read()
        self._depth -= 1
        return value


def _divided(value: Fraction, by: Fraction) -> Fraction:
    if by == 0:
        raise NotArithmetic("it divides by zero")
    return value / by
