"""What a confined program may take."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bounds of one run; past any of them all of its processes are killed, or what it tries fails.

    ``wall_seconds``: from start to end. ``cpu_seconds``: of all its processes together. ``memory_mb``: MiB of address
    space of each process, and of memory of all of them together. ``processes``: processes and threads at once.
    ``disk_mb``: MiB of the one writable place, which lies in memory, and of any single file. ``open_files``: of each
    process. ``output_mb``: MiB on standard output and standard error together.
    """

    wall_seconds: float = 600.0
    cpu_seconds: float = 120.0
    memory_mb: int = 1024
    processes: int = 64
    disk_mb: int = 64
    open_files: int = 256
    output_mb: int = 64


DEFAULT = Limits()
"""What a program may take that nobody says otherwise of."""
