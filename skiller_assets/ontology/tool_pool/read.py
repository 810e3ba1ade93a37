"""Reads pools: JSON files and folders of them, in the shapes in which tool lists are published."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from skiller_assets.ontology.tool_pool.model import Pool, PoolTool, Unusable
from skiller_assets.ontology.tool_pool.normalise import NotATool, as_tool
from skiller_assets.ontology.tool_pool.words import snake

_LISTS = ("tools", "functions")


class PoolError(Exception):
    """A pool that cannot be read at all: names the file, what is wrong with it and what is expected."""


def read_pool(places: Sequence[Path]) -> Pool:
    """All tools of some files and folders (their ``*.json`` and ``*.jsonl``, at any depth), sorted by name.

    Of two tools of one name the first stands; equal entries count as one tool. Raises PoolError for a file that is no
    list of tools; a single entry that cannot be used is set aside with its reason.
    """
    tools: dict[str, PoolTool] = {}
    unusable: list[Unusable] = []
    for path in _files(places):
        for number, entry in enumerate(_entries(path), 1):
            source = f"{path.name}:{number}"
            try:
                tool = as_tool(entry, source)
            except NotATool as problem:
                unusable.append(Unusable(source, problem.name, problem.reason))
                continue
            known = tools.setdefault(tool.name, tool)
            if known is not tool:
                unusable.append(Unusable(source, tool.public, f"its name stands in {known.source} already"))
    return Pool(tuple(_without_preambles([tools[name] for name in sorted(tools)])), tuple(unusable))


def _without_preambles(tools: Sequence[PoolTool]) -> Iterator[PoolTool]:
    """Takes off what all descriptions of a file begin with: it introduces the service and says nothing of the tool."""
    by_file: dict[str, list[str]] = defaultdict(list)
    for tool in tools:
        by_file[_file_of(tool)].append(tool.describe)
    for tool in tools:
        told = by_file[_file_of(tool)]
        common = _common_beginning(told) if len(told) >= _SEVERAL else ""
        yield replace(tool, describe=tool.describe[len(common) :]) if len(common) >= _PREAMBLE else tool


_SEVERAL, _PREAMBLE = 3, 24
"""So many descriptions of a file with so many characters in common at their beginning share a preamble."""


def _common_beginning(texts: Sequence[str]) -> str:
    """The whole words with which all texts begin."""
    first, last = min(texts), max(texts)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[: first.rfind(" ", 0, same) + 1]


def _file_of(tool: PoolTool) -> str:
    return tool.source.partition(":")[0]


def _files(places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            found = sorted(p for ending in ("json", "jsonl") for p in place.rglob(f"*.{ending}"))
            if not found:
                raise PoolError(f"{place} holds no *.json or *.jsonl file: name files with lists of tools")
            yield from found
        elif place.is_file():
            yield place
        else:
            raise PoolError(f"{place} does not exist: name a JSON file with a list of tools, or a folder of them")


def _entries(path: Path) -> list[Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PoolError(f"{path} cannot be read: {error}") from error
    try:
        content = json.loads(text)
    except ValueError as error:
        return _lines(path, text, error)
    if isinstance(content, dict) and snake(str(content.get("name") or content.get("type") or "")):
        return [content]
    if isinstance(content, dict):
        content = next((content[key] for key in _LISTS if isinstance(content.get(key), list)), content)
    if not isinstance(content, list):
        raise PoolError(f'{path} is no list of tools: expected [{{…}}, …], one tool a line, or {{"tools": [{{…}}, …]}}')
    return content


def _lines(path: Path, text: str, error: ValueError) -> list[Any]:
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError:
        raise PoolError(f"{path} is neither JSON nor JSON lines: {error}") from error
