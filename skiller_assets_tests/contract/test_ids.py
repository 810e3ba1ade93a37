"""Ids follow their format, never repeat, and do not look like a counter."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.contract.ids import IdFormat, IdSpaceExhausted, format_of

FORMATS = st.from_regex(r"\A[A-Z0-9-]{0,3}[@#]{1,3}[A-Z-]{0,2}\Z")


@given(FORMATS, st.sampled_from(["loan", "book"]))
def test_a_format_spells_its_whole_space_without_repetition(form: str, salt: str) -> None:
    ids = IdFormat(form, salt)
    some = range(min(ids.size, 2000))
    assert len({ids.at(k) for k in some}) == len(some)


@given(FORMATS, st.integers(0, 999))
def test_an_id_matches_its_format(form: str, k: int) -> None:
    ids = IdFormat(form, "loan")
    pattern = "".join({"#": "[0-9]", "@": "[A-HJ-NP-Z]"}.get(mark, re.escape(mark)) for mark in form)
    assert re.fullmatch(pattern, ids.at(k % ids.size))


def test_an_exhausted_format_says_what_to_do() -> None:
    with pytest.raises(IdSpaceExhausted, match="spells 10 ids and id number 11 was asked for"):
        IdFormat("B-#", "book").at(10)


def test_a_namespace_does_not_change_the_ids() -> None:
    assert format_of("library__loan", None).at(7) == format_of("loan", None).at(7)


def test_ids_of_two_tables_come_in_different_orders() -> None:
    assert [IdFormat("A-####", "loan").at(k) for k in range(9)] != [IdFormat("A-####", "book").at(k) for k in range(9)]


def test_neighbouring_ids_do_not_count_up() -> None:
    numbers = [int(IdFormat("######", "loan").at(k)) for k in range(50)]
    assert numbers != sorted(numbers)
