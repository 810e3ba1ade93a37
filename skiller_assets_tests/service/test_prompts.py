"""What an author is told of the contract language: all of its words, an example that stands, and not too much."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from skiller_assets.ask import AskError
from skiller_assets.ask.templates import SHARED, template
from skiller_assets.contract.language import language
from skiller_assets.contract.model import Attribute, Constant, Effect, Operation, Parameter, Returns, Rule
from skiller_assets.contract.wording import say_constant
from skiller_assets.ontology import outline as ontology
from skiller_assets.ontology.outline import Entities, Outline, outline_json
from skiller_assets.service.authoring.gates import try_contract, try_data, try_talk
from skiller_assets.service.authoring.merge import contract_of, outlined, with_data, with_talk, with_tools
from skiller_assets.service.authoring.parts import DataPart, TalkPart, ToolsPart
from skiller_assets.service.blueprint import author_blueprint
from skiller_assets.world.generate import WorldSpec
from skiller_assets_tests.ask.doors import Scripted, door_to
from skiller_assets_tests.service.authored import ASKS, SPEC, reply

TOKENS = 7000
SIZE = re.compile(r"has \d+ (?:tools|tools that write|rules|requests out of scope); .*wanted")
"""What the example may fall short of: a small service shows as much as a large one."""


def example(part: str) -> Any:
    """The example of a part, as the prompts show it."""
    block = re.fullmatch(
        r"```json\n(.*)\n```\n", (SHARED / f"example_{part}.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert block is not None
    return json.loads(block[1])


def said_by(*names: str) -> str:
    """Pages on the language as a prompt includes them."""
    return "\n".join(template(SHARED / f"language_{name}.md").render(language=language()) for name in names)


def test_the_example_stands_every_gate_but_that_of_its_size() -> None:
    outline = {**example("outline"), **Entities.model_validate(example("entities")).model_dump(exclude_unset=True)}
    raw = outlined("library", outline_json(Outline.model_validate(outline)))
    raw = with_data(raw, DataPart.model_validate(example("data")))
    _, faults = try_data(contract_of(raw), SPEC)
    assert faults == ()
    raw = with_tools(raw, ToolsPart.model_validate(example("tools")))
    trial = try_contract(contract_of(raw), SPEC)
    raw = with_talk(raw, TalkPart.model_validate(example("talk")))
    assert [f for f in (*trial.faults, *try_talk(contract_of(raw))) if not SIZE.fullmatch(f)] == []
    assert len(trial.evidence["rules"]) == 12


@pytest.mark.parametrize(
    ("lists", "pages"),
    [
        (("types", "semantic_types", "attribute"), ("tables",)),
        (("human_fields", "generate", "population"), ("rows",)),
        (("functions",), ("sql",)),
        (("rule_kinds", "reserved_names", "reserved_tools"), ("tools",)),
        (("conduct_kinds",), ("talk",)),
    ],
)
def test_every_word_of_the_language_is_told(lists: tuple[str, ...], pages: tuple[str, ...]) -> None:
    text = said_by(*pages)
    for name in lists:
        assert [word for word in language()[name] if word not in text] == []


@pytest.mark.parametrize(
    ("model", "pages", "elsewhere"),
    [
        (Attribute, ("tables", "rows"), set()),
        (Parameter, ("tables", "tools"), set()),
        (Operation, ("tools",), {"principal", "authorized_by"}),  # for pairs of domains only
        (Rule, ("tools",), set()),
        (Effect, ("tools",), set()),
        (Returns, ("tools",), set()),
    ],
)
def test_every_member_is_explained_or_left_out_on_purpose(
    model: Any, pages: tuple[str, ...], elsewhere: set[str]
) -> None:
    text = said_by(*pages)
    names = {field.alias or name: name for name, field in model.model_fields.items()}
    assert {name for said, name in names.items() if not re.search(rf"[`\"]{said}\b|\b{said}[`\":]", text)} == elsewhere


def test_each_way_of_generating_and_populating_has_its_example() -> None:
    text = said_by("rows")
    for name in (*language()["generate"], *language()["population"]):
        assert f'{{"{name}": ' in text


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The prompts of a whole service, by ask."""
    provider = Scripted([json.dumps(reply(ask)) for ask in ASKS])
    door, topic = door_to(provider, tmp_path_factory.mktemp("asked")), reply("topic")
    entities = {n: ontology.declared(e) for n, e in door.ask(ontology.entities_ask(topic)).entities.items()}
    author_blueprint(topic, outline_json(ontology.ask_outline(topic, entities, door)), SPEC, door)
    return {prompt.name: prompt.text for prompt in provider.prompts}


@pytest.mark.parametrize("ask", ASKS)
def test_a_prompt_is_short_enough_for_a_small_window(ask: str, asked: dict[str, str]) -> None:
    assert len(asked[ask]) / 4 < TOKENS
    assert "court_interpreters" in asked[ask]
    assert "{{" not in asked[ask]


def test_tools_are_asked_for_with_what_the_data_look_like(asked: dict[str, str]) -> None:
    assert "values (rows): done (" in asked["blueprint_tools"]
    assert "- **assignment** (relationship, 566 rows)" in asked["blueprint_tools"]
    assert (
        "per lawyer: 0 (45 of them), 1 (85), 2 (87), 3 to 5 (83); per interpreter: 7 to 23;" in asked["blueprint_tools"]
    )
    assert 'Constants so far: {"travel_charge"' in asked["blueprint_tools"]
    assert "assignment → " not in asked["blueprint_data"]
    assert "566 rows" not in asked["blueprint_data"]
    assert "requested → confirmed | cancelled" in asked["blueprint_data"]


def test_entities_are_asked_for_with_what_staff_and_what_holds_everywhere_are(asked: dict[str, str]) -> None:
    text = " ".join(asked["entities"].split())
    assert "beside these, if it matters who does the work, one person with `role: staff`" in text
    assert (
        "such as anybody in this role has; where only customers of this service have them, the role has a narrower"
        in text
    )
    assert "as many as `:rows` says" in text


def test_talk_is_asked_for_with_the_rules(asked: dict[str, str]) -> None:
    assert "only the agent knows: Criminal cases need a certified interpreter." in asked["blueprint_talk"]
    assert "`{notice_hours}`: 48 hours (integer)" in asked["blueprint_talk"]


def test_data_are_asked_for_with_the_rows_that_the_world_will_have(tmp_path: Path) -> None:
    provider = Scripted([json.dumps(reply(ask)) for ask in ASKS[2:]])
    spec = WorldSpec(SPEC.seed, SPEC.now, 120)
    with pytest.raises(AskError):
        author_blueprint(
            reply("topic"), outline_json(Outline.model_validate(reply("outline"))), spec, door_to(provider, tmp_path)
        )
    text = provider.prompts[0].text
    assert "No population at all: 120 rows" in text
    assert "Customers have 120 rows" in text
    assert "300" not in text
    assert '"travel_minutes": 35, "has_video": true}]}' in text


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (
            "rows",
            "the row's own is qualified by its table: `(SELECT price FROM book WHERE book.book_id = loan.book_id)`",
        ),
        ("rows", "each after those that it reads, in whatever order they are listed"),
        ("rows", "in the order in which `population` yields them"),
        ("rows", "(witnesses, passengers) are a `choice`"),
        (
            "rows",
            "a number from 0 to 1, 1 excluded, that depends on its arguments only, of which it has as many as you like",
        ),
        ("tools", "nor is a boolean needs `choose`"),
        ("tools", "A search or list shows what cannot be had as well"),
        ("tools", "a tool that shows one record has rules that it exists and whose it is"),
        ("tools", "A limit counts what the call itself does"),
    ],
)
def test_what_authors_could_not_know_is_said(page: str, told: str) -> None:
    assert told in " ".join(said_by(page).split())


@pytest.mark.parametrize(
    ("type_", "value", "unit"),
    [("money", 1.5, None), ("integer", 24, "hours"), ("integer", 1, "hours"), ("integer", 15, "%")]
    + [("integer", times, "times") for times in (1, 2, 3)],
)
def test_a_constant_reads_as_authors_are_told(type_: Any, value: float, unit: str | None) -> None:
    reads = say_constant(Constant(type=type_, value=value, unit=unit), "USD")
    assert f'"{reads}"' in said_by("tools")
