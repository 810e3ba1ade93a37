"""What a fused contract records about how it came about: members, bridges, and how conflicts were resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from skiller_assets.contract.vocabulary import ColumnRef, ConductKind, Model, Name, Sentence

Derivation = Literal["same", "day"]
"""How the value that enters follows from the one that left: it is the same, or the day of a moment."""


class ValueFlow(Model):
    """A value that one domain shows and a tool of the other takes.

    ``path`` are the names that lead to it in the result of ``gives``; ``column`` is where it is stored. Nothing is
    carried over from a record whose ``state`` (a column of the same result) is one of those in ``ended``. ``phrase`` is
    how the customer points to it ("the due date of my loan"); ``because`` are reasons why somebody would.
    """

    id: Name
    affinity: Name
    gives: Name
    path: Annotated[list[Name], Field(min_length=1)]
    column: ColumnRef
    state: Name | None = None
    ended: list[str] = []
    takes: Name
    parameter: Name
    derivation: Derivation
    says: Sentence
    phrase: Sentence
    because: list[str] = []

    def leaves(self, row: Mapping[str, object]) -> bool:
        """Whether the value may leave a record, given by the columns of the result."""
        return self.state is None or row.get(self.state) not in self.ended


class SpanningRule(Model):
    """A rule of a tool of one domain that looks at records of the other; ``rule`` is its id in that tool."""

    rule: Name
    tool: Name
    over: Name
    idea: Name


class Resolution(Model):
    """A conflict between conduct rules of two domains and how it was settled.

    ``clause`` is the conduct rule that settles it; "" where the stricter of the two already says what holds.
    """

    kind: ConductKind
    rules: Annotated[list[Name], Field(min_length=2)]
    resolution: Literal["stricter", "bridge", "both"]
    clause: str = ""
    reason: Sentence


class Fusion(Model):
    """The record of a fusion: who takes part, what both share, the story of the pair, its bridges, its conduct.

    ``served_elsewhere`` maps what one domain does not handle (an out-of-scope id) to the tool of the other that does.
    """

    members: Annotated[list[str], Field(min_length=2, max_length=3)]
    titles: dict[str, str]
    shared: list[Name] = []
    says: str = ""
    because: list[str] = []
    flows: list[ValueFlow] = []
    rules: list[SpanningRule] = []
    resolutions: list[Resolution] = []
    served_elsewhere: dict[Name, Name] = {}

    def flow(self, flow_id: str) -> ValueFlow:
        """The value flow of this id. Raises KeyError."""
        return {flow.id: flow for flow in self.flows}[flow_id]
