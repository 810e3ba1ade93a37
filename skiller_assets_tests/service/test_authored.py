"""A contract from replies in parts: a service that no catalogue has, and what a model gets wrong on its way there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from skiller_assets.contract.errors import ContractError
from skiller_assets.ontology.outline import ask_outline, declared, entities_ask, outline_json
from skiller_assets.service.authoring.gates import try_contract, try_data, try_talk
from skiller_assets.service.authoring.merge import Raw, contract_of, with_data, with_talk, with_tools
from skiller_assets.service.authoring.parts import DataPart, TalkPart, ToolsPart
from skiller_assets.service.blueprint import author_blueprint
from skiller_assets.service.loading import contract_json
from skiller_assets_tests.ask.doors import Scripted, door_to
from skiller_assets_tests.service.authored import (
    ASKS,
    GONE,
    SPEC,
    planted,
    reply,
    tables,
    whole,
    with_its_data,
    with_its_tools,
)


def test_a_service_of_no_catalogue_is_authored_from_five_replies(tmp_path: Path) -> None:
    provider = Scripted([json.dumps(reply(ask)) for ask in ASKS])
    door, topic = door_to(provider, tmp_path), reply("topic")
    entities = {name: declared(entity) for name, entity in door.ask(entities_ask(topic)).entities.items()}
    outline = outline_json(ask_outline(topic, entities, door))
    trial = author_blueprint(topic, outline, SPEC, door)
    assert [prompt.name for prompt in provider.prompts] == list(ASKS)
    assert trial.faults == ()
    assert contract_json(trial.contract) == contract_json(contract_of(whole()))
    assert len(trial.evidence["rules"]) > 30
    assert all(rule["holds"] and rule["fails"] for rule in trial.evidence["rules"])


def data_faults(raw: Raw) -> str:
    return "\n".join(try_data(contract_of(raw), SPEC)[1])


def work_faults(raw: Raw) -> str:
    return "\n".join(try_contract(contract_of(raw), SPEC).faults)


_COLUMNS = ("tables", "assignment", "attributes")
_PLACES = {
    "rows": [{"courthouse_id": "CH-01", "name": "Place 1", "city": "4711", "travel_minutes": 3, "has_video": True}]
}

DATA: dict[str, tuple[Sequence[str | int], Any, str]] = {
    "no rows": (
        ("tables", "charge", "population"),
        {"query": "SELECT assignment_id, fee AS amount, 'travel' AS reason FROM assignment WHERE 1 = 0"},
        "table charge: no row arises in it; its population must make some",
    ),
    "one value only": (
        (*_COLUMNS, "case_kind", "generate"),
        {"choice": ["family"]},
        "attribute case_kind: each of its 566 rows is 'family'; let generate or settle spread them over criminal",
    ),
    "nothing in the initial state": (
        (*_COLUMNS, "status", "generate"),
        {"choice": ["confirmed", "cancelled"]},
        "table assignment: attribute status: none of its 566 rows is in the initial state 'requested'",
    ),
    "a space in a datetime": (
        (*_COLUMNS, "starts_at", "generate"),
        {"sql": "datetime(:now, '-' || CAST(40 * draw('day', assignment_id) AS INTEGER) || ' days')"},
        "are no datetime in the form of 2025-03-10T09:00:00: write strftime('%Y-%m-%dT%H:%M:%S', …)",
    ),
    "filler": (("tables", "courthouse"), {"population": _PLACES}, "attribute name: 'Place 1' stand where real texts"),
    "a city in digits": (("tables", "courthouse"), {"population": _PLACES}, "'4711' do not look like a city"),
    "fractions of cents": (
        (*_COLUMNS, "fee", "generate"),
        {"sql": "hours * 35.5"},
        "cannot store REAL value in INTEGER column assignment.fee (whole numbers only, money in minor units: CAST(",
    ),
    "a column that nothing fills": (
        (*_COLUMNS, "hours"),
        GONE,
        "table assignment: attribute hours: is empty in 566 of 566 rows",
    ),
    "a broken invariant": (
        (*_COLUMNS, "status", "generate"),
        {"choice": ["requested", "done"]},
        "invariant done_is_past: is broken by",
    ),
    "an invented column": (
        (*_COLUMNS, "fee", "generate"),
        {"sql": "hours * rate"},
        "no such column assignment.rate; columns are",
    ),
}


@pytest.mark.parametrize("fault", DATA)
def test_data_that_will_not_do_are_told_why(fault: str) -> None:
    path, value, complaint = DATA[fault]
    part = DataPart.model_validate(planted("blueprint_data", path, value))
    assert complaint in data_faults(with_data(tables(), part))


def test_the_data_as_they_were_replied_have_no_fault() -> None:
    assert data_faults(with_its_data()) == ""


_MOVE, _BOOK = ("tools", "move_assignment"), ("tools", "book_interpreter")

TOOLS: dict[str, tuple[Sequence[str | int], Any, str]] = {
    "a check of many rows": (
        (*_MOVE, "rules", 3, "check"),
        "SELECT moves < :max_moves FROM assignment",
        "tool move_assignment: a call fails with “moves_left yields 566 rows; one is expected”, with {'assignment_id'",
    ),
    "an effect against the schema": (
        (*_MOVE, "effects", 0, "sql"),
        "UPDATE assignment SET starts_at = NULL, moves = moves + 1 WHERE assignment_id = :assignment_id",
        "tool move_assignment: a call fails with “NOT NULL constraint failed: assignment.starts_at”",
    ),
    "a result of no row": (
        ("tools", "file_complaint", "returns"),
        {"one": "SELECT complaint_id FROM complaint WHERE complaint_id = 'x'"},
        "tool file_complaint: a call fails with “the result has 0 rows; one is expected”",
    ),
    "an effect against an invariant": (
        (*_MOVE, "effects", 0, "sql"),
        "UPDATE assignment SET starts_at = :starts_at, moves = moves + 1, mode = 'by video' "
        "WHERE assignment_id = :assignment_id",
        "tool move_assignment: a permitted call breaks the invariant video_where_possible (",
    ),
    "a state against the lifecycle": (
        ("tools", "withdraw_complaint", "rules", 2),
        {
            "id": "complaint_decided",
            "kind": "status",
            "says": "Only a rejected complaint can be withdrawn.",
            "answer": "it is not decided",
            "check": "SELECT status = 'rejected' FROM complaint WHERE complaint_id = :complaint_id",
        },
        "goes from rejected to withdrawn, which its lifecycle does not allow",
    ),
    "a datetime with a space": (
        (*_MOVE, "effects", 0, "sql"),
        "UPDATE assignment SET starts_at = datetime(:starts_at, '+0 days'), moves = moves + 1 "
        "WHERE assignment_id = :assignment_id",
        "tool move_assignment: datetime() puts a space between day and time",
    ),
    "a unit said twice": (
        (*_BOOK, "rules", 2, "says"),
        "An interpreter is booked at least {lead_hours} hours before the start.",
        "tool book_interpreter: rule in_time: says “{lead_hours} hours”, and {lead_hours} reads “24 hours”",
    ),
    "a currency said twice": (
        (*_BOOK, "rules", 7, "says"),
        "Whoever owes more than {owed_limit} dollars pays first.",
        "says “{owed_limit} dollars”, and {owed_limit} reads “200.00 USD”",
    ),
    "a parameter without values": (
        (*_BOOK, "parameters", "hours", "choose"),
        GONE,
        "tool book_interpreter: parameter hours: nothing says which values people ask for",
    ),
    "a list without order": (
        ("tools", "list_courthouses", "returns"),
        {"many": "SELECT courthouse_id, name FROM courthouse WHERE :city IS NULL OR city = :city LIMIT 15"},
        "tool list_courthouses: returns: a list without order",
    ),
    "a list without end": (
        ("tools", "list_courthouses", "returns"),
        {"many": "SELECT courthouse_id, name FROM courthouse WHERE :city IS NULL OR city = :city ORDER BY name"},
        "tool list_courthouses: returns: a list without end: add LIMIT 15",
    ),
    "no answer": (
        (*_BOOK, "rules", 0, "answer"),
        GONE,
        "tool book_interpreter: rule interpreter_exists: has no",
    ),
    "an id with two meanings": (
        (*_BOOK, "rules", 0, "says"),
        "There must be such an interpreter.",
        "rule interpreter_exists: an id means one rule, and in book_interpreter it says “There must be",
    ),
    "a limit beyond the data": (
        ("constants", "owed_limit", "value"),
        100_000,
        "tool book_interpreter: rule little_owed never fails on the data: of 105 tried calls it held in all",
    ),
    "a limit below the data": (
        ("constants", "max_open", "value"),
        0,
        "rule few_open never holds",
    ),
    "an unsaid constant": (
        (*_BOOK, "rules", 2, "says"),
        "An interpreter is booked in time.",
        "tool book_interpreter: rule in_time: applies the constant :lead_hours and does not say {lead_hours}",
    ),
    "nobody authorizes": (
        ("tools", "authorize_lawyer"),
        GONE,
        "tools: exactly one tool authorizes lawyer; found: none",
    ),
}


@pytest.mark.parametrize("fault", TOOLS)
def test_tools_that_will_not_do_are_told_why(fault: str) -> None:
    path, value, complaint = TOOLS[fault]
    part = ToolsPart.model_validate(planted("blueprint_tools", path, value))
    assert complaint in work_faults(with_tools(with_its_data(), part))


def test_the_tools_as_they_were_replied_have_no_fault() -> None:
    assert work_faults(with_its_tools()) == ""


def test_a_tool_whose_calls_fail_is_not_told_that_its_rules_are_dead() -> None:
    path, value, _ = TOOLS["a check of many rows"]
    part = ToolsPart.model_validate(planted("blueprint_tools", path, value))
    assert "never" not in work_faults(with_tools(with_its_data(), part))


_VOICE = ("voices", "move_assignment")

TALK: dict[str, tuple[Sequence[str | int], Any, str]] = {
    "a want as a sentence": (
        (*_VOICE, "wants", 0),
        "I want to move a booking.",
        "tool move_assignment: voice: the want “I want to move a booking.” must go on after “I would like to …”",
    ),
    "a want with a tool": ((*_VOICE, "wants", 0), "call move_assignment", "names the tool move_assignment"),
    "half a reason": (
        (*_VOICE, "because", 0),
        "because of illness",
        "tool move_assignment: voice: the reason “because of illness” must be a whole sentence",
    ),
    "too few reasons": ((*_VOICE, "because"), ["The judge is ill."], "voice: has 1 reasons; at least 5 are wanted"),
    "a goal that nobody wants": (
        ("voices", "list_my_assignments"),
        GONE,
        "storyline 2: nobody wants list_my_assignments",
    ),
    "a constant that is none": (("background",), "Within {grace} days.", "quotes {grace}, which is no constant"),
    "a date that nobody asks for": (
        ("columns", "complaint.filed_on"),
        {"phrase": "filed on {value}"},
        "columns: complaint.filed_on: a customer asks for “the filed on”, which nobody says: give it a label",
    ),
    "an argument that nobody names": (
        ("parameters", "move_assignment.starts_at"),
        {"phrase": "on {value}"},
        "parameters: move_assignment.starts_at: a customer is told of it as “starts at: …”, which nobody says",
    ),
    "a label that is no noun": (
        ("parameters", "move_assignment.starts_at"),
        {"label": "is to begin at"},
        "a customer is told of it as “is to begin at: …”, which nobody says",
    ),
    "too little out of scope": (("out_of_scope",), [], "has 0 requests out of scope; at least 6 are wanted"),
}


@pytest.mark.parametrize("fault", TALK)
def test_talk_that_will_not_do_is_told_why(fault: str) -> None:
    path, value, complaint = TALK[fault]
    part = TalkPart.model_validate(planted("blueprint_talk", path, value))
    assert complaint in "\n".join(try_talk(contract_of(with_talk(with_its_tools(), part))))


UNKNOWN: dict[str, tuple[str, Sequence[str | int], Any, str]] = {
    "a table": ("blueprint_data", ("tables", "hearing"), {}, "tables: there is no table hearing (tables are lawyer, "),
    "a column": (
        "blueprint_data",
        (*_COLUMNS, "room"),
        {"unique": True},
        "table assignment: there is no attribute room (attributes are assignment_id, ",
    ),
    "a tool": (
        "blueprint_talk",
        ("voices", "call_judge"),
        {"wants": []},
        "there is no tool call_judge (tools are",
    ),
    "a column to name": (
        "blueprint_talk",
        ("columns", "charge.tax"),
        {},
        "there is no column charge.tax (columns are",
    ),
    "an argument": (
        "blueprint_talk",
        ("parameters", "book_interpreter.room"),
        {},
        "there is no parameter book_interpreter.room (parameters are book_interpreter.",
    ),
}


def _merge(name: str, part: dict[str, Any]) -> Raw:
    if name == "blueprint_data":
        return with_data(tables(), DataPart.model_validate(part))
    return with_talk(with_its_tools(), TalkPart.model_validate(part))


@pytest.mark.parametrize("what", UNKNOWN)
def test_a_part_cannot_speak_of_what_is_not_there(what: str) -> None:
    name, path, value, complaint = UNKNOWN[what]
    spoiled = planted(name, path, value)
    with pytest.raises(ContractError) as caught:
        _merge(name, spoiled)
    assert complaint in str(caught.value)


def test_tools_are_asked_for_without_their_talk() -> None:
    with pytest.raises(ValidationError, match="voice"):
        ToolsPart.model_validate(planted("blueprint_tools", (*_MOVE, "voice"), {"wants": ["x"]}))


def test_a_value_arises_in_one_way_and_the_other_is_named() -> None:
    two = planted("blueprint_data", (*_COLUMNS, "hours", "generate"), {"integer": [1, 8], "choice": [1, 2]})
    with pytest.raises(ValidationError, match=r"exactly one of human, choice, .* sql, and has integer, choice"):
        DataPart.model_validate(two)


def test_tools_may_amend_the_data_and_take_constants_away() -> None:
    amended = {
        **reply("blueprint_tools"),
        "constants": {**reply("blueprint_tools")["constants"], "travel_charge": None},
        "tables": {"assignment": {"attributes": {"moves": {"generate": {"integer": [0, 3]}}}}},
        "settle": [{"says": "Nobody complains.", "sql": "DELETE FROM complaint"}],
    }
    merged = with_tools(with_its_data(), ToolsPart.model_validate(amended))
    assert "travel_charge" not in merged["constants"]
    assert merged["relationships"]["assignment"]["attributes"]["moves"]["generate"] == {"integer": [0, 3]}
    assert len(merged["settle"]) == 1
    assert merged["invariants"] == reply("blueprint_data")["invariants"]


def test_tables_stay_as_they_were_agreed() -> None:
    def shape(raw: Raw) -> dict[str, Any]:
        return {
            name: {column: (a.type, a.refers_to) for column, a in table.attributes.items()}
            for name, table in contract_of(raw).tables.items()
        }

    assert shape(whole()) == shape(tables())
