"""The numbers that a sentence says: in digits or words, as money, percentages, spans of time and days of the week."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_NAMED: dict[str, int | Decimal] = {
    "once": 1, "twice": 2, "thrice": 3, "both": 2, "pair": 2, "double": 2, "triple": 3, "dozen": 12, "fortnight": 14,
    "hundred": 100, "thousand": 1000, "half": Decimal("0.5"), "quarter": Decimal("0.25"), "thirtieth": 30,
}  # fmt: skip
_SCALES = {"hundred": 100, "thousand": 1000, "dozen": 12, "million": 1_000_000}

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS_OF = {"month": (30, 31), "year": (365, 366)}
_EVERY = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "annual": "year"}
_ONE_OF = frozenset("a an one per each every the same this that next last".split())
_DAYS_OF_THE_WEEK = "sunday monday tuesday wednesday thursday friday saturday".split()
_CODE = re.compile(r"\b[A-Z]{3}\b")
_CURRENCY = re.compile(r"[$€£¥]|dollars?|euros?|pounds?|cents?")
_WORD = re.compile(r"\d+(?:\.\d+)?|[a-z]+|[$€£¥%]")


def plain(sentence: str) -> str:
    """Lower case, hyphens and underscores as spaces, no quoted ``{constants}``, no thousands separators."""
    text = re.sub(r"\{[^}]*\}", " ", sentence.lower())
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = re.sub(r"[\s_\-\u2010-\u2015]+", " ", text)
    return " " + text.replace("per cent", "percent") + " "


def spoken_numbers(sentence: str) -> frozenset[Decimal]:
    """Every number that a constant beside this sentence may have."""
    words = _WORD.findall(plain(_CODE.sub(" $ ", sentence)))
    return frozenset(_all(words))


def _all(words: list[str]) -> Iterator[Decimal]:
    for i, word in enumerate(words):
        after = words[i + 1] if i + 1 < len(words) else ""
        before = words[i - 1] if i else ""
        for number in _numbers_at(words, i):
            yield number
            yield from _as_share(number, word, after)
            if _is_money(word, before, after):
                yield number * 100
        yield from _as_span(words, i)
        yield from _of_the_week(word)


def _numbers_at(words: list[str], i: int) -> Iterator[Decimal]:
    """The number that a word says, alone and together with the words after it (``twenty four``, ``two hundred``)."""
    value = _number(words[i])
    if value is None:
        return
    yield value
    after = words[i + 1] if i + 1 < len(words) else ""
    ones = _number(after)
    if words[i] in _TENS and ones is not None and 0 < ones < 10:
        yield value + ones
    if after in _SCALES:
        yield value * _SCALES[after]


def _number(word: str) -> Decimal | None:
    if word[:1].isdigit():
        return Decimal(word)
    if word in _ONES:
        return Decimal(_ONES.index(word))
    if word in _TENS:
        return Decimal(20 + 10 * _TENS.index(word))
    if word in _ORDINALS:
        return Decimal(_ORDINALS.index(word))
    return Decimal(_NAMED[word]) if word in _NAMED else None


def _as_share(number: Decimal, word: str, after: str) -> Iterator[Decimal]:
    """A percentage as a fraction, and what remains or results when it is taken off or added."""
    if after in ("%", "percent") or word in ("half", "quarter"):
        percent = number * 100 if word in ("half", "quarter") else number
        for whole in (percent, 100 - percent, 100 + percent):
            yield whole
            yield whole / 100


def _is_money(word: str, before: str, after: str) -> bool:
    return bool("." in word or _CURRENCY.fullmatch(before) or _CURRENCY.fullmatch(after))


def _as_span(words: list[str], i: int) -> Iterator[Decimal]:
    """``two days`` is 48 hours, too; ``per week`` is 7 days."""
    word = words[i]
    unit = _EVERY.get(word) or word.removesuffix("s")
    before = words[i - 1] if i else ""
    near = [n for j in (i - 1, i - 2) if j >= 0 for n in _numbers_at(words, j)]
    for count in [Decimal(1)] if word in _EVERY or before in _ONE_OF else near:
        if unit in _SECONDS:
            yield from (count * _SECONDS[unit] / seconds for seconds in _SECONDS.values())
        if unit in _MONTHS:
            yield from (count * _MONTHS[unit] / months for months in _MONTHS.values())
        yield from (count * days for days in _DAYS_OF.get(unit, ()))


def _of_the_week(word: str) -> Iterator[Decimal]:
    day = word.removesuffix("s")
    if day in _DAYS_OF_THE_WEEK:
        yield Decimal(_DAYS_OF_THE_WEEK.index(day))
        yield Decimal(_DAYS_OF_THE_WEEK.index(day) or 7)
    if day == "weekend":
        yield from (Decimal(0), Decimal(6), Decimal(7))
    if day == "weekday":
        yield from (Decimal(n) for n in range(1, 6))
