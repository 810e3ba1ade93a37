"""Under a namespace every sentence still says the same, and no parameter changes its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from skiller_assets.contract.rename import domain_of, prove_rename, rename_contract, rename_sql
from skiller_assets.contract.sql import parameter_spans
from skiller_assets.contract.wording import quoted_constants, render
from skiller_assets_tests.domains import DOMAINS, contract_of
from skiller_assets_tests.fusion.desks import desk
from skiller_assets_tests.worlds import domain_world

TABLES, CONSTANTS = {"loan": "a__loan"}, {"fee": "a__fee", "order": "a__order"}


def texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a document with its place, names of the namespace taken away."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, f"{place}.{name.removeprefix('ns__')}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from texts(inner, f"{place}.{i}")
    elif isinstance(value, str):
        yield place, value


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_sentence_quotes_the_renamed_constant_and_says_the_same(domain: str) -> None:
    contract = contract_of(domain)
    renamed = rename_contract(contract, "ns", set(contract.entities))
    before = dict(texts(contract.model_dump(mode="json", by_alias=True, exclude_unset=True)))
    after = dict(texts(renamed.model_dump(mode="json", by_alias=True, exclude_unset=True)))
    quoting = {place: text for place, text in before.items() if set(quoted_constants(text)) & set(contract.constants)}
    assert quoting
    for place, text in quoting.items():
        assert render(renamed, after[place]) == render(contract, text)
        assert all(name.startswith("ns__") for name in quoted_constants(after[place]))


@pytest.mark.parametrize("domain", DOMAINS)
def test_other_placeholders_stay_as_they_are(domain: str) -> None:
    contract = contract_of(domain)
    renamed = rename_contract(contract, "ns", set(contract.entities))
    before, after = (
        sorted(re.findall(r"\{value\}|\{item\}", repr(c.model_dump(mode="json")))) for c in (contract, renamed)
    )
    assert before == after
    assert "{value}" in before


@pytest.mark.parametrize("domain", DOMAINS)
def test_parameters_of_statements_keep_their_names(domain: str) -> None:
    compiled = domain_world(domain).program.compiled
    after = prove_rename(compiled, "ns")
    constants = set(compiled.contract.constants)
    for name, tool in compiled.tools.items():
        renamed = after.tools[f"ns__{name}"]
        assert list(renamed.tool.parameters) == list(tool.tool.parameters)
        for old, new in zip(tool.statements, renamed.statements, strict=True):
            wanted = {f"ns__{p}" if p in constants else p for p in old.parameters}
            assert set(new.parameters) == wanted


@pytest.mark.parametrize("keyword", ["where", "from", "order", "group", "select", "limit", "case", "end"])
def test_a_parameter_called_like_a_keyword_is_left_alone(keyword: str) -> None:
    constants = {name: new for name, new in CONSTANTS.items() if name != keyword}
    sql = f"SELECT loan.due_on FROM loan WHERE loan.place = :{keyword} AND :fee > 1"
    renamed = rename_sql(sql, TABLES, constants)
    assert renamed == f"SELECT a__loan.due_on FROM a__loan WHERE a__loan.place = :{keyword} AND :a__fee > 1"
    assert [name for name, _, _ in parameter_spans(renamed)] == [keyword, "a__fee"]


def test_a_constant_called_like_a_keyword_is_renamed() -> None:
    assert rename_sql("SELECT :order FROM loan ORDER BY 1", TABLES, CONSTANTS) == (
        "SELECT :a__order FROM a__loan ORDER BY 1"
    )


def test_a_statement_with_a_keyword_parameter_runs_under_its_namespace() -> None:
    read = {
        "access": "read",
        "describe": "Books that stand there.",
        "parameters": {"where": {"type": "text", "describe": "The shelf.", "refers_to": "book.shelf"}},
        "returns": {"many": "SELECT book_id FROM book WHERE shelf = :where ORDER BY book_id LIMIT 5"},
    }
    contract = desk("library", {"tools.stand": read})
    renamed = rename_contract(contract, "ns")
    returns = renamed.tools["ns__stand"].returns
    assert returns is not None
    assert returns.many == "SELECT book_id FROM ns__book WHERE shelf = :where ORDER BY book_id LIMIT 5"


def test_the_namespace_of_a_name_is_its_domain() -> None:
    assert [domain_of(n) for n in ("clinic__book", "clinic__x__y", "book")] == ["clinic", "clinic", ""]
