"""What was built can be read in a terminal, down to the source of a single value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from resources.store import BrokenArtifact
from skiller_assets.artifact import as_jsonl
from skiller_assets.commands.faults import Fault, Misuse
from skiller_assets.commands.shelf import Shelf, open_shelf
from skiller_assets.commands.show import view
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
        "template    fulfil:borrow_book",
        "1. borrow_book: borrow a book",
        "from the database of library",
        "1 new      LN-",
    ):
        assert " ".join(words.split()) in " ".join(text.split())
    assert "authorization:" not in text
    assert "The pair" not in text


def test_so_much_of_an_id_as_is_unique_is_enough(shelf: Shelf, task: Task) -> None:
    whole = view(shelf, [task.id])
    assert view(shelf, [task.id[:-4]]) == whole
    assert view(shelf, ["library-"]) == whole


def test_what_a_task_was_made_from_and_is_not_on_disk_any_more_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SKILLER_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    shelves.lay_out(tmp_path)
    shelf = open_shelf()
    made = replace(shelves.borrowing(), hashes={"policy": "0" * 64, "contract": "1" * 64})
    shelves.keep(shelf.store, "validated_tasks", {"tasks.jsonl": as_jsonl([made.as_json()])})
    text = view(shelf, [made.id])
    assert "policy    000000000000  not what is on disk" in text
    assert "contract  111111111111  not what is on disk" in text


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
        (["library-0000000000"], "there is no task of library called library-0000000000: did you mean library-"),
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
