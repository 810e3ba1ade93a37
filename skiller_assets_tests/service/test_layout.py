"""Laying out SQL and Python changes white space only."""

from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.contract.sql import tokens_of
from skiller_assets.service.python_layout import docstring, literal, sentence, text
from skiller_assets.service.sql_layout import laid_out
from skiller_assets.world.image import World

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


def words(sql: str) -> list[str]:
    return [token.text for token in tokens_of(sql)]


def test_laid_out_statements_have_the_same_tokens(generated_world: World) -> None:
    for tool in generated_world.program.compiled.tools.values():
        for statement in tool.statements:
            for width in (50, 100):
                assert words("\n".join(laid_out(statement.sql, width))) == words(statement.sql)


def test_a_string_with_a_run_of_blanks_keeps_it() -> None:
    sql = "SELECT 'a   b' FROM t WHERE x = 'c\n d' " + "AND y = 1 " * 20
    assert words("\n".join(laid_out(sql, 60))) == words(sql)


def test_each_clause_has_its_line_and_each_relation_its_block() -> None:
    sql = "WITH a AS (SELECT 1 AS x), b AS (SELECT 2 AS y) SELECT x, y FROM a JOIN b ON y > x WHERE x > 0 ORDER BY x"
    assert laid_out(sql, 40) == [
        "WITH a AS (", "  SELECT 1 AS x", "),", "b AS (", "  SELECT 2 AS y", ")",
        "SELECT x, y", "FROM a", "JOIN b ON y > x", "WHERE x > 0", "ORDER BY x",
    ]  # fmt: skip


@given(_json, st.sampled_from(["", "    "]))
def test_a_literal_stands_for_its_value(value: object, indent: str) -> None:
    assert ast.literal_eval(literal(value, indent)) == value


@given(st.text())
def test_a_text_literal_stands_for_its_text(value: str) -> None:
    assert ast.literal_eval(text(value)) == value


@given(st.lists(st.text("abcdef.,;'é", min_size=1), min_size=1, max_size=60))
def test_a_sentence_in_pieces_is_the_sentence(parts: list[str]) -> None:
    whole = " ".join(parts)
    assert ast.literal_eval(f"({sentence(whole, '    ')})") == whole


@given(st.lists(st.text("abcdef.,;'é\\", min_size=1), min_size=1, max_size=60))
def test_a_docstring_gives_its_words_again(parts: list[str]) -> None:
    whole = " ".join(parts)
    function = "\n".join(["def f():", *docstring(whole, "    "), "    return 1"])
    (definition,) = ast.parse(function).body
    assert isinstance(definition, ast.FunctionDef)
    assert " ".join((ast.get_docstring(definition, clean=False) or "").split()) == whole
