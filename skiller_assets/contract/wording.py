"""How values and names of a contract read in a sentence.

Sentences of a contract quote its constants as ``{name}``; everything that people or models read goes
through :func:`render`, so a fee is worded one way only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from skiller_assets.contract.errors import ContractError, Problem
from skiller_assets.contract.model import Constant, Contract
from skiller_assets.contract.nearness import nearest_first

_QUOTED = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_CODED = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
"""A value in the form of a name (``family_emergency``), which people read with spaces."""
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def render(contract: Contract, sentence: str) -> str:
    """The sentence with every ``{constant}`` worded (``25.00 USD``, ``24 hours``).

    Raises :class:`ContractError` when it quotes a constant that the contract does not declare.
    """

    def worded(match: re.Match[str]) -> str:
        name = match[1]
        if name not in contract.constants:
            raise ContractError([_unknown(contract, name, sentence)])
        return say_constant(contract.constants[name], contract.currency)

    return _QUOTED.sub(worded, sentence)


def quoted_constants(sentence: str) -> list[str]:
    """The names that a sentence quotes in braces, in order."""
    return _QUOTED.findall(sentence)


_TIMES = {1: "once", 2: "twice"}


def say_constant(constant: Constant, currency: str) -> str:
    """A constant as text: ``25.00 USD``, ``24 hours``, ``1 hour``, ``twice``, ``15%``, ``gold or silver``."""
    value, unit = constant.value, constant.unit
    if constant.type == "money":
        return say_money(value, currency)
    if constant.type == "list":
        return say_list([str(v) for v in value])
    if constant.type == "text":
        return str(value)
    number = say_number(value)
    if unit is None:
        return number
    if unit in ("%", "percent"):
        return f"{number}%"
    if unit == "times" and value in _TIMES:
        return _TIMES[value]
    return f"{number} {_one_of(unit) if value == 1 else unit}"


def say_money(value: int | float | str | Decimal, currency: str) -> str:
    """A decimal amount with its currency, two places: ``1,250.00 USD``."""
    return f"{Decimal(str(value)):,.2f} {currency}"


def say_number(value: int | float | str) -> str:
    """A number without trailing zeros and with thousands separators: ``1,500``, ``2.5``."""
    number = Decimal(str(value))
    if number == number.to_integral_value():
        return f"{int(number):,}"
    return f"{number.normalize():,f}"


def say_list(items: Iterable[str], joiner: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joiner} {words[-1]}"


def say_name(name: str) -> str:
    """A declared name as words, its namespace left out: ``bank__change_my_plan`` -> ``change my plan``."""
    return name.rpartition("__")[2].replace("_", " ")


def say_of(label: str, noun: str) -> str:
    """What a value is called next to the record on which it stands: the ``date of the bill`` of a ``bill`` is its
    ``date``.
    """
    return label.removesuffix(f" of the {noun}")


def say_title(name: str) -> str:
    """A declared name as a heading: ``change_my_plan`` -> ``Change my plan``."""
    words = say_name(name)
    return words[:1].upper() + words[1:]


def say_date(value: date) -> str:
    """``March 14, 2025``."""
    return f"{_MONTHS[value.month - 1]} {value.day}, {value.year}"


def say_day(value: date) -> str:
    """``March 14``: a day whose year goes without saying."""
    return f"{_MONTHS[value.month - 1]} {value.day}"


def say_clock(value: time | datetime) -> str:
    """``9:30 am``, ``12:00 pm``."""
    hour = value.hour % 12 or 12
    return f"{hour}:{value.minute:02d} {'am' if value.hour < 12 else 'pm'}"


def parse_moment(value: Any) -> date | datetime | time | None:
    """The date, instant or time of day that an ISO text names, or None for anything else."""
    if not isinstance(value, str):
        return None
    for pattern, parse in _ISO:
        if pattern.fullmatch(value):
            try:
                return parse(value)
            except ValueError:  # shaped like a date and none: 2025-02-30
                return None
    return None


def say_value(value: Any, currency: str = "") -> str:
    """Any value of a record as text that a person reads: dates and times worded, lists joined."""
    moment = parse_moment(value)
    if isinstance(moment, datetime):
        return f"{say_date(moment.date())} at {say_clock(moment)}"
    if isinstance(moment, date):
        return say_date(moment)
    if isinstance(moment, time):
        return say_clock(moment)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return say_money(value, currency) if currency else say_number(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return say_list([say_value(item, currency) for item in value])
    if isinstance(value, dict):
        return say_list([f"{say_name(k)} {say_value(v, currency)}" for k, v in value.items()])
    text = str(value)
    return say_name(text) if _CODED.fullmatch(text) else text


def spoken_forms(value: Any) -> set[str]:
    """Every lower-case way in which a text could give this value away: raw, worded, and dates by day."""
    forms = {str(value).lower(), say_value(value).lower()}
    moment = parse_moment(value)
    day = moment.date() if isinstance(moment, datetime) else moment
    if isinstance(day, date):
        month, number = _MONTHS[day.month - 1].lower(), day.day
        forms |= {f"{month} {number}", f"{number} {month}", f"{month[:3]} {number}"}
        forms |= {f"{month} {number}{ordinal(number)}", f"{month[:3]} {number}{ordinal(number)}"}
        forms |= {day.isoformat(), f"{day.month}/{number}", f"{day.month:02d}/{number:02d}"}
    if isinstance(moment, time | datetime):
        forms.add(say_clock(moment))
    return {form for form in forms if form}


def ordinal(number: int) -> str:
    """The ending of a counted day: ``st``, ``nd``, ``rd`` or ``th``."""
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _one_of(unit: str) -> str:
    head, space, tail = unit.partition(" ")
    if tail and head in ("business", "calendar", "working"):
        return f"{head}{space}{_one_of(tail)}"
    if head.endswith("ies"):
        singular = f"{head[:-3]}y"
    else:
        singular = head[:-1] if head.endswith("s") and not head.endswith("ss") else head
    return f"{singular}{space}{tail}"


def _unknown(contract: Contract, name: str, sentence: str) -> Problem:
    known = ", ".join(nearest_first(name, sorted(contract.constants))) or "none"
    return Problem(
        f"{contract.domain}: sentence “{sentence}”", f"quotes {{{name}}}, which is no constant", f"declared: {known}"
    )


_ISO = (
    (re.compile(r"\d{4}-\d\d-\d\d"), date.fromisoformat),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?"), datetime.fromisoformat),
    (re.compile(r"\d\d:\d\d"), time.fromisoformat),
)
