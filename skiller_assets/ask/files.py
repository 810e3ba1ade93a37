"""Small files that are whole or absent, written with as few calls of the system as there can be.

Each call lets another thread run, and with many threads that costs more than the call itself.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
_MORE = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC


def put_file(folder: str, name: str, pending: str, data: bytes) -> None:
    """Gives a file its content by renaming one that was written in the folder ``pending``.

    Folders are made by whoever finds them missing. Raises :class:`OSError`.
    """
    beside = f"{pending}/{name}.{os.getpid()}.{threading.get_ident()}"
    try:
        _with_folder(pending, partial(_write, beside, _NEW, data))
        _with_folder(folder, partial(os.replace, beside, f"{folder}/{name}"))
    except OSError:
        drop_file(beside)
        raise


def add_line(path: Path, line: bytes) -> None:
    """Adds a line to a file in one write, so that writers in several processes do not mix. Raises :class:`OSError`."""
    _with_folder(str(path.parent), partial(_write, str(path), _MORE, line))


def drop_file(path: str) -> None:
    """Removes a file, if there is one. Raises :class:`OSError`."""
    with suppress(FileNotFoundError):
        os.unlink(path)


def _write(path: str, flags: int, data: bytes) -> None:
    handle = os.open(path, flags, 0o644)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
    finally:
        os.close(handle)


def _with_folder(folder: str, work: Callable[[], None]) -> None:
    """Does something in a folder, which is made only where it turns out to be missing: mostly it is there."""
    try:
        work()
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)
        work()
