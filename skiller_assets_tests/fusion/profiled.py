"""Profiles of composed services, for tests of pairing."""

from __future__ import annotations

from functools import cache

from skiller_assets.fusion.profiles import DomainProfile, profile_of, quick_profile
from skiller_assets_tests.composed import compiled, composed

NAMES = (
    "bike_insurance", "bike_workshop", "boat_rental", "car_claims", "car_garage", "car_rental",
    "city_hotels", "holiday_homes", "luggage_forwarding", "river_tours", "toy_shop", "travel_claims", "vet_clinic",
)  # fmt: skip
"""Services of several walks of life, some of which belong together."""


@cache
def profile(name: str) -> DomainProfile:
    """What pairing knows of a composed service."""
    return quick_profile(composed(name))


@cache
def full_profile(name: str) -> DomainProfile:
    """The same from the whole compiled contract."""
    return profile_of(compiled(name))


def profiles() -> list[DomainProfile]:
    """Those of all the names above."""
    return [profile(name) for name in NAMES]
