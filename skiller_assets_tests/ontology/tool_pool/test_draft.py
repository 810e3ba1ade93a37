"""Drafts are contracts: they compile, pass the synthesis profile, behave in a trial world, and yield valid tasks."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import pytest
import yaml

from skiller_assets.ontology.tool_pool.communities import Community
from skiller_assets.ontology.tool_pool.dependencies import depend
from skiller_assets.ontology.tool_pool.draft import Draft, NoDraft, draft_contract
from skiller_assets.ontology.tool_pool.yaml_text import domain_file
from skiller_assets.service.evidence import evidence_faults, gather_evidence
from skiller_assets.service.profile import profile_problems
from skiller_assets.tasks.funnel import Funnel
from skiller_assets.tasks.portfolio import Demand, propose
from skiller_assets.tasks.sources import Rejected
from skiller_assets.tasks.space import Space
from skiller_assets.tasks.templates import make_templates
from skiller_assets.tasks.validate import validate
from skiller_assets.world.generate import WorldSpec, generate
from skiller_assets.world.image import World, make_world
from skiller_assets_tests.ontology.tool_pool.pools import SERVICES, community, compiled, draft, graph, pool, tool
from skiller_assets_tests.worlds import NOW


@cache
def world(name: str) -> World:
    return make_world(compiled(name), generate(compiled(name).contract, WorldSpec(7, NOW, 200)).image, NOW)


@pytest.mark.parametrize("name", SERVICES)
def test_a_draft_passes_every_gate(name: str) -> None:
    assert [str(problem) for problem in profile_problems(compiled(name))] == []
    assert evidence_faults(gather_evidence(world(name))) == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_tool_of_a_community_is_served_or_left_out_with_a_reason(name: str) -> None:
    made = draft(name)
    assert set(made.served) | set(made.left_out) == set(community(name).tools)
    assert set(made.served) & set(made.left_out) == set()
    assert {f"authorize_{compiled(name).contract.principals[0]}", *made.served, *made.added} == set(
        made.content["tools"]
    )


@pytest.mark.parametrize("name", SERVICES)
def test_parameters_keep_their_names_or_are_dropped_with_a_reason(name: str) -> None:
    made = draft(name)
    published = {t.name: {f.name: f.path for f in t.parameters} for t in pool().tools}
    for tool_name in made.served:
        kept = set(made.content["tools"][tool_name].get("parameters", ()))
        dropped = {line.partition(": ")[0] for line in made.dropped.get(tool_name, ())}
        assert kept <= set(published[tool_name])
        assert {published[tool_name][n] for n in kept} | dropped == set(published[tool_name].values())


def test_what_a_tool_does_follows_from_its_verb() -> None:
    tools = draft("depot_pickup").content["tools"]
    assert tools["cancel_parcel"]["effects"][0]["says"] == "The parcel is cancelled."
    assert tools["schedule_pickup"]["creates"] == {"new_pickup": "pickup"}
    assert "UPDATE parcel SET destination = :destination" in tools["change_parcel_destination"]["effects"][0]["sql"]
    assert draft("depot_pickup").left_out == {
        "calculate_postage": "computes and neither reads nor writes what the service keeps",
        "login_customer": "is replaced by the authorization that every service has",
    }
    frozen = compiled("class_booking").contract.relationships["membership"].attributes["is_frozen"]
    assert frozen.type == "boolean", "what can be frozen and unfrozen is no state of an acyclic lifecycle"


def test_references_lead_to_the_tables_that_ids_name() -> None:
    repair = compiled("repair").contract
    assert repair.relationships["repair"].attributes["device_id"].refers_to == "device.device_id"
    assert repair.relationships["repair"].attributes["technician_id"].refers_to == "technician.technician_id"
    assert (repair.entities["technician"].kind, repair.entities["technician"].role) == ("person", "staff")
    assert compiled("class_booking").contract.principals == ["member"]


@pytest.mark.parametrize("name", SERVICES)
def test_ids_that_nobody_knows_are_shown_by_a_list_that_needs_none(name: str) -> None:
    contract = compiled(name).contract
    listed = {
        table
        for t in contract.tools.values()
        if t.access == "read" and all(p.optional for p in t.parameters.values())
        for table in contract.tables
        if f"FROM {table} t" in str(t.returns and (t.returns.many or t.returns.one))
    }
    taken = {p.refers_to.partition(".")[0] for t in contract.tools.values() for p in t.parameters.values()
             if p.type == "id" and p.refers_to}  # fmt: skip
    assert taken <= listed


def test_a_draft_is_the_same_from_the_same_pool() -> None:
    shuffled = list(pool().tools)
    random.Random(5).shuffle(shuffled)
    again = draft_contract(community("repair"), depend(shuffled))
    made = draft("repair")
    assert domain_file(again.content, again.served, "x") == domain_file(made.content, made.served, "x")


def test_a_file_says_where_it_comes_from_and_what_is_called_otherwise_in_the_pool() -> None:
    made = draft("class_booking")
    text = domain_file(made.content, made.served, "studio.json")
    assert text.startswith("# Drafted by `skiller draft` from studio.json")
    assert "# book_class: bookClass in the pool" in text
    assert yaml.safe_load(text) == made.content
    assert "&id" not in text


def test_a_community_that_cannot_write_is_no_service() -> None:
    names = tuple(t.name for t in pool().tools if t.name.startswith(("list_", "get_", "find_")))
    with pytest.raises(NoDraft, match="only 0 of its tools can write; 4 are wanted"):
        draft_contract(Community("reads", names), graph())


def _large() -> Draft:
    nouns = ("crate", "pallet", "barrel")
    verbs = ("list", "get", "create", "cancel", "update", "close", "complete", "approve")
    tools = [
        tool(f"{verb}_{noun}", f"{verb} a {noun}.", **({} if verb in ("list", "create") else {f"{noun}_id": "string"}),
             **({"title": "string", "due_date": "string"} if verb in ("create", "update") else {}))
        for noun in nouns
        for verb in verbs
    ]  # fmt: skip
    return draft_contract(Community("crate", tuple(sorted(t.name for t in tools))), depend(tools))


def test_of_a_large_community_the_most_central_tools_are_served() -> None:
    made = _large()
    assert len(made.served) <= 18
    assert len(made.content["tools"]) <= 20
    assert "is not among the most central tools of its community" in made.left_out.values()


def _valid(name: str, demand: dict[Any, int]) -> dict[str, int]:
    space = Space(world(name))
    contract = world(name).contract
    templates = make_templates(contract, contract.storylines)
    found: dict[str, int] = {}
    with space.world.open() as session:
        for task in propose(space, session, templates, Demand(demand, 12), "tests", Funnel()):
            try:
                validate(space, session, task)
            except Rejected:
                continue
            found[task.kind] = found.get(task.kind, 0) + 1
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_a_draft_becomes_a_domain_with_validated_tasks_of_every_kind(name: str) -> None:
    found = _valid(name, {"fulfil": 10, "refuse": 4, "clarify": 3, "irrelevant": 2})
    assert found["fulfil"] >= 8
    assert min(found.get(kind, 0) for kind in ("refuse", "clarify", "irrelevant")) >= 1
