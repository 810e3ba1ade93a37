"""Where a sandbox cannot be had, a model's code is refused, unless the user says otherwise."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.providers import make_enclosure
from resources.sandbox import Limits, Sandbox, SandboxUnavailable, Unconfined
from resources.sandbox.sandbox import sandbox_here
from resources.sandbox.seccomp import MACHINES, filter_for
from skiller_assets.settings import Sandbox as Wanted
from skiller_assets.settings import Settings, load_settings
from skiller_assets_tests.resources.sandbox.boxes import needs_bwrap, ran


@pytest.fixture
def _probed_anew() -> Iterator[None]:
    sandbox_here.cache_clear()
    yield
    sandbox_here.cache_clear()


def _program(folder: Path, text: str) -> None:
    path = folder / "bwrap"
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXOTH)


@pytest.mark.usefixtures("_probed_anew")
def test_without_bubblewrap_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        SandboxUnavailable, match=r"bwrap is not installed; install the package bubblewrap.*allow_unsafe"
    ):
        make_enclosure(Settings(root=tmp_path))


@pytest.mark.usefixtures("_probed_anew")
def test_where_namespaces_are_not_allowed_it_says_what_bubblewrap_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path, "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SandboxUnavailable, match="No permissions to create new namespace"):
        make_enclosure(Settings(root=tmp_path))


@pytest.mark.usefixtures("_probed_anew")
def test_the_user_may_do_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = Settings(root=tmp_path, sandbox=Wanted(allow_unsafe=True, memory_mb=512))
    assert make_enclosure(settings) == Unconfined(Limits(memory_mb=512))


@needs_bwrap
def test_where_there_is_one_it_is_used_even_if_the_user_would_do_without(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, sandbox=Wanted(allow_unsafe=True, wall_seconds=9, processes=8))
    assert make_enclosure(settings) == Sandbox(Limits(wall_seconds=9, processes=8))


def test_the_settings_have_the_defaults_of_the_limits_and_change_no_artifact(tmp_path: Path) -> None:
    wanted = load_settings(Path(__file__).parents[3]).sandbox
    assert Limits(**wanted.model_dump(exclude={"allow_unsafe"})) == Limits()
    assert not wanted.allow_unsafe
    plain, other = Settings(root=tmp_path), Settings(root=tmp_path, sandbox=Wanted(cpu_seconds=5))
    assert plain.hash(["now", "ask"]) == other.hash(["now", "ask"])


@pytest.mark.parametrize("machine", MACHINES)
def test_every_jump_of_the_filter_of_system_calls_lands_inside(machine: str) -> None:
    code = filter_for(machine)
    assert len(code) % 8 == 0
    count = len(code) // 8
    for at in range(count):
        kind, yes, no = int.from_bytes(code[at * 8 : at * 8 + 2], "little"), code[at * 8 + 2], code[at * 8 + 3]
        if kind & 7 == 5:
            assert max(yes, no) + at + 1 < count


@needs_bwrap
def test_whoever_is_root_gives_it_up_since_no_limit_on_processes_binds_root() -> None:
    assert sandbox_here()[1] == ("dropped" if os.geteuid() == 0 else "mapped")
    done = ran("import os, time\nfor _ in range(64):\n    if os.fork() == 0:\n        time.sleep(60)")
    assert b"Resource temporarily unavailable" in done.stderr
