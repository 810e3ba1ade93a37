"""Arguments as SQL is given them, in Python source: lists as JSON text, money in minor units, dates checked."""

from __future__ import annotations

from skiller_assets.contract.model import Parameter
from skiller_assets.service.python_layout import STEP, WIDTH, text


def packing(parameter: Parameter, given: str, before: str) -> list[str]:
    """Lines that turn a list argument into JSON text; objects with many members one member a line."""
    flat = f"{STEP}{before}{_packed(parameter, given)}"
    if len(flat) <= WIDTH or not isinstance(parameter.items, dict):
        return [flat]
    members = [f"{STEP * 4}{text(n)}: {_member(n, p)}," for n, p in parameter.items.items()]
    record = [f"{STEP * 3}{{", *members, f"{STEP * 3}}}", f"{STEP * 3}for item in {given}"]
    listed = [f"{STEP * 2}[", *record, f"{STEP * 2}],"]
    return [f"{STEP}{before}json.dumps(", *listed, f"{STEP * 2}ensure_ascii=False,", f"{STEP})"]


def _packed(parameter: Parameter, given: str) -> str:
    """The JSON text of a list, its members encoded."""
    if isinstance(parameter.items, dict):
        members = ", ".join(f"{text(n)}: {_member(n, p)}" for n, p in parameter.items.items())
        return f"json.dumps([{{{members}}} for item in {given}], ensure_ascii=False)"
    encoded = _encoded(parameter.items, "item") if parameter.items else "item"
    listed = f"list({given})" if encoded == "item" else f"[{encoded} for item in {given}]"
    return f"json.dumps({listed}, ensure_ascii=False)"


def _member(name: str, parameter: Parameter) -> str:
    place = f"item.get({text(name)})" if parameter.optional else f"item[{text(name)}]"
    encoded = _encoded(parameter, place)
    if parameter.optional and parameter.type in ("boolean", "list"):
        return f"None if {place} is None else {encoded}"
    return encoded


def _encoded(parameter: Parameter, place: str) -> str:
    if parameter.type == "money":
        return f"cents({place})"
    if parameter.type == "number":
        return f"real({place})"
    if parameter.type in ("date", "datetime"):
        return f"calendar_date({place})"
    if parameter.type == "boolean":
        return f"int({place})"
    return _packed(parameter, place) if parameter.type == "list" else place
