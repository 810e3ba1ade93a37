"""A conformance suite: calls, what the engine answered, what they changed. Frozen before any server is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from skiller_assets.contract.values import JsonValue
from skiller_assets.service.plain import members

VERSION = 1


class SuiteError(Exception):
    """A suite file that cannot be used."""


@dataclass(frozen=True)
class Step:
    """One call in one of a case's sessions and the engine's answer; ``new_ids`` are the keys it handed out."""

    session: int
    tool: str
    arguments: JsonValue
    status: str
    result: JsonValue
    rule: str | None
    message: str
    new_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """Calls in one or more fresh sessions, and the state diff of each session at the end.

    ``about`` is the kind of case: permitted, denied, let_through, invalid, unauthorized, credentials, confirmation,
    isolation, builtin or random. ``rule`` is the rule that the case is about.
    """

    id: str
    about: str
    tool: str | None
    rule: str | None
    steps: tuple[Step, ...]
    diffs: tuple[tuple[Mapping[str, Any], ...], ...]


@dataclass(frozen=True)
class Uncovered:
    """A tool or rule for which no case was found, and why that matters."""

    tool: str
    rule: str | None
    reason: str


@dataclass(frozen=True)
class Suite:
    """Everything a server is held against. ``tables`` says how its rows are read: key columns, columns with types."""

    domain: str
    world: str
    now: str
    tables: Mapping[str, Mapping[str, Any]]
    tools: tuple[Mapping[str, Any], ...]
    cases: tuple[Case, ...]
    uncovered: tuple[Uncovered, ...]
    faults: tuple[str, ...]

    @cached_property
    def hash(self) -> str:
        """A hash over everything else."""
        return _hash({"version": VERSION, **members(self)})

    def dumps(self) -> str:
        """The suite as the text of its file; lone surrogates survive because it is ASCII."""
        body = {"version": VERSION, **members(self), "hash": self.hash}
        return json.dumps(body, ensure_ascii=True, separators=(",", ":"), default=members) + "\n"

    def save(self, path: Path) -> None:
        """Write the suite's file."""
        path.write_text(self.dumps(), encoding="ascii")


def load_suite(path: Path) -> Suite:
    """Read a frozen suite. Raises SuiteError where it is unreadable, of another version or was changed."""
    try:
        body = json.loads(path.read_text(encoding="ascii"))
        stated = body.pop("hash")
        version = body.pop("version")
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise SuiteError(f"{path}: cannot be read: {error}") from error
    if version != VERSION:
        raise SuiteError(f"{path}: is of version {version}; this program reads {VERSION}; derive the suite again")
    if _hash({"version": version, **body}) != stated:
        raise SuiteError(f"{path}: does not match its own hash; a frozen suite is never edited, derive it again")
    body["cases"] = tuple(_case(case) for case in body["cases"])
    body["uncovered"] = tuple(Uncovered(**item) for item in body["uncovered"])
    return Suite(**{**body, "tools": tuple(body["tools"]), "faults": tuple(body["faults"])})


def _case(data: dict[str, Any]) -> Case:
    steps = tuple(Step(**{**step, "new_ids": tuple(step["new_ids"])}) for step in data["steps"])
    return Case(**{**data, "steps": steps, "diffs": tuple(tuple(diff) for diff in data["diffs"])})


def _hash(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":"), default=members).encode()).hexdigest()
