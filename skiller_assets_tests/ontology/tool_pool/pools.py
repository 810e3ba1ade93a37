"""The pool of the tests: a courier, a fitness studio and a repair workshop, each published in another form."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from skiller_assets.contract.compile import CompiledContract, compile_contract
from skiller_assets.contract.load import contract_from
from skiller_assets.ontology.tool_pool.communities import Community, communities
from skiller_assets.ontology.tool_pool.dependencies import Dependencies, depend
from skiller_assets.ontology.tool_pool.draft import Draft, draft_contract
from skiller_assets.ontology.tool_pool.model import Pool, PoolTool
from skiller_assets.ontology.tool_pool.normalise import as_tool
from skiller_assets.ontology.tool_pool.read import read_pool
from skiller_assets.ontology.tool_pool.yaml_text import domain_file

FOLDER = Path(__file__).parents[2] / "data" / "tool_pool"
SERVICES = {"class_booking": "studio.json", "depot_pickup": "courier.json", "repair": "repairs.jsonl"}
"""The communities by the name that they get, and the file in which their tools stand."""


@cache
def pool() -> Pool:
    """The whole pool."""
    return read_pool([FOLDER])


@cache
def graph() -> Dependencies:
    """Its dependency graph."""
    return depend(pool().tools)


@cache
def community(name: str) -> Community:
    """One of its communities."""
    return next(c for c in communities(graph()).found if c.name == name)


@cache
def draft(name: str) -> Draft:
    """The draft of one of its communities."""
    return draft_contract(community(name), graph())


@cache
def compiled(name: str) -> CompiledContract:
    """That draft, compiled from the text of its file."""
    made = draft(name)
    data = yaml.safe_load(domain_file(made.content, made.served, "the pool"))
    return compile_contract(contract_from(data, f"{name}.yaml"), f"{name}.yaml")


def tool(public: str, describe: str = "", *, results: Any = None, **parameters: Any) -> PoolTool:
    """A tool as a pool would publish it; a parameter is a JSON Schema, or its type alone."""
    properties = {n: p if isinstance(p, dict) else {"type": p} for n, p in parameters.items()}
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    entry = {"name": public, "description": describe, "parameters": schema}
    if results:
        entry["response"] = {"type": "object", "properties": {n: {"type": t} for n, t in results.items()}}
    return as_tool(entry, "planted.json:1")


def write(path: Path, content: Any) -> Path:
    """Writes JSON."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
