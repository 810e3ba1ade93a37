"""The toy project with pairs that are chosen: toys of all domains are gathered, ranked, and the ranking is adopted.

``domain_pairs`` joins neighbours in the alphabet and refuses a domain whose word is ``alone``. Artifacts of pairs lie
beside those of domains: ``fused_x2`` reads ``x2`` of both members, ``fused_x3`` its own ``x2`` and ``x3`` of both.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from resources.store import Store
from skiller_assets.artifact import Artifact, Built, Check, Finding, Inputs, as_json
from skiller_assets.project import Project, adopt_ranking, load_project
from skiller_assets.registry import Registry, write_registry
from skiller_assets.work import Chain
from skiller_assets_tests import toys

X = ("x1", "x2", "x3", "x4")
FUSED = ("fused_x2", "fused_x3")


def log(inputs: Inputs, name: str) -> None:
    with (inputs.settings.root / "built.log").open("a") as stream:
        stream.write(f"{name} {inputs.key or '_'}\n")
    if toys.control(inputs, "fail", name):
        raise ValueError(f"planned failure of {name}")


def choose(inputs: Inputs) -> Built:
    log(inputs, "domain_pairs")
    usable = sorted(key for key in inputs.keys("x2") if key)
    alone = [key for key in usable if "alone" in inputs.read("x3", "body.txt", key)]
    target = inputs.settings.pairs.target
    chosen = ["__".join(pair) for pair in pairwise(key for key in usable if key not in alone)]
    refused = [{"pair": pair, "reason": "it wants to be alone"} for pair in sorted(set(every_pair(usable, alone)))]
    ranking = {
        "chosen": [{"pair": pair, "score": 1.0} for pair in chosen[: len(usable) // 2 if target is None else target]],
        "refused": refused,
        "left_out": dict(inputs.left_out("x2")),
    }
    return Built({"pairs.json": as_json(ranking)}, counts={"usable": len(usable)})


def every_pair(usable: list[str], alone: list[str]) -> Iterator[str]:
    for one in alone:
        yield from ("__".join(sorted((one, other))) for other in usable if other != one)


def known(inputs: Inputs) -> Finding:
    ranking = inputs.json("domain_pairs", "pairs.json")
    strange = [e["pair"] for e in ranking["chosen"] if not set(e["pair"].split("__")) <= set(inputs.keys("x2"))]
    return Finding(not strange, f"{strange} cannot be used" if strange else "")


def fuse_x2(inputs: Inputs) -> Built:
    log(inputs, "fused_x2")
    return Built({"body.txt": " + ".join(inputs.read("x2", "body.txt", key) for key in inputs.keys("x2"))})


def fuse_x3(inputs: Inputs) -> Built:
    log(inputs, "fused_x3")
    words = [inputs.read("x3", "body.txt", key) for key in inputs.keys("x3")]
    return Built({"body.txt": f"{inputs.read('x2', 'body.txt')} = {' + '.join(words)}"})


def own_is_read(inputs: Inputs) -> Finding:
    """That a check reads its own artifact where it does not say whose."""
    good = inputs.read("x3", "body.txt").startswith(inputs.read("x2", "body.txt"))
    return Finding(good, "" if good else "it does not begin with x2 of the pair")


RANKED = Artifact(
    "domain_pairs",
    "Toy ranking.",
    ("x2", "x3"),
    choose,
    checks=(Check("known", "Only usable domains.", known),),
    settings=("pairs.target",),
    per="corpus",
)
CHAINS = (
    *toys.CHAINS[:2],
    Chain("pairing", (RANKED,), adopt_ranking),
    Chain(
        "pairs",
        (
            Artifact("fused_x2", "Toy.", ("x2",), fuse_x2, per="pair"),
            Artifact(
                "fused_x3", "Toy.", ("fused_x2", "x3"), fuse_x3, (Check("own", "Its own.", own_is_read),), per="pair"
            ),
        ),
    ),
)


def lay_out(root: Path, **settings: object) -> None:
    """Writes a project with four domains and no pair yet."""
    toys.lay_out(root, **settings)
    write_registry(Store(root / "data"), Registry(toys.DOMAINS))


def project(root: Path) -> Project:
    return load_project(CHAINS, toys.no_door, root)  # type: ignore[arg-type]
