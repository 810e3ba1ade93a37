"""Measures the sizes of asks anew, through the loopback server, and writes ``skiller_assets/estimate/sizes.yaml``.

    python -m skiller_assets_tests.bench.measure_asks

Prompts are the real ones; replies are those of the embedded author. Takes two minutes or so.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import yaml

from resources.store import Store
from skiller_assets.ask.ledger import Entry, Payment
from skiller_assets.estimate.table import PLANNING, SIZES, the_table
from skiller_assets.ontology.seeds import AT_A_TIME
from skiller_assets.program import ARTIFACTS
from skiller_assets.registry import Registry, read_registry
from skiller_assets_tests.loopback.projects import REPOSITORY, Through, through_loopback

SETTINGS = """topics: {seeds: [yoga_school, ski_rental, loan_advice], target: 6}
tasks: {per_domain: 24}
pairs: {target: 3, tasks_per_pair: 12}
"""
FILE = "airline"
_HEAD = """# Measured by skiller_assets_tests/bench/measure_asks.py: real prompts, replies of the embedded author,
# four characters a token. By ask and artifact: calls for each unit of asks.yaml, tokens of a prompt, of a reply.
"""

Sizes = Mapping[str, Mapping[str, Mapping[str, float]]]


@dataclass(frozen=True)
class Built:
    """What a project came to: its registry, its account, and how many tasks each key has."""

    registry: Registry
    entries: list[Entry]
    payments: list[Payment]
    tasks: Mapping[str, int]
    artifacts: frozenset[str]


def build(project: Through) -> Built:
    """Builds a project. Raises RuntimeError when not everything of it becomes good: then sizes would be missing."""
    for words in (("plan",), ("run",)):
        done = project.skiller(*words, seconds=900)
        if done.returncode:
            raise RuntimeError(f"skiller {' '.join(words)}: {done.stderr}")
    home = project.root / "data"
    registry = read_registry(home / "registry.json") or Registry()
    files = home.glob("validated_tasks/*/tasks.jsonl")
    tasks = {path.parent.name: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    store = Store(home)
    made = {a.name for a in ARTIFACTS if any(store.manifest(a.folder, key) for key in registry.keys(a.per))}
    return Built(registry, list(project.ledger.entries()), list(project.ledger.payments()), tasks, frozenset(made))


def sizes_of(built: Built) -> Sizes:
    """Sizes by ask and artifact; what was not asked for an artifact that was built is 0 times.

    Asks that the table does not know are left out and named.
    """
    rows = {str(name): row for name, row in the_table().asks.items()}
    firsts = {(entry.name, entry.key): entry for entry in built.entries if entry.accepted}
    groups: dict[tuple[str, str], list[Payment]] = defaultdict(list)
    for payment in built.payments:
        if (payment.name, payment.key) in firsts:
            groups[payment.name, payment.at.partition("[")[0] or PLANNING].append(payment)
    found: dict[str, dict[str, Mapping[str, float]]] = defaultdict(dict)
    for (name, artifact), payments in sorted(groups.items()):
        row = rows.get(name)
        if row is None or artifact not in row.places:
            print(f"not in the table: {name} for {artifact}, {len(payments)} times", file=sys.stderr)
            continue
        units = _units(built, artifact, row.places[artifact].each, row.places[artifact].of)
        found[name][artifact] = {
            "times": round(len(payments) / units, 2),
            "input": round(mean(p.input_tokens for p in payments)),
            "output": round(mean(p.output_tokens for p in payments)),
        }
    for name, row in rows.items():
        for artifact, place in row.places.items():
            if artifact in built.artifacts and artifact not in found[name] and not place.models_only:
                found[name][artifact] = {"times": 0.0, "input": 0, "output": 0}
    return found


def _units(built: Built, artifact: str, each: str, of: str) -> int:
    """How many units a place of the table had here."""
    authored = {topic.domain for topic in built.registry.topics}
    seeds = sum(topic.parent is None for topic in built.registry.topics)
    if each in ("topic", "domain", "seeds"):
        return {"topic": len(authored) - seeds, "domain": len(authored), "seeds": -(-seeds // AT_A_TIME)}[each]
    keys: Iterable[str] = built.registry.pairs if artifact.startswith("fused_") else built.registry.domains
    if of != "all":
        keys = [key for key in keys if (key in authored) == (of == "authored")]
    return sum(built.tasks.get(key, 0) for key in keys) if each == "task" else len(list(keys))


def main() -> None:
    """Builds, measures, writes the file."""
    with tempfile.TemporaryDirectory(prefix="skiller_sizes") as folder:
        root = Path(folder)
        (root / "domains").mkdir()
        shutil.copy(REPOSITORY / "domains" / f"{FILE}.yaml", root / "domains")
        with through_loopback(root, SETTINGS) as project:
            built = build(project)
    text = yaml.safe_dump({name: dict(places) for name, places in sizes_of(built).items() if places}, sort_keys=True)
    SIZES.write_text(_HEAD + text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
