"""Communities recover the services of which a pool was mixed."""

from __future__ import annotations

import pytest

from skiller_assets.contract.model import is_domain
from skiller_assets.ontology.tool_pool.communities import LARGEST, SMALLEST, communities
from skiller_assets.ontology.tool_pool.dependencies import depend
from skiller_assets_tests.ontology.tool_pool.pools import SERVICES, community, graph, pool, tool


def test_the_planted_services_are_recovered_whole() -> None:
    found = communities(graph())
    assert [c.name for c in found.found] == sorted(SERVICES)
    assert found.alone == ()
    for name, file in SERVICES.items():
        planted = {t.name for t in pool().tools if t.source.startswith(file)}
        assert set(community(name).tools) == planted


def test_the_same_pool_gives_the_same_communities() -> None:
    assert communities(depend(pool().tools)) == communities(graph())


def test_what_has_to_do_with_nothing_stays_alone() -> None:
    tools = [*pool().tools, tool("list_comets"), tool("paint_fence", colour="string")]
    found = communities(depend(tools))
    assert found.alone == ("list_comets", "paint_fence")
    assert len(found.found) == len(SERVICES)


def test_a_community_that_is_too_large_is_divided_and_names_stay_apart() -> None:
    many = [
        tool(
            f"{verb}_{noun}",
            f"{verb} a {noun}.",
            results={f"{noun}_id": "string"},
            depot_id="string",
            **{f"{noun}_id": "string"},
        )
        for noun in ("crate", "pallet", "barrel", "bundle", "carton", "drum", "sack")
        for verb in ("list", "get", "create", "cancel", "update", "lock", "unlock", "close")
    ]
    found = communities(depend(many)).found
    assert all(SMALLEST <= len(c.tools) <= LARGEST for c in found)
    assert sum(len(c.tools) for c in found) == len(many)
    assert len({c.name for c in found}) == len(found) > 1


@pytest.mark.parametrize("name", SERVICES)
def test_every_name_is_that_of_a_domain(name: str) -> None:
    assert is_domain(name)
