"""The funnel as it is shown: stages in the order in which a task passes them, a column for each kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from skiller_assets.artifact import Inputs, TableOf, as_json
from skiller_assets.settings import Settings
from skiller_assets.tasks.assets import ARTIFACTS, show_funnel
from skiller_assets.tasks.funnel import KEPT, Funnel


def test_every_count_stands_in_the_row_of_its_reason_and_the_column_of_its_kind(tmp_path: Path) -> None:
    funnel = Funnel()
    funnel.add("chosen", "refuse", KEPT, 2)
    funnel.add("grounded", "fulfil", "no arguments fit the rules", 7)
    funnel.add("grounded", "fulfil", KEPT, 3)
    funnel.add("grounded", "refuse", KEPT, 4)
    (tmp_path / "funnel.json").write_text(as_json(funnel.records()))
    combos = next(artifact for artifact in ARTIFACTS if artifact.name == "instance_combos")
    folders: dict[tuple[str, str | None], Path] = {("instance_combos", "clinic"): tmp_path}
    inputs = Inputs(combos, "clinic", Settings(root=tmp_path), folders, lambda settings: pytest.fail("nobody asked"))
    table = show_funnel("instance_combos", inputs)["funnel"]
    assert isinstance(table, TableOf)
    assert list(table.columns) == ["stage", "what became of it", "fulfil", "refuse", "clarify", "irrelevant"]
    assert [list(row) for row in table.rows] == [
        ["grounded", "kept", 3, 4, 0, 0],
        ["grounded", "no arguments fit the rules", 7, 0, 0, 0],
        ["chosen", "kept", 0, 2, 0, 0],
    ]
