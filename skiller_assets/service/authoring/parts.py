"""The parts of a contract as an author replies with them; each says only what it adds or changes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from skiller_assets.contract.model import (
    Conduct,
    Constant,
    Generate,
    Invariant,
    Operation,
    OutOfScope,
    Population,
    Rule,
    Settle,
    Storyline,
    Voice,
)
from skiller_assets.contract.vocabulary import ColumnRef, Model, Name, SemanticType


class ColumnData(Model):
    """How one attribute of the agreed tables gets its values; what is left out stays as it is, null takes it away."""

    generate: Generate | None = None
    optional: bool | None = None
    unique: bool | None = None
    enum: list[str] | None = None
    minimum: float | None = None
    maximum: float | None = None
    semantic_type: SemanticType | None = None


class TableData(Model):
    """How the rows of one agreed table arise."""

    population: Population | None = None
    attributes: dict[Name, ColumnData] = Field({}, description="Only attributes that get or change something here.")
    unique: list[list[Name]] | None = Field(None, description="Sets of columns whose values together never repeat.")


_CONSTANTS = "Numbers and words of the house, by the name under which SQL and sentences use them."
_TABLES = "By the name of the table: entities, relationships and child records alike."
_ANEW = "Where given, it takes the place of the whole list so far."


class DataPart(Model):
    """The reply to ``blueprint_data``."""

    constants: dict[Name, Constant | None] = Field({}, description=_CONSTANTS)
    tables: dict[Name, TableData] = Field({}, description=_TABLES)
    settle: list[Settle] = Field([], description="Statements that make generated records agree, run in this order.")
    invariants: list[Invariant] = Field([], description="What is true at all times.")


class ToolsPart(Model):
    """The reply to ``blueprint_tools``. ``tables``, ``settle`` and ``invariants`` change what was decided before."""

    constants: dict[Name, Constant | None] = Field({}, description=_CONSTANTS)
    rule_groups: dict[Name, list[Rule]] = Field({}, description="Rules that several tools share, taken over by use.")
    tools: dict[Name, Operation]
    tables: dict[Name, TableData] = Field({}, description=_TABLES)
    settle: list[Settle] | None = Field(None, description=_ANEW)
    invariants: list[Invariant] | None = Field(None, description=_ANEW)


class ColumnWords(Model):
    """What people call an attribute."""

    label: str | None = None
    phrase: str | None = Field(None, description="How it picks one record out of several, with {value}.")
    superlatives: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None


class ParameterWords(Model):
    """What people call an argument."""

    label: str | None = None
    phrase: str | None = Field(None, description="How people say a value of it, with {value}.")


class TalkPart(Model):
    """The reply to ``blueprint_talk``."""

    voices: dict[Name, Voice] = Field(description="By the name of the tool.")
    out_of_scope: list[OutOfScope]
    storylines: list[Storyline]
    conduct: list[Conduct]
    background: str = Field("", description="Markdown, the opening of the policy.")
    columns: dict[ColumnRef, ColumnWords] = Field({}, description="By table.column.")
    parameters: dict[ColumnRef, ParameterWords] = Field({}, description="By tool.parameter.")
