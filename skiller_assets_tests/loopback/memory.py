"""What the author behind the loopback server remembers of what it wrote, for those who ask about it later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from skiller_assets.ask import Prompt, ProviderFailed
from skiller_assets.contract.compile import CompiledContract, compile_contract
from skiller_assets.contract.errors import ContractError
from skiller_assets.service.authoring.merge import contract_of, with_tools
from skiller_assets.service.authoring.parts import ToolsPart
from skiller_assets_tests.loopback.buggy_servers import mending


class Memory:
    """Right servers by domain, and right predicates by service, rule and sentence."""

    def __init__(self) -> None:
        self._servers: dict[str, str] = {}
        self._predicates: dict[tuple[str, str], str] = {}

    def learn(self, prompt: Prompt, text: str) -> None:
        """Takes in what was written for a prompt."""
        if prompt.name == "server_code":
            self._servers[prompt.variables["domain"]] = json.loads(text)["code"]
        if compiled := contract_in(prompt, json.loads(text)):
            title = compiled.contract.title
            for tool in compiled.tools.values():
                for rule in tool.rules:
                    self._predicates[title, f"{tool.name}.{rule.rule.id}"] = rule.statement.sql

    def wrong_rules(self, compiled: CompiledContract) -> list[str]:
        """The rules of a contract, as ``tool.rule``, that are not as they were written."""
        title = compiled.contract.title
        found = {
            f"{tool.name}.{rule.rule.id}": rule.statement.sql for tool in compiled.tools.values() for rule in tool.rules
        }
        return [label for label, sql in found.items() if self._predicates.get((title, label)) != sql]

    def server_patch(self, prompt: Prompt) -> dict[str, Any]:
        """The edits that make a server the right one."""
        asked = prompt.variables
        return {"edits": mending(asked["code"], self._known(self._servers, asked["domain"]))}

    def predicates(self, prompt: Prompt) -> dict[str, Any]:
        """Each rule as a second reader writes it who knows what is meant."""
        title, rules = prompt.variables["service"]["title"], prompt.variables["rules"]
        written = [(r["rule"], self._known(self._predicates, (title, r["rule"]))) for r in rules]
        return {"predicates": [{"rule": rule, "sql": sql} for rule, sql in written]}

    def _known(self, known: Mapping[Any, str], name: Any) -> str:
        if name not in known:
            raise ProviderFailed(f"the author was never asked to write {name}: it was written before its server began")
        return known[name]


def contract_in(prompt: Prompt, value: Mapping[str, Any]) -> CompiledContract | None:
    """The contract that a whole reply amounts to, where it brings the rules of one; None for every other ask."""
    if prompt.name != "blueprint_tools" or prompt.mends == "patch":
        return None
    raw = with_tools(dict(prompt.variables["contract"]), ToolsPart.model_validate(value))
    try:
        return compile_contract(contract_of(raw))
    except ContractError:
        return None
