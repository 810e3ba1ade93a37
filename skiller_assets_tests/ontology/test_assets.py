"""What the artifacts of the ontology refuse to be made from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from skiller_assets.artifact import BuildFailed, Inputs, as_jsonl
from skiller_assets.ontology.assets import ARTIFACTS
from skiller_assets.settings import Settings
from skiller_assets_tests.domains import FOLDER


def test_a_domain_that_the_entities_do_not_know_yet_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "domains").mkdir()
    shutil.copy(FOLDER / "clinic.yaml", tmp_path / "domains")
    (tmp_path / "entities.jsonl").write_text(as_jsonl([{"entity": "traveler", "domains": ["airline"]}]))
    declared = {artifact.name: artifact for artifact in ARTIFACTS}
    graph = declared["entity_graph"]
    folders: dict[tuple[str, str | None], Path] = {("entities", None): tmp_path}
    inputs = Inputs(graph, "clinic", Settings(root=tmp_path), folders, lambda settings: pytest.fail("nobody asked"))
    with pytest.raises(BuildFailed, match="before clinic was there: materialize entities first"):
        graph.build(inputs)
