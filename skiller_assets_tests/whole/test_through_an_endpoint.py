"""A domain that is authored through an endpoint is the domain that the same author makes without one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from resources.endpoint.limiter import Limiter
from resources.endpoint.line import Endpoint, Line
from resources.endpoint.structured import Ways
from resources.providers import make_door, seed_topics
from skiller_assets.ask import Door
from skiller_assets.ask.ledger import Ledger
from skiller_assets.build import Builder, Step
from skiller_assets.program import CHAINS
from skiller_assets.project import apply_plan, load_project
from skiller_assets.settings import Settings
from skiller_assets_tests.ask.doors import door_to
from skiller_assets_tests.loopback.author import Announcing, author
from skiller_assets_tests.loopback.server import loopback

DOMAIN = "yoga_school"
SETTINGS = f"topics: {{seeds: [{DOMAIN}], target: 1}}\nworld: {{rows: 80}}\ntasks: {{per_domain: 12}}\n"


def through(settings: Settings) -> Door:
    """A door to the endpoint of the settings; waits take no time."""
    endpoint = Endpoint(settings.endpoint.base_url, "SKILLER_TEST_KEY", 8, 20.0, 60.0)
    line = Line(endpoint, Limiter(4), sleep=lambda _: None)
    return door_to(Announcing(line, Ways(), {"semantic": "s", "coding": "c"}, None), settings.root / "asked")


def _built(root: Path, url: str | None = None) -> dict[str, Step]:
    """Every artifact of the domain, made in this process; without a server by the author himself."""
    root.mkdir()
    (root / "skiller.yaml").write_text(SETTINGS + (f"endpoint: {{base_url: '{url}'}}\n" if url else ""))
    door = through if url else make_door
    apply_plan(load_project(CHAINS, door, root, seeds=seed_topics))
    work = load_project(CHAINS, door, root, seeds=seed_topics).work
    wanted = frozenset(a.name for a in work.artifacts if a.per in ("corpus", "domain") and a.name != "domain_pairs")
    builder = Builder(replace(work, wanted=wanted))
    return {
        step.artifact: step for per, key in (("corpus", None), ("domain", DOMAIN)) for step in builder.steps(per, key)
    }


@pytest.mark.parametrize("spoil", [0.0, 0.2])
def test_a_domain_comes_whole_through_http(spoil: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLER_TEST_KEY", "sk-of-nobody-1234567890")
    with loopback(author(spoil)) as server:
        steps = _built(tmp_path / "through", server.url)
    assert {step.artifact: (step.status, step.reason) for step in steps.values() if step.status != "built"} == {}
    entries = list(Ledger(tmp_path / "through" / "asked").entries())
    assert all(entry.accepted for entry in entries)
    assert {entry.name for entry in entries} >= {
        "blueprint_data", "blueprint_tools", "blueprint_talk", "entity_relations", "personas", "query", "server_code",
    }  # fmt: skip
    if not spoil:
        assert len(server.requests) == len(entries)
        alone = _built(tmp_path / "alone")
        assert {n: s.manifest and s.manifest.hash for n, s in steps.items()} == {
            n: s.manifest and s.manifest.hash for n, s in alone.items()
        }
    else:
        assert len(server.requests) > len(entries)
        assert any(entry.complaints for entry in entries)
