"""YAML without surprises: what reads as text stays text, and no key stands twice."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any, TypeAlias

import yaml

Loader: TypeAlias = "yaml.SafeLoader | yaml.CSafeLoader"

# Of YAML 1.1's guesses, dates, times (10:30 is not 630 minutes), octal numbers (the postal code 01234) and yes/no (the
# country NO) are left out.
_WHOLE = r"[-+]?(?:0|[1-9][0-9]*)"
_GUESSES = {
    "null": (r"(?:~|null|)$", ["~", "n", ""]),
    "bool": (r"(?:true|false)$", ["t", "f"]),
    "int": (_WHOLE + r"$", list("-+0123456789")),
    "float": (_WHOLE + r"(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$", list("-+0123456789")),
}


class StrictLoader(yaml.SafeLoader):
    """Reads a file of which errors name the line; refuses the same key twice (YAML itself would keep the last)."""


class FastStrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same for many large files: in C where that is there."""


def _no_duplicates(loader: Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            problem = f"{key!r} is no key; text that begins with a brace needs quotes"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
        if key in seen:
            raise yaml.MarkedYAMLError(problem=f"the key {key!r} stands twice", problem_mark=key_node.start_mark)
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


for _loader in (StrictLoader, FastStrictLoader):
    _loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _no_duplicates)
    _loader.yaml_implicit_resolvers = {}
    for _tag, (_pattern, _first) in _GUESSES.items():
        _loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)
