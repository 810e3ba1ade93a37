"""The schema that a community of tools reads and writes: its records, the things they are about, the core person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from skiller_assets.ontology.tool_pool.families import Column
from skiller_assets.ontology.tool_pool.model import PoolTool
from skiller_assets.ontology.tool_pool.reading import Reading
from skiller_assets.ontology.tool_pool.words import word_list

IDENTIFYING = ("id", "name", "email")
"""Last words of parameters that say who somebody is."""

POINTING = ("id", "name", "code", "number", "symbol")
"""Last words of parameters that say which thing is meant."""


@dataclass
class Table:
    """A table while it is being derived. ``noun`` is what people call one of its rows.

    A ``record`` belongs to the person, a ``thing`` to nobody; ``made_by`` is the verb with which a record begins,
    ``single`` that everybody has exactly one.
    """

    name: str
    noun: str
    kind: Literal["record", "thing"]
    columns: dict[str, Column] = field(default_factory=dict)
    refers: list[str] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    switches: dict[str, str] = field(default_factory=dict)
    initial: str = "active"
    made_by: str = "make"
    single: bool = False

    @property
    def key(self) -> str:
        """The key column."""
        return f"{self.noun.replace(' ', '_')}_id"


@dataclass(frozen=True)
class Act:
    """A tool with the table that it reads or writes and the thing that it names beside it (the flight of a booking)."""

    tool: PoolTool
    reading: Reading
    table: str
    about: str | None = None


@dataclass
class Schema:
    """The core person, the tables by name, what every tool does to them, and the tools that found no place."""

    person: str
    tables: dict[str, Table]
    acts: list[Act]
    left_out: dict[str, str]

    def resolve(self, words: Sequence[str]) -> str | None:
        """The table that some words name: all of them, its last word, or a phrase that ends in its name."""
        words = called("_".join(words)).split() if words else ()
        for name, table in self.tables.items():
            own = tuple(table.noun.split())
            if own and (tuple(words) == own or tuple(words[-len(own) :]) == own or tuple(words) == own[-len(words) :]):
                return name if words else None
        return None

    def is_person(self, words: Sequence[str]) -> bool:
        """Whether some words name the person on whose behalf the tools act."""
        return bool(words) and words[-1] in {*word_list("verbs")["people"], self.person}

    def is_person_named(self, words: Sequence[str]) -> bool:
        """Whether the words of a parameter name the person (``member``, ``member_id``)."""
        return self.is_person(words) or (len(words) > 1 and words[-1] in IDENTIFYING and self.is_person(words[:-1]))

    def records(self) -> list[Table]:
        """The tables that belong to the person."""
        return [table for table in self.tables.values() if table.kind == "record"]

    def things(self) -> list[Table]:
        """The tables that exist on their own."""
        return [table for table in self.tables.values() if table.kind == "thing"]


def add_table(schema: Schema, name: str, kind: Literal["record", "thing"]) -> Table:
    """A new table for an object; its name is none that SQL keeps for itself, whatever people call its rows."""
    lists = word_list("verbs")
    noun = called(name)
    if noun.split()[-1] in lists["containers"]:
        noun = f"{noun} entry"
    safe = f"{name}_record" if name in lists["reserved"] or name == schema.person else name
    table = Table(safe, noun, kind)
    schema.tables[safe] = table
    return table


def called(object_: str) -> str:
    """What people call one of the things that a name means: of insurance one has a policy."""
    *before, last = object_.split("_")
    return " ".join([*before, str(word_list("verbs")["called"].get(last, last))])


def bare(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a parameter without those that only say which one (``new_``, ``min_``, ``target_``)."""
    dropped = {"new", "updated", "target", "old", "current", "min", "max", "minimum", "maximum"}
    return tuple(word for word in words if word not in dropped) or words


def referred(schema: Schema, table: Table, words: tuple[str, ...]) -> str | None:
    """The table that a parameter picks a row of, by id, by name or by its noun alone.

    Of the tool's own table, ``message`` or ``card number`` is a property where the row is the person's own record.
    """
    if words == ("id",) or (words == ("name",) and table.kind == "thing"):
        return table.name
    found = schema.resolve(words[:-1] if len(words) > 1 and words[-1] in POINTING else words)
    if found is None and words == ("symbol",):
        found = next((t.name for t in schema.things() if t.noun in _traded()), None)
    if found == table.name and table.kind == "record" and words[-1] != "id":
        return None
    return found


def _traded() -> set[str]:
    return set(word_list("columns")["names"]["firms"]["nouns"])


def is_staff(table: Table) -> bool:
    """Whether the things of a table are people who work for the service."""
    return table.noun.split()[-1] in word_list("verbs")["staff"]


def is_bounding(name: str) -> bool:
    """Whether a parameter bounds a column (``min_price``, ``end_date``) where a tool reads."""
    return name.split("_")[0] in ("min", "max", "start", "end", "from", "to", "since", "until")


def column_name(table: Table, name: str) -> str:
    """The column for a parameter: without the table's own noun before it, never a word that SQL keeps for itself."""
    words, own = list(bare(tuple(name.split("_")))), table.noun.split()
    if len(words) > 1 and words[0] == own[-1]:
        words = words[1:]
    joined = "_".join(words)
    return f"{own[-1]}_{joined}" if joined in word_list("verbs")["reserved"] or joined == "id" else joined
