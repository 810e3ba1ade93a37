"""The synthesis profile: the written domains fit it, and each way of falling short is named."""

from __future__ import annotations

from typing import Any

import pytest

from skiller_assets.contract.compile import compile_contract
from skiller_assets.contract.load import contract_from
from skiller_assets.service.profile import profile_problems
from skiller_assets_tests.domains import DOMAINS, FOLDER, contract_of
from skiller_assets_tests.worlds import GONE, library, patched


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_written_domains_fit_the_profile(domain: str) -> None:
    assert [str(p) for p in profile_problems(compile_contract(contract_of(domain)))] == []


def test_the_small_library_is_too_small() -> None:
    words = "\n".join(str(p) for p in profile_problems(library()))
    for expected in ("has 6 tools; 10 to 20", "has 9 rules; at least 15", "has 0 storylines", "requests out of scope"):
        assert expected in words


CUTS: dict[str, tuple[dict[str, Any], str]] = {
    "storylines": ({"storylines": []}, "has 0 storylines; at least 1 are wanted"),
    "out of scope": ({"out_of_scope": []}, "has 0 requests out of scope"),
    "reasons": ({"tools.block_card.voice.because": []}, "tool block_card: voice: has 0 reasons"),
    "wants": ({"tools.block_card.voice.wants": ["block a card"]}, "tool block_card: voice: has 1 wants"),
    "an unused parameter": (
        {"tools.block_card.parameters.note": {"type": "text", "describe": "A remark.", "choose": ["none"]}},
        "tool block_card: parameter note: is used by no statement",
    ),
    "an id that nothing shows": (
        {"tools.list_my_cards": GONE, "storylines": [], "tools.get_account": GONE},
        "takes card.card_id, which no other tool shows",
    ),
}


@pytest.mark.parametrize("what", sorted(CUTS))
def test_what_falls_short_is_named(what: str) -> None:
    patch, words = CUTS[what]
    data = patched(patch, FOLDER / "bank.yaml")
    problems = profile_problems(compile_contract(contract_from(data, "bank.yaml")))
    assert words in "\n".join(str(p) for p in problems)
