"""A world is its content: the same rows are the same world, and what is no world is not opened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from skiller_assets.contract.sql import open_schema
from skiller_assets.world.image import World, WorldError, make_world, read_world, rows_of
from skiller_assets_tests.worlds import NOW, content, library, library_world


def test_the_hash_does_not_depend_on_the_order_of_insertion() -> None:
    world = library_world()
    connection = open_schema(world.contract)
    with world.open() as session, connection:
        for table, rows in sorted(
            content(session).items(), key=lambda item: ["member", "book", "loan", "fee"].index(item[0])
        ):
            for row in reversed(rows):
                connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
    other = make_world(library(), connection.serialize("main"), NOW)
    assert other.hash == world.hash


def test_the_hash_changes_with_any_value() -> None:
    connection = open_schema(library().contract)
    connection.execute("INSERT INTO book VALUES ('BK-1', 'T', 'A', 100)")
    before = make_world(library(), connection.serialize("main"), NOW).hash
    connection.execute("UPDATE book SET price = 101")
    assert make_world(library(), connection.serialize("main"), NOW).hash != before


def test_rows_are_told_as_callers_see_them_by_key() -> None:
    rows = rows_of(library_world())
    assert rows["fee"][0] == {"loan_id": "LN-0000", "fee_no": 1, "amount": 1.5, "paid": False}
    assert [row["member_id"] for row in rows["member"]] == sorted(row["member_id"] for row in rows["member"])


def test_a_world_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "world.sqlite"
    path.write_bytes(library_world().image)
    assert read_world(library(), path, NOW).hash == library_world().hash


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"world\.sqlite: cannot be read"):
        read_world(library(), tmp_path / "world.sqlite", NOW)


@pytest.mark.parametrize(
    "image", [b"", b"no database" * 1000, library_world().image[:5000], library_world().image[:-4096]]
)
def test_a_damaged_image_is_not_opened(image: bytes) -> None:
    with pytest.raises(WorldError, match=r"library: the image is .* build(ing)? it again|library: .* build it again"):
        make_world(library(), image, NOW).open()


def test_an_image_with_a_torn_page_is_not_opened() -> None:
    image = library_world().image
    torn = image[:8192] + b"\xff" * 4096 + image[12288:]
    with pytest.raises(WorldError, match="build it again"):
        make_world(library(), torn, NOW).open()


def test_an_image_of_another_contract_is_not_opened() -> None:
    other = library({"entities.book.attributes.isbn": {"type": "text", "optional": True}})
    world = World(make_world(other, b"", NOW).program, library_world().image, NOW)
    with pytest.raises(WorldError, match="library: the image holds other tables; build it again"):
        world.open()


def test_two_worlds_of_one_image_share_it() -> None:
    world = library_world()
    assert replace(world, now="2026-01-01T00:00:00").hash == world.hash
