"""``skiller compose``: a service of the offline author's catalogue as a domain file, to be taken over and changed."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import yaml

from resources.offline.catalogue_files import CatalogueError, catalogue_edition, load_catalogue
from resources.offline.composer import compose
from resources.offline.fragments import FragmentError
from resources.offline.topics import unknown_topic
from skiller_assets.commands.exits import GOOD
from skiller_assets.commands.faults import Fault, Misuse
from skiller_assets.settings import Settings, load_settings
from skiller_assets.user_files import CATALOGUE_FOLDER

_WIDTH = 120


class _Writer(yaml.SafeDumper):
    """YAML as people write it: texts of several lines stand as they are, nothing is named and referred to."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _as_text(writer: _Writer, text: str) -> yaml.ScalarNode:
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Writer.add_representer(str, _as_text)


def execute(arguments: Namespace) -> int:
    """Prints a composed contract."""
    print(domain_file(arguments.name, load_settings()), end="")
    return GOOD


def domain_file(name: str, settings: Settings) -> str:
    """The text of a domain file. Raises Misuse for a service that nobody knows, Fault for a bad entry."""
    folder = settings.root / CATALOGUE_FOLDER
    try:
        catalogue = load_catalogue(folder, catalogue_edition(folder))
    except CatalogueError as error:
        raise Misuse(str(error)) from error
    if name not in catalogue.services:
        raise Misuse(unknown_topic(catalogue, name))
    try:
        contract = compose(catalogue, name, settings.seed)
    except FragmentError as error:
        raise Fault(f"{name}: {error}") from error
    return yaml.dump(contract, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=_WIDTH)
