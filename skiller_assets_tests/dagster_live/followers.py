"""A toy project as a code location: planned, shared, read from files and paired as the real one is.

``ideas`` lists what is planned, ``words`` the domain files and the catalogue. ``x1`` takes a word of its domain, which
they must know; the others pass it on. ``domain_pairs`` gathers what there is of all domains, for who chooses pairs.
``y1`` reads of its two domains what is made first, ``y2`` what is made last.
``TOY_ROOT`` says where it lies, ``control.json`` what should go wrong (see ``toys``).
"""

import os
from functools import partial
from pathlib import Path

import yaml

from skiller_assets.artifact import Artifact, BuildFailed, Built, Inputs
from skiller_assets.launch import compose
from skiller_assets.project import load_project
from skiller_assets.work import Chain
from skiller_assets_tests import toys

SHARED = ("ideas", "words")


def build(name: str, needs: tuple[str, ...], inputs: Inputs) -> Built:
    with (inputs.settings.root / "built.log").open("a") as log:
        log.write(f"{name} {inputs.key or '_'}\n")
    if toys.control(inputs, "fail", name):
        raise BuildFailed(f"planned failure of {name}")
    own = [need for need in needs if need not in SHARED or name in SHARED]
    words = [inputs.read(need, "body.txt", key) for need in own for key in inputs.keys(need)]
    return Built({"body.txt": f"{name}({' '.join([*words, *_of_user(name, inputs)])})"})


def _of_user(name: str, inputs: Inputs) -> list[str]:
    """What an artifact takes from the plan and the user's files."""
    if name == "ideas":
        return list(inputs.plan()["domains"])
    if name == "words":
        inputs.remember_catalogue()
        texts = [path.read_text() for path in sorted((inputs.settings.root / "catalogue").glob("*.yaml"))]
        return [*inputs.domain_files(), *texts]
    path = inputs.domain_file() if name in ("x1", "x2") else None
    if name != "x1":
        return []
    known = inputs.read("ideas" if path is None else "words", "body.txt")
    if f"{inputs.key}" not in known.replace("(", " ").replace(")", " ").split():
        raise BuildFailed(f"words were collected before {inputs.key} was there")
    return [] if path is None else [yaml.safe_load(path.read_text())["word"]]


def artifact(name: str, *needs: str, per: str = "domain", reads: tuple[str, ...] = ()) -> Artifact:
    return Artifact(
        name, f"Toy {name}.", needs, partial(build, name, needs), per=per,  # type: ignore[arg-type]
        **dict.fromkeys((f"reads_{what}" for what in reads), True),  # type: ignore[arg-type]
    )  # fmt: skip


CHAINS = (
    Chain("corpus", (
        artifact("ideas", per="corpus", reads=("plan",)),
        artifact("words", "ideas", per="corpus", reads=("domain_file", "catalogue")),
    )),
    Chain("domains", (
        artifact("x1", "ideas", "words", reads=("domain_file", "catalogue")),
        artifact("x2", "x1", reads=("domain_file",)), artifact("x3", "x2"), artifact("x4", "x1"),
    )),
    Chain("pairing", (artifact("domain_pairs", "x2", "x3", per="corpus"),)),
    Chain("pairs", (artifact("y1", "x2", per="pair"), artifact("y2", "y1", "x3", "x4", per="pair"))),
)  # fmt: skip

if "TOY_ROOT" in os.environ:
    project = load_project(CHAINS, toys.no_door, Path(os.environ["TOY_ROOT"]))  # type: ignore[arg-type]
    defs = compose(project, sensor_seconds=3)
