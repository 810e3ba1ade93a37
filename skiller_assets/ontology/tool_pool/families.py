"""What a field of a tool holds: its type and meaning in the contract language, told from its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from skiller_assets.ontology.tool_pool.model import Field
from skiller_assets.ontology.tool_pool.words import lemmas, word_list

_QUOTED = re.compile(r"['\"“‘]([A-Za-z][A-Za-z0-9 _-]{1,24})['\"”’]")
_SLASHED = re.compile(r"\(([A-Za-z][A-Za-z -]{1,20}(?:/[A-Za-z][A-Za-z -]{1,20}){1,7})\)")
_OPTIONS = re.compile(
    r"(?:options?(?: here)?(?: are)?|one of|either|values?(?: are)?|can be|could be|choices?(?: are)?)\s*:?\s*\[?"
    r"((?:[A-Za-z][A-Za-z _-]{1,20}(?:,| or | and |/)\s*){1,7}[A-Za-z][A-Za-z _-]{1,20})",
    re.IGNORECASE,
)
_MOST_WORDS = 8


@dataclass(frozen=True)
class Column:
    """A column as a contract declares it, and how a parameter that fills it is worded and chosen."""

    name: str
    declared: Mapping[str, Any]
    choose: Any = None
    optional: bool = False

    @property
    def type(self) -> str:
        """The value type of the contract language."""
        return str(self.declared["type"])

    @property
    def is_telling(self) -> bool:
        """Whether people can single a record out by it."""
        return "phrase" in self.declared


def column_of(field: Field, name: str | None = None) -> Column | None:
    """The column that a field fills, or None when its name says nothing that is known here."""
    words = set(lemmas(field.name))
    options = stated_options(field)
    for family in word_list("columns")["families"]:
        named = words & set(family["words"]) and words & set(family.get("with", words))
        if named and field.type in family["for"]:
            return _of_family(family, field, name or field.name, options)
    if options and field.type == "string":
        return _enumerated(name or field.name, options)
    if field.type == "boolean":
        declared = {"type": "boolean", "semantic_type": "flag", "generate": {"choice": {"0": 0.6, "1": 0.4}}}
        return Column(name or field.name, declared)
    return None


def stated_options(field: Field) -> list[str]:
    """The values that a text field may take, where its schema or its description lists them."""
    if field.type != "string":
        return []
    if field.enum:
        return list(field.enum[:12])
    quoted = _QUOTED.findall(field.describe)
    listed = _OPTIONS.search(field.describe) or _SLASHED.search(field.describe)
    if len(quoted) > 1 and re.search(r"\b(or|options?|either|one of)\b", field.describe, re.IGNORECASE):
        found = quoted
    elif listed:
        found = re.split(r",|/|\bor\b|\band\b", listed[1])
    else:
        return []
    words = [" ".join(word.split()).strip("_- ") for word in found]
    kept = list(dict.fromkeys(word for word in words if word and len(word) < 25))
    return kept if 1 < len(kept) <= _MOST_WORDS else []


def _of_family(family: Mapping[str, Any], field: Field, name: str, options: Sequence[str]) -> Column:
    declared = deepcopy(dict(family["column"]))
    if options and declared["type"] == "text" and family["name"] not in ("city", "prose", "title"):
        return _enumerated(name, options, family.get("phrase"))
    if declared["type"] in ("integer", "number", "money"):
        _within(declared, field)
    for key in ("phrase", "superlatives", "known"):
        if key in family:
            declared[key] = family[key]
    return Column(name, declared, None if "enum" in declared else deepcopy(family.get("choose")))


def _within(declared: dict[str, Any], field: Field) -> None:
    """The published bounds, where they are narrower than those that the family assumes."""
    kind = "money" if declared["type"] == "money" else "integer"
    low, high, *step = declared["generate"][kind]
    least = max(field.minimum if field.minimum is not None else low, low)
    most = min(field.maximum if field.maximum is not None else high, high)
    if field.minimum is not None:
        declared["minimum"] = int(field.minimum) if kind == "integer" else field.minimum
    if field.maximum is not None:
        declared["maximum"] = int(field.maximum) if kind == "integer" else field.maximum
    if least < most:
        declared["generate"] = {kind: [int(least), int(most), *step]}


def _enumerated(name: str, options: Sequence[str], phrase: str | None = None) -> Column:
    declared: dict[str, Any] = {
        "type": "text",
        "semantic_type": "category",
        "enum": list(options),
        "generate": {"choice": list(options)},
    }
    if phrase or name:
        declared["phrase"] = phrase or "of the {value} type"
    return Column(name, declared)
