"""The contract language as prompts need it: its words, taken from the code that defines them."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from skiller_assets.contract.model import Attribute, Generate, Population
from skiller_assets.contract.sql import FUNCTIONS
from skiller_assets.contract.structure import HUMAN_FIELDS, RESERVED_NAMES
from skiller_assets.contract.tool_shape import RESERVED_TOOLS
from skiller_assets.contract.vocabulary import ConductKind, RuleKind, SemanticType, ValueType


@cache
def language() -> dict[str, list[str]]:
    """Every list of words that an author chooses from, under what it is called; the same object each time."""
    lists: dict[str, Any] = {
        "types": get_args(ValueType),
        "semantic_types": get_args(SemanticType),
        "rule_kinds": get_args(RuleKind),
        "conduct_kinds": get_args(ConductKind),
        "human_fields": sorted(HUMAN_FIELDS),
        "generate": Generate.model_fields,
        "population": Population.model_fields,
        "attribute": Attribute.model_fields,
        "functions": sorted(FUNCTIONS),
        "reserved_names": sorted(RESERVED_NAMES),
        "reserved_tools": sorted(RESERVED_TOOLS),
    }
    return {name: list(words) for name, words in lists.items()}
