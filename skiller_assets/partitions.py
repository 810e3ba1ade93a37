"""The registry as Dagster sees it: two static sets of partitions and which pairs follow from which domain."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg

from skiller_assets.artifact import Scope
from skiller_assets.registry import Registry


@dataclass(frozen=True)
class Partitions:
    """The partitions of each kind of key.

    Static ones with a static mapping are the only kind that the UI, the daemon and the loader all get right; whatever
    changes the registry has to reload the code location.
    """

    registry: Registry

    def definition(self, per: Scope) -> dg.StaticPartitionsDefinition | None:
        """The partitions of artifacts with this kind of key; None for those without a key."""
        if per == "corpus":
            return None
        return dg.StaticPartitionsDefinition([key for key in self.registry.keys(per) if key])

    def mapping(self, need: Scope, per: Scope) -> dg.PartitionMapping | None:
        """How keys of a needed artifact map to keys of the one that needs it; None where Dagster's default is right."""
        if (need, per) != ("domain", "pair"):
            return None
        return dg.StaticPartitionMapping({name: self.registry.pairs_of(name) for name in self.registry.domains})
