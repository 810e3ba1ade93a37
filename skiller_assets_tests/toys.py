"""A small project of toy artifacts, built by the real chain: what it makes is trivial, what it is made with is not.

``e`` lists the user's domain files, ``x1`` takes a word from one, the others pass it on, ``y1`` joins two domains.
What should go wrong is said in ``control.json`` beside ``skiller.yaml``, which is nobody's input:
``{"fail": {"x3": ["b"]}}``.
"""

from __future__ import annotations

import json
import os
import signal
import time
from functools import partial
from pathlib import Path

import yaml

from resources.store import Store
from skiller_assets.artifact import Artifact, Built, Check, ColumnSchema, Finding, Inputs, Picture, Shown, TableOf
from skiller_assets.ask import AskingEnded
from skiller_assets.ask.tally import Tally
from skiller_assets.project import Project, load_project
from skiller_assets.registry import Registry, write_registry
from skiller_assets.settings import Settings
from skiller_assets.work import Chain

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000")


class NoDoor:
    """Toys ask nobody."""

    def at(self, artifact: str) -> NoDoor:
        return self

    @property
    def tally(self) -> Tally:
        return Tally()


def no_door(settings: Settings) -> NoDoor:
    return NoDoor()


def control(inputs: Inputs, what: str, name: str) -> bool:
    path = inputs.settings.root / "control.json"
    orders = json.loads(path.read_text()) if path.exists() else {}
    return (inputs.key or "_") in orders.get(what, {}).get(name, [])


def build(name: str, needs: tuple[str, ...], inputs: Inputs) -> Built:
    with (inputs.settings.root / "built.log").open("a") as log:
        log.write(f"{name} {inputs.key or '_'}\n")
    if control(inputs, "fail", name):
        raise ValueError(f"planned failure of {name}")
    if control(inputs, "end", name):
        raise AskingEnded("the account is empty")
    if control(inputs, "hang", name):
        (inputs.settings.root / "hanging.pid").write_text(str(os.getpid()))
        time.sleep(600)
    if control(inputs, "die", name):
        os.kill(os.getpid(), signal.SIGKILL)
    words = [inputs.read(need, "body.txt", key) for need in needs for key in inputs.keys(need)]
    if name == "x1":
        path = inputs.domain_file()
        words.append(yaml.safe_load(path.read_text())["word"] if path else "nothing")
    if name == "e":
        words += [f"seed {inputs.settings.seed}", *inputs.domain_files()]
    return Built({"body.txt": f"{name}({' '.join(words)})"}, counts={"words": len(words)})


def check_body(name: str, inputs: Inputs) -> Finding:
    if control(inputs, "reject", name):
        return Finding(False, "row count 0", {"rows": 0})
    body = inputs.read(name, "body.txt")
    return Finding(body.startswith(name), "" if body.startswith(name) else f"the body begins with {body[:8]!r}")


def check_mood(inputs: Inputs) -> Finding:
    return Finding(False, "could be merrier", severity="warn")


def show(name: str, inputs: Inputs) -> dict[str, Shown]:
    return {
        "row_count": 1,
        "columns": ColumnSchema([("word", "text", "A word.")]),
        "sample": TableOf(["word"], [[inputs.read(name, "body.txt")]]),
        "picture": Picture(PNG, "nothing much"),
    }


def toy(name: str, *needs: str, per: str = "domain", settings: tuple[str, ...] = ()) -> Artifact:
    return Artifact(
        name,
        f"Toy {name}.",
        needs,
        partial(build, name, needs),
        checks=(
            Check("body", "The body names its artifact.", partial(check_body, name)),
            Check("mood", "It is merry.", check_mood, blocking=False),
        ),
        group="toys",
        kinds=("text",),
        settings=settings,
        summarize=partial(show, name),
        reads_domain_file=name in ("e", "x1"),
        per=per,  # type: ignore[arg-type]
    )


CHAINS = (
    Chain("corpus", (toy("e", per="corpus", settings=("seed",)),)),
    Chain("domains", (toy("x1", "e"), toy("x2", "x1"), toy("x3", "x2"), toy("x4", "x1"))),
    Chain("pairs", (toy("y1", "x2", "x3", per="pair"), toy("y2", "y1", per="pair"))),
)
DOMAINS = ("a", "b", "c", "d")
PAIRS = ("a__b", "b__c", "c__d")


def lay_out(root: Path, **settings: object) -> None:
    """Writes a project with four domains and three pairs."""
    (root / "skiller.yaml").write_text(yaml.safe_dump({"run": {"workers": 2}, "topics": {"target": 0}, **settings}))
    (root / "domains").mkdir()
    for name in DOMAINS:
        write_word(root, name, f"hello {name}")
    write_registry(Store(root / "data"), Registry(DOMAINS, PAIRS))


def write_word(root: Path, domain: str, word: str) -> None:
    (root / "domains" / f"{domain}.yaml").write_text(yaml.safe_dump({"word": word}))


def order(root: Path, **orders: dict[str, list[str]]) -> None:
    (root / "control.json").write_text(json.dumps(orders))


def project(root: Path) -> Project:
    return load_project(CHAINS, no_door, root)  # type: ignore[arg-type]


def built_since(root: Path) -> list[str]:
    """What builders were run since this was last asked, sorted."""
    path = root / "built.log"
    lines = sorted(path.read_text().splitlines()) if path.exists() else []
    path.unlink(missing_ok=True)
    return lines
