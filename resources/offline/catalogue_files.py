"""The files of the catalogue: the bundled ones, then the user's own; read together, every fault named."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from resources.offline.catalogue import Catalogue
from resources.offline.parsed import parsed
from resources.offline.plausibility import catalogue_faults

BUNDLED = Path(__file__).parents[1] / "catalogue"


class CatalogueError(Exception):
    """A catalogue cannot be used; one line for each thing that is wrong: file, entry, what to do."""


@lru_cache(maxsize=8)
def load_catalogue(folder: Path | None = None, edition: str = "", kept: Path | None = None) -> Catalogue:
    """The bundled catalogue, extended by the files of a user's folder. Raises CatalogueError with every fault.

    ``edition`` (see :func:`catalogue_edition`) names the content of the files, so that a change is noticed. ``kept`` is
    a folder for what was parsed, which spares most of the time.
    """
    sections: dict[str, dict[str, Any]] = {}
    places: dict[tuple[str, str], Path] = {}
    faults: list[str] = []
    for path in catalogue_files(folder):
        faults += _take(path, sections, places, kept)
    try:
        if not faults:
            catalogue = Catalogue.model_validate(sections)
            faults = [f"{places.get(at, '')}: {at[0]}: {at[1]}: {fault}" for at, fault in catalogue_faults(catalogue)]
    except ValidationError as error:
        faults = [_explain(item["loc"], item["msg"], places) for item in error.errors()]
    if faults:
        raise CatalogueError("\n".join(faults))
    return catalogue


def catalogue_files(folder: Path | None) -> list[Path]:
    """The bundled files, then the user's own, each in the order of their names."""
    own = sorted(folder.glob("*.yaml")) if folder and folder.is_dir() else []
    return [*sorted(BUNDLED.rglob("*.yaml")), *own]


def catalogue_edition(folder: Path | None) -> str:
    """A hash over the content of all catalogue files, as 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for path in catalogue_files(folder):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _take(
    path: Path, sections: dict[str, dict[str, Any]], places: dict[tuple[str, str], Path], kept: Path | None
) -> Iterator[str]:
    """Takes over the entries of one file; yields what is wrong with it."""
    try:
        data = parsed(path, kept)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        yield f"{path}{f':{mark.line + 1}' if mark else ''}: cannot be read: {getattr(error, 'problem', None) or error}"
        return
    except (OSError, UnicodeDecodeError) as error:
        yield f"{path}: cannot be read: {error}"
        return
    if data is None:
        return
    if not isinstance(data, dict) or not all(isinstance(entries, dict) for entries in data.values()):
        yield f"{path}: must hold sections of named entries: {', '.join(Catalogue.model_fields)}"
        return
    for section, entries in data.items():
        if section not in Catalogue.model_fields:
            yield f"{path}: there is no section {section}; there are {', '.join(Catalogue.model_fields)}"
            continue
        for name, entry in entries.items():
            known = places.get((section, name))
            if known is not None and known.is_relative_to(BUNDLED) == path.is_relative_to(BUNDLED):
                yield f"{path}: {section}: {name} stands in {known.name}, too: keep one"
            sections.setdefault(section, {})[name] = entry
            places[section, name] = path


def _explain(place: tuple[int | str, ...], message: str, places: Mapping[tuple[str, str], Path]) -> str:
    path = places.get((str(place[0]), str(place[1]))) if len(place) > 1 else None
    return f"{path or ''}: {': '.join(map(str, place))}: {message.removeprefix('Value error, ')}"
