"""Rules over frames: what holds, what does not, and what could not even be checked."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from skiller_assets.service.validation import ExpectationOutcome, Fields, Rule, failures, validate, validate_records

FIELDS = Fields(
    required=("task_id", "opening"),
    unique=("task_id",),
    values={"kind": ("fulfil", "refuse")},
    lengths={"opening": (10, 60)},
    patterns={"task_id": r"^harbour-[0-9a-f]{6}$"},
)
RECORDS = [
    {"task_id": "harbour-0000aa", "kind": "fulfil", "opening": "Hello, I need to move my visit."},
    {"task_id": "harbour-0000ab", "kind": "refuse", "opening": "Hi there, please cancel all of it."},
]
BAD = {
    "present": {"task_id": "harbour-0000ac", "kind": "fulfil", "opening": None},
    "unique": RECORDS[0],
    "one_of": {"task_id": "harbour-0000ac", "kind": "guess", "opening": "Hello, I need a new visit."},
    "length": {"task_id": "harbour-0000ac", "kind": "fulfil", "opening": "Hi."},
    "format": {"task_id": "quay-1", "kind": "fulfil", "opening": "Hello, I need a new visit."},
}


def test_sound_records_pass_every_rule() -> None:
    outcomes = validate_records("queries", pd.DataFrame(RECORDS), FIELDS)
    assert [o.success for o in outcomes] == [True] * 6
    assert failures(outcomes) == []


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_record_fails_the_rule_that_it_breaks(fault: str) -> None:
    outcomes = validate_records("queries", pd.DataFrame([*RECORDS, BAD[fault]]), FIELDS)
    assert [o.expectation for o in outcomes if not o.success] == [fault]


def test_a_failure_shows_how_many_rows_and_which_values() -> None:
    frame = pd.DataFrame({"n": [1, 2, 300, 400]})
    outcome = validate("numbers", frame, [Rule("ExpectColumnValuesToBeBetween", {"column": "n", "max_value": 9}, "n")])[
        0
    ]
    assert outcome == ExpectationOutcome(
        "numbers", "n", "ExpectColumnValuesToBeBetween", False, "2 of 4 rows, such as [300, 400]"
    )
    json.dumps(outcome.detail)


def test_a_missing_column_is_shown_as_an_error_and_not_as_bad_data() -> None:
    rules = [
        Rule("ExpectColumnValuesToBeUnique", {"column": "m"}),
        Rule("ExpectColumnValuesToBeUnique", {"column": "n"}),
    ]
    missing, there = validate("numbers", pd.DataFrame({"n": [1, 2]}), rules)
    assert not missing.success
    assert missing.detail.startswith("could not be checked: ")
    assert '"m"' in missing.detail
    assert there.success


def test_outcomes_keep_the_order_of_the_rules() -> None:
    columns = [f"c{i}" for i in range(12)]
    frame = pd.DataFrame({column: [1, 1] for column in columns})
    rules = [Rule("ExpectColumnValuesToBeUnique", {"column": column}, column) for column in reversed(columns)]
    assert [o.column for o in validate("t", frame, rules)] == columns[::-1]


def test_validation_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    validate("t", pd.DataFrame({"n": [1]}), [Rule("ExpectColumnValuesToBeUnique", {"column": "n"})])
    assert list(tmp_path.iterdir()) == []
