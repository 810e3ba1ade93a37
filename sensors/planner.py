"""Planning by itself, when domain files or settings ask for other domains than the registry has. Stopped at first."""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg


def planning_sensor(plan_if_asked: Callable[[], str], seconds: int) -> dg.SensorDefinition:
    """Plans when a domain file or a topic came or went. What is then built is up to the other sensors.

    ``plan_if_asked`` plans where there is something to plan, and says what became of it.
    """

    @dg.sensor(
        name="plan_domains",
        default_status=dg.DefaultSensorStatus.STOPPED,
        minimum_interval_seconds=seconds,
        description="Writes the registry when domains/ or the settings ask for other domains than it has.",
    )
    def plan_domains() -> dg.SkipReason:
        return dg.SkipReason(plan_if_asked())

    return plan_domains
