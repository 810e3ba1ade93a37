"""One SQL statement of a contract: prepared against the schema, authorized, and told what it touches.

SQLite itself is asked, not a parser: what does not prepare does not exist (the closed world), and what it would
read, write and call is known before anything runs. Only texts that passed here are ever executed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import apsw
import apsw.ext
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer

from skiller_assets.contract.ddl import schema_sql
from skiller_assets.contract.forbidden import forbidden
from skiller_assets.contract.model import Contract
from skiller_assets.contract.nearness import likeness, nearest_first

FUNCTIONS = frozenset(
    "abs avg coalesce count date datetime dense_rank first_value floor ceil format group_concat "
    "glob ifnull iif instr json json_array json_array_length json_each json_extract json_object json_valid "
    "json_group_array json_group_object json_type -> ->> julianday lag last_value lead length like lower ltrim max min "
    "mod nth_value ntile nullif percent_rank printf quote rank replace round row_number rtrim sign strftime substr "
    "substring sum time total trim typeof unicode unixepoch upper".split()
)
"""Deterministic functions only; the words that are refused besides are in :mod:`skiller_assets.contract.forbidden`."""

_ALLOWED_ACTIONS = frozenset(
    {"SQLITE_SELECT", "SQLITE_READ", "SQLITE_FUNCTION", "SQLITE_RECURSIVE"}
    | {"SQLITE_INSERT", "SQLITE_UPDATE", "SQLITE_DELETE"}
)
_TABLE_FUNCTIONS = frozenset({"json_each", "json_tree"})


@dataclass(frozen=True)
class Statement:
    """A statement that may run.

    ``reads`` are ``table.column``, ``writes`` are (INSERT | UPDATE | DELETE, table, column; column "" for whole rows),
    ``columns`` the result's names with the ``table.column`` each comes from, or None where it is computed, ``tokens``
    its own words, without those of the named relations that it uses.
    """

    sql: str
    parameters: tuple[str, ...]
    reads: frozenset[str]
    writes: frozenset[tuple[str, str, str]]
    columns: tuple[tuple[str, str | None], ...]
    tokens: tuple[Token, ...] = field(repr=False, compare=False, default=())

    @property
    def written_tables(self) -> frozenset[str]:
        """The tables whose rows the statement inserts, updates or deletes."""
        return frozenset(table for _, table, _ in self.writes)


class BadStatement(Exception):
    """A statement that must not run; says why."""


def open_schema(contract: Contract) -> apsw.Connection:
    """An empty database with the contract's schema, set up as sessions are. Raises apsw.Error."""
    connection = apsw.Connection(":memory:")
    harden(connection)
    for statement in schema_sql(contract):
        connection.execute(statement)
    return connection


def harden(connection: apsw.Connection) -> None:
    """Strict identifiers, declared references enforced, no schema tricks."""
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DDL, 0)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_FKEY, 1)
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)


@lru_cache(maxsize=4096)
def tokens_of(sql: str) -> tuple[Token, ...]:
    """The tokens of a statement. Raises BadStatement where it does not even tokenize."""
    try:
        return tuple(Tokenizer(dialect="sqlite").tokenize(sql))
    except SqlglotError as error:
        raise BadStatement(f"not readable as SQL: {error}") from error


@lru_cache(maxsize=8192)
def parameter_spans(sql: str) -> tuple[tuple[str, int, int], ...]:
    """Every ``:name`` of a statement in order: the name, where its colon stands, and where it ends."""
    return tuple(
        (sql[name.start : name.end + 1], colon.start, name.end + 1)
        for colon, name in pairwise(tokens_of(sql))
        if colon.token_type == TokenType.COLON and colon.end + 1 == name.start
    )


def replaced(sql: str, expressions: Mapping[str, str]) -> str:
    """A statement with some of its ``:names`` replaced by expressions, all else to the letter."""
    pieces, at = [], 0
    for name, start, end in parameter_spans(sql):
        if name in expressions:
            pieces += [sql[at:start], expressions[name]]
            at = end
    return "".join([*pieces, sql[at:]])


def with_relations(sql: str, relations: Mapping[str, str]) -> str:
    """The statement preceded by those named relations that it mentions, directly or through one another."""
    needed = _mentioned(sql, relations)
    if not needed:
        return sql
    clauses = ", ".join(f"{name} AS ({relations[name].strip().rstrip(';')})" for name in relations if name in needed)
    own = re.match(r"\s*WITH\s+(RECURSIVE\s+)?", sql, re.IGNORECASE)
    if own:
        return f"WITH {'RECURSIVE ' if own.group(1) else ''}{clauses}, {sql[own.end() :]}"
    return f"WITH {clauses} {sql}"


def _mentioned(sql: str, relations: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    waiting = [sql]
    while waiting:
        words = {token.text for token in tokens_of(waiting.pop())}
        new = (words & set(relations)) - found
        found |= new
        waiting += [relations[name] for name in new]
    return found


class Preparer:
    """Prepares the statements of one contract against its empty schema."""

    def __init__(self, connection: apsw.Connection, functions: Iterable[str] = ()) -> None:
        self._connection = connection
        self._functions = FUNCTIONS | set(functions)
        rows = connection.execute("SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c").fetchall()
        self._columns: dict[str, list[str]] = {}
        for table, column in rows:
            self._columns.setdefault(str(table), []).append(str(column))
        modules = {str(name) for (name,) in connection.execute("SELECT name FROM pragma_module_list")}
        self._foreign = modules - _TABLE_FUNCTIONS

    def prepare(
        self,
        sql: str,
        parameters: Collection[str],
        *,
        write: bool = False,
        relations: Mapping[str, str] | None = None,
        tables: Collection[str] | None = None,
    ) -> Statement:
        """Check a statement that may use ``parameters``, and only ``tables`` where given. Raises BadStatement."""
        tokens = tokens_of(sql)
        if fault := forbidden(sql, tokens, write=write):
            raise BadStatement(fault)
        if any(token.token_type == TokenType.STAR and _selects_all(tokens, i) for i, token in enumerate(tokens)):
            raise BadStatement("selects *; name the columns")
        text = with_relations(sql.strip().rstrip(";"), relations or {})
        details = self._query_info(text)
        if details.query_remaining and details.query_remaining.strip():
            raise BadStatement(f"holds more than one statement: {details.query_remaining.strip()[:60]!r}")
        names = self._check_names(details, parameters)
        reads, writes = self._check_actions(details)
        if write != bool(writes):
            raise BadStatement("changes data" if writes else "changes nothing: an INSERT, UPDATE or DELETE is expected")
        foreign = {r.split(".")[0] for r in reads} - set(tables) if tables is not None else set()
        if foreign:
            raise BadStatement(f"reads {', '.join(sorted(foreign))}, which is not available yet at this point")
        return Statement(text, names, frozenset(reads), frozenset(writes), _result_columns(details), tokens)

    def _query_info(self, text: str) -> apsw.ext.QueryDetails:
        try:
            return apsw.ext.query_info(self._connection, text, actions=True)
        except apsw.Error as error:
            raise BadStatement(self._explain(str(error), text)) from error

    def _explain(self, message: str, text: str) -> str:
        """SQLite's message, and the names that do exist."""
        message = re.sub(r"^\w+Error: ", "", message)
        missing = re.search(r"no such column: (\S+)", message)
        if missing:
            return self._no_column(missing.group(1), text)
        missing = re.search(r"no such table: (\S+)", message)
        if missing:
            tables = nearest_first(missing.group(1), sorted(self._columns))
            return f"no such table {missing.group(1)}; tables are {', '.join(tables)}"
        missing = re.search(r"no such function: (\S+)", message)
        if missing:
            return f"no such function {missing.group(1)}"
        return message

    def _no_column(self, name: str, text: str) -> str:
        """The columns that the statement could mean, nearest first: of the table it names, or of all it reads."""
        qualifier, _, column = name.rpartition(".")
        named = _aliased(tokens_of(text), set(self._columns))
        tables = {named[qualifier]} if qualifier in named else set(named.values())
        lists = {t: nearest_first(column, self._columns[t]) for t in sorted(tables)}
        if not lists:
            return f"no such column {name}; no table of the contract is read"
        if len(lists) == 1 and (not qualifier or qualifier in named):
            ((table, columns),) = lists.items()
            return f"no such column {table}.{column}; columns are {', '.join(columns)}"
        ordered = sorted(lists, key=lambda t: -likeness(column, lists[t][0]))
        return f"no such column {name}; " + "; ".join(f"{t} has {', '.join(lists[t])}" for t in ordered)

    def _check_names(self, details: apsw.ext.QueryDetails, parameters: Collection[str]) -> tuple[str, ...]:
        names: list[str] = []
        for name in details.bindings_names:
            if name is None or name not in parameters:
                known = ", ".join(f":{p}" for p in nearest_first(name or "", sorted(parameters)))
                raise BadStatement(f"no such parameter :{name}; parameters here are {known}")
            names.append(name)
        return tuple(names)

    def _check_actions(self, details: apsw.ext.QueryDetails) -> tuple[set[str], set[tuple[str, str, str]]]:
        reads: set[str] = set()
        writes: set[tuple[str, str, str]] = set()
        for action in details.actions or ():
            kind, table, column = action.action_name, action.table_name, action.column_name
            if kind not in _ALLOWED_ACTIONS:
                raise BadStatement(f"is not allowed to do {kind.removeprefix('SQLITE_').lower().replace('_', ' ')}")
            if kind == "SQLITE_FUNCTION":
                if action.function_name not in self._functions:
                    raise BadStatement(f"function {action.function_name} is not allowed")
            elif kind == "SQLITE_READ":
                if table in _TABLE_FUNCTIONS or not table or table not in self._columns:
                    self._refuse_foreign(table)
                elif column:
                    reads.add(f"{table}.{column}")
            elif kind in ("SQLITE_INSERT", "SQLITE_UPDATE", "SQLITE_DELETE"):
                if table not in self._columns:
                    raise BadStatement(f"writes {table}, which is no table of the contract")
                writes.add((kind.removeprefix("SQLITE_"), table, (column or "") if kind == "SQLITE_UPDATE" else ""))
        return reads, writes

    def _refuse_foreign(self, table: str | None) -> None:
        if table and (table.startswith(("sqlite_", "pragma_")) or table in self._foreign):
            raise BadStatement(f"reads {table}, which is no table of the contract")


def _aliased(tokens: tuple[Token, ...], tables: Collection[str]) -> dict[str, str]:
    """The tables that a statement mentions, by their own names and by those that it gives them."""
    found: dict[str, str] = {}
    for i, token in enumerate(tokens):
        if token.text in tables:
            found[token.text] = token.text
            rest = tokens[i + 1 : i + 3]
            alias = rest[1] if len(rest) == 2 and rest[0].token_type == TokenType.ALIAS else rest[0] if rest else None
            if alias is not None and alias.token_type == TokenType.VAR:
                found[alias.text] = token.text
    return found


def _selects_all(tokens: tuple[Token, ...], i: int) -> bool:
    """Whether the star at i stands for all columns (``SELECT *``, ``t.*``) and not for a product or COUNT(*)."""
    before = tokens[i - 1].token_type if i else None
    if before == TokenType.L_PAREN:
        return False
    return before in (TokenType.SELECT, TokenType.DISTINCT, TokenType.COMMA, TokenType.DOT, TokenType.ALL)


def _result_columns(details: apsw.ext.QueryDetails) -> tuple[tuple[str, str | None], ...]:
    return tuple(
        (name, f"{table}.{origin}" if table and origin and table not in _TABLE_FUNCTIONS else None)
        for name, _, _, table, origin in details.description_full or ()
    )
