"""A domain file is read strictly, and what is wrong with it is named by line or place."""

from __future__ import annotations

from pathlib import Path

import pytest

from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.load import contract_from, load_contract, parse_contract
from skiller_assets_tests.worlds import GONE, LIBRARY, Patch, patched


def refused(text: str) -> str:
    with pytest.raises(ContractError) as caught:
        parse_contract(text, "x.yaml")
    return str(caught.value)


def faults(patch: Patch) -> str:
    with pytest.raises(ContractError) as caught:
        contract_from(patched(patch), "library.yaml")
    return str(caught.value)


def test_a_key_that_stands_twice_is_named_with_its_line() -> None:
    said = refused("contract: 1\ndomain: x\ndomain: y\n")
    assert said == "x.yaml:3: is not valid YAML: the key 'domain' stands twice"


def test_a_nested_key_that_stands_twice_is_named_with_its_line() -> None:
    assert "x.yaml:4: is not valid YAML: the key 'b' stands twice" in refused("a:\n  b: 1\n  c: 2\n  b: 3\n")


def test_text_that_begins_with_a_brace_is_explained() -> None:
    assert "x.yaml:1" in refused("{late_fee}: costs\n")
    assert "needs quotes" in refused("{late_fee}: costs\n")


def test_text_that_is_no_yaml_is_named_with_its_line() -> None:
    assert refused("a: [1,\nb: 2").startswith("x.yaml:2: is not valid YAML")


@pytest.mark.parametrize("text", ["", "just words", "- a list", "3"])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    assert "is not a mapping" in refused(text)


def test_a_value_nested_in_itself_is_refused() -> None:
    assert "is not valid YAML" in refused("a: &x [*x]\n")


def test_what_reads_as_text_stays_text() -> None:
    rows = "{book_id: 01234, title: 10:30, shelf: NO, price: 2025-01-02}"
    written = LIBRARY.read_text(encoding="utf-8")
    listed = written.replace("key: book_id\n", f"key: book_id\n    population: {{rows: [{rows}]}}\n")
    population = parse_contract(listed, "library.yaml").entities["book"].population
    assert population is not None
    assert population.rows == [{"book_id": "01234", "title": "10:30", "shelf": "NO", "price": "2025-01-02"}]


def test_a_file_is_named_after_its_domain(tmp_path: Path) -> None:
    path = tmp_path / "books.yaml"
    path.write_text(LIBRARY.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ContractError, match=r"declares the domain 'library' \(name the file library\.yaml\)"):
        load_contract(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="cannot be read"):
        load_contract(tmp_path / "lost.yaml")
    (tmp_path / "torn.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ContractError, match="cannot be read"):
        load_contract(tmp_path / "torn.yaml")


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"tools.renew_loan.rules.1.chek": "SELECT 1"}, "library.yaml: tool renew_loan: rule 2: chek: "),
        ({"colour": "red"}, "library.yaml: colour: Extra inputs are not permitted (no such key"),
        ({"entities.book.attributes.title.kind": "x"}, "library.yaml: entity book: attribute title: kind: "),
        ({"tools.renew_loan.rules.1.kind": "whim"}, "tool renew_loan: rule 2: kind: "),
        ({"tools.renew_loan.effects.0.rows": "two"}, "tool renew_loan: effect 1: rows: "),
        ({"tools.renew_loan.effects.0.sql": GONE}, "tool renew_loan: effect 1: sql: Field required"),
        ({"domain": "Mill Lane"}, "domain: "),
        ({"entities.book.attributes.title.type": "string"}, "entity book: attribute title: type: "),
        ({"entities.book.attributes.title.generate": {}}, "generate needs exactly one of human, "),
        ({"entities.book.attributes.title.generate": {"pattern": "@", "sequence": 1}}, "generate needs exactly one of"),
        ({"entities.book.attributes.title.generate": {"date": {"from": "soon", "to": "+1d"}}}, "date: from: "),
        ({"relationships.loan.population": {"count": 0}}, "relationship loan: population: count: "),
        ({"relationships.loan.population": {"count": 3, "rows": []}}, "population needs exactly one of"),
        ({"tools.find_books.returns.one": "SELECT 1 AS one"}, "returns needs exactly one of one, many, value"),
        ({"tools.borrow_book.creates": {"loan": "loan"}}, "tool borrow_book: creates: "),
        ({"contract": 2}, "contract: "),
    ],
)  # fmt: skip
def test_what_the_language_does_not_know_is_named_with_its_place(patch: Patch, expected: str) -> None:
    assert expected in faults(patch)


def test_every_fault_of_the_language_is_reported_at_once() -> None:
    said = faults({"colour": "red", "tools.renew_loan.rules.1.chek": "x", "domain": "Mill Lane"})
    assert len(said.splitlines()) == 3
