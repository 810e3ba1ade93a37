"""Every entity of the corpus once, declared the same wherever it occurs; and how those of a domain hang together."""

from __future__ import annotations

from typing import Any

import pytest

from skiller_assets.contract.model import Contract
from skiller_assets.ontology.entities import Declared, collect_entities, entity_faults
from skiller_assets.ontology.entity_graph import entity_graph, entity_graph_faults
from skiller_assets.ontology.picture import entity_graph_picture
from skiller_assets_tests.domains import DOMAINS, contract_of
from skiller_assets_tests.worlds import library

PNG = b"\x89PNG\r\n\x1a\n"


def of_file(domain: str, contract: Contract) -> Declared:
    return Declared(domain, f"{domain}.yaml", contract.entities)


def test_the_hand_written_domains_agree_on_their_entities() -> None:
    records, problems = collect_entities([of_file(d, contract_of(d)) for d in DOMAINS])
    assert problems == []
    assert entity_faults(records) == []
    assert sorted(r["entity"] for r in records) == [r["entity"] for r in records]


def test_an_entity_known_to_two_domains_stands_once_with_both() -> None:
    records, problems = collect_entities([of_file(d, library().contract) for d in "ab"])
    assert problems == []
    assert {r["entity"]: r["domains"] for r in records} == {"book": ["a", "b"], "member": ["a", "b"]}


def test_an_entity_declared_differently_is_named_with_both_files() -> None:
    other = library({"entities.book.describe": "A film on the shelf."}).contract
    records, problems = collect_entities([of_file("a", library().contract), of_file("b", other)])
    assert [(p.domain, p.reason) for p in problems] == [
        ("b", "b.yaml: entity book: is declared differently in a.yaml (rename one)")
    ]
    assert next(r for r in records if r["entity"] == "book")["domains"] == ["a"]


def test_an_authored_domain_takes_over_the_declaration_that_stands() -> None:
    other = library({"entities.book.describe": "A film on the shelf."}).contract
    authored = Declared("b", "b", other.entities, authored=True)
    records, problems = collect_entities([of_file("a", library().contract), authored])
    assert len(problems) == 1
    assert next(r for r in records if r["entity"] == "book")["domains"] == ["a", "b"]


def library_graph() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    records, _ = collect_entities([of_file("library", library().contract)])
    return entity_graph(library().contract, {"book": "borrows"}), records


def test_the_graph_of_a_library_is_sound_and_can_be_drawn() -> None:
    graph, records = library_graph()
    assert entity_graph_faults(graph, records) == []
    assert entity_graph_picture(graph).startswith(PNG)
    assert entity_graph_picture(graph) == entity_graph_picture(graph)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda g: g.update(core="book"), "the core book is no person"),
        (lambda g: g["nodes"].append({"name": "ghost", "kind": "person"}), "entity ghost is not among"),
        (lambda g: g["edges"].append({"source": "loan", "target": "moon", "column": "x"}), "which is no node"),
        (lambda g: g["edges"].clear(), "relationship loan does not refer to the core"),
        (lambda g: g["relations"].clear(), "nothing says how member relates to book"),
    ],
)
def test_a_spoiled_graph_is_described(spoil: Any, fault: str) -> None:
    graph, records = library_graph()
    spoil(graph)
    assert any(fault in found for found in entity_graph_faults(graph, records))
