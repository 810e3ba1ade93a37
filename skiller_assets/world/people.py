"""The lists from which people are made: names, cities, streets (``data/people.yaml``, ``places.yaml``)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from skiller_assets.world.draw import Indices

_COMMON = "common"


@dataclass(frozen=True)
class Block:
    """First names that go with the same last names; their pairs are numbered from ``start``."""

    first: tuple[int, ...]
    last: tuple[int, ...]
    start: int


@dataclass(frozen=True)
class People:
    """The name lists, flattened: per first name its gender and the years in which its bearers are born."""

    first: npt.NDArray[np.object_]
    gender: tuple[str, ...]
    born_from: Indices
    born_to: Indices
    last: npt.NDArray[np.object_]
    blocks: tuple[Block, ...]
    pairs: int
    hosts: Mapping[str, float]
    styles: Mapping[str, float]


@dataclass(frozen=True)
class Places:
    """Cities, and the city that each area code belongs to."""

    country: str
    cities: tuple[Mapping[str, Any], ...]
    area_codes: tuple[str, ...]
    city_of: tuple[int, ...]
    streets: tuple[str, ...]
    street_kinds: Mapping[str, float]
    unit_share: float


def _data(name: str) -> dict[str, Any]:
    text = files("skiller_assets.world").joinpath("data", name).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


@cache
def people() -> People:
    """The bundled names."""
    data = _data("people.yaml")
    first, gender, born, family = [], [], [], []
    for culture, groups in data["first_names"].items():
        for group in groups:
            first += group["names"]
            gender += [group["gender"]] * len(group["names"])
            born += [group["born"]] * len(group["names"])
            family += [culture] * len(group["names"])
    last = [(culture, name) for culture, names in data["last_names"].items() for name in names]
    blocks, start = [], 0
    for culture in dict.fromkeys(family):
        firsts = tuple(i for i, own in enumerate(family) if own == culture)
        lasts = tuple(i for i, (own, _) in enumerate(last) if culture in (_COMMON, own))
        blocks.append(Block(firsts, lasts, start))
        start += len(firsts) * len(lasts)
    return People(
        first=np.array(first, dtype=object),
        gender=tuple(gender),
        born_from=np.array([dt.date(years[0], 1, 1).toordinal() for years in born]),
        born_to=np.array([dt.date(years[1], 12, 31).toordinal() for years in born]),
        last=np.array([name for _, name in last], dtype=object),
        blocks=tuple(blocks),
        pairs=start,
        hosts=data["email"]["hosts"],
        styles=data["email"]["styles"],
    )


@cache
def places() -> Places:
    """The bundled cities and streets."""
    data = _data("places.yaml")
    cities = tuple(data["cities"])
    codes = [(code, i) for i, city in enumerate(cities) for code in city["area_codes"]]
    streets = data["streets"]
    return Places(
        country=data["country"],
        cities=cities,
        area_codes=tuple(code for code, _ in codes),
        city_of=tuple(i for _, i in codes),
        streets=tuple(streets["names"]),
        street_kinds=streets["kinds"],
        unit_share=streets["unit_share"],
    )
