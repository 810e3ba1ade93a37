"""A stand-alone Python MCP server written from a contract: readable, standard library and ``mcp`` only."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from skiller_assets.contract.compile import CompiledContract, CompiledReturns
from skiller_assets.contract.ids import format_of
from skiller_assets.contract.model import Contract, Parameter
from skiller_assets.contract.values import LARGEST_MONEY, LARGEST_NUMBER
from skiller_assets.contract.wording import render, say_constant
from skiller_assets.service.python_layout import STEP, WIDTH, literal, text
from skiller_assets.service.server_groups import group_source, shared_rules
from skiller_assets.service.server_names import python_name
from skiller_assets.service.server_schemas import definitions
from skiller_assets.service.server_tools import builtin_head, tool_source
from skiller_assets.world.builtins import CALCULATE, TRANSFER
from skiller_assets.world.listing import builtin_card, tool_cards

_TEMPLATES = Path(__file__).parent / "templates"
_NAME, _SERVING = "server.py.tmpl", "serving.py.tmpl"


def write_server(compiled: CompiledContract, now: str) -> str:
    """The source of ``server.py``; ``now`` is the instant (ISO) at which its world stands still."""
    contract = compiled.contract
    groups = shared_rules(compiled)
    cards = {card.name: card for card in tool_cards(compiled)}
    functions = [group_source(compiled, name, shared) for name, shared in groups.items()]
    functions += [tool_source(compiled, tool, cards[name], groups) for name, tool in compiled.tools.items()]
    title = f"{contract.title}: an MCP server."
    header = "\n".join([title, "", *textwrap.wrap(" ".join(render(contract, contract.describe).split()), WIDTH)])
    parameters = [p for tool in contract.tools.values() for p in _with_items(tool.parameters)]
    source = _template(_NAME).render(
        header=header.replace("\\", "\\\\").replace('"' * 3, "'" * 3),
        domain=text(contract.domain),
        title=text(contract.title),
        constants=_constants(compiled, now),
        new_ids=_new_ids(compiled),
        functions=functions,
        calculate_head=builtin_head(builtin_card(CALCULATE), "session: Session, expression: str"),
        transfer_head=builtin_head(builtin_card(TRANSFER), "session: Session, summary: str"),
        largest_money=f"{LARGEST_MONEY:_}",
        largest_number=repr(LARGEST_NUMBER),
        schemas=definitions("".join(functions)),
        renamed=_renamed(compiled),
        **_features(compiled, parameters),
    )
    return source.replace("\n\n\n\n", "\n\n\n").rstrip() + "\n"


def serving_part(contract: Contract) -> str:
    """The last part of a ``server.py``, which is alike in all: MCP clients, their sessions, the command line."""
    return _template(_SERVING).render(domain=text(contract.domain), title=text(contract.title)).strip()


def generator_files() -> list[Path]:
    """The files that decide what is written: whoever keeps a server needs to know when they have changed."""
    here = Path(__file__).parent
    layout = [here / "python_layout.py", here / "sql_layout.py"]
    return [*sorted(here.glob("server_*.py")), *layout, *sorted(_TEMPLATES.glob("*.py.tmpl"))]


def _features(compiled: CompiledContract, parameters: list[Parameter]) -> dict[str, bool]:
    """What the module needs helpers for."""
    shown = {c.type for t in compiled.tools.values() for r in _returns(t.returns) for c in r.columns}
    taken = {p.type for p in parameters}
    return {
        "two_step": any(t.confirm == "tool" for t in compiled.tools.values()),
        "writes": any(t.effects for t in compiled.tools.values()),
        "ids": any(t.tool.creates for t in compiled.tools.values()),
        "dates": bool(taken & {"date", "datetime"}),
        "money_in": "money" in taken,
        "numbers": "number" in taken,
        "money_out": "money" in shown,
        "truth_out": "boolean" in shown,
        "list_out": "list" in shown,
    }


def _renamed(compiled: CompiledContract) -> str | None:
    """The dict of arguments that cannot keep their name in Python, if there are any."""
    names = sorted({name for tool in compiled.tools.values() for name in tool.tool.parameters})
    changed = {name: python_name(name) for name in names if python_name(name) != name}
    return literal(changed) if changed else None


def _with_items(parameters: dict[str, Parameter]) -> Iterator[Parameter]:
    for parameter in parameters.values():
        yield parameter
        if isinstance(parameter.items, dict):
            yield from _with_items(parameter.items)
        elif parameter.items is not None:
            yield from _with_items({"item": parameter.items})


def _returns(returns: CompiledReturns | None) -> Iterator[CompiledReturns]:
    if returns is not None:
        yield returns
        for _, child in returns.children:
            yield from _returns(child)


def _constants(compiled: CompiledContract, now: str) -> str:
    """The dict of constants, each with what it means beside it."""
    lines = [f'{STEP}"now": {text(now)},']
    for name, value in compiled.constants.items():
        declared = compiled.contract.constants[name]
        cents = ", in cents" if declared.type == "money" else ""
        line = f"{STEP}{text(name)}: {literal(value)},"
        said = f"  # {say_constant(declared, compiled.contract.currency)}{cents}"
        lines.append(line + said if len(line) + len(said) <= WIDTH else line)
    return "\n".join(["{", *lines, "}"])


def _new_ids(compiled: CompiledContract) -> str:
    created = sorted({table for tool in compiled.tools.values() for table in tool.tool.creates.values()})
    lines = []
    for table in created:
        key = compiled.contract.tables[table].key[0]
        pattern = format_of(table, compiled.contract.tables[table].attributes[key].format).format
        lines.append(f"{STEP}{text(table)}: ({text(key)}, {text(pattern)}),")
    return "\n".join(["{", *lines, "}"])


@lru_cache(maxsize=2)
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return environment.get_template(name)
