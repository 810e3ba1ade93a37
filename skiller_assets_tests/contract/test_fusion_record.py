"""The record of a fusion: complete, closed, and looked up by name."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from skiller_assets.contract.fusion import Fusion

FLOW: dict[str, Any] = {
    "id": "due_day",
    "affinity": "back_by_then",
    "gives": "library__list_my_loans",
    "path": ["due_on"],
    "column": "library__loan.due_on",
    "takes": "airline__search_flights",
    "parameter": "day",
    "derivation": "same",
    "says": "Who has to be back by then travels on that day.",
    "phrase": "the due date of my loan",
}
RULE = {"rule": "library__nothing_open", "tool": "airline__book", "over": "library", "idea": "nothing_bad"}
SETTLED = {"kind": "pace", "rules": ["a__pace", "b__pace"], "resolution": "both", "reason": "Both can be kept."}
RECORD: dict[str, Any] = {
    "members": ["airline", "library"],
    "titles": {"airline": "Airline", "library": "Library"},
    "flows": [FLOW],
    "rules": [RULE],
    "resolutions": [SETTLED],
}


def test_a_flow_is_found_by_its_id() -> None:
    fusion = Fusion.model_validate(RECORD)
    assert fusion.flow("due_day").phrase == "the due date of my loan"
    with pytest.raises(KeyError, match="another"):
        fusion.flow("another")


def test_it_survives_its_json() -> None:
    fusion = Fusion.model_validate(RECORD)
    assert Fusion.model_validate_json(fusion.model_dump_json()) == fusion


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"members": ["airline"]}, "members"),
        ({"members": ["a", "b", "c", "d"]}, "members"),
        ({"mood": "good"}, "mood"),
        ({"flows": [{**FLOW, "path": []}]}, "flows.0.path"),
        ({"flows": [{**FLOW, "derivation": "week"}]}, "flows.0.derivation"),
        ({"flows": [{**FLOW, "column": "due_on"}]}, "flows.0.column"),
        ({"flows": [{**FLOW, "phrase": ""}]}, "flows.0.phrase"),
        ({"rules": [{**RULE, "by": "tool"}]}, "rules.0.by"),
        ({"resolutions": [{**SETTLED, "rules": ["a__pace"]}]}, "resolutions.0.rules"),
        ({"resolutions": [{**SETTLED, "resolution": "weaker"}]}, "resolutions.0.resolution"),
        ({"resolutions": [{**SETTLED, "kind": "weather"}]}, "resolutions.0.kind"),
    ],
)
def test_what_it_cannot_say_is_refused_with_its_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Fusion.model_validate({**RECORD, **change})
    assert [".".join(map(str, fault["loc"])) for fault in caught.value.errors()] == [place]
