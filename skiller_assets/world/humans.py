"""People of the United States: human ``k`` is the same person wherever it appears.

Every attribute is a pure function of (seed words, k). First and last names repeat as a pair only when all pairs are
used up, telephone numbers only when all reserved ones are; e-mail addresses never repeat. Telephone numbers are in the
555-0100 to 555-0199 range that is reserved for fiction, addresses at the example domains of RFC 2606.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable
from functools import cached_property

import numpy as np

from skiller_assets.world.draw import Indices, Positions, Stream, permute
from skiller_assets.world.people import people, places

CUSTOMER_AGES = (14, 92)
"""Ages of people who look after their own affairs; 5 in 100 are under 18."""

STAFF_AGES = (22, 70)

_INITIALS = "ABCDEFGHJKLMNPRSTW"
_LINES = 100  # 555-0100 to 555-0199 in each area code


class Humans:
    """All people that a corpus can hold, addressed by number.

    ``words`` name the population (``seed, "human"`` for customers); ``now`` is an ISO instant and, with the
    youngest and oldest age in years, bounds the dates of birth.
    """

    def __init__(self, now: str, *words: object, ages: tuple[int, int] = CUSTOMER_AGES) -> None:
        today = dt.datetime.fromisoformat(now).date()
        youngest, oldest = (today.toordinal() - years * 365 - years // 4 for years in ages)
        self._births = (oldest, youngest)
        self._words = words

    def column(self, field: str, at: Positions) -> list[str]:
        """One attribute of the humans at these numbers. Raises KeyError for a field that humans do not have."""
        return _FIELDS[field](_Slice(self._words, self._births, at))


class _Slice:
    """The humans at some numbers; every aspect is computed at most once and only when it is asked for."""

    def __init__(self, words: tuple[object, ...], births: tuple[int, int], at: Positions) -> None:
        self._words = words
        self._births = births
        self.at = at
        self.people = people()
        self.places = places()

    def _stream(self, word: str) -> Stream:
        return Stream(*self._words, word)

    @cached_property
    def generation(self) -> Indices:
        """How often the pairs of names were used up before."""
        return (self.at // np.uint64(self.people.pairs)).astype(np.int64)

    @cached_property
    def names(self) -> tuple[Indices, Indices]:
        """Numbers of the first and the last name."""
        pairs = self.people.pairs
        pair = permute(pairs, self.at % np.uint64(pairs), *self._words, "names")
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
        oldest, youngest = self._births
        low = np.clip(self.people.born_from[first], oldest, youngest)
        high = np.clip(self.people.born_to[first], low, youngest)
        days = low + self._stream("born").below_each(high - low + 1, self.at)
        epoch = dt.date(1970, 1, 1).toordinal()
        return [str(day) for day in np.datetime_as_string((days - epoch).astype("datetime64[D]"))]

    @cached_property
    def gender(self) -> list[str]:
        open_ones = self._stream("gender").weighted((0.46, 0.46, 0.08), self.at)
        drawn = [("female", "male", "nonbinary")[i] for i in open_ones]
        known = [self.people.gender[i] for i in self.names[0]]
        return [d if k == "any" else k for d, k in zip(drawn, known, strict=True)]

    @cached_property
    def emails(self) -> list[str]:
        styles, hosts = self.people.styles, self.people.hosts
        style = self._stream("e-mail style").weighted(list(styles.values()), self.at)
        host = self._stream("e-mail host").weighted(list(hosts.values()), self.at)
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
        return permute(lines, self.at % np.uint64(lines), *self._words, "phone")

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
        drawn = self._stream("zip").below_each(np.array([len(z) for z in zips], dtype=np.int64), self.at)
        return [z[i] for z, i in zip(zips, drawn, strict=True)]

    @cached_property
    def streets(self) -> list[str]:
        places, stream = self.places, self._stream
        name = stream("street").below(len(places.streets), self.at)
        kind = stream("street kind").weighted(list(places.street_kinds.values()), self.at)
        digits = stream("house digits").weighted((0.08, 0.37, 0.55), self.at)
        number = stream("house number").below_each(np.array([90, 900, 9000])[digits], self.at)
        number += np.array([10, 100, 1000])[digits]
        unit = stream("unit").below(round(40 / places.unit_share), self.at)  # 1 to 40 have an apartment
        kinds = list(places.street_kinds)
        rows = zip(number.tolist(), name, kind, unit.tolist(), strict=True)
        return [f"{no} {places.streets[n]} {kinds[k]}" + (f", Apt {u + 1}" if u < 40 else "") for no, n, k, u in rows]


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
