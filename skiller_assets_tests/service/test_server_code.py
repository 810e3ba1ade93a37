"""The generated server: readable, self-contained, and true to unusual contracts."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from skiller_assets.contract.rename import prove_rename
from skiller_assets.service.conformance import derive_suite
from skiller_assets.service.promote import code_complaints
from skiller_assets.service.trial import run_conformance
from skiller_assets.world.generate import WorldSpec, generate
from skiller_assets.world.image import World, make_world
from skiller_assets_tests.service.servers import laid_out, server_source
from skiller_assets_tests.worlds import NOW, data_of, library, library_world

CONFIGURATION = Path(__file__).parents[2] / "pyproject.toml"


def test_the_code_needs_nothing_but_the_standard_library_and_mcp(generated_world: World) -> None:
    assert code_complaints(server_source(generated_world)) == []


def test_opening_a_session_imports_no_package_at_all(tmp_path: Path) -> None:
    server, image = laid_out(tmp_path, server_source())
    opened = f"server.open_session({str(image)!r}).close()"
    loaded = "{m.partition('.')[0] for m in sys.modules} - sys.stdlib_module_names - {'__main__'}"
    code = f"import sys; sys.path.insert(0, {str(server.parent)!r}); import server; {opened}; print(sorted({loaded}))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['server']"


def test_the_code_passes_the_linter_and_is_formatted(tmp_path: Path, generated_world: World) -> None:
    server, _ = laid_out(tmp_path, server_source(generated_world), generated_world)
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "--config", str(CONFIGURATION), str(server)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout


def test_every_tool_is_a_function_with_a_docstring(generated_world: World) -> None:
    functions = {n.name: n for n in ast.parse(server_source(generated_world)).body if isinstance(n, ast.FunctionDef)}
    for name in generated_world.program.compiled.tools:
        assert ast.get_docstring(functions[name])


def test_every_rule_stands_in_the_code_once_for_each_tool_and_says_its_sentence(generated_world: World) -> None:
    code = server_source(generated_world)
    for tool in generated_world.program.compiled.tools.values():
        for rule in tool.rules:
            if rule.rule.by == "tool":
                assert f'"{rule.rule.id}"' in code
            else:
                assert f"policy, not enforced here ({rule.rule.id}):" in code


def test_the_same_contract_gives_the_same_code(generated_world: World) -> None:
    assert server_source(generated_world) == server_source(generated_world)


AWKWARD: dict[str, dict[str, Any]] = data_of("awkward.yaml")


@pytest.mark.parametrize("what", sorted(AWKWARD))
def test_the_server_of_an_awkward_contract_conforms(tmp_path: Path, what: str) -> None:
    world = library_world(AWKWARD[what])
    suite = derive_suite(world)
    report = run_conformance(*laid_out(tmp_path, server_source(world), world), suite)
    assert report.passed, report.complaints()
    assert suite.faults == ()


def test_the_server_of_a_contract_under_a_namespace_conforms(tmp_path: Path) -> None:
    compiled = prove_rename(library(), "lending")
    world = make_world(compiled, generate(compiled.contract, WorldSpec(1, NOW, 30)).image, NOW)
    report = run_conformance(*laid_out(tmp_path, server_source(world), world), derive_suite(world))
    assert report.passed, report.complaints()


def test_a_missing_world_is_named_on_the_command_line(tmp_path: Path) -> None:
    server, image = laid_out(tmp_path, server_source())
    image.unlink()
    done = subprocess.run([sys.executable, "-I", str(server)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "world.sqlite does not exist" in done.stderr
