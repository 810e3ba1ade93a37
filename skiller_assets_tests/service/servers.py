"""Generated servers of the library, right and wrong ones, laid out on disk with their world."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from skiller_assets.service.conformance import derive_suite
from skiller_assets.service.server_code import write_server
from skiller_assets.service.suite import Suite
from skiller_assets.world.image import World
from skiller_assets_tests.worlds import library_world


@cache
def library_suite() -> Suite:
    """The suite of the library's laid-out world; derived once a process."""
    return derive_suite(library_world())


def server_source(world: World | None = None) -> str:
    """The code of a world's server."""
    world = world or library_world()
    return write_server(world.program.compiled, world.now)


def laid_out(folder: Path, source: str, world: World | None = None) -> tuple[Path, Path]:
    """``server.py`` and ``world.sqlite`` in a folder."""
    server, image = folder / "server.py", folder / "world.sqlite"
    server.write_text(source, encoding="utf-8")
    image.write_bytes((world or library_world()).image)
    return server, image


def spoiled(source: str, *changes: tuple[str, str]) -> str:
    """The code with some of its text replaced; each text must be there."""
    for old, new in changes:
        assert old in source, f"the server no longer contains {old!r}"
        source = source.replace(old, new)
    return source
