"""The blueprint of an authored domain: what is accepted, what is complained about, and what is mended."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from resources.offline.composer import compose
from skiller_assets.ask import AskFailed
from skiller_assets.service.blueprint import author_blueprint
from skiller_assets.world.generate import WorldSpec
from skiller_assets_tests.ask.doors import Scripted, door_to, offline_door
from skiller_assets_tests.composed import NOW, catalogue

NAME = "yoga_school"
SPEC = WorldSpec(1, NOW, 300)
TOPIC = {
    "domain": NAME,
    "title": catalogue().services[NAME].title,
    "describe": catalogue().services[NAME].describe,
    "context": "sports",
}

Change = Callable[[dict[str, Any]], object]


def contract() -> dict[str, Any]:
    """What the author composes at first."""
    return deepcopy(compose(catalogue(), NAME, 1))


def outline() -> dict[str, Any]:
    """The tables of that contract."""
    whole = contract()
    return {"entities": whole["entities"], "relationships": whole["relationships"]}


def book(raw: dict[str, Any]) -> dict[str, Any]:
    """The tool that makes a booking."""
    found: dict[str, Any] = raw["tools"]["book_class"]
    return found


def test_the_offline_author_is_accepted_with_evidence(tmp_path: Path) -> None:
    trial = author_blueprint(TOPIC, outline(), SPEC, offline_door(tmp_path))
    assert trial.contract.domain == NAME
    assert trial.faults == ()
    assert {rule["tool"] for rule in trial.evidence["rules"]} >= {"book_class", "cancel_booking"}


def _dead_rule(raw: dict[str, Any]) -> None:
    rules = book(raw)["rules"]
    rules.append(
        {"id": "always", "says": "Nothing is asked.", "check": "SELECT 1 = 1", "kind": "limit", "answer": "no"}
    )


def _dead_effect(raw: dict[str, Any]) -> None:
    effect = {"says": "Nothing happens.", "sql": "UPDATE booking SET places = places WHERE booking_id = :new_booking"}
    book(raw)["effects"].append({**effect, "sql": effect["sql"].replace(":new_booking", ":new_record")})


def _invented_column(raw: dict[str, Any]) -> None:
    book(raw)["rules"][-1]["check"] = "SELECT loyalty > 0 FROM student WHERE student_id = :me"


def _too_few_tools(raw: dict[str, Any]) -> None:
    for name in [n for n, tool in raw["tools"].items() if tool["access"] == "read"][:5]:
        del raw["tools"][name]
    raw["storylines"] = raw["storylines"][:0]


def _no_rows(raw: dict[str, Any]) -> None:
    raw["relationships"]["booking"]["population"] = {"each": {"of": "student", "counts": {0: 1}}}


PLANTED: dict[str, tuple[Change, str]] = {
    "a rule that never fails": (_dead_rule, "tool book_class: rule always never fails on the data"),
    "an effect that changes nothing": (_dead_effect, "tool book_class: effect 3 .* never changes anything"),
    "an invented column": (_invented_column, "no such column student.loyalty; columns are"),
    "too few tools": (_too_few_tools, "tools; 10 to 20 are wanted"),
    "a table without rows": (_no_rows, "table booking: no row arises in it"),
    "another domain": (lambda raw: raw.update(domain="pilates_school"), "domain is pilates_school, not yoga_school"),
    "another table": (
        lambda raw: raw["relationships"].update(note=deepcopy(raw["relationships"]["booking"])),
        "table note is not in the outline",
    ),
    "another type": (
        lambda raw: raw["entities"]["student"]["attributes"]["phone_changed_on"].update(
            type="text", semantic_type="code"
        ),
        "student.phone_changed_on has another type or reference than in the outline",
    ),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_what_is_wrong_is_complained_about_and_the_mended_reply_accepted(fault: str, tmp_path: Path) -> None:
    change, complaint = PLANTED[fault]
    broken = contract()
    change(broken)
    provider = Scripted([json.dumps(broken), json.dumps(contract())])
    trial = author_blueprint(TOPIC, outline(), SPEC, door_to(provider, tmp_path))
    assert trial.faults == ()
    (turn,) = provider.prompts[1].rejected
    assert any(re.search(complaint, said) for said in turn.complaints), turn.complaints


def test_what_is_never_mended_is_not_shipped(tmp_path: Path) -> None:
    broken = contract()
    _dead_rule(broken)
    with pytest.raises(AskFailed, match="always never fails"):
        author_blueprint(TOPIC, outline(), SPEC, door_to(Scripted([json.dumps(broken)] * 5), tmp_path))
