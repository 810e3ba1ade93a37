"""Fragments of contracts: how they are laid over each other, and how their slots are filled.

A fragment has the shape of a contract, with these additions:

- ``<slot>`` in a key or a text stands for what the slot holds; ``<price*0.5>`` for half the price, rounded to what
  people charge. A text that is one slot and nothing else takes over its value, be it a number.
- ``extend: {name: [text, …]}`` adds texts where some fragment says ``<+name>``; without any, that is nothing.
- ``if: word`` (or ``not word``) keeps a map only where a slot, or ``feature.<name>``, is there.
- ``says``, ``describe``, ``answer`` and ``text`` may be lists of wordings, one of which is drawn, and so may a slot.
- ``choose: [12, 24]`` in a constant is drawn from; ``share: [0.1, 0.2]`` is drawn and taken of the price.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from resources.offline.draws import Draws
from skiller_assets.contract.english import with_article

_SLOT = re.compile(r"<(\+?[A-Za-z][A-Za-z_.]*)(?:\*([0-9.]+))?>")
_ARTICLE = re.compile(r"\b([Aa])n? <([a-z_.]+\.(?:noun|filter_label|measure_label))>")
_WORDED = ("says", "describe", "answer", "text")
_PROSE = ("says", "describe", "text", "heading")
_START = re.compile(r"(^|[.!?]\s+)([a-z])")


class FragmentError(Exception):
    """A fragment of the catalogue cannot be used as it is written; says where and why."""


def merged(fragments: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Fragments laid over each other: maps are united, lists are joined. Raises FragmentError where two disagree."""
    found: dict[str, Any] = {}
    for fragment in fragments:
        _lay(found, fragment, "")
    return found


def _lay(under: dict[str, Any], over: Mapping[str, Any], place: str) -> None:
    for key, value in over.items():
        here = f"{place}.{key}" if place else key
        if key not in under:
            under[key] = _copied(value)
        elif isinstance(under[key], dict) and isinstance(value, Mapping):
            _lay(under[key], value, here)
        elif isinstance(under[key], list) and isinstance(value, list):
            under[key] += value
        elif under[key] != value:
            raise FragmentError(f"{here} is {under[key]!r} and {value!r}: two fragments disagree")


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(inner) for key, inner in value.items()}
    return [*value] if isinstance(value, list) else value


class Filler:
    """Fills the slots of fragments; wordings and numbers are drawn."""

    def __init__(self, slots: Mapping[str, Any], price: float, draws: Draws) -> None:
        self._slots = slots
        self._price = price
        self._draws = draws

    def fill(self, value: Any, place: str = "") -> Any:
        """A value with every slot filled and every condition resolved. Raises FragmentError for an unknown slot."""
        if isinstance(value, str):
            return self._text(value, place)
        if isinstance(value, list):
            return [self.fill(item, f"{place}[{i}]") for i, item in enumerate(value) if self._stays(item)]
        if isinstance(value, dict):
            return self._map(value, place)
        return value

    def _map(self, value: Mapping[str, Any], place: str) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, inner in value.items():
            if key == "if" or not self._stays(inner):
                continue
            name = self._text(key, place) if isinstance(key, str) else key
            here = f"{place}.{name}"
            if key in _WORDED and isinstance(inner, list):
                inner = self._draws.pick(inner)
            filled = self.fill(inner, here)
            if name in found:
                raise FragmentError(f"{here} comes twice once slots are filled")
            found[name] = sentences(filled) if key in _PROSE and isinstance(filled, str) else filled
        return found

    def _stays(self, value: Any) -> bool:
        if not isinstance(value, Mapping) or "if" not in value:
            return True
        word = str(value["if"])
        return word.removeprefix("not ") not in self._slots if word.startswith("not ") else word in self._slots

    def _text(self, text: str, place: str) -> Any:
        alone = _SLOT.fullmatch(text)
        if alone:
            return self._value(alone, place)
        text = _ARTICLE.sub(self._with_article, text)
        return _SLOT.sub(lambda match: str(self._value(match, place)), text)

    def _with_article(self, match: re.Match[str]) -> str:
        """The article that suits the noun that a slot holds: "A <person.noun>" becomes "An <person.noun>"."""
        article = with_article(str(self._slots.get(match[2], "x"))).partition(" ")[0]
        return f"{match[1]}{article[1:]} <{match[2]}>"

    def _value(self, match: re.Match[str], place: str) -> Any:
        name, factor = match[1], match[2]
        if name.startswith("+"):
            return " ".join(map(str, self.fill(list(self._slots.get(name, ())), place)))
        if factor is not None:
            return round_price(self._number(name, place) * float(factor))
        if name not in self._slots:
            raise FragmentError(f"{place}: there is no slot <{name}>")
        value = self._slots[name]
        if isinstance(value, tuple):
            return list(value)
        value = self._draws.pick(value) if isinstance(value, list) else value
        return self._text(value, place) if isinstance(value, str) and "<" in value else value

    def _number(self, name: str, place: str) -> float:
        if name == "price":
            return self._price
        raise FragmentError(f"{place}: <{name}*…>: only the price can be multiplied")

    def constant(self, declared: Mapping[str, Any], fixed: float | None) -> dict[str, Any]:
        """A constant with its value: fixed by the service, drawn, or a drawn share of the price."""
        rest = {key: value for key, value in declared.items() if key not in ("choose", "share")}
        if fixed is not None:
            return {**rest, "value": fixed}
        if "choose" in declared:
            return {**rest, "value": self._draws.pick(declared["choose"])}
        if "share" in declared:
            return {**rest, "value": round_price(self._price * self._draws.pick(declared["share"]))}
        return rest


def round_price(amount: float) -> float:
    """An amount as people charge it: 7.50, 12, 45, 120, 1,450."""
    for limit, step in ((5, 0.5), (20, 1), (100, 5), (500, 10), (5000, 50)):
        if amount < limit:
            return max(round(amount / step) * step, step)
    return float(round(amount / 500) * 500)


def sentences(text: str) -> str:
    """A text whose sentences begin with a capital letter, whatever their first slot held."""
    return _START.sub(lambda match: match[1] + match[2].upper(), text)
