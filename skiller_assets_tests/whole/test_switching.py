"""Another model makes what depends on it out of date, and nothing of one model is passed off as another's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from resources.providers import make_door, seed_topics
from skiller_assets.commands.exits import GOOD
from skiller_assets.program import CHAINS
from skiller_assets.project import load_project, standings
from skiller_assets_tests.loopback.author import Author
from skiller_assets_tests.loopback.journals import Journals
from skiller_assets_tests.loopback.server import Answer, Loopback, loopback
from skiller_assets_tests.loopback.service import Service
from skiller_assets_tests.whole.authored import Authored

SETTINGS = """seed: 1
topics: {seeds: [card_statements], target: 1}
pairs: {target: 0}
world: {rows: 60}
tasks: {per_domain: 10}
run: {workers: 2}
"""
WANTED = ("--artifact", "queries")
ARTIFACTS = {artifact.name: artifact for chain in CHAINS for artifact in chain.artifacts}


@contextmanager
def models(project: Authored, **seeds: int) -> Iterator[Loopback]:
    """Several models at one address, each an author of its own."""
    journals = Journals([project.home])
    services = {model: Service(Author(seed), journals) for model, seed in seeds.items()}

    def script(number: int, request: Mapping[str, Any]) -> Answer:
        return services[request["model"]](number, request)

    with loopback(script) as server:
        yield server


def out_of_date(project: Authored) -> set[str]:
    """The artifacts that would be made anew; of what was never made there is nothing to say."""
    loaded = load_project(CHAINS, make_door, project.root, seeds=seed_topics)
    return {artifact.name for artifact, _, standing in standings(loaded) if standing.state == "stale"}


def followers(asks: set[str]) -> set[str]:
    """The artifacts that ask one of some asks, and all that is made from them."""
    found = {name for name, artifact in ARTIFACTS.items() if asks & set(artifact.asks)}
    while more := {n for n, a in ARTIFACTS.items() if found & set(a.needs)} - found:
        found |= more
    return found


def asked(server: Loopback, before: int) -> dict[str, set[str]]:
    """The asks since a moment, by the model they went to."""
    found: dict[str, set[str]] = {}
    for request in server.requests[before:]:
        found.setdefault(request["model"], set()).add(request["response_format"]["json_schema"]["name"])
    return found


@pytest.mark.soak
def test_another_model_is_asked_anew_and_the_first_ones_replies_are_still_there(tmp_path: Path) -> None:
    project = Authored(tmp_path / "project")
    queries = project.home / "queries" / "card_statements" / "queries.jsonl"
    with models(project, large=1, coder=1, other=7) as server:
        project.settle(SETTINGS, server.url)
        assert project.run("plan").returncode == GOOD
        project.built(*WANTED)
        assert set(asked(server, 0)) == {"large", "coder"}
        first, made = queries.read_bytes(), {name for name, _ in project.manifests()}
        assert out_of_date(project) == set()

        project.settle(SETTINGS, server.url, ", models: {query: other}")
        assert out_of_date(project) == {"queries"}
        assert "queries[card_statements] out of date" in project.run("status").stdout
        before = len(server.requests)
        project.built(*WANTED)
        assert asked(server, before) == {"other": {"query"}}
        assert {p.name for p in project.payments() if p.model == "other"} == {"query"}
        assert queries.read_bytes() != first

        project.settle(SETTINGS, server.url)
        before = len(server.requests)
        assert out_of_date(project) == {"queries"}
        project.built(*WANTED)
        assert (queries.read_bytes(), len(server.requests)) == (first, before)

        project.settle(SETTINGS, server.url, model="other")
        semantic = {name for name, asks in _roles(project).items() if "semantic" in asks}
        assert out_of_date(project) == followers(semantic) & made
        project.settle(SETTINGS, "http://127.0.0.1:1/v1")
        assert out_of_date(project) == set()


def _roles(project: Authored) -> dict[str, set[str]]:
    """The role of every kind of ask, by what was paid."""
    roles = {"large": "semantic", "other": "semantic", "coder": "coding"}
    found: dict[str, set[str]] = {}
    for payment in project.payments():
        found.setdefault(payment.name, set()).add(roles[payment.model])
    return found
