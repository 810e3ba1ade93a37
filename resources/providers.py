"""Which author answers, and where code of its making runs: the only place that knows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from resources.endpoint import EndpointProvider
from resources.endpoint.limiter import Limiter
from resources.endpoint.line import Endpoint, Line
from resources.endpoint.structured import Ways
from resources.offline import OfflineAuthor
from resources.offline import topics as offline
from resources.offline.catalogue_files import CatalogueError, catalogue_edition, load_catalogue
from resources.sandbox import Limits, Sandbox, SandboxUnavailable, Unconfined
from resources.sandbox.sandbox import sandbox_here
from skiller_assets.ask import CannotAnswer, Door
from skiller_assets.ask.cache import ReplyCache
from skiller_assets.ask.ledger import Ledger
from skiller_assets.ask.provider import Provider, Role
from skiller_assets.enclosure import Enclosure
from skiller_assets.ontology.topics import Topic
from skiller_assets.settings import Settings
from skiller_assets.user_files import CATALOGUE_FOLDER


def make_door(settings: Settings) -> Door:
    """The door that the settings ask for; replies and ledger lie under ``<home>/asks``."""
    folder = Path(settings.home) / "asks"
    return Door(_provider(settings), ReplyCache(folder / "replies"), Ledger(folder / "ledger.jsonl"))


def make_enclosure(settings: Settings) -> Enclosure:
    """Where code runs that a model wrote. Raises SandboxUnavailable where there is no such place."""
    wanted = settings.sandbox
    limits = Limits(**wanted.model_dump(exclude={"allow_unsafe"}))
    try:
        sandbox_here()
    except SandboxUnavailable:
        if not wanted.allow_unsafe:
            raise
        return Unconfined(limits)
    return Sandbox(limits)


def seed_topics(settings: Settings) -> Sequence[Topic]:
    """The topics that planning begins with, known without asking anybody. Raises CannotAnswer.

    They are looked up when a project is loaded, too: so this costs nothing, needs no network and makes no home.
    """
    folder = settings.root / CATALOGUE_FOLDER
    try:
        catalogue = load_catalogue(
            folder, catalogue_edition(folder), _kept(settings) if settings.home.is_dir() else None
        )
    except CatalogueError as error:
        raise CannotAnswer(str(error)) from error
    return offline.seed_topics(catalogue, settings.topics.seeds)


def _kept(settings: Settings) -> Path:
    """Where what was parsed of the catalogue is kept."""
    return Path(settings.home) / "asks" / "catalogue"


def _provider(settings: Settings) -> Provider:
    if settings.ask.provider == "openai":
        return _models(settings)
    return OfflineAuthor(settings.seed, settings.root / CATALOGUE_FOLDER, _kept(settings))


def _models(settings: Settings) -> Provider:
    asked, semantic = settings.ask, str(settings.ask.semantic_model)
    line, ways = _line(Endpoint(**settings.endpoint.model_dump(exclude={"in_flight"})), settings.endpoint.in_flight)
    models: dict[Role, str] = {"semantic": semantic, "coding": asked.coding_model or semantic}
    return EndpointProvider(line, ways, models, asked.temperature)


@lru_cache(maxsize=8)
def _line(endpoint: Endpoint, in_flight: int) -> tuple[Line, Ways]:
    """One line an endpoint, so that all doors of a process share its limiter and what was learnt of it."""
    return Line(endpoint, Limiter(in_flight)), Ways()
