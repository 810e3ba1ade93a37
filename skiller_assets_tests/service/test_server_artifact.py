"""The artifact ``mcp_server`` when a model writes the code: tried in a sandbox or not at all, its making on record."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from resources.offline import OfflineAuthor
from resources.providers import make_enclosure, seed_topics
from resources.sandbox import SandboxUnavailable
from skiller_assets.artifact import Inputs
from skiller_assets.ask import Completion, Door, Prompt
from skiller_assets.build import Builder, Step
from skiller_assets.enclosure import Enclosure, EnclosureUnavailable
from skiller_assets.program import CHAINS
from skiller_assets.project import apply_plan, load_project
from skiller_assets.service.assets import ARTIFACTS
from skiller_assets.service.checks import server_conforms, server_is_served
from skiller_assets.service.suite import load_suite
from skiller_assets.settings import Settings
from skiller_assets_tests.ask.doors import door_to
from skiller_assets_tests.loopback.buggy_servers import CarelessCoder
from skiller_assets_tests.resources.sandbox.boxes import needs_bwrap
from skiller_assets_tests.service.servers import laid_out, library_suite, server_source

DOMAINS = Path(__file__).parents[2] / "domains"
DOMAIN = "bank"
SETTINGS = (
    f"domains: [{DOMAIN}]\ntopics: {{target: 0}}\nworld: {{rows: 60}}\n"
    "ask: {provider: openai, semantic_model: large, coding_model: exact}\n"
)
ARTIFACT = next(a for a in ARTIFACTS if a.name == "mcp_server")


class Careless(OfflineAuthor):
    """The embedded author, but for its servers."""

    def __init__(self, coder: CarelessCoder) -> None:
        super().__init__(1)
        self.coder = coder
        self.asked: list[str] = []

    def complete(self, prompt: Prompt) -> Completion:
        self.asked.append(prompt.name)
        text = self.coder.reply(prompt)
        return super().complete(prompt) if text is None else Completion(text)


class Hopeless(CarelessCoder):
    """Its patches only ever touch the first line."""

    def reply(self, prompt: Prompt) -> str | None:
        if prompt.name != "server_patch":
            return super().reply(prompt)
        first = prompt.variables["code"].splitlines()[0]
        return json.dumps({"edits": [{"find": f"{first}\n", "replace": f"{first} \n"}]})


def no_sandbox(_: Settings) -> Enclosure:
    raise SandboxUnavailable("the program bwrap is not installed")


def made(
    root: Path, author: Careless, enclosure: Callable[[Settings], Enclosure] = make_enclosure
) -> tuple[Step, Path]:
    """The step of the bank's server, after everything that it needs, and the folder of artifacts."""
    (root / "skiller.yaml").write_text(SETTINGS)
    (root / "domains").mkdir()
    shutil.copy(DOMAINS / f"{DOMAIN}.yaml", root / "domains")

    def door(settings: Settings) -> Door:
        return door_to(author, settings.home / "asks")

    apply_plan(load_project(CHAINS, door, root, seeds=seed_topics))
    work = load_project(CHAINS, door, root, seeds=seed_topics, make_enclosure=enclosure).work
    wanted, todo = {ARTIFACT.name}, [ARTIFACT]
    while todo:
        todo += (needs := work.needs(todo.pop()))
        wanted |= {need.name for need in needs}
    builder = Builder(replace(work, wanted=frozenset(wanted)))
    steps = [*builder.steps("corpus", None), *builder.steps("domain", DOMAIN)]
    return next(step for step in steps if step.artifact == "mcp_server"), work.settings.home


@needs_bwrap
def test_a_models_server_is_mended_and_kept_with_its_history_and_whose_it_is(tmp_path: Path) -> None:
    author = Careless(CarelessCoder(("a rule for the agent enforced", "the confirm step carries out")))
    step, home = made(tmp_path, author)
    assert (step.status, step.reason) == ("built", "")
    assert author.asked.count("server_patch") == 2
    folder = home / "mcp_server" / DOMAIN
    assert (folder / "server.py").read_text() == author.coder.right[DOMAIN]
    assert json.loads((folder / "report.json").read_text())["written_by"] == "exact"
    history = json.loads((folder / "history.json").read_text())
    assert [(a["number"], a["kind"], a["kept"]) for a in history] == [
        (1, "written", True),
        (2, "patched", True),
        (3, "patched", True),
    ]
    assert all(a["seconds"] > 0 for a in history)
    assert step.shown["written_by"] == "exact"
    assert load_suite(folder / "suite.json").hash == json.loads((folder / "report.json").read_text())["suite"]


def test_without_a_sandbox_nobody_is_asked_for_a_server(tmp_path: Path) -> None:
    author = Careless(CarelessCoder(()))
    step, _ = made(tmp_path, author, no_sandbox)
    assert step.status == "failed"
    assert "bwrap is not installed; install the package bubblewrap" in step.reason
    assert "skiller serve needs no server.py" in step.reason
    assert "server_code" not in author.asked


@needs_bwrap
def test_a_server_that_nobody_could_mend_is_kept_where_it_can_be_read(tmp_path: Path) -> None:
    author = Careless(Hopeless(("money not decoded",)))
    step, home = made(tmp_path, author)
    assert step.status == "failed"
    assert step.reason.startswith("no version passed the suite: case ")
    transcript = home / "asks" / "failed" / "mcp_server" / f"{DOMAIN}.json"
    assert str(transcript) in step.reason
    record = json.loads(transcript.read_text())
    assert record["written_by"] == "exact"
    assert len(record["history"]) == 7
    assert "return minor\n" in record["best"]
    assert not (home / "mcp_server" / DOMAIN).exists()


def stored(folder: Path, written_by: str | None) -> Iterator[Inputs]:
    """A stored server of the library as checks see it, in a project in which the embedded author answers."""
    laid_out(folder, server_source())
    library_suite().save(folder / "suite.json")
    (folder / "report.json").write_text(json.dumps({"written_by": written_by} if written_by else {}))
    folders = {("mcp_server", "library"): folder}
    yield Inputs(ARTIFACT, "library", Settings(root=folder), folders, lambda _: pytest.fail("asked"))


@pytest.mark.parametrize("check", [server_conforms, server_is_served])
@pytest.mark.parametrize("written_by", ["exact", None])
def test_a_check_never_runs_a_models_server_outside(
    check: Callable[[Inputs], object], written_by: str | None, tmp_path: Path
) -> None:
    """Whose it is stands in the artifact; where it does not, it is not taken for ours."""
    with pytest.raises(EnclosureUnavailable):
        check(*stored(tmp_path, written_by))


@pytest.mark.parametrize("check", [server_conforms, server_is_served])
def test_a_server_of_the_embedded_author_needs_no_sandbox(check: Callable[[Inputs], object], tmp_path: Path) -> None:
    found = check(*stored(tmp_path, "embedded author"))
    assert getattr(found, "passed", False)
