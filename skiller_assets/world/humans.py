"""People of the United States: human ``k`` is the same person wherever it appears.

Every attribute is a pure function of (seed words, k). First and last names repeat as a pair only when all pairs are
used up, telephone numbers only when all reserved ones are; e-mail addresses never repeat. Telephone numbers are in the
555-0100 to 555-0199 range that is reserved for fiction, addresses at the example domains of RFC 2606.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from skiller_assets.world.draw import Indices, Positions, Stream, permute

YOUNGEST, OLDEST = 14, 92
"""Ages of people who look after their own affairs; under 18 are about 4 in 100."""

_INITIALS = "ABCDEFGHJKLMNPRSTW"
_LINES = 100  # 555-0100 to 555-0199 in each area code
_COMMON = "common"


@dataclass(frozen=True)
class _Block:
    """First names that go with the same last names; their pairs are numbered from ``start``."""

    first: tuple[int, ...]
    last: tuple[int, ...]
    start: int


@dataclass(frozen=True)
class _People:
    """The name lists, flattened: per first name its gender and the years in which its bearers are born."""

    first: npt.NDArray[np.object_]
    gender: tuple[str, ...]
    born_from: Indices
    born_to: Indices
    last: npt.NDArray[np.object_]
    blocks: tuple[_Block, ...]
    pairs: int
    hosts: Mapping[str, float]
    styles: Mapping[str, float]


class Humans:
    """All people that a corpus can hold, addressed by number.

    ``words`` name the population (``seed, "human"`` for customers); ``now`` is an ISO instant and bounds the ages.
    """

    def __init__(self, now: str, *words: object) -> None:
        self._now = dt.datetime.fromisoformat(now).date()
        self._words = words
        self._people = _people()
        self._places = _places()

    def column(self, field: str, at: Positions) -> list[str]:
        """One attribute of the humans at these numbers. Raises KeyError for a field that humans do not have."""
        return _FIELDS[field](_Slice(self, at))

    def stream(self, word: str) -> Stream:
        """The random numbers of one aspect of these people."""
        return Stream(*self._words, word)


class _Slice:
    """The humans at some numbers; every aspect is computed at most once and only when it is asked for."""

    def __init__(self, humans: Humans, at: Positions) -> None:
        self.humans = humans
        self.at = at
        self.people = humans._people
        self.places = humans._places

    @cached_property
    def generation(self) -> Indices:
        """How often the pairs of names were used up before."""
        return (self.at // np.uint64(self.people.pairs)).astype(np.int64)

    @cached_property
    def names(self) -> tuple[Indices, Indices]:
        """Numbers of the first and the last name."""
        pairs = self.people.pairs
        pair = permute(pairs, self.at % np.uint64(pairs), *self.humans._words, "names")
        first, last = np.empty_like(pair), np.empty_like(pair)
        starts = np.array([block.start for block in self.people.blocks])
        which = np.searchsorted(starts, pair, side="right") - 1
        for i, block in enumerate(self.people.blocks):
            mine = which == i
            row, column = np.divmod(pair[mine] - block.start, len(block.last))
            first[mine] = np.array(block.first)[row]
            last[mine] = np.array(block.last)[column]
        return first, last

    @cached_property
    def first(self) -> list[str]:
        return list(self.people.first[self.names[0]])

    @cached_property
    def last(self) -> list[str]:
        return list(self.people.last[self.names[1]])

    @cached_property
    def initial(self) -> list[str]:
        """A middle initial where a pair of names is in use for another time, else nothing."""
        return ["" if g == 0 else _INITIALS[(g - 1) % len(_INITIALS)] for g in self.generation.tolist()]

    @cached_property
    def born(self) -> list[str]:
        """Dates of birth that suit the first name."""
        first = self.names[0]
        youngest = self.humans._now.toordinal() - YOUNGEST * 365 - YOUNGEST // 4
        oldest = self.humans._now.toordinal() - OLDEST * 365 - OLDEST // 4
        low = np.clip(self.people.born_from[first], oldest, youngest)
        high = np.clip(self.people.born_to[first], low, youngest)
        days = low + self.humans.stream("born").below_each(high - low + 1, self.at)
        epoch = dt.date(1970, 1, 1).toordinal()
        return [str(day) for day in np.datetime_as_string((days - epoch).astype("datetime64[D]"))]

    @cached_property
    def gender(self) -> list[str]:
        open_ones = self.humans.stream("gender").weighted((0.46, 0.46, 0.08), self.at)
        drawn = [("female", "male", "nonbinary")[i] for i in open_ones]
        known = [self.people.gender[i] for i in self.names[0]]
        return [d if k == "any" else k for d, k in zip(drawn, known, strict=True)]

    @cached_property
    def emails(self) -> list[str]:
        styles, hosts = self.people.styles, self.people.hosts
        style = self.humans.stream("e-mail style").weighted(list(styles.values()), self.at)
        host = self.humans.stream("e-mail host").weighted(list(hosts.values()), self.at)
        style_of, host_of = list(styles), list(hosts)
        rows = zip(self.first, self.last, self.born, self.generation.tolist(), style, host, strict=True)
        return [
            f"{_local_part(style_of[s], first, last, born[2:4], generation)}@{host_of[h]}"
            for first, last, born, generation, s, h in rows
        ]

    @cached_property
    def line(self) -> Indices:
        """The reserved telephone number, counted over all area codes."""
        lines = len(self.places.area_codes) * _LINES
        return permute(lines, self.at % np.uint64(lines), *self.humans._words, "phone")

    @cached_property
    def phones(self) -> list[str]:
        codes = self.places.area_codes
        return [f"({codes[line // _LINES]}) 555-01{line % _LINES:02d}" for line in self.line.tolist()]

    @cached_property
    def city(self) -> list[int]:
        """The number of the city: the one of the area code."""
        return [self.places.city_of[line // _LINES] for line in self.line.tolist()]

    @cached_property
    def postal_codes(self) -> list[str]:
        zips = [self.places.cities[i]["zips"] for i in self.city]
        drawn = self.humans.stream("zip").below_each(np.array([len(z) for z in zips], dtype=np.int64), self.at)
        return [z[i] for z, i in zip(zips, drawn, strict=True)]

    @cached_property
    def streets(self) -> list[str]:
        places, stream = self.places, self.humans.stream
        name = stream("street").below(len(places.streets), self.at)
        kind = stream("street kind").weighted(list(places.street_kinds.values()), self.at)
        digits = stream("house digits").weighted((0.08, 0.37, 0.55), self.at)
        number = stream("house number").below_each(np.array([90, 900, 9000])[digits], self.at)
        number += np.array([10, 100, 1000])[digits]
        unit = stream("unit").below(round(40 / places.unit_share), self.at)  # 1 to 40 have an apartment
        kinds = list(places.street_kinds)
        rows = zip(number.tolist(), name, kind, unit.tolist(), strict=True)
        return [f"{no} {places.streets[n]} {kinds[k]}" + (f", Apt {u + 1}" if u < 40 else "") for no, n, k, u in rows]


@dataclass(frozen=True)
class _Places:
    """Cities, and the city that each area code belongs to."""

    country: str
    cities: tuple[Mapping[str, Any], ...]
    area_codes: tuple[str, ...]
    city_of: tuple[int, ...]
    streets: tuple[str, ...]
    street_kinds: Mapping[str, float]
    unit_share: float


def spelled(name: str) -> str:
    """A name as it stands in an e-mail address: ``O'Brien`` → ``obrien``."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(c for c in plain.lower() if "a" <= c <= "z")


def _local_part(style: str, first: str, last: str, year: str, generation: int) -> str:
    first, last = spelled(first), spelled(last)
    if generation == 0:
        return style.format(first=first, last=last, year=year)
    again, initial = divmod(generation - 1, len(_INITIALS))
    return f"{first}.{_INITIALS[initial].lower()}.{last}" + (str(again) if again else "")


def _full_names(people: _Slice) -> list[str]:
    rows = zip(people.first, people.initial, people.last, strict=True)
    return [f"{first} {initial}. {last}" if initial else f"{first} {last}" for first, initial, last in rows]


_FIELDS: dict[str, Callable[[_Slice], list[str]]] = {
    "first_name": lambda people: people.first,
    "last_name": lambda people: people.last,
    "full_name": _full_names,
    "email": lambda people: people.emails,
    "phone": lambda people: people.phones,
    "date_of_birth": lambda people: people.born,
    "gender": lambda people: people.gender,
    "street": lambda people: people.streets,
    "city": lambda people: [people.places.cities[i]["city"] for i in people.city],
    "region": lambda people: [people.places.cities[i]["region"] for i in people.city],
    "postal_code": lambda people: people.postal_codes,
    "country": lambda people: [people.places.country] * len(people.at),
}


def _data(name: str) -> dict[str, Any]:
    text = files("skiller_assets.world").joinpath("data", name).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


@cache
def _people() -> _People:
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
        blocks.append(_Block(firsts, lasts, start))
        start += len(firsts) * len(lasts)
    return _People(
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
def _places() -> _Places:
    data = _data("places.yaml")
    cities = tuple(data["cities"])
    codes = [(code, i) for i, city in enumerate(cities) for code in city["area_codes"]]
    streets = data["streets"]
    return _Places(
        country=data["country"],
        cities=cities,
        area_codes=tuple(code for code, _ in codes),
        city_of=tuple(i for _, i in codes),
        streets=tuple(streets["names"]),
        street_kinds=streets["kinds"],
        unit_share=streets["unit_share"],
    )
