"""Faults that a user can mend: one clear message and an exit code. Everything else is ours and keeps its traceback."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from resources.store import BrokenArtifact, StoreError
from skiller_assets.commands.exits import BAD, MISUSED
from skiller_assets.contract.errors import ContractError
from skiller_assets.nearest import advise
from skiller_assets.project import Project
from skiller_assets.registry import RegistryError
from skiller_assets.settings import SettingsError


class Fault(Exception):
    """What was asked for cannot be done with what is there."""

    exit_code = BAD


class Misuse(Fault):
    """A wrong word, setting or registry: nothing was begun."""

    exit_code = MISUSED


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Turns the project's own errors into faults. Raises Fault."""
    try:
        yield
    except (SettingsError, RegistryError) as error:
        raise Misuse(str(error)) from error
    except (StoreError, BrokenArtifact, ContractError) as error:
        raise Fault(str(error)) from error


def expect_sound(project: Project) -> None:
    """Raises Misuse for a project whose settings or registry cannot be read."""
    if project.problem:
        raise Misuse(project.problem)


def expect_known(what: str, name: str, known: Iterable[str]) -> None:
    """Raises Misuse for a name that does not exist, with the nearest one that does."""
    names = sorted(known)
    if name not in names:
        raise Misuse(f"there is no {what} called {name}: {advise(name, names)}")
