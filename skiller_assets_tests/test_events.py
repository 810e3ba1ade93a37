"""What artifacts show is translated for the UI without loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from skiller_assets.artifact import ColumnSchema, Markdown, Picture, Shown, TableOf
from skiller_assets.events import metadata_value


@pytest.mark.parametrize(
    ("shown", "kind", "value"),
    [
        (Markdown("**a**"), dg.MarkdownMetadataValue, "**a**"),
        (Picture(b"png", "a graph"), dg.MarkdownMetadataValue, "![a graph](data:image/png;base64,cG5n)"),
        (Path("/a/b"), dg.PathMetadataValue, "/a/b"),
        (True, dg.BoolMetadataValue, True),
        (3, dg.IntMetadataValue, 3),
        (0.5, dg.FloatMetadataValue, 0.5),
        ("word", dg.TextMetadataValue, "word"),
        (None, dg.NullMetadataValue, None),
        ({"a": [1, None]}, dg.JsonMetadataValue, {"a": [1, None]}),
        (["a", 1], dg.JsonMetadataValue, ["a", 1]),
    ],
)
def test_each_kind_of_thing_has_its_view(shown: Shown, kind: type[dg.MetadataValue[Any]], value: object) -> None:
    translated = metadata_value(shown)
    assert isinstance(translated, kind)
    assert translated.value == value


def test_a_table_keeps_its_columns_and_rows() -> None:
    table = metadata_value(TableOf(["name", "count"], [["a", 1], ["b", None]]))
    assert isinstance(table, dg.TableMetadataValue)
    assert [record.data for record in table.records] == [{"name": "a", "count": 1}, {"name": "b", "count": ""}]
    with pytest.raises(ValueError, match="shorter"):
        metadata_value(TableOf(["name", "count"], [["a"]]))


def test_a_schema_names_columns_types_and_meanings() -> None:
    schema = metadata_value(ColumnSchema([("price", "money", "What it costs.")]))
    assert isinstance(schema, dg.TableSchemaMetadataValue)
    assert [(c.name, c.type, c.description) for c in schema.value.columns] == [("price", "money", "What it costs.")]
