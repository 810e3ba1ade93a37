"""The words that the contract language is made of: names, types, kinds, and the strict base of its models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

NAME = r"^[a-z][a-z0-9_]{0,63}$"
DOMAIN = r"^[a-z]+(_[a-z]+){0,2}$"
LONGEST_DOMAIN = 24
"""Characters of the name of a domain."""
KEY = r"^[a-z]+(_[a-z]+){0,2}(__[a-z]+(_[a-z]+){0,2}){0,2}$"

Name = Annotated[str, Field(pattern=NAME)]
ColumnRef = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")]
Sentence = Annotated[str, Field(min_length=3)]
Sql = Annotated[str, Field(min_length=8)]

ValueType = Literal["id", "text", "integer", "number", "money", "date", "datetime", "time", "boolean", "list"]
"""``money`` is integer minor units in the table and a decimal number outside; ``date``, ``datetime``
and ``time`` are ISO text (``2025-02-03``, ``2025-02-03T09:30:00``, ``09:30``); ``list`` is JSON text."""

SemanticType = Literal[
    "identifier", "code", "person_name", "first_name", "last_name", "email", "phone", "street", "city",
    "region", "postal_code", "country", "date", "date_of_birth", "time", "datetime", "money", "quantity",
    "duration", "percentage", "distance", "category", "status", "title", "description", "free_text",
    "organization", "place", "product", "vehicle", "rating", "flag", "url", "collection",
]  # fmt: skip

RuleKind = Literal[
    "ownership", "status", "time_window", "quantity", "amount", "eligibility", "capacity", "conflict",
    "prerequisite", "limit", "existence",
]  # fmt: skip

ConductKind = Literal["identity", "confirmation", "data_sharing", "transfer", "pace", "scope", "tone"]


class Model(BaseModel):
    """Strict base: unknown keys are refused and instances do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
