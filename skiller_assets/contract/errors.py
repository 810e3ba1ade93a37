"""What can be wrong with a contract, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One fault of a contract: where it is, what it is, what to do about it.

    ``place`` reads from the outside in: ``airline.yaml: tool cancel_reservation: rule not_flown``.
    """

    place: str
    message: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f" ({self.advice})" if self.advice else ""
        return f"{self.place}: {self.message}{advice}"


class ContractError(Exception):
    """A contract that cannot be used; carries every problem that was found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(p) for p in self.problems))
