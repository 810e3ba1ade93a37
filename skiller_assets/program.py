"""What this program can build: every artifact with its checks, as chains; who answers asks. Without Dagster."""

from __future__ import annotations

from resources.providers import make_door, make_enclosure, seed_topics, shared_doors
from skiller_assets.artifact import Scope
from skiller_assets.fusion.assets import ARTIFACTS as FUSION
from skiller_assets.fusion.pairing_assets import PAIRING
from skiller_assets.ontology.assets import ARTIFACTS as ONTOLOGY
from skiller_assets.project import Project, adopt_ranking, load_project
from skiller_assets.service.assets import ARTIFACTS as SERVICE
from skiller_assets.tasks.assets import ARTIFACTS as TASKS
from skiller_assets.tasks.assets import PAIR_ARTIFACTS as PAIR_TASKS
from skiller_assets.work import Chain

ARTIFACTS = (*ONTOLOGY, *SERVICE, *TASKS, *FUSION, *PAIR_TASKS)


def _chain(name: str, per: Scope) -> Chain:
    return Chain(name, tuple(artifact for artifact in ARTIFACTS if artifact.per == per))


CHAINS = (
    _chain("corpus", "corpus"),
    _chain("domains", "domain"),
    Chain("pairing", PAIRING, adopt_ranking),
    _chain("pairs", "pair"),
)


def current_project() -> Project:
    """The project around the working directory as it is now, with every artifact that this program can build."""
    return load_project(CHAINS, make_door, seeds=seed_topics, shared_doors=shared_doors, make_enclosure=make_enclosure)
