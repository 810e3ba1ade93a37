"""What a pool of tools is once it has been read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """A parameter or a result of a tool: ``name`` is normalised, ``path`` as published, ``type`` JSON Schema's word."""

    name: str
    path: str
    type: str
    describe: str = ""
    required: bool = False
    enum: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    items: str | None = None


@dataclass(frozen=True)
class PoolTool:
    """A tool of a pool. ``name`` fits the contract language, ``public`` is what the pool calls it."""

    name: str
    public: str
    describe: str
    parameters: tuple[Field, ...]
    results: tuple[Field, ...]
    source: str
    inferred: bool = False
    """Whether the results are only guessed from name and description, because the pool does not say them."""


@dataclass(frozen=True)
class Unusable:
    """An entry of a pool that is left out: where it stands and why."""

    source: str
    name: str
    reason: str


@dataclass(frozen=True)
class Pool:
    """What was read: usable tools sorted by name, and everything that was set aside with its reason."""

    tools: tuple[PoolTool, ...]
    unusable: tuple[Unusable, ...]

    @property
    def read(self) -> int:
        """How many entries were read, usable or not."""
        return len(self.tools) + len(self.unusable)
