"""The contract so far with one more part merged into it.

Members that a part gives take the place of what was there, null takes them away (as in RFC 7396), and the rest stays.
Tables and their columns are those of the outline: a part cannot add, rename or retype any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from pydantic import BaseModel

from skiller_assets.contract.errors import ContractError, Problem
from skiller_assets.contract.load import contract_from
from skiller_assets.contract.model import Contract
from skiller_assets.service.authoring.parts import DataPart, TalkPart, ToolsPart

Raw = dict[str, Any]
"""A contract as JSON, under the names of the language."""


def outlined(domain: str, outline: Mapping[str, Any]) -> Raw:
    """The contract that an outline begins: its tables, and no tools."""
    return {"contract": 1, "domain": domain, **deepcopy(dict(outline)), "tools": {}}


def with_data(raw: Raw, part: DataPart) -> Raw:
    """The contract with how its records arise. Raises ContractError for tables and columns that it does not have."""
    return _with_tables(raw, _said(part), ("constants", "settle", "invariants"))


def with_tools(raw: Raw, part: ToolsPart) -> Raw:
    """The contract with its tools. Raises ContractError for tables and columns that it does not have."""
    return _with_tables(raw, _said(part), ("constants", "settle", "invariants", "rule_groups", "tools"))


def with_talk(raw: Raw, part: TalkPart) -> Raw:
    """The contract with how people talk about it. Raises ContractError for tools and columns that it does not have."""
    said, merged = _said(part), deepcopy(raw)
    problems: list[Problem] = []
    for name, voice in said["voices"].items():
        if name in merged["tools"]:
            merged["tools"][name]["voice"] = voice
        else:
            problems.append(_unknown("voices", "tool", name, merged["tools"]))
    tables = dict(tables_of(merged))
    columns = {f"{t}.{c}": a for t, table in tables.items() for c, a in table["attributes"].items()}
    arguments = {f"{t}.{p}": a for t, tool in merged["tools"].items() for p, a in tool.get("parameters", {}).items()}
    for member, known in (("columns", columns), ("parameters", arguments)):
        for name, words in said.get(member, {}).items():
            if name in known:
                _lay(known[name], words)
            else:
                problems.append(_unknown(member, member.removesuffix("s"), name, _beside(name, known)))
    _lay(merged, {k: said[k] for k in ("out_of_scope", "storylines", "conduct", "background") if k in said})
    if problems:
        raise ContractError(problems)
    return merged


def contract_of(raw: Raw) -> Contract:
    """The merged contract in its typed form. Raises ContractError."""
    return contract_from(raw, raw["domain"])


def tables_of(raw: Raw) -> Iterator[tuple[str, Raw]]:
    """Every table of a contract by name: entities, then each relationship followed by its children."""
    yield from raw["entities"].items()
    for name, record in raw["relationships"].items():
        yield name, record
        yield from record.get("children", {}).items()


def _with_tables(raw: Raw, said: Raw, members: tuple[str, ...]) -> Raw:
    merged = deepcopy(raw)
    tables = dict(tables_of(merged))
    problems: list[Problem] = []
    for name, given in said.get("tables", {}).items():
        if name not in tables:
            problems.append(_unknown("tables", "table", name, tables))
            continue
        table = tables[name]
        for column, values in given.pop("attributes", {}).items():
            if column in table["attributes"]:
                _lay(table["attributes"][column], values)
            else:
                problems.append(_unknown(f"table {name}", "attribute", column, table["attributes"]))
        _lay(table, given)
    if problems:
        raise ContractError(problems)
    constants = {name: value for name, value in said.get("constants", {}).items() if value is not None}
    gone = set(said.get("constants", {})) - set(constants)
    if "constants" in said:
        kept = {name: value for name, value in raw.get("constants", {}).items() if name not in gone}
        said = {**said, "constants": {**kept, **constants}}
    _lay(merged, {member: said[member] for member in members if member in said})
    return merged


def _said(part: BaseModel) -> Raw:
    return part.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _lay(under: Raw, over: Mapping[str, Any]) -> None:
    """Members of ``over`` in their places; null takes a member away."""
    for name, value in over.items():
        if value is None:
            under.pop(name, None)
        else:
            under[name] = value


def _beside(name: str, known: Mapping[str, Any]) -> list[str]:
    """What exists under the same table or tool as a name that does not, or else everything."""
    near = [other for other in known if other.partition(".")[0] == name.partition(".")[0]]
    return near or list(known)


def _unknown(place: str, what: str, name: str, known: Mapping[str, Any] | list[str]) -> Problem:
    return Problem(place, f"there is no {what} {name}", f"{what}s are {', '.join(known)}")
