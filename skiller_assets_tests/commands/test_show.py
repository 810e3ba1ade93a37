"""What was built can be read in a terminal, down to the source of a single value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.store import BrokenArtifact, Store
from skiller_assets.commands.faults import Fault, Misuse
from skiller_assets.commands.shelf import Shelf, open_shelf
from skiller_assets.commands.show import view
from skiller_assets.registry import Registry, write_registry
from skiller_assets.tasks.records import Task
from skiller_assets_tests.commands import shelves


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Task]:
    """The task of a project that is the working directory."""
    root = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SKILLER_HOME", raising=False)
        patch.chdir(root)
        yield shelves.lay_out(root)


@pytest.fixture
def shelf(task: Task) -> Shelf:
    return open_shelf()


def test_a_domain_is_shown_with_its_tools_tables_tasks_and_where_to_read_on(shelf: Shelf, task: Task) -> None:
    text = view(shelf, ["library"])
    assert text.startswith("Mill Lane Library (library)")
    for words in (
        "borrow_book",
        "write",
        "Lend a book to the member.",
        "loan",
        f"skiller show {task.id}",
        "tool_graph",
    ):
        assert words in text


def test_a_task_is_followed_to_its_words_walk_rules_rows_and_sources(shelf: Shelf, task: Task) -> None:
    text = view(shelf, [task.id])
    book = task.calls[2].arguments["book_id"]
    for words in (
        shelves.OPENING,
        "You are N 1.",
        "because   The last one was short.",
        "3. borrow_book  (goal)",
        f'book_id = "{book}"  ← call 2: [0].book_id',
        "· below_limit (enforced by the tool): A member has fewer than 3 loans open at a time.",
        "· not_suspended (the agent must keep it): A suspended member borrows nothing.",
        "insert loan",
        "find_books → borrow_book  information: book.book_id",
        "template fulfil:borrow_book, person MB-0001 (human 1)",
    ):
        assert words in text
    assert "authorization:" not in text


def test_an_artifact_is_shown_with_what_is_known_about_it_and_its_files(shelf: Shelf) -> None:
    text = view(shelf, ["policy", "library"])
    assert text.startswith("policy[library]: good")
    assert "── policy.md\n# Policy\n\nBooks are lent." in text
    tables = view(shelf, ["database", "library"])
    assert re.search(r"loan: \d+ rows", tables)
    assert "LN-0000" in tables
    assert '"goal": "borrow_book"' in view(shelf, ["validated_tasks", "library"])


@pytest.mark.parametrize(
    ("names", "advice"),
    [
        (["libary"], "did you mean library?"),
        (["polcy", "library"], "did you mean policy?"),
        (["policy", "libary"], "did you mean library?"),
        (["policy"], "skiller show policy library"),
        (["library-0000000000"], "there is no task of library called library-0000000000"),
        (["a", "b", "c"], "too many"),
    ],
)
def test_unknown_names_get_the_nearest_one(shelf: Shelf, names: list[str], advice: str) -> None:
    with pytest.raises(Misuse) as fault:
        view(shelf, names)
    assert advice in str(fault.value)


def test_what_is_not_built_is_said_with_the_command_that_builds_it(shelf: Shelf) -> None:
    with pytest.raises(Fault, match=r"tool_list\[library\] is not built: run skiller run --domain library"):
        shelf.manifest("tool_list", "library")


def test_a_file_changed_by_hand_is_not_shown_as_if_it_were_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shelves.lay_out(tmp_path)
    policy = tmp_path / "data" / "policy" / "library" / "policy.md"
    policy.write_text(policy.read_text().replace("lent", "sold"))
    with pytest.raises(BrokenArtifact, match=r"policy\.md was changed after it was made"):
        view(open_shelf(), ["policy", "library"])


def test_a_pair_is_shown_and_opened_like_a_domain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SKILLER_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    shelves.lay_out(tmp_path)
    store, pair = Store(tmp_path / "data"), "library__museum"
    write_registry(store, Registry(("library", "museum"), (pair,)))
    for artifact in ("blueprint", "database", "policy"):
        folder = store.folder(artifact, shelves.KEY)
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}
        shelves.keep(store, artifact, files, pair)
    shelf = open_shelf()
    assert view(shelf, [pair]).startswith(f"Mill Lane Library ({pair})")
    assert view(shelf, ["fused_policy", pair]) == view(shelf, ["policy", pair])
    assert view(shelf, ["policy", pair]).startswith(f"policy[{pair}]: good")
    assert "borrow_book" in shelf.world(pair).contract.tools
    with pytest.raises(Misuse, match="did you mean library__museum"):
        view(shelf, ["library__musem"])
    with pytest.raises(Misuse, match="did you mean policy"):
        view(shelf, ["fused_policy", "library"])
