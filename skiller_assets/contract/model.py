"""The contract language: what a domain file may say.

A contract is an executable blueprint of a service. Its vocabulary is documented for authors in
``docs/contract.md``; these models are its definition. Unknown keys are refused everywhere.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from skiller_assets.contract.fusion import Fusion
from skiller_assets.contract.vocabulary import (
    DOMAIN,
    KEY,
    LONGEST_DOMAIN,
    ColumnRef,
    ConductKind,
    Model,
    Name,
    RuleKind,
    SemanticType,
    Sentence,
    Sql,
    ValueType,
)


def _one_of(value: Any, allowed: tuple[str, ...], what: str) -> Any:
    if not isinstance(value, dict) or len(set(value) & set(allowed)) != 1:
        has = f", and has {', '.join(map(str, value)) or 'none'}" if isinstance(value, dict) else ""
        raise ValueError(f"{what} needs exactly one of {', '.join(allowed)}{has}")
    return value


# ---------------------------------------------------------------------------------------------- data


class DateRange(Model):
    """A span relative to the world's now, in days (``-30d``) or years (``-60y``); both ends included."""

    start: str = Field(alias="from", pattern=r"^[+-]?\d+[dy]$", description="Days or years from now: -30d, +2y.")
    end: str = Field(alias="to", pattern=r"^[+-]?\d+[dy]$", description="Days or years from now: -30d, +2y.")
    hours: str | None = Field(None, pattern=r"^\d\d:\d\d-\d\d:\d\d$")
    every: int = Field(15, ge=1, le=720, description="Minutes between possible times.")
    weekdays: bool = False


class Pick(Model):
    """A reference to an existing row of another table, drawn evenly among the rows that fit."""

    table: Name
    where: str | None = None


class Generate(Model):
    """How the values of one attribute arise. Exactly one key."""

    human: str | None = None
    choice: list[Any] | dict[str | int, float] | None = None
    integer: Annotated[list[int], Field(min_length=2, max_length=3)] | None = None
    number: Annotated[list[float], Field(min_length=2, max_length=3)] | None = None
    money: Annotated[list[float], Field(min_length=2, max_length=3)] | None = None
    date: DateRange | None = None
    datetime: DateRange | None = None
    pattern: str | None = None
    template: str | None = None
    pick: Pick | None = None
    sequence: int | None = None
    sql: Sql | None = None

    @model_validator(mode="before")
    @classmethod
    def _exactly_one(cls, value: Any) -> Any:
        return _one_of(value, tuple(cls.model_fields), "generate")


class Attribute(Model):
    """One column of a table: type, meaning, who knows it, how it is generated."""

    type: ValueType
    describe: str = ""
    format: str | None = Field(None, pattern=r"^[A-Z0-9@#-]{2,24}$")
    refers_to: ColumnRef | None = None
    optional: bool = False
    unique: bool = False
    enum: list[str] | None = None
    minimum: float | None = None
    maximum: float | None = None
    unit: str | None = None
    semantic_type: SemanticType | None = None
    known: Literal["nobody", "owner", "everyone"] | None = None
    label: str | None = None
    phrase: str | None = None
    superlatives: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None
    generate: Generate | None = None


class Each(Model):
    """Some rows for every row of another table (a parent, a person)."""

    of: Name
    counts: dict[int, float] = Field(min_length=1)


class Population(Model):
    """How many rows a table has and where they come from. Exactly one key."""

    rows: list[dict[str, Any]] | None = None
    count: int | None = Field(None, ge=1)
    each: Each | None = None
    query: Sql | None = None

    @model_validator(mode="before")
    @classmethod
    def _exactly_one(cls, value: Any) -> Any:
        return _one_of(value, tuple(cls.model_fields), "population")


class State(Model):
    """One state of a lifecycle and the states that may follow it."""

    describe: Sentence
    next: list[str] = []


class Lifecycle(Model):
    """The states of a record, in one text column; acyclic."""

    column: Name
    initial: str
    states: dict[str, State]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_Key = Annotated[list[Name], Field(min_length=1)]


class Table(Model):
    """What entities, relationships and child records have in common: they are tables."""

    describe: Sentence
    key: Annotated[_Key, BeforeValidator(_as_list, json_schema_input_type=Name | _Key)]
    attributes: dict[Name, Attribute]
    population: Population | None = None
    unique: list[list[Name]] = []
    lifecycle: Lifecycle | None = None
    label: str | None = None


class Entity(Table):
    """A thing that exists on its own; a person is a role that a human plays."""

    kind: Literal["person", "peripheral"]
    role: Literal["customer", "staff"] = "customer"


class Child(Table):
    """A record owned by a relationship: a passenger, a payment, an order line."""


class Relationship(Table):
    """A record that ties the core person to peripherals; it may own child records."""

    children: dict[Name, Child] = {}


# --------------------------------------------------------------------------------------------- tools


class Parameter(Model):
    """One argument of a tool; its JSON Schema derives from it."""

    type: ValueType
    describe: Sentence
    refers_to: ColumnRef | None = None
    optional: bool = False
    default: Any = None
    enum: list[str] | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_items: int | None = None
    max_items: int | None = None
    items: dict[Name, Parameter] | Parameter | None = None
    choose: list[Any] | Sql | None = None
    phrase: str | None = None
    label: str | None = None


class Constant(Model):
    """A fee, window or limit that SQL applies as ``:name`` and sentences quote as ``{name}``."""

    type: Literal["integer", "number", "money", "text", "list"]
    value: Any
    unit: str | None = None


class Let(Model):
    """A value computed once, before the rules, and frozen; may be empty (NULL)."""

    says: Sentence
    sql: Sql
    type: ValueType | None = None


class Rule(Model):
    """A sentence and the predicate that says the same in SQL (one integer: 1 holds; 0 or NULL does not)."""

    id: Name
    says: Sentence
    check: Sql
    kind: RuleKind
    by: Literal["tool", "agent"] = "tool"
    answer: str | None = None


class Use(Model):
    """Takes over the rules of a shared group."""

    use: Name


def _rule_or_use(value: Any) -> str:
    """Which of the two a rule is meant to be, so that only its own faults are reported."""
    return "Use" if isinstance(value, Use) or (isinstance(value, dict) and "use" in value) else "Rule"


RuleOrUse = Annotated[Annotated[Use, Tag("Use")] | Annotated[Rule, Tag("Rule")], Discriminator(_rule_or_use)]


class Grants(Model):
    """The query that turns credentials into a principal's key; no row means ``denied`` with this id."""

    id: Name
    says: Sentence
    sql: Sql


class Effect(Model):
    """One change of the world and what it means."""

    says: Sentence
    sql: Sql
    rows: Literal["one", "some", "any"] = "one"
    when: str | None = Field(None, pattern=r"^(not )?[a-z][a-z0-9_]*$")


class Returns(Model):
    """The shape of a result. Exactly one of ``one``, ``many``, ``value``; children under ``with``."""

    one: Sql | None = None
    many: Sql | None = None
    value: Sql | None = None
    types: dict[Name, ValueType] = {}
    children: dict[Name, Returns] = Field({}, alias="with")

    @model_validator(mode="before")
    @classmethod
    def _exactly_one(cls, value: Any) -> Any:
        return _one_of(value, ("one", "many", "value"), "returns")


class Voice(Model):
    """How people put it: what they want (a verb phrase) and why (a sentence)."""

    wants: list[str] = []
    because: list[str] = []


class Operation(Model):
    """What one tool of the service does."""

    describe: Sentence
    access: Literal["authorize", "read", "write"]
    principal: Name | None = None
    authorized_by: Name | None = None
    confirm: Literal["agent", "tool", "none"] | None = None
    parameters: dict[Name, Parameter] = {}
    relations: dict[Name, Sql] = Field({}, alias="with")
    creates: dict[Annotated[str, Field(pattern=r"^new_[a-z0-9_]+$")], Name] = {}
    let: dict[Name, Let] = {}
    grants: Grants | None = None
    rules: list[RuleOrUse] = []
    effects: list[Effect] = []
    returns: Returns | None = None


class Tool(Operation):
    """One operation of the service, and how people ask for it."""

    voice: Voice = Voice()


# ------------------------------------------------------------------------------------------ contract


class Settle(Model):
    """One statement that makes generated records agree with each other; run once, in order."""

    says: Sentence
    sql: Sql


class Invariant(Model):
    """What is true of the world at all times: the query returns the rows that break it, so none."""

    id: Name
    says: Sentence
    none: Sql


class Conduct(Model):
    """How the agent behaves, beyond what a tool or rule can say."""

    id: Name
    kind: ConductKind
    says: Sentence


class OutOfScope(Model):
    """Something people ask for that no tool serves."""

    id: Name
    says: Sentence
    wants: list[str] = Field(min_length=1)
    because: list[str] = []
    handling: Literal["decline", "transfer"] = "decline"


class Storyline(Model):
    """Goals that one person would pursue in one conversation, in this order."""

    goals: list[Name] = Field(min_length=2, max_length=4)
    says: Sentence
    because: list[str] = []


class Contract(Model):
    """The executable blueprint of a domain or of a pair of domains."""

    contract: Literal[1]
    domain: Annotated[str, Field(pattern=KEY, max_length=76)]
    title: str
    describe: Sentence
    context: str
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    principals: list[Name] = Field(min_length=1)
    constants: dict[Name, Constant] = {}
    entities: dict[Name, Entity]
    relationships: dict[Name, Relationship] = {}
    settle: list[Settle] = []
    invariants: list[Invariant] = []
    rule_groups: dict[Name, list[Rule]] = {}
    tools: dict[Name, Tool]
    conduct: list[Conduct] = []
    out_of_scope: list[OutOfScope] = []
    storylines: list[Storyline] = []
    background: str = ""
    same_person: Sql | None = None
    fusion: Fusion | None = None

    @property
    def tables(self) -> dict[str, Table]:
        """Every table by name: entities, then each relationship followed by its children."""
        found: dict[str, Table] = dict(self.entities)
        for name, relationship in self.relationships.items():
            found[name] = relationship
            found.update(relationship.children)
        return found

    def parent_of(self, table: str) -> str | None:
        """The relationship that owns a child table, or None."""
        for name, relationship in self.relationships.items():
            if table in relationship.children:
                return name
        return None

    def rules_of(self, tool: str) -> list[Rule]:
        """The rules of a tool in order, groups resolved. Raises KeyError for an unknown group."""
        found: list[Rule] = []
        for item in self.tools[tool].rules:
            found += self.rule_groups[item.use] if isinstance(item, Use) else [item]
        return found

    def attribute(self, column: str) -> Attribute | None:
        """The attribute behind ``table.column``, or None."""
        table, _, name = column.partition(".")
        found: Table | None = self.entities.get(table) or self.relationships.get(table)
        if found is None:
            children = (r.children[table] for r in self.relationships.values() if table in r.children)
            found = next(children, None)
        return found.attributes.get(name) if found else None

    def principal_of(self, tool: str) -> str:
        """The person entity on whose behalf a tool acts."""
        return self.tools[tool].principal or self.principals[0]

    def title_of(self, tool: str) -> str:
        """What the service is called that a tool belongs to; the members of a pair keep their names."""
        titles = self.fusion.titles if self.fusion else {}
        return titles.get(tool.partition("__")[0], self.title)

    def authorizers_of(self, principal: str) -> list[str]:
        """The tools that authorize somebody in this role; several where two domains share the role."""
        return [n for n, t in self.tools.items() if t.access == "authorize" and self.principal_of(n) == principal]

    def authorizer_of(self, tool: str) -> str:
        """The tool that has to authorize before this one may be called. Raises IndexError where there is none."""
        return self.tools[tool].authorized_by or self.authorizers_of(self.principal_of(tool))[0]


def is_domain(name: str) -> bool:
    """Whether a name may be a domain: lower-case words, at most three, at most 24 characters."""
    return re.match(DOMAIN, name) is not None and len(name) <= LONGEST_DOMAIN
