"""A contract under a namespace: ``hospital__appointment``, ``hospital__cancel_appointment``.

SQL is spliced at the positions that parsing gives, never regenerated, so it keeps its meaning to the letter; the result
is proven by comparing what SQLite says each statement touches before and after.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from skiller_assets.contract.compile import CompiledContract, compile_contract
from skiller_assets.contract.load import contract_from
from skiller_assets.contract.model import Contract
from skiller_assets.contract.sql import BadStatement, Statement, parameter_spans

SEPARATOR = "__"


def domain_of(name: str) -> str:
    """The namespace of a name in a fused contract; "" in a contract of one domain."""
    return name.partition(SEPARATOR)[0] if SEPARATOR in name else ""


class RenameError(Exception):
    """A statement that cannot be renamed without changing what it means."""


def rename_contract(contract: Contract, namespace: str, shared: Collection[str] = ()) -> Contract:
    """The contract with every table (but ``shared`` ones), tool, constant, rule and group under ``namespace``.

    Each tool says which one authorizes it, so that two domains may serve the same role. Parameters, columns and ``let``
    names keep their names: they are local. Raises RenameError where a statement shadows a table, and ContractError
    where a name grows beyond 64 characters.
    """
    tables = {name: f"{namespace}{SEPARATOR}{name}" for name in contract.tables if name not in shared}
    constants = {name: f"{namespace}{SEPARATOR}{name}" for name in contract.constants}
    renamer = _Renamer(namespace, tables, constants)
    authorizers = {n: contract.authorizer_of(n) for n, t in contract.tools.items() if t.access != "authorize"}
    data = renamer.contract(contract.model_dump(mode="json", by_alias=True, exclude_unset=True), authorizers)
    return contract_from(data, f"{namespace} (renamed)")


def prove_rename(before: CompiledContract, namespace: str, shared: Collection[str] = ()) -> CompiledContract:
    """Rename, compile, and compare what every statement touches. Raises RenameError on any difference."""
    after = compile_contract(rename_contract(before.contract, namespace, shared), f"{namespace} (renamed)")
    tables = {name: f"{namespace}{SEPARATOR}{name}" for name in before.contract.tables if name not in shared}
    for name, tool in before.tools.items():
        renamed = after.tools[f"{namespace}{SEPARATOR}{name}"]
        pairs = zip(tool.statements, renamed.statements, strict=True)
        for old, new in pairs:
            if _touched(old, tables) != _touched(new, {}):
                raise RenameError(f"tool {name}: renaming changed what a statement touches: {old.sql[:120]}")
    return after


def _touched(statement: Statement, tables: Mapping[str, str]) -> tuple[frozenset[str], frozenset[tuple[str, str, str]]]:
    def rename(column: str) -> str:
        table, _, name = column.partition(".")
        return f"{tables.get(table, table)}.{name}"

    writes = frozenset((op, tables.get(table, table), column) for op, table, column in statement.writes)
    return frozenset(rename(r) for r in statement.reads), writes


class _Renamer:
    def __init__(self, namespace: str, tables: Mapping[str, str], constants: Mapping[str, str]) -> None:
        self.namespace = namespace
        self.tables = tables
        self.constants = constants

    def under(self, name: str) -> str:
        return f"{self.namespace}{SEPARATOR}{name}"

    def table(self, name: str) -> str:
        return self.tables.get(name, name)

    def column(self, column: str) -> str:
        table, _, name = column.partition(".")
        return f"{self.table(table)}.{name}"

    def sentence(self, text: str) -> str:
        for old, new in self.constants.items():
            text = text.replace("{" + old + "}", "{" + new + "}")
        return text

    def sql(self, text: str) -> str:
        return rename_sql(text, self.tables, self.constants)

    def fragment(self, text: str, prefix: str) -> str:
        """An expression or condition: renamed inside the statement that makes it one."""
        renamed_prefix = self.sql(prefix + " 1")[: -len(" 1")]
        return self.sql(f"{prefix} {text}")[len(renamed_prefix) + 1 :]

    def described(self, item: dict[str, Any], *fields: str) -> dict[str, Any]:
        """The item with the sentences of these fields, where it has them, quoting renamed constants."""
        return {**item, **{name: self.sentence(item[name]) for name in ("describe", "says", *fields) if item.get(name)}}

    def contract(self, data: dict[str, Any], authorizers: Mapping[str, str]) -> dict[str, Any]:
        data["principals"] = [self.table(p) for p in data["principals"]]
        data["constants"] = {self.under(n): c for n, c in data.get("constants", {}).items()}
        for kind in ("entities", "relationships"):
            data[kind] = {self.table(n): self._table(n, t) for n, t in data.get(kind, {}).items()}
        data["rule_groups"] = {
            self.under(n): [self._rule(r) for r in rules] for n, rules in data.get("rule_groups", {}).items()
        }
        data["tools"] = {self.under(n): self._tool(t, authorizers.get(n)) for n, t in data["tools"].items()}
        data["settle"] = [{**self.described(s), "sql": self.sql(s["sql"])} for s in data.get("settle", [])]
        data["invariants"] = [
            {**self.described(i), "id": self.under(i["id"]), "none": self.sql(i["none"])}
            for i in data.get("invariants", [])
        ]
        for kind in ("conduct", "out_of_scope"):
            data[kind] = [{**self.described(item), "id": self.under(item["id"])} for item in data.get(kind, [])]
        data["storylines"] = [
            {**self.described(s), "goals": [self.under(g) for g in s["goals"]]} for s in data.get("storylines", [])
        ]
        return self.described(data, "background")

    def _table(self, name: str, table: dict[str, Any]) -> dict[str, Any]:
        table = self.described(table)
        if table.get("lifecycle"):
            states = {n: self.described(state) for n, state in table["lifecycle"]["states"].items()}
            table["lifecycle"] = {**table["lifecycle"], "states": states}
        table["attributes"] = {n: self.described(a) for n, a in table["attributes"].items()}
        for attribute in table["attributes"].values():
            if attribute.get("refers_to"):
                attribute["refers_to"] = self.column(attribute["refers_to"])
            generate = attribute.get("generate") or {}
            if generate.get("sql"):
                generate["sql"] = self.fragment(generate["sql"], f"SELECT 0 FROM {name} WHERE")
            if generate.get("pick"):
                pick = generate["pick"]
                if pick.get("where"):
                    pick["where"] = self.fragment(pick["where"], f"SELECT 0 FROM {pick['table']} WHERE")
                pick["table"] = self.table(pick["table"])
        population = table.get("population") or {}
        if population.get("query"):
            population["query"] = self.sql(population["query"])
        if population.get("each"):
            population["each"]["of"] = self.table(population["each"]["of"])
        if table.get("children"):
            table["children"] = {self.table(n): self._table(n, child) for n, child in table["children"].items()}
        return table

    def _tool(self, tool: dict[str, Any], authorizer: str | None) -> dict[str, Any]:
        if tool.get("principal"):
            tool["principal"] = self.table(tool["principal"])
        if authorizer is not None:
            tool["authorized_by"] = self.under(authorizer)
        tool = self.described(tool)
        for parameter in tool.get("parameters", {}).values():
            self._parameter(parameter)
        tool["with"] = {name: self.sql(sql) for name, sql in tool.get("with", {}).items()}
        tool["creates"] = {new: self.table(table) for new, table in tool.get("creates", {}).items()}
        for let in tool.get("let", {}).values():
            let |= {"sql": self.sql(let["sql"]), "says": self.sentence(let["says"])}
        grants = tool.get("grants")
        if grants:
            grants |= {"id": self.under(grants["id"]), "sql": self.sql(grants["sql"])}
            grants["says"] = self.sentence(grants["says"])
        tool["rules"] = [
            {"use": self.under(rule["use"])} if "use" in rule else self._rule(rule) for rule in tool.get("rules", [])
        ]
        tool["effects"] = [
            {**e, "sql": self.sql(e["sql"]), "says": self.sentence(e["says"])} for e in tool.get("effects", [])
        ]
        if tool.get("returns"):
            self._returns(tool["returns"])
        return tool

    def _parameter(self, parameter: dict[str, Any]) -> None:
        if parameter.get("describe"):
            parameter["describe"] = self.sentence(parameter["describe"])
        if parameter.get("refers_to"):
            parameter["refers_to"] = self.column(parameter["refers_to"])
        if isinstance(parameter.get("choose"), str):
            parameter["choose"] = self.sql(parameter["choose"])
        items = parameter.get("items") or {}
        members = [items] if "describe" in items and isinstance(items["describe"], str) else list(items.values())
        for member in members:
            self._parameter(member)

    def _rule(self, rule: dict[str, Any]) -> dict[str, Any]:
        rule |= {"id": self.under(rule["id"]), "check": self.sql(rule["check"]), "says": self.sentence(rule["says"])}
        if rule.get("answer"):
            rule["answer"] = self.sentence(rule["answer"])
        return rule

    def _returns(self, returns: dict[str, Any]) -> None:
        for shape in ("one", "many", "value"):
            if returns.get(shape):
                returns[shape] = self.sql(returns[shape])
        for child in returns.get("with", {}).values():
            self._returns(child)


def rename_sql(sql: str, tables: Mapping[str, str], constants: Mapping[str, str]) -> str:
    """The statement with tables and ``:constants`` renamed. Raises RenameError."""
    spans = [*_table_spans(sql, tables), *_constant_spans(sql, constants)]
    for start, end, new in sorted(spans, reverse=True):
        sql = sql[:start] + new + sql[end:]
    return sql


def _table_spans(sql: str, tables: Mapping[str, str]) -> list[tuple[int, int, str]]:
    try:
        tree = sqlglot.parse_one(_with_plain_parameters(sql), dialect="sqlite")
    except (SqlglotError, BadStatement) as error:
        raise RenameError(f"cannot be parsed: {error}: {sql[:120]}") from error
    if isinstance(tree, exp.Command):
        raise RenameError(f"is not understood by the parser: {sql[:120]}")
    shadows = {cte.alias for cte in tree.find_all(exp.CTE)} | {t.alias for t in tree.find_all(exp.Table) if t.alias}
    shadowed = sorted(shadows & set(tables))
    if shadowed:
        raise RenameError(f"names {', '.join(shadowed)} like a table: {sql[:120]}")
    found: dict[int, tuple[int, int, str]] = {}
    for node in tree.find_all(exp.Table, exp.Column):
        identifier = node.this if isinstance(node, exp.Table) else node.args.get("table")
        if isinstance(identifier, exp.Identifier) and identifier.name in tables:
            start, end = identifier.meta["start"], identifier.meta["end"] + 1
            found[start] = (start, end, tables[identifier.name])
    return list(found.values())


def _with_plain_parameters(sql: str) -> str:
    """The statement with every parameter under a name of the same length that is no keyword (``:where``)."""
    for _, start, end in parameter_spans(sql):
        sql = sql[: start + 1] + "p" * (end - start - 1) + sql[end:]
    return sql


def _constant_spans(sql: str, constants: Mapping[str, str]) -> list[tuple[int, int, str]]:
    try:
        spans = parameter_spans(sql)
    except BadStatement as error:
        raise RenameError(str(error)) from error
    # The colon stays where it is.
    return [(start + 1, end, constants[name]) for name, start, end in spans if name in constants]
