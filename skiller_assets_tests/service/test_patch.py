"""Edits are made exactly or not at all, and what is wrong with one is told so that it can be mended."""

from __future__ import annotations

import pytest

from skiller_assets.service.patch import Edit, EditMisfit, ServerPatch, apply_edits, patch_ask, patch_complaints

CODE = "import json\n\n\ndef one():\n    return 1\n\n\ndef two():\n    return 1\n"


def patch(*edits: tuple[str, str]) -> ServerPatch:
    return ServerPatch(edits=[Edit(find=find, replace=replace) for find, replace in edits])


def test_edits_are_made_one_after_another() -> None:
    edits = patch(("def two():\n    return 1", "def two():\n    return 2"), ("return 1", "return one()")).edits
    assert apply_edits(CODE, edits) == CODE.replace("return 1", "return one()", 1).replace("return 1", "return 2")


@pytest.mark.parametrize(
    ("find", "replace", "complaint"),
    [
        ("return 1", "x", r"edit 1: `find` stands 2 times in the code \(return 1\): take in lines around it"),
        ("def  two():", "x", r"stands nowhere in the code.*most like its first line is `def two\(\):`"),
        ("§§§§§", "x", "stands nowhere in the code: copy it from the code, with its indentation"),
        ("def one():", "def one(:", "the code does not parse"),
        ("import json", "import requests", "imports requests"),
        ("import json", "import json", "leave the code as it is"),
    ],
)
def test_what_is_wrong_with_a_patch_is_told(find: str, replace: str, complaint: str) -> None:
    complaints = patch_complaints(CODE, patch((find, replace)))
    assert len(complaints) == 1
    with pytest.raises(AssertionError, match=complaint):
        raise AssertionError(complaints[0])


def test_the_edit_that_does_not_fit_is_named_by_its_number() -> None:
    with pytest.raises(EditMisfit, match="edit 2"):
        apply_edits(CODE, patch(("import json\n", ""), ("import json\n", "")).edits)


def test_a_good_patch_has_no_complaints() -> None:
    assert patch_complaints(CODE, patch(("import json", "import re"))) == []


def test_an_edit_is_summed_up_on_one_line() -> None:
    assert str(Edit(find="a\n  b", replace="c")) == "a b → c"
    assert str(Edit(find="x" * 300, replace="\n")) == "x" * 100 + "… → nothing"


def test_the_prompt_of_a_patch_has_the_code_as_it_stands() -> None:
    variables = {
        "domain": "library", "now": "2025-03-10T09:00:00", "cases": 3, "failed": 1, "failures": ["what failed"],
        "parts": {"tools": {}}, "schema": ["CREATE TABLE x (y)"],
        "tried": [{"edits": ["a → b"], "came_to": "2 cases failed after it"}],
    }  # fmt: skip
    text = patch_ask(CODE, {**variables, "serving": ""}).prompt_text()
    for words in (CODE, "what failed", "CREATE TABLE x (y);", "`a → b`; 2 cases failed after it."):
        assert words in text
