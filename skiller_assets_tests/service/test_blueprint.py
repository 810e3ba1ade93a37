"""The blueprint of an authored domain: asked for in parts, complained about, mended, and the same as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from resources.offline import OfflineAuthor
from resources.offline.composer import compose
from skiller_assets.ask import AskFailed, Completion, Prompt, Role
from skiller_assets.contract.load import contract_from
from skiller_assets.ontology.outline import ask_outline, declared, entities_ask, outline_json
from skiller_assets.service import loading
from skiller_assets.service.blueprint import author_blueprint
from skiller_assets.service.loading import contract_text
from skiller_assets.service.search import Findings
from skiller_assets.world.generate import WorldSpec
from skiller_assets.world.image import World
from skiller_assets_tests.ask.doors import door_to, offline_door
from skiller_assets_tests.composed import NOW, catalogue

NAME = "yoga_school"
SPEC = WorldSpec(1, NOW, 300)
STAGES = ["blueprint_data", "blueprint_tools", "blueprint_talk"]

Change = Callable[[dict[str, Any]], object]


def topic_of(name: str) -> dict[str, Any]:
    """The topic of a service of the catalogue."""
    service = catalogue().services[name]
    told = {key: getattr(service, key) for key in ("title", "describe", "context", "person")}
    return {"domain": name, **told, "things": list(service.things.values())}


@cache
def _outline(name: str, home: Path) -> str:
    door, topic = offline_door(home), topic_of(name)
    entities = {n: declared(e) for n, e in door.ask(entities_ask(topic)).entities.items()}
    return json.dumps(outline_json(ask_outline(topic, entities, door)))


@pytest.fixture(scope="module")
def outline(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The tables of the service, as the entity graph has them."""
    found: dict[str, Any] = json.loads(_outline(NAME, tmp_path_factory.mktemp("outline")))
    return found


class Spoiling:
    """The offline author, whose first reply to one ask is changed; remembers the prompts."""

    def __init__(self, ask: str = "", change: Change = lambda _: None, every: bool = False) -> None:
        self._author = OfflineAuthor(1)
        self._ask, self._change, self._every = ask, change, every
        self.prompts: list[Prompt] = []

    @property
    def version(self) -> str:
        return self._author.version

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"spoiled": self._ask}

    def model(self, name: str, role: Role) -> str:
        return self._author.model(name, role)

    def complete(self, prompt: Prompt) -> Completion:
        self.prompts.append(prompt)
        completion = self._author.complete(prompt)
        if prompt.name != self._ask or (prompt.rejected and not self._every):
            return completion
        reply = json.loads(completion.text)
        self._change(reply)
        return Completion(json.dumps(reply))


def test_three_parts_make_the_composed_contract_to_the_byte(outline: dict[str, Any], tmp_path: Path) -> None:
    provider = Spoiling()
    trial = author_blueprint(topic_of(NAME), outline, SPEC, door_to(provider, tmp_path))
    assert [prompt.name for prompt in provider.prompts] == STAGES
    assert trial.faults == ()
    assert contract_text(trial.contract) == contract_text(contract_from(compose(catalogue(), NAME, 1), NAME))
    assert {rule["tool"] for rule in trial.evidence["rules"]} >= {"book_class", "cancel_booking"}


def _one_of_each_archetype() -> list[str]:
    services = catalogue().services
    return sorted({service.archetype: name for name, service in sorted(services.items(), reverse=True)}.values())


@pytest.mark.parametrize("name", _one_of_each_archetype()[::3])
def test_archetypes_pass_the_gates_of_the_parts_unchanged(name: str, tmp_path: Path) -> None:
    tables = json.loads(_outline(name, tmp_path / "outline"))
    trial = author_blueprint(topic_of(name), tables, SPEC, offline_door(tmp_path))
    assert contract_text(trial.contract) == contract_text(contract_from(compose(catalogue(), name, 1), name))


def _dead_rule(part: dict[str, Any]) -> None:
    part["tools"]["book_class"]["rules"].append(
        {"id": "always", "says": "Nothing is asked.", "check": "SELECT 1 = 1", "kind": "limit", "answer": "no"}
    )


def _dead_effect(part: dict[str, Any]) -> None:
    effects = part["tools"]["book_class"]["effects"]
    sql = "UPDATE booking SET places = places WHERE booking_id = :new_record"
    effects.append({"says": "Nothing happens.", "sql": sql})


def _invented_column(part: dict[str, Any]) -> None:
    part["tools"]["book_class"]["rules"][-1]["check"] = "SELECT loyalty > 0 FROM student WHERE student_id = :me"


def _too_few_tools(part: dict[str, Any]) -> None:
    for name in [n for n, tool in part["tools"].items() if tool["access"] == "read"][:5]:
        del part["tools"][name]


def _no_rows(part: dict[str, Any]) -> None:
    part["tables"]["booking"]["population"] = {"each": {"of": "student", "counts": {"0": 1}}}


def _unknown_table(part: dict[str, Any]) -> None:
    part["tables"]["note"] = deepcopy(part["tables"]["booking"])


def _shouted_want(part: dict[str, Any]) -> None:
    part["voices"]["book_class"]["wants"][0] = "I want a class."


PLANTED: dict[str, tuple[str, Change, str]] = {
    "a rule that never fails": ("blueprint_tools", _dead_rule, "tool book_class: rule always never fails on the data"),
    "an effect that changes nothing": (
        "blueprint_tools",
        _dead_effect,
        "tool book_class: effect 3 .* never changes anything",
    ),
    "an invented column": ("blueprint_tools", _invented_column, "no such column student.loyalty; columns are"),
    "too few tools": ("blueprint_tools", _too_few_tools, "tools; 10 to 20 are wanted"),
    "a table without rows": ("blueprint_data", _no_rows, "table booking: no row arises in it"),
    "another table": ("blueprint_data", _unknown_table, "tables: there is no table note"),
    "a want that is a sentence": ("blueprint_talk", _shouted_want, "must go on after “I would like to …”"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_what_is_wrong_is_complained_about_and_the_mended_part_accepted(
    fault: str, outline: dict[str, Any], tmp_path: Path
) -> None:
    ask, change, complaint = PLANTED[fault]
    provider = Spoiling(ask, change)
    trial = author_blueprint(topic_of(NAME), outline, SPEC, door_to(provider, tmp_path))
    assert trial.faults == ()
    (mended,) = [prompt for prompt in provider.prompts if prompt.rejected]
    assert (mended.name, mended.mends) == (ask, "patch")
    assert any(re.search(complaint, said) for said in mended.rejected[0].complaints), mended.rejected[0].complaints
    assert [prompt.name for prompt in provider.prompts if not prompt.rejected] == STAGES


def test_what_is_never_mended_is_not_shipped(outline: dict[str, Any], tmp_path: Path) -> None:
    provider = Spoiling("blueprint_data", _no_rows, every=True)
    with pytest.raises(AskFailed, match="no row arises"):
        author_blueprint(topic_of(NAME), outline, SPEC, door_to(provider, tmp_path))


def test_talk_does_not_make_the_trial_run_again(
    outline: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    generate, explorer = loading.generate, loading.Explorer

    def generating(*arguments: Any) -> Any:
        made.append("world")
        return generate(*arguments)

    def exploring(*arguments: Any) -> Any:
        made.append("search")
        return explorer(*arguments)

    monkeypatch.setattr(loading, "generate", generating)
    monkeypatch.setattr(loading, "Explorer", exploring)
    spec = WorldSpec(7, NOW, 300)
    trial = author_blueprint(topic_of(NAME), outline, spec, offline_door(tmp_path))
    loading.trial_of(contract_text(trial.contract), spec)
    assert made == ["world", "search"]


def test_a_feature_that_the_second_reader_blames_stays_out_of_every_later_part(tmp_path: Path) -> None:
    name, rule = "plant_shop", _droppable("plant_shop")
    read: list[bool] = []

    def again(world: World, findings: Sequence[Findings]) -> Iterator[str]:
        assert {found.tool for found in findings} <= set(world.contract.tools)
        there = any(r.id == rule for tool in world.contract.tools for r in world.contract.rules_of(tool))
        read.append(there)
        return iter([f"tool x: rule {rule} does not say what its sentence says"] if there else [])

    provider = Spoiling()
    door = door_to(provider, tmp_path)
    outline = json.loads(_outline(name, tmp_path / "outline"))
    trial = author_blueprint(topic_of(name), outline, SPEC, door, again)
    assert read == [True, False]
    left = compose(catalogue(), name, 1, [f"rule {rule}"])
    assert list(trial.contract.tools) == list(left["tools"])
    assert [tuple(line.goals) for line in trial.contract.storylines] == [tuple(s["goals"]) for s in left["storylines"]]


def _droppable(name: str) -> str:
    """A rule of a service that goes with a feature on which no tables hang."""
    whole = compose(catalogue(), name, 1)
    rules = [r["id"] for tool in whole["tools"].values() for r in tool.get("rules", []) if "id" in r]
    return next(
        r for r in rules if compose(catalogue(), name, 1, [f"rule {r}"])["tools"].keys() != whole["tools"].keys()
    )
