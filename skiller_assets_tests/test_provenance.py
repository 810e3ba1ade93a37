"""A code version follows the code that an artifact reaches, and no other."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from skiller_assets.provenance import CodeGraph, modules_of

SOURCES = {
    "shop/__init__.py": "",
    "shop/near.py": "from typing import TYPE_CHECKING\nfrom . import far\nif TYPE_CHECKING:\n    import shop.typed\n",
    "shop/far.py": "def f():\n    from shop.deep.deepest import g\n    return g\n",
    "shop/typed.py": "X = 1\n",
    "shop/apart.py": "Y = 1\n",
    "shop/words.yaml": "a: 1\n",
    "shop/notes.rst": "no data\n",
    "shop/prompts/ask.md": "Say something.\n",
    "shop/deep/__init__.py": "",
    "shop/deep/deepest.py": "import json\nimport yaml\n\ndef g(): ...\n",
    "shop/deep/deep.yaml": "b: 1\n",
    "shop/other/__init__.py": "",
    "shop/other/other.yaml": "c: 1\n",
    "elsewhere.py": "Z = 1\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def version(root: Path, module: str = "shop.near") -> str:
    def build() -> None: ...

    build.__module__ = module
    return CodeGraph(["shop"], [root]).version([build])


def test_modules_are_reached_through_relative_lazy_and_package_imports(root: Path) -> None:
    reached = CodeGraph(["shop"], [root]).reach(["shop.near"])
    assert reached == {"shop", "shop.near", "shop.far", "shop.deep", "shop.deep.deepest"}


@pytest.mark.parametrize(
    "name", ["shop/near.py", "shop/far.py", "shop/deep/deepest.py", "shop/deep/__init__.py", "shop/words.yaml",
             "shop/prompts/ask.md", "shop/deep/deep.yaml"],
)  # fmt: skip
def test_a_change_of_what_is_reached_changes_the_version(root: Path, name: str) -> None:
    before = version(root)
    (root / name).write_text(SOURCES[name] + "# changed\n")
    assert version(root) != before


@pytest.mark.parametrize(
    "name", ["shop/apart.py", "shop/typed.py", "shop/notes.rst", "shop/other/other.yaml", "elsewhere.py"]
)
def test_a_change_of_anything_else_does_not(root: Path, name: str) -> None:
    before = version(root)
    (root / name).write_text(SOURCES[name] + "# changed\n")
    assert version(root) == before


def test_a_new_data_file_changes_the_version(root: Path) -> None:
    before = version(root)
    (root / "shop" / "prompts" / "more.md").write_text("And more.\n")
    assert version(root) != before


def test_the_version_does_not_depend_on_where_the_project_lies(root: Path) -> None:
    before = version(root)
    (root / "moved").mkdir()
    (root / "shop").rename(root / "moved" / "shop")
    assert version(root / "moved") == before


def test_imports_in_a_circle_come_to_an_end(root: Path) -> None:
    (root / "shop" / "far.py").write_text("from shop import near\n")
    assert version(root)


def test_a_partial_runs_the_code_of_what_it_was_given() -> None:
    def of(module: str) -> Callable[..., Any]:
        def f() -> None: ...

        f.__module__ = module
        return f

    given = partial(partial(of("a"), of("b"), 3), key=of("c"))
    assert set(modules_of(given)) == {"a", "b", "c"}


def test_who_asks_depends_on_who_answers(tmp_path: Path) -> None:
    for name, text in {
        "skiller_assets/__init__.py": "",
        "skiller_assets/ask/__init__.py": "",
        "skiller_assets/asking.py": "import skiller_assets.ask\n",
        "skiller_assets/silent.py": "",
        "resources/__init__.py": "",
        "resources/author.py": "X = 1\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    def functions(*modules: str) -> list[Callable[..., Any]]:
        found = []
        for module in modules:

            def f() -> None: ...

            f.__module__ = module
            found.append(f)
        return found

    def versions() -> tuple[str, str]:
        graph = CodeGraph(search=[tmp_path])
        asking, silent, door = functions("skiller_assets.asking", "skiller_assets.silent", "resources.author")
        return graph.version([asking], door), graph.version([silent], door)

    before = versions()
    (tmp_path / "resources" / "author.py").write_text("X = 2\n")
    after = versions()
    assert before[0] != after[0]
    assert before[1] == after[1]


def test_nothing_is_imported_to_find_out(root: Path) -> None:
    (root / "shop" / "near.py").write_text("raise RuntimeError\n")
    assert version(root)
    assert "shop" not in sys.modules
    assert importlib.util.find_spec("shop") is None


def test_the_bundled_catalogue_counts_for_who_asks(tmp_path: Path) -> None:
    """The folder of data lies below the package ``resources``, of which the author's modules are a part."""
    for name in ("resources/__init__.py", "resources/offline/__init__.py", "resources/offline/author.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "resources" / "catalogue" / "things").mkdir(parents=True)
    entry = tmp_path / "resources" / "catalogue" / "things" / "sports.yaml"

    def build() -> None: ...

    build.__module__ = "resources.offline.author"
    versions = set()
    for text in ("a: 1", "a: 2"):
        entry.write_text(text)
        versions.add(CodeGraph(search=[tmp_path]).version([build]))
    assert len(versions) == 2
    assert (Path(__file__).parents[1] / "resources" / "catalogue").is_dir()
