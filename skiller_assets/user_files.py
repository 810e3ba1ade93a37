"""What a user writes beside the settings: contracts in ``domains/``, the author's catalogue in ``catalogue/``.

Artifacts that are made from such files remember their names, from the project's folder, with the hash that each had.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

ABSENT = "absent"
"""The recorded hash of something that was looked for and not there."""

DOMAINS_FOLDER = "domains/"
"""Where the user's own contracts are; its hash is over the names of the files."""

CATALOGUE_FOLDER = "catalogue/"
"""Where the user extends what the offline author knows; its hash is over the files with their content."""


def domain_file_name(key: str | None) -> str:
    """Where a user's own contract of a domain is."""
    return f"{DOMAINS_FOLDER}{key}.yaml"


def domain_files_listing(root: Path) -> tuple[str, ...]:
    """The names of the user's domain files, sorted."""
    return tuple(f"{DOMAINS_FOLDER}{path.name}" for path in _yaml_files(root / DOMAINS_FOLDER))


def hash_of_user_file(root: Path, name: str) -> str:
    """SHA-256 of what a name stands for in a project's folder, in hexadecimal, or ``ABSENT``.

    Raises OSError when it is there and unreadable.
    """
    path = root / name
    if name in (DOMAINS_FOLDER, CATALOGUE_FOLDER):
        return _hash_of_folder(path, with_content=name == CATALOGUE_FOLDER)
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return ABSENT


def _hash_of_folder(folder: Path, with_content: bool) -> str:
    lines = list(_lines(folder, with_content))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else ABSENT


def _lines(folder: Path, with_content: bool) -> Iterator[str]:
    for path in _yaml_files(folder):
        yield f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" if with_content else path.name


def _yaml_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))
