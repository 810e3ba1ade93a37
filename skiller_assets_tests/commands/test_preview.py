"""A few tasks of one domain are made in a home of their own, with the replies and the account of the real one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from resources.providers import make_door, seed_topics
from skiller_assets.cli import main
from skiller_assets.commands.exits import BAD, GOOD, INTERRUPTED, MISUSED
from skiller_assets.commands.faults import Misuse
from skiller_assets.commands.preview import preview
from skiller_assets.preview import NoSuchDomain, preview_of
from skiller_assets.program import CHAINS
from skiller_assets.project import Project, apply_plan, load_project
from skiller_assets_tests import toys
from skiller_assets_tests.catalogues import service, write_catalogue

PREVIEW = """
import sys
from pathlib import Path
from skiller_assets.commands.preview import preview
from skiller_assets_tests.toys import project
sys.exit(preview(project(Path(sys.argv[1])), "a", 5))
"""


@pytest.fixture(autouse=True)
def no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SKILLER_HOME", raising=False)
    monkeypatch.setenv("COLUMNS", "120")


def authored(root: Path, settings: str) -> Project:
    (root / "skiller.yaml").write_text(settings)
    return load_project(CHAINS, make_door, root, seeds=seed_topics)


@pytest.mark.soak
def test_a_topic_that_is_not_planned_is_shown_by_the_embedded_author_and_the_project_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    authored(tmp_path, "topics: {target: 0}\nworld: {rows: 80}\n")
    monkeypatch.chdir(tmp_path)
    assert main(["preview", "yoga_school", "--tasks", "4"]) == GOOD
    said = capsys.readouterr().out
    assert "(yoga_school)" in said
    assert said.count("the user opens with") == 4
    for part in ("Some of its rules", "The policy begins", "nothing was paid for", "lies in data/preview/yoga_school"):
        assert part in said
    assert max(map(len, said.splitlines())) <= 120
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["asks", "preview"]
    assert not (tmp_path / "data" / "preview" / "yoga_school" / "asks").exists()


def test_a_domain_takes_along_what_was_planned_before_it_and_not_what_came_later(tmp_path: Path) -> None:
    project = authored(tmp_path, "topics: {seeds: [yoga_school, boat_rental, toy_shop], target: 3}\n")
    apply_plan(project)
    narrowed = preview_of(load_project(CHAINS, make_door, tmp_path, seeds=seed_topics), "boat_rental", 6)
    assert narrowed.registry.domains == ("yoga_school", "boat_rental")
    assert narrowed.settings.tasks.per_domain == 6
    assert narrowed.settings.home == tmp_path / "data" / "preview" / "boat_rental"
    assert narrowed.settings.asks == tmp_path / "data" / "asks"


def test_a_seed_of_the_users_catalogue_and_a_domain_file_are_found_before_they_are_planned(tmp_path: Path) -> None:
    write_catalogue(tmp_path, services={"goat_yoga": service(title="Goat Yoga", describe="A yoga house with goats.")})
    (tmp_path / "domains").mkdir()
    (tmp_path / "domains" / "library.yaml").write_text("domain: library\n")
    project = authored(tmp_path, "topics: {target: 0}\n")
    for key in ("goat_yoga", "library"):
        assert key in preview_of(project, key, 4).registry.domains
    with pytest.raises(NoSuchDomain, match="library_of_sand"):
        preview_of(project, "library_of_sand", 4)


def test_a_pair_is_no_domain(tmp_path: Path) -> None:
    toys.lay_out(tmp_path)
    with pytest.raises(Misuse, match="a__b is a pair: look at one of its domains first"):
        preview(toys.project(tmp_path), "a__b", 5)


@pytest.mark.parametrize("count", ["3", "0", "none"])
def test_fewer_tasks_than_kinds_are_a_wrong_option(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["preview", "airline", "--tasks", count])
    assert end.value.code == MISUSED
    assert "skiller preview: argument --tasks: must be " in capsys.readouterr().err


def test_what_fails_is_listed_with_its_reason_and_other_keys_are_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toys.lay_out(tmp_path)
    toys.order(tmp_path, fail={"x2": ["a"]})
    assert preview(toys.project(tmp_path), "a", 5) == BAD
    said = capsys.readouterr()
    assert "x2[a] failed: ValueError: planned failure of x2\n  therefore not made of a: x3" in said.err
    assert toys.built_since(tmp_path) == ["e _", "x1 a", "x2 a", "x4 a"]
    toys.order(tmp_path)
    assert preview(toys.project(tmp_path), "a", 5) == GOOD
    assert toys.built_since(tmp_path) == ["x2 a", "x3 a"]


def test_ctrl_c_ends_it_and_the_next_one_goes_on(tmp_path: Path) -> None:
    toys.lay_out(tmp_path)
    toys.order(tmp_path, hang={"x2": ["a"]})
    process = subprocess.Popen(
        [sys.executable, "-c", PREVIEW, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    while not (tmp_path / "hanging.pid").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert "stopped; what was answered is kept, the next one goes on from there" in complaints
    assert "Traceback" not in complaints
    toys.order(tmp_path)
    toys.built_since(tmp_path)
    assert preview(toys.project(tmp_path), "a", 5) == GOOD
    assert toys.built_since(tmp_path) == ["x2 a", "x3 a", "x4 a"]
