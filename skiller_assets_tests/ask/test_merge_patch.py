"""Patches change what they say and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skiller_assets.ask.merge_patch import difference, drafted, patched

VALUES = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"a": "foo"}, "bar", "bar"),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ],
)
def test_the_cases_of_the_specification(target: Any, patch: Any, result: Any) -> None:
    assert patched(target, patch) == result


@settings(deadline=None)
@given(OBJECTS, OBJECTS)
def test_a_difference_leads_from_one_object_to_the_other(before: Any, after: Any) -> None:
    assert patched(before, difference(before, after)) == after


def test_a_draft_is_the_first_object_and_the_patches_that_followed() -> None:
    replies = ["nothing", '{"a": 1, "b": {"c": 2}}', "[1]", '```json\n{"b": {"c": null}}\n```']
    assert drafted(replies) == {"a": 1, "b": {}}
    assert drafted(["", "[]"]) is None
