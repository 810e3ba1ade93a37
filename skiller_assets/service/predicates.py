"""What a second reader is shown of a contract, and what they may answer: sentences in, predicates out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field, model_validator

from skiller_assets.contract.analyse import owner_condition
from skiller_assets.contract.closed_words import impossible_words
from skiller_assets.contract.compile import CompiledContract
from skiller_assets.contract.model import Attribute, Constant, Contract, Parameter, Rule, Table
from skiller_assets.contract.sql import BadStatement, Preparer, Statement, open_schema
from skiller_assets.contract.values import SqlValue
from skiller_assets.contract.vocabulary import Model
from skiller_assets.contract.wording import render, say_constant
from skiller_assets.service.summary import summarize_database
from skiller_assets.world.image import World

MOST_RULES = 16
"""Rules that are asked for at once, unless one tool alone has more."""

_MOST_WORDS = 8
"""Values of an open column that are listed."""


class Predicate(Model):
    """What one sentence says, in SQL; or what it would have to say for that."""

    rule: str
    sql: str | None = Field(None, min_length=8)
    unclear: str | None = Field(None, min_length=3)

    @model_validator(mode="after")
    def _exactly_one(self) -> Predicate:
        if (self.sql is None) == (self.unclear is None):
            raise ValueError(f"{self.rule} needs exactly one of sql, unclear")
        return self


class Predicates(Model):
    """A reader's reply."""

    predicates: list[Predicate]


@dataclass(frozen=True)
class Sentence:
    """A rule to be read, by its first tool and its id, with all tools that have this very rule."""

    label: str
    rule: Rule
    tools: tuple[str, ...]


def sentences_of(contract: Contract) -> list[Sentence]:
    """Every rule of a contract, those that tools share once, in the order of the tools."""
    found: dict[tuple[str, str, str], list[str]] = {}
    rules: dict[tuple[str, str, str], Rule] = {}
    for tool in contract.tools:
        for rule in contract.rules_of(tool):
            same = (rule.id, rule.says, rule.check)
            rules.setdefault(same, rule)
            found.setdefault(same, []).append(tool)
    return [Sentence(f"{tools[0]}.{rules[same].id}", rules[same], tuple(tools)) for same, tools in found.items()]


def batches(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    """The sentences in groups for one ask each, few and alike in size; those of one tool stay together."""
    fewest = sum(1 for _ in _packed(sentences, MOST_RULES))
    return next(packed for most in range(1, MOST_RULES + 1) if len(packed := list(_packed(sentences, most))) <= fewest)


def _packed(sentences: Sequence[Sentence], most: int) -> Iterator[list[Sentence]]:
    """The sentences in their order, each group filled before the next is begun."""
    batch: list[Sentence] = []
    for tool in dict.fromkeys(sentence.tools[0] for sentence in sentences):
        more = [sentence for sentence in sentences if sentence.tools[0] == tool]
        if batch and len(batch) + len(more) > most:
            yield batch
            batch = []
        batch = [*batch, *more]
    if batch:
        yield batch


class Closed:
    """The closed world in which a reader writes: prepares predicates as the contract's own are."""

    def __init__(self, compiled: CompiledContract) -> None:
        self._contract = compiled.contract
        self._preparer = Preparer(open_schema(compiled.contract))

    def names(self, sentence: Sentence) -> set[str]:
        """What a predicate may bind: the constants, ``now``, ``me``, and what every tool of the rule binds."""
        tools = [self._contract.tools[name] for name in sentence.tools]
        shared = set.intersection(*({*tool.parameters, *tool.let} for tool in tools))
        return {"now", "me", *self._contract.constants, *shared}

    def prepare(self, sentence: Sentence, sql: str) -> Statement:
        """A reader's predicate, ready to be asked. Raises BadStatement with what is wrong with it."""
        statement = self._preparer.prepare(sql, self.names(sentence))
        if len(statement.columns) != 1:
            raise BadStatement(f"yields {len(statement.columns)} columns; one is expected")
        for found in impossible_words(self._contract, statement):
            raise BadStatement(found)
        return statement


class Schema:
    """What a reader needs to know of a world, from its contract and its data; the same for every ask."""

    def __init__(self, world: World) -> None:
        contract = world.contract
        summary = summarize_database(world.image, contract)["tables"]
        self._contract = contract
        self._shared = {
            "service": {"title": contract.title, "describe": contract.describe},
            "tables": [_table(contract, name, table, summary[name]) for name, table in contract.tables.items()],
            "constants": [
                {"name": name, "type": c.type, "says": _constant(c, contract.currency, world.program.constants[name])}
                for name, c in contract.constants.items()
            ],
        }

    def variables(self, sentences: Sequence[Sentence], earlier: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The variables of one ask; of the rules nothing but their sentences."""
        tools = dict.fromkeys(tool for sentence in sentences for tool in sentence.tools)
        return {
            **self._shared,
            "tools": [self._tool(name) for name in tools],
            "rules": [
                {
                    "rule": sentence.label,
                    "tools": list(sentence.tools),
                    "says": sentence.rule.says,
                    "worded": render(self._contract, sentence.rule.says),
                }
                for sentence in sentences
            ],
            "earlier": [dict(one) for one in earlier],
        }

    def _tool(self, name: str) -> dict[str, Any]:
        tool = self._contract.tools[name]
        return {
            "name": name,
            "describe": render(self._contract, tool.describe),
            "parameters": [{"name": n, "says": _parameter(p)} for n, p in tool.parameters.items()],
            "values": [{"name": n, "says": let.says} for n, let in tool.let.items()],
        }


def _constant(constant: Constant, currency: str, bound: SqlValue) -> str:
    """How a constant is said, and how it is bound where that is another number: ``6.50 USD, bound as 650``."""
    words = say_constant(constant, currency)
    return f"{words}, bound as {bound}" if constant.type in ("money", "list") else words


def _table(contract: Contract, name: str, table: Table, summary: Mapping[str, Any]) -> dict[str, Any]:
    owners = [p for p in contract.principals if p != name and owner_condition(contract, name, p)]
    states = table.lifecycle.states if table.lifecycle else {}
    columns = [
        {"name": column, "says": _column(attribute, summary["columns"][column])}
        for column, attribute in table.attributes.items()
    ]
    says = "; ".join(f"{state}: {declared.describe}" for state, declared in states.items())
    return {
        "name": name,
        "rows": summary["rows"],
        "key": list(table.key),
        "owner": " or ".join(owners),
        "describe": f"{table.describe} States: {says}" if says else table.describe,
        "columns": columns,
    }


def _column(attribute: Attribute, seen: Mapping[str, Any]) -> str:
    parts: list[str] = [attribute.type]
    parts += [f"refers to {attribute.refers_to}"] if attribute.refers_to else []
    parts += [f"in {attribute.unit}"] if attribute.unit else []
    parts += [f"may be empty ({seen['empty']} are)"] if attribute.optional else []
    parts += [attribute.describe] if attribute.describe else []
    return "; ".join([*parts, *_values(attribute, seen)])


def _values(attribute: Attribute, seen: Mapping[str, Any]) -> Iterator[str]:
    """Ranges and values as SQL sees them, so that money is in minor units."""
    scale = 100 if attribute.type == "money" else 1
    if "values" in seen:
        most = len(seen["values"]) if attribute.type != "text" or attribute.enum else _MOST_WORDS
        listed = list(seen["values"])
        yield f"values {', '.join([*listed[:most], *(['…'] if listed[most:] else [])])}"
    elif "smallest" in seen:
        low, high = seen["smallest"], seen["largest"]
        yield f"{round(low * scale)} to {round(high * scale)}" if scale > 1 else f"{low} to {high}"
    elif seen["examples"]:
        yield f"for example {', '.join(str(value) for value in seen['examples'])}"


def _parameter(parameter: Parameter) -> str:
    parts: list[str] = [parameter.type]
    parts += [f"refers to {parameter.refers_to}"] if parameter.refers_to else []
    parts += [f"one of {', '.join(parameter.enum)}"] if parameter.enum else []
    parts += ["may be left out (NULL)"] if parameter.optional and parameter.default is None else []
    parts += [f"{parameter.default!r} when left out"] if parameter.default is not None else []
    if isinstance(parameter.items, dict):
        parts += [f"each with {', '.join(f'{n} ({_parameter(p)})' for n, p in parameter.items.items())}"]
    return "; ".join([*parts, parameter.describe])
