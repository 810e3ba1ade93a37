"""Values as a domain file writes them become values as SQL stores them, or an error that says why not."""

from __future__ import annotations

from typing import Any

import pytest

from skiller_assets.contract.model import Attribute
from skiller_assets.contract.values import SqlValue
from skiller_assets.contract.vocabulary import ValueType
from skiller_assets.world.columns import ColumnError, Setting, generated, shown, stored
from skiller_assets.world.humans import Humans
from skiller_assets.world.population import counted

NOW = "2025-03-10T09:00:00"


def values(type_: str, rows: int = 400, candidates: list[SqlValue] | None = None, **generate: Any) -> list[SqlValue]:
    attribute = Attribute.model_validate({"type": type_, "generate": generate})
    setting = Setting(NOW, (7, "table", "column"), Humans(NOW, 7, "human"), {}, lambda _: candidates or [])
    return generated(attribute, counted(rows), setting)


@pytest.mark.parametrize(
    ("type_", "written", "kept"),
    [
        ("money", 25, 2500),
        ("money", 19.99, 1999),
        ("boolean", True, 1),
        ("boolean", 0, 0),
        ("list", ["a", 1], '["a", 1]'),
        ("time", "09:30", "09:30"),
        ("datetime", "2025-02-03T09:30", "2025-02-03T09:30:00"),
        ("number", 3, 3.0),
        ("text", None, None),
    ],
)
def test_a_written_value_is_stored_by_its_type(type_: ValueType, written: Any, kept: SqlValue) -> None:
    assert stored(written, type_) == kept


@pytest.mark.parametrize(
    ("type_", "written"),
    [
        ("money", 0.001),
        ("money", "25"),
        ("boolean", "yes"),
        ("list", "a"),
        ("time", 570),
        ("time", "25:00"),
        ("date", "2025-02-30"),
        ("integer", True),
        ("integer", 1.5),
        ("text", 5),
    ],
)
def test_a_value_of_another_type_is_refused(type_: ValueType, written: Any) -> None:
    with pytest.raises(ColumnError, match="is not of type"):
        stored(written, type_)


def test_stored_values_are_shown_as_people_write_them() -> None:
    assert [shown(2500, "money"), shown(1, "boolean"), shown("[1]", "list"), shown(None, "money")] == [
        25,
        True,
        [1],
        None,
    ]


def test_steps_are_exact_and_both_ends_occur() -> None:
    assert set(values("money", money=[0.1, 0.5, 0.1])) == {10, 20, 30, 40, 50}
    assert set(values("number", number=[0, 1, 0.25])) == {0.0, 0.25, 0.5, 0.75, 1.0}
    assert set(values("integer", integer=[2, 9, 3])) == {2, 5, 8}


def test_a_weighted_choice_may_name_numbers_and_booleans_as_text() -> None:
    assert set(values("integer", choice={"1": 0.5, "2": 0.5})) == {1, 2}
    assert set(values("boolean", choice={"true": 0.5, "false": 0.5})) == {0, 1}
    assert set(values("money", choice={"9.99": 1.0})) == {999}


def test_a_pattern_keeps_what_is_no_mark() -> None:
    assert all(
        isinstance(v, str) and v.startswith("{A-") and v[3].isdigit() and v[4].isupper()
        for v in values("text", pattern="{A-#@")
    )


@pytest.mark.parametrize(
    ("type_", "generate", "message"),
    [
        ("id", {"pick": {"table": "slot", "where": "is_free = 1"}}, "no row of slot where is_free = 1 can be picked"),
        ("text", {"template": "{nobody}"}, "quotes nobody"),
        ("integer", {"integer": [5, 2]}, "holds no number"),
        ("text", {"choice": {"a": 0.0}}, "weights"),
        ("text", {"choice": []}, "no choice"),
        ("integer", {"choice": {"one": 1.0}}, "is not of type integer"),
        ("date", {"date": {"from": "2d", "to": "1d"}}, "no moment lies between"),
    ],
)
def test_what_cannot_be_generated_says_why(type_: str, generate: dict[str, Any], message: str) -> None:
    with pytest.raises(ColumnError, match=message):
        values(type_, **generate)
