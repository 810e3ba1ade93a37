"""The schema says of every table what the contract declares, and SQLite enforces it."""

from __future__ import annotations

import apsw
import pytest

from skiller_assets.contract.sql import open_schema
from skiller_assets_tests.worlds import Patch, library


def loaded(patch: Patch | None = None) -> apsw.Connection:
    connection = open_schema(library(patch).contract)
    connection.execute("INSERT INTO member VALUES ('MB-1', 'N', 'a@x', 0)")
    connection.execute("INSERT INTO book (book_id, title, shelf, price) VALUES ('BK-1', 'T', 'A', 100)")
    connection.execute("INSERT INTO loan VALUES ('LN-1', 'MB-1', 'BK-1', 'open', '2025-01-01', 0)")
    return connection


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO book VALUES (NULL, 'T', 'A', 1)",
        "INSERT INTO book VALUES ('BK-1', 'T', 'A', 1)",
        "INSERT INTO book VALUES ('BK-2', NULL, 'A', 1)",
        "INSERT INTO book VALUES ('BK-2', 'T', 'A', 1.5)",
        "INSERT INTO book VALUES ('BK-2', 'T', 'A', 'cheap')",
        "INSERT INTO book VALUES ('BK-2', x'00', 'A', 1)",
        "INSERT INTO member VALUES ('MB-2', 'N', 'a@x', 0)",
        "INSERT INTO member VALUES ('MB-2', 'N', 'b@x', 2)",
        "INSERT INTO loan VALUES ('LN-2', 'MB-9', 'BK-1', 'open', '2025-01-01', 0)",
        "INSERT INTO loan VALUES ('LN-2', 'MB-1', 'BK-1', 'lost', '2025-01-01', 0)",
        "INSERT INTO fee VALUES ('LN-9', 1, 100, 0)",
        "DELETE FROM book",
    ],
)
def test_a_row_that_the_contract_does_not_allow_is_refused(sql: str) -> None:
    with pytest.raises(apsw.Error):
        loaded().execute(sql)


def test_a_list_column_holds_json_only() -> None:
    connection = loaded({"entities.book.attributes.tags": {"type": "list", "optional": True}})
    connection.execute("UPDATE book SET tags = '[1, 2]'")
    with pytest.raises(apsw.ConstraintError):
        connection.execute("UPDATE book SET tags = '[1, 2'")


def test_an_index_never_takes_the_name_of_a_table_or_of_another_index() -> None:
    patch = {
        "entities.book.attributes.twin_id": {"type": "id", "optional": True, "refers_to": "book.book_id"},
        "entities.book_twin_id": {
            "kind": "peripheral", "describe": "Named like an index.", "key": "no", "attributes": {"no": {"type": "id"}},
        },
    }  # fmt: skip
    assert loaded(patch).execute("SELECT COUNT(*) FROM book_twin_id").get == 0


def test_references_to_a_composite_key_are_one_reference() -> None:
    receipt = {
        "describe": "What a fee was paid with.", "key": "receipt_id",
        "attributes": {
            "receipt_id": {"type": "id"},
            "loan_id": {"type": "id", "refers_to": "fee.loan_id"},
            "fee_no": {"type": "integer", "refers_to": "fee.fee_no"},
            "member_id": {"type": "id", "refers_to": "member.member_id"},
        },
    }  # fmt: skip
    connection = loaded({"relationships.receipt": receipt})
    connection.execute("INSERT INTO fee VALUES ('LN-1', 1, 100, 0)")
    connection.execute("INSERT INTO receipt VALUES ('R-1', 'LN-1', 1, 'MB-1')")
    with pytest.raises(apsw.ConstraintError):
        connection.execute("INSERT INTO receipt VALUES ('R-2', 'LN-1', 2, 'MB-1')")
