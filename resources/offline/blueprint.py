"""The parts of a service's contract, composed from the catalogue; mended where an earlier composition was rejected.

The contract is always composed whole; each ask gets its part of it. What was complained about in an earlier part is
complained about still, so that a feature that was left out for it stays out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from resources.offline.catalogue import Catalogue
from resources.offline.composer import compose
from resources.offline.topics import service_of
from skiller_assets.ask import Prompt

_TALK = ("out_of_scope", "storylines", "conduct", "background")


def whole(prompt: Prompt, catalogue: Catalogue, seed: int) -> Mapping[str, Any]:
    """The contract as a domain file would say it; not to be changed. Raises CannotAnswer for an unknown topic."""
    name = prompt.variables["topic"]["domain"]
    service_of(catalogue, name)
    said = [complaint for turn in prompt.rejected for complaint in turn.complaints]
    return _composed(catalogue, name, seed, (*prompt.variables.get("earlier", ()), *said), len(prompt.rejected))


@lru_cache(maxsize=8)
def _composed(
    catalogue: Catalogue, name: str, seed: int, complaints: tuple[str, ...], attempt: int
) -> Mapping[str, Any]:
    return compose(catalogue, name, seed, complaints, attempt)


def write_data(prompt: Prompt, catalogue: Catalogue, seed: int) -> dict[str, Any]:
    """How the records arise. Raises CannotAnswer for an unknown topic."""
    return _data(whole(prompt, catalogue, seed))


def write_tools(prompt: Prompt, catalogue: Catalogue, seed: int) -> dict[str, Any]:
    """What the tools do; with the data anew where these were composed otherwise before."""
    contract = whole(prompt, catalogue, seed)
    tools = {name: {k: v for k, v in tool.items() if k != "voice"} for name, tool in contract["tools"].items()}
    part = {**{k: contract[k] for k in ("rule_groups",) if k in contract}, "tools": tools}
    if not prompt.rejected and not prompt.variables["earlier"]:
        return part
    gone = dict.fromkeys(set(prompt.variables["contract"].get("constants", {})) - set(contract["constants"]))
    data = _data(contract)
    return {**data, "constants": {**data["constants"], **dict(sorted(gone.items()))}, **part}


def write_talk(prompt: Prompt, catalogue: Catalogue, seed: int) -> dict[str, Any]:
    """How people talk about it."""
    contract = whole(prompt, catalogue, seed)
    voices = {name: tool["voice"] for name, tool in contract["tools"].items() if "voice" in tool}
    return {"voices": voices, **{name: contract[name] for name in _TALK if name in contract}}


def _data(contract: Mapping[str, Any]) -> dict[str, Any]:
    tables = {name: _arising(table) for name, table in _records(contract)}
    lists = {name: contract[name] for name in ("settle", "invariants") if name in contract}
    return {"constants": contract["constants"], "tables": {n: t for n, t in tables.items() if t}, **lists}


def _records(contract: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Relationships and their children; entities were declared whole before."""
    for name, record in contract.get("relationships", {}).items():
        yield name, record
        yield from record.get("children", {}).items()


def _arising(table: Mapping[str, Any]) -> dict[str, Any]:
    """How the rows of a table arise."""
    columns = {n: {"generate": a["generate"]} for n, a in table["attributes"].items() if "generate" in a}
    population = {"population": table["population"]} if "population" in table else {}
    return {**population, **({"attributes": columns} if columns else {})}
