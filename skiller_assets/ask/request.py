"""A typed request and how a reply to it is judged."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from jinja2 import TemplateError
from pydantic import BaseModel, ValidationError

from skiller_assets.ask.errors import AskError
from skiller_assets.ask.provider import Mending, Role
from skiller_assets.ask.templates import template

Reply = TypeVar("Reply", bound=BaseModel)
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode  # built once for all asks


@dataclass(frozen=True)
class Ask(Generic[Reply]):
    """Something wanted from an author.

    ``template`` is the prompt file (Jinja) that ``variables`` (JSON values) fill in, together with what is ``told`` to
    whoever reads the text and follows from the rest: limits of the validators, names in a form of their own. Each
    validator takes a parsed reply and returns complaints in plain words, none when it is content. ``mends``: how a
    rejected reply that could be parsed is mended; a large one is better patched than written again.
    """

    name: str
    role: Role
    template: Path
    variables: Mapping[str, Any]
    reply: type[Reply]
    validators: tuple[Callable[[Reply], list[str]], ...] = field(default=())
    attempts: int = 5
    mends: Mending = "whole"
    told: Mapping[str, Any] = field(default_factory=dict)

    def prompt_text(self) -> str:
        """The rendered prompt. Raises :class:`AskError` when the template is missing, broken or lacks a variable."""
        try:
            return template(self.template).render(**self.told, **self.variables)
        except TemplateError as error:
            raise AskError(f"ask {self.name!r}: prompt {self.template}: {error}") from error

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the reply."""
        return _schema(self.reply)

    def judge(self, text: str) -> tuple[Reply | None, list[str]]:
        """The parsed reply (None when it does not parse) and everything that is wrong with it."""
        try:
            reply = self.reply.model_validate_json(text)
        except ValidationError as error:
            return None, [_plain(item["loc"], item["msg"]) for item in error.errors()]
        return reply, [complaint for validate in self.validators for complaint in validate(reply)]


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text."""
    return _encode(value)


def _plain(place: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, place))}: {message}" if place else message


@lru_cache(maxsize=128)
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()
