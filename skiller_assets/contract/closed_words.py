"""The closed world of words: a status that no record can have, compared with or given to a column, is a typo."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlglot.tokenizer_core import Token, TokenType

from skiller_assets.contract.ddl import enum_of
from skiller_assets.contract.model import Contract
from skiller_assets.contract.sql import Statement

_NAMES = (TokenType.VAR, TokenType.IDENTIFIER)
_COMPARISONS = (TokenType.EQ, TokenType.NEQ, TokenType.IS, TokenType.NOT, TokenType.IN, TokenType.L_PAREN)


def impossible_words(contract: Contract, statement: Statement) -> Iterator[str]:
    """What a statement compares with, or writes into, a column whose declared values do not hold it."""
    values = _values(contract, statement)
    for i, token in enumerate(statement.tokens):
        if token.token_type == TokenType.STRING:
            column = _compared(statement.tokens, i)
            if column is not None and column in values and token.text not in values[column]:
                yield f"'{token.text}' is no value of {column}; values are {', '.join(values[column])}"


def _values(contract: Contract, statement: Statement) -> Mapping[str, Collection[str]]:
    """The values of each column name that means an enumerated column wherever the statement may use it."""
    touched = {r.partition(".")[0] for r in statement.reads} | statement.written_tables
    found: dict[str, list[str]] = {}
    open_ended = _aliases(statement.tokens)
    for table in sorted(touched & set(contract.tables)):
        for column in contract.tables[table].attributes:
            allowed = enum_of(contract.tables[table], column)
            if allowed is None:
                open_ended.add(column)
            found.setdefault(column, []).extend(allowed or ())
    return {column: allowed for column, allowed in found.items() if column not in open_ended}


def _aliases(tokens: Sequence[Token]) -> set[str]:
    """Names that the statement gives itself and that may hide a column's."""
    return {tokens[i + 1].text for i, t in enumerate(tokens[:-1]) if t.token_type == TokenType.ALIAS}


def _compared(tokens: Sequence[Token], i: int) -> str | None:
    """The column name to the left of the literal at ``i``, over ``=``, ``<>``, ``IS NOT`` or ``IN ('a',``."""
    j = i - 1
    while j >= 0 and tokens[j].token_type == TokenType.COMMA and tokens[j - 1].token_type == TokenType.STRING:
        j -= 2
    if j < 0 or (j != i - 1 and tokens[j].token_type != TokenType.L_PAREN):
        return None
    if tokens[j].token_type == TokenType.L_PAREN and (j == 0 or tokens[j - 1].token_type != TokenType.IN):
        return None
    compares = False
    while j >= 0 and tokens[j].token_type in _COMPARISONS:
        compares = True
        j -= 1
    return tokens[j].text if compares and j >= 0 and tokens[j].token_type in _NAMES else None
