"""The shape of a service: the same under other names, another with another rule, effect or reference."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from resources.offline.composer import compose
from skiller_assets.contract.compile import compile_contract
from skiller_assets.contract.load import contract_from
from skiller_assets.contract.rename import rename_contract
from skiller_assets.service.shape import shape_of
from skiller_assets_tests.composed import catalogue

NAME = "yoga_school"


def raw() -> dict[str, Any]:
    return deepcopy(compose(catalogue(), NAME, 1))


def shape(contract: dict[str, Any]) -> str:
    return shape_of(compile_contract(contract_from(contract, "shape.yaml")))


def test_names_words_and_numbers_do_not_matter() -> None:
    contract = contract_from(raw(), "shape.yaml")
    assert shape_of(compile_contract(rename_contract(contract, NAME))) == shape(raw())
    assert shape(compose(catalogue(), NAME, 7)) == shape(raw())


def test_a_rule_of_another_kind_is_another_shape() -> None:
    changed = raw()
    changed["tools"]["book_class"]["rules"][-1]["kind"] = "amount"
    assert shape(changed) != shape(raw())


def test_an_effect_fewer_is_another_shape() -> None:
    changed = raw()
    changed["tools"]["book_class"]["effects"].pop()
    assert shape(changed) != shape(raw())


def test_a_reference_more_is_another_shape() -> None:
    changed = raw()
    attributes = changed["relationships"]["booking"]["attributes"]
    attributes["companion_id"] = {"type": "id", "refers_to": "student.student_id", "optional": True}
    assert shape(changed) != shape(raw())
