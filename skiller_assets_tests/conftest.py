"""Fixtures that several folders share."""

from __future__ import annotations

import pytest

from skiller_assets.world.image import World
from skiller_assets_tests.domains import DOMAINS
from skiller_assets_tests.worlds import domain_world


@pytest.fixture(scope="session", params=DOMAINS)
def generated_world(request: pytest.FixtureRequest) -> World:
    """The generated world of each hand-written domain in turn, with 100 rows a table; generated once a process."""
    return domain_world(request.param)
