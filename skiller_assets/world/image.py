"""Worlds: one immutable database image from which every session starts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import apsw

from skiller_assets.contract.compile import CompiledContract
from skiller_assets.contract.model import Contract
from skiller_assets.contract.values import decoder
from skiller_assets.world.connection import open_private_copy
from skiller_assets.world.program import Program, make_program
from skiller_assets.world.session import IdStock, Session


class WorldError(Exception):
    """An image that is no world of this contract."""


@dataclass(frozen=True)
class World:
    """A program, an image (the bytes of ``world.sqlite``) and the instant at which everything happens."""

    program: Program
    image: bytes
    now: str

    @property
    def contract(self) -> Contract:
        """The contract of this world."""
        return self.program.compiled.contract

    @cached_property
    def _ids(self) -> IdStock:
        with self.reader() as connection:
            taken = {}
            for table in self.program.id_formats:
                key = self.contract.tables[table].key[0]
                rows = connection.execute(f'SELECT "{key}" FROM "{table}"').fetchall()
                taken[table] = frozenset(str(row[0]) for row in rows)
        return IdStock({table: len(ids) for table, ids in taken.items()}, taken)

    @contextmanager
    def reader(self) -> Iterator[apsw.Connection]:
        """A connection to a copy of the image, found sound first. Raises WorldError where it is not this contract's."""
        try:
            with closing(open_private_copy(self.image, self.now)) as connection:
                broken = connection.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]
                found = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
                if broken:
                    raise WorldError(f"{self.contract.domain}: the image is damaged; build it again")
                if sorted(str(sql) for (sql,) in found) != sorted(self.program.compiled.schema):
                    raise WorldError(f"{self.contract.domain}: the image holds other tables; build it again")
                yield connection
        except apsw.Error as error:
            raise WorldError(f"{self.contract.domain}: the image is no database: {error}; build it again") from error

    def open(self) -> Session:
        """A fresh session, nobody authorized. Raises WorldError where the image is not this contract's."""
        return Session(self.program, self.image, self.now, self._ids)

    @cached_property
    def hash(self) -> str:
        """A hash over the sorted content, independent of the order in which rows were inserted."""
        return content_hash(rows_of(self))


def make_world(compiled: CompiledContract, image: bytes, now: str) -> World:
    """A world from a compiled contract and an image."""
    return World(make_program(compiled), image, now)


def read_world(compiled: CompiledContract, path: Path, now: str) -> World:
    """A world from ``world.sqlite``. Raises WorldError where the file cannot be read."""
    try:
        return make_world(compiled, path.read_bytes(), now)
    except OSError as error:
        raise WorldError(f"{path}: cannot be read: {error}") from error


def rows_of(world: World) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table as JSON values, sorted by key. Raises WorldError where the image is not sound."""
    found: dict[str, list[dict[str, Any]]] = {}
    with world.reader() as connection:
        for name, table in world.contract.tables.items():
            columns = list(table.attributes)
            decoders = [decoder(a.type) for a in table.attributes.values()]
            order = ", ".join(f'"{k}"' for k in table.key)
            names = ", ".join(f'"{c}"' for c in columns)
            rows = connection.execute(f'SELECT {names} FROM "{name}" ORDER BY {order}').fetchall()
            found[name] = [
                {c: d(v) if d else v for c, d, v in zip(columns, decoders, row, strict=True)} for row in rows
            ]
    return found


def content_hash(rows: Mapping[str, list[dict[str, Any]]]) -> str:
    """The hash of a world's content."""
    digest = hashlib.sha256()
    for table in sorted(rows):
        digest.update(table.encode())
        for row in rows[table]:
            digest.update(json.dumps(row, sort_keys=True, ensure_ascii=False).encode())
    return digest.hexdigest()
