"""Everything that is asked has a name that settings know, a role, and a prompt file of that name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from skiller_assets.ask.names import ASK_NAMES, ROLES
from skiller_assets_tests.test_imports import ROOT, modules


def _asks() -> Iterator[tuple[str, str, str]]:
    """Of every ask in the code: the module, its name, its role."""
    for module, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Ask":
                given = dict(zip(("name", "role"), node.args, strict=False)) | {k.arg: k.value for k in node.keywords}
                name, role = given.get("name"), given.get("role")
                if isinstance(name, ast.Constant) and isinstance(role, ast.Constant):
                    yield module, str(name.value), str(role.value)


def test_every_ask_has_its_name_its_role_and_its_prompt() -> None:
    found = list(_asks())
    assert len(found) > 10
    for module, name, role in found:
        assert name in ASK_NAMES, module
        assert ROLES[name] == role, module
    prompts = {path.stem for path in (ROOT / "skiller_assets").glob("*/prompts/*.md")}
    assert {name for _, name, _ in found} <= prompts
