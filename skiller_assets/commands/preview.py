"""``skiller preview``: a few tasks of one domain, made and shown before the rest is paid for."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from itertools import islice

from resources.store import label
from skiller_assets.ask.ledger import Ledger
from skiller_assets.ask.money import cost_of
from skiller_assets.asked import prices_of
from skiller_assets.build import Step
from skiller_assets.commands.costs import money
from skiller_assets.commands.estimates import in_short
from skiller_assets.commands.exits import BAD, GOOD, INTERRUPTED
from skiller_assets.commands.faults import Fault, Misuse, expect_sound
from skiller_assets.commands.progress import GOOD as FINE
from skiller_assets.commands.progress import faults, key_line
from skiller_assets.commands.shelf import Shelf
from skiller_assets.commands.terminal import Screen, place, seconds, table
from skiller_assets.commands.views.paper import filled, paragraphs, section
from skiller_assets.commands.views.telling import told_in_brief
from skiller_assets.contract.model import Contract
from skiller_assets.contract.wording import render
from skiller_assets.estimate.forecast import forecast
from skiller_assets.preview import NoSuchDomain, make_preview, preview_of
from skiller_assets.project import Project
from skiller_assets.registry import PAIR_SEPARATOR
from skiller_assets.tasks.records import task_from_json
from skiller_assets.workers import WorkersFailed

_RULES, _POLICY_LINES = 3, 14
"""How much is shown of the rules and of the policy."""


def execute(arguments: Namespace) -> int:
    """Previews a domain of the project around the working directory."""
    from skiller_assets.program import current_project

    return preview(current_project(), arguments.key, arguments.tasks)


def preview(project: Project, key: str, tasks: int) -> int:
    """Makes a few tasks of a domain and shows them; the exit code is that of a run. Raises Misuse, Fault."""
    expect_sound(project)
    if PAIR_SEPARATOR in key:
        raise Misuse(f"{key} is a pair: look at one of its domains first, and at the pair when both are made")
    before, _ = Ledger(project.settings.asks).payments_since(0)
    try:
        narrowed = preview_of(project, key, tasks)
    except NoSuchDomain as error:
        raise Misuse(str(error)) from error
    steps: list[Step] = []
    try:
        _make(narrowed, key, steps)
    except KeyboardInterrupt:
        print(_paid(project, before), "stopped; what was answered is kept, the next one goes on from there",
              sep="\n", file=sys.stderr)  # fmt: skip
        return INTERRUPTED
    except WorkersFailed as error:
        raise Fault(str(error)) from error
    shelf = Shelf(narrowed.settings, narrowed.registry)
    built = {step.artifact for step in steps if step.status in FINE}
    print("\n\n".join(_parts(shelf, key, built)))
    print("\n" + "\n".join(_afterwards(project, narrowed, before)))
    sys.stdout.flush()
    for line in faults(steps):
        print(line, file=sys.stderr)
    return GOOD if all(step.status in FINE for step in steps) else BAD


def _make(narrowed: Project, key: str, steps: list[Step]) -> None:
    """Makes it, says what is going on, and adds every step to the list."""
    screen = Screen()
    try:
        for step in make_preview(narrowed, key):
            steps.append(step)
            screen.going_on(f"  {label(step.artifact, step.key)} {step.status} in {seconds(step.seconds)}")
    finally:
        screen.close()
    print(f"{key_line([step for step in steps if step.key == key])}\n")


def _parts(shelf: Shelf, key: str, built: set[str]) -> Iterator[str]:
    """The domain from its title to its tasks, as far as it was made."""
    if "blueprint" not in built:
        return
    contract = shelf.contract(key).contract
    yield f"{contract.title} ({key})\n{filled(render(contract, contract.describe))}"
    if "database" in built:
        tables = shelf.json("database", key, "summary.json")["tables"]
        yield table(("table", "rows"), [[name, facts["rows"]] for name, facts in tables.items()])
    tools: list[list[str | int]] = [
        [name, tool.access, len(contract.rules_of(name)), render(contract, tool.describe)]
        for name, tool in contract.tools.items()
    ]
    yield table(("tool", "access", "rules", "what it does"), tools)
    yield section("Some of its rules", [filled(line, "  · ") for line in islice(_rules(contract), _RULES)])
    if "policy" in built:
        lines = shelf.file("policy", key, "policy.md").read_text(encoding="utf-8").strip().splitlines()
        yield section("The policy begins", [paragraphs("\n".join(lines[:_POLICY_LINES]), "  "), "  …"])
    if {"validated_tasks", "queries"} <= built:
        for record in shelf.jsonl("validated_tasks", key, "tasks.jsonl"):
            yield told_in_brief(shelf, task_from_json(record))


def _rules(contract: Contract) -> Iterator[str]:
    """Rules in words, one of each tool."""
    for name in contract.tools:
        for rule in contract.rules_of(name)[:1]:
            yield f"{name}: {render(contract, rule.says)}"


def _afterwards(project: Project, narrowed: Project, before: int) -> Iterator[str]:
    """What it cost, what the rest would, where to look."""
    yield _paid(project, before)
    if not project.settings.ask.is_embedded:
        yield f"the rest     {in_short(forecast(project))} (skiller plan --estimate says more)"
    yield f"Everything of it lies in {place(narrowed.settings.home)}; skiller run keeps what was answered."


def _paid(project: Project, before: int) -> str:
    """What was paid since a place in the account."""
    _, payments = Ledger(project.settings.asks).payments_since(before)
    if not payments:
        return "this preview  nothing was paid for"
    prices = prices_of(project.settings)
    costs = [cost_of(payment, prices) for payment in payments]
    known = [cost for cost in costs if cost is not None]
    cost = f", cost {money(sum(known))}" if len(known) == len(costs) else ""
    tokens = f"{sum(p.input_tokens for p in payments):,} tokens in, {sum(p.output_tokens for p in payments):,} out"
    return f"this preview {len(payments):,} replies, {tokens}{cost}"
