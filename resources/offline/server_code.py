"""A service's stand-alone MCP server, written by rule from its contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resources.offline.draws import Draws
from skiller_assets.contract.compile import compile_contract
from skiller_assets.contract.load import contract_from
from skiller_assets.service.server_code import write_server


def write(variables: Mapping[str, Any], _: Draws) -> dict[str, Any]:
    """``{"code": str}``; the same for every draw, as there is one right answer."""
    contract = contract_from(variables["contract"], variables["domain"])
    return {"code": write_server(compile_contract(contract), variables["now"])}
