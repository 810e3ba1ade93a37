"""Which tools a walk can reach: from an authorization on, each given what nobody knows by tools reached before it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from skiller_assets.contract.analyse import must_look_up, reveals
from skiller_assets.contract.compile import CompiledContract
from skiller_assets.contract.wording import say_list


@dataclass(frozen=True)
class Barred:
    """A tool that no walk reaches: for want of a column, and the tools that show it, none of which is reached either.

    ``column`` is empty where only its authorization, ``shown_by``, is out of reach.
    """

    tool: str
    column: str
    shown_by: tuple[str, ...]

    def __str__(self) -> str:
        """``takes loan.loan_id, which only get_loan shows, and no walk reaches that``."""
        if not self.column:
            return f"is authorized by {self.shown_by[0]}, which no walk reaches"
        if not self.shown_by:
            return f"takes {self.column}, which no other tool shows and nobody knows"
        shows, that = ("shows", "that") if len(self.shown_by) == 1 else ("show", "any of them")
        return f"takes {self.column}, which only {say_list(self.shown_by)} {shows}, and no walk reaches {that}"


def barred_tools(compiled: CompiledContract, closed: Collection[str] = ()) -> list[Barred]:
    """Every tool that no walk reaches, in the contract's order; ``closed`` are tools that no call of is permitted.

    Closed tools are not told themselves, only those that they bar.
    """
    shown = {name: reveals(compiled, name) for name in compiled.tools}
    needed = {name: must_look_up(compiled, name) for name in compiled.tools}
    sources = {
        (name, column): tuple(other for other in compiled.tools if other != name and column in shown[other])
        for name, columns in needed.items()
        for column in columns
    }
    reached: set[str] = set()

    def gate(name: str) -> Barred | None:
        for column in sorted(needed[name]):
            if not reached & set(sources[name, column]):
                return Barred(name, column, sources[name, column])
        admits = compiled.contract.authorizer_of(name) if compiled.tools[name].grants is None else name
        return None if admits in reached | {name} else Barred(name, "", (admits,))

    while new := {n for n in compiled.tools if n not in reached and n not in closed and gate(n) is None}:
        reached |= new
    return [barred for n in compiled.tools if n not in reached and n not in closed and (barred := gate(n))]
