"""What somebody who writes a server has to know of a contract, and nothing else."""

from __future__ import annotations

from typing import Any

from skiller_assets.contract.model import Contract, Tool
from skiller_assets.contract.wording import render
from skiller_assets.service.loading import contract_json

_OF_TABLES = ("key", "attributes", "children")
_OF_ATTRIBUTES = ("type", "format", "refers_to", "optional", "enum")
_OF_CONSTANTS = ("type", "value", "unit")


def server_spec(contract: Contract) -> dict[str, Any]:
    """Tables with the types of their columns, constants, and tools with all rules in their order.

    Sentences are as answers have them, with constants worded. How rows arise, how people talk and what only an agent
    does is left out.
    """
    said = contract_json(contract)
    tables = {name: _table(table) for name, table in _tables(said).items()}
    constants = {
        name: {key: value for key, value in constant.items() if key in _OF_CONSTANTS}
        for name, constant in said.get("constants", {}).items()  # type: ignore[attr-defined]
    }
    tools = {name: _tool(contract, name, tool) for name, tool in contract.tools.items()}
    return {"principals": said["principals"], "tables": tables, "constants": constants, "tools": tools}


def _tables(said: dict[str, Any]) -> dict[str, Any]:
    """Every table, children beside their parents."""
    found = {**said["entities"], **said.get("relationships", {})}
    children = [table.get("children", {}) for table in found.values()]
    return {**found, **{name: child for those in children for name, child in those.items()}}


def _table(table: dict[str, Any]) -> dict[str, Any]:
    columns = {
        name: {key: value for key, value in column.items() if key in _OF_ATTRIBUTES}
        for name, column in table["attributes"].items()
    }
    return {"key": table["key"], "columns": columns}


def _tool(contract: Contract, name: str, tool: Tool) -> dict[str, Any]:
    said = tool.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"voice"})
    rules = [
        rule.model_dump(mode="json", exclude_unset=True, exclude={"kind", "answer"}) for rule in contract.rules_of(name)
    ]
    worded: dict[str, Any] = _worded(contract, {**said, **({"rules": rules} if rules else {})})
    return worded


def _worded(contract: Contract, value: Any) -> Any:
    """The value with every sentence in it as answers have it."""
    if isinstance(value, dict):
        return {
            key: _sentence(contract, inner) if key == "says" and isinstance(inner, str) else _worded(contract, inner)
            for key, inner in value.items()
        }
    return [_worded(contract, inner) for inner in value] if isinstance(value, list) else value


def _sentence(contract: Contract, says: str) -> str:
    return " ".join(render(contract, says).split())
