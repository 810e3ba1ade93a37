"""A task of a pair can be followed in a terminal to its domains, walks, bridges, rules, rows and sources."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from skiller_assets.artifact import as_json
from skiller_assets.commands.faults import Misuse
from skiller_assets.commands.shelf import Shelf, open_shelf
from skiller_assets.commands.show import view
from skiller_assets.commands.views.paper import PAGE
from skiller_assets.commands.views.rows import rows_touched
from skiller_assets.tasks.records import Task, task_from_json
from skiller_assets.tasks.rows import value_at
from skiller_assets.tasks.story import crossings
from skiller_assets_tests.commands import shelves
from skiller_assets_tests.fusion.built import MEMBERS, ONE, OTHER, PAIR, BuiltPair, built_pair


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[BuiltPair]:
    """A small pair with all its artifacts, in whose folder one works; tests only read it."""
    found = built_pair(tmp_path_factory, worker_id)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SKILLER_HOME", raising=False)
        patch.setenv("COLUMNS", str(PAGE))
        patch.chdir(found.root)
        yield found


@pytest.fixture(scope="module")
def shelf(pair: BuiltPair) -> Shelf:
    return open_shelf()


@pytest.fixture(scope="module")
def pages(shelf: Shelf, pair: BuiltPair) -> Mapping[str, str]:
    """The page of every task of the pair, by its id."""
    return {task.id: view(shelf, [task.id]) for task in pair.tasks}


@pytest.fixture
def own(pair: BuiltPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A copy of the project, to be changed."""
    shutil.copytree(pair.root, tmp_path / "own")
    monkeypatch.chdir(tmp_path / "own")
    return open_shelf()


def tasks_of(shelf: Shelf, key: str) -> list[Task]:
    return [task_from_json(record) for record in shelf.jsonl("validated_tasks", key, "tasks.jsonl")]


def part(text: str, title: str) -> str:
    """What stands under a title of a page, on one line."""
    return " ".join(f"\n{text}\n".partition(f"\n{title}\n")[2].partition("\n\n")[0].split())


def test_every_task_of_every_kind_fits_a_page_and_tells_what_becomes_of_it(
    shelf: Shelf, pages: Mapping[str, str], pair: BuiltPair
) -> None:
    assert {task.kind for task in pair.tasks} == {"fulfil", "refuse", "partial", "clarify", "irrelevant"}
    single = tasks_of(shelf, ONE)
    of_one = {task.id: view(shelf, [task.id]) for task in single}
    for task in [*pair.tasks, *single]:
        text = {**pages, **of_one}[task.id]
        assert [line for line in text.splitlines() if len(line) > PAGE] == []
        assert text.startswith(f"{task.id}  {task.kind}: ")
        assert (f"by the rule {task.rule}" in " ".join(text.split())) == (task.rule is not None)


def test_what_a_page_says_can_be_shown_can_be_shown(shelf: Shelf, pages: Mapping[str, str]) -> None:
    every = [*pages.values(), *(view(shelf, [key]) for key in (PAIR, *MEMBERS))]
    named = {name for page in every for name in re.findall(r"skiller show ([a-z_]+(?:-[0-9a-f]+)?)", page)}
    assert {*MEMBERS, PAIR} <= named
    for name in named - set(pages):
        assert view(shelf, [name])


def test_a_task_names_both_domains_and_who_the_customer_is_there(pages: Mapping[str, str], pair: BuiltPair) -> None:
    fusion = pair.contract.fusion
    assert fusion is not None
    for task in pair.tasks:
        told = part(pages[task.id], "The pair")
        assert fusion.says in told
        for domain, (role, key) in zip(MEMBERS, _people(pair, task), strict=True):
            assert f"{fusion.titles[domain]}, as {role.replace('_', ' ')} {key}; skiller show {domain}" in told


def _people(pair: BuiltPair, task: Task) -> list[tuple[str, str]]:
    return [(member.member.principal, task.person[member.member.principal]) for member in pair.members]


def test_the_segments_of_a_walk_lead_to_tasks_of_single_domains_and_back(
    shelf: Shelf, pages: Mapping[str, str], pair: BuiltPair
) -> None:
    walks = {walk["id"]: walk for walk in pair.jsonl("trajectories", "trajectories.jsonl")}
    followed = 0
    for task in pair.of_kind("fulfil"):
        walk = walks[task.template.removeprefix("fulfil:")]
        told = part(pages[task.id], "How it was planned")
        assert f"trajectory {walk['label']}: " in told
        for ids in walk["tasks"].values():
            for proof in ids:
                assert f"skiller show {proof}" in told
                assert f"{PAIR} proves a segment of " in part(view(shelf, [proof]), "The pairs that lean on it")
                followed += 1
    assert followed


def test_what_of_a_partial_task_is_done_and_what_refused_is_told_apart(
    pages: Mapping[str, str], pair: BuiltPair
) -> None:
    for task in pair.of_kind("partial"):
        told = part(pages[task.id], "How it was planned")
        *done, refused = task.scenario.goals
        assert all(f"{goal.tool}: {goal.wants} ✓ to be done" in told for goal in done)
        assert f"{refused.tool}: {refused.wants} ✗ to be refused" in told
        assert all(f"skiller show {segment}" in told for segment in task.lineage["segments"])


def test_a_flow_is_told_with_the_calls_that_carry_its_value(pages: Mapping[str, str], pair: BuiltPair) -> None:
    fusion = pair.contract.fusion
    assert fusion is not None
    flows = {flow.id: flow for flow in fusion.flows}
    carried = 0
    for task in pair.tasks:
        told = part(pages[task.id], "The bridges")
        for flow in (flows[bridge] for bridge in task.bridges if bridge in flows):
            assert flow.phrase in told
            assert flow.column in told
            crossing = next(c for c in crossings(task) if c.place == flow.parameter)
            assert f"carried call {crossing.giver} {crossing.gives} shows {crossing.path}, " in told
            shown = value_at(task.calls[crossing.giver - 1].result, crossing.path.removeprefix("day of "))
            assert str(crossing.value) in str(shown)
            carried += 1
    assert carried


def test_a_flow_that_no_call_carries_is_told_so(own: Shelf) -> None:
    task = next(t for t in tasks_of(own, PAIR) if crossings(t) and t.kind == "fulfil")
    cut = replace(task, calls=tuple(replace(c, sources=dict.fromkeys(c.sources, "user")) for c in task.calls))
    _keep_tasks(own, [cut])
    assert crossings(cut) == []
    assert "carried by no call of the gold run" in part(view(own, [cut.id]), "The bridges")


def test_a_rule_over_both_domains_is_marked_so_and_the_broken_one_stands_out(
    pages: Mapping[str, str], pair: BuiltPair
) -> None:
    fusion = pair.contract.fusion
    assert fusion is not None
    spanning = {(rule.tool, rule.rule): rule.over for rule in fusion.rules}
    marked = 0
    for task in pair.tasks:
        told = part(pages[task.id], "The rules that bear on it")
        for goal in task.scenario.goals:
            for rule in pair.contract.rules_of(goal.tool) if goal.tool else []:
                mark = "✗" if rule.id == task.rule else "·"
                who = {"tool": "enforced by the tool", "agent": "the agent must keep it"}[rule.by]
                over = spanning.get((goal.tool, rule.id))
                spans = f", over both domains: it looks at {over}" if over else ""
                assert f"{mark} {rule.id} ({who}{spans}): " in told
                marked += bool(over)
    assert marked


def test_every_row_that_is_told_is_in_the_world_or_new(pair: BuiltPair) -> None:
    world = apsw.Connection(":memory:")
    world.deserialize("main", pair.world.image)
    for task in pair.tasks:
        found = rows_touched(pair.compiled, task)
        new = {(change["table"], tuple(change["key"])) for change in task.diff if change["op"] == "insert"}
        for table, touched in found.items():
            columns = " AND ".join(f'"{column}" = ?' for column in pair.contract.tables[table].key)
            for key in touched.read:
                counted = world.execute(f'SELECT count(*) FROM "{table}" WHERE {columns}', key).fetchone()
                assert (table, key) in new or counted == (1,)
        changed = {(t, key) for t, touched in found.items() for keys in touched.changed.values() for key in keys}
        assert changed == {(change["table"], tuple(change["key"])) for change in task.diff}


def test_every_table_is_told_under_the_database_from_which_it_comes(pages: Mapping[str, str], pair: BuiltPair) -> None:
    holders = {m.member.domain: set(m.member.contract.tables) for m in pair.members}
    seen: set[str] = set()
    for task in pair.tasks:
        text = pages[task.id].partition("\nThe rows that")[2].partition("\n\n")[0]
        for paragraph in text.split("\n  from the database of ")[1:]:
            database, _, rows = paragraph.partition("\n")
            for table in re.findall(r"^    ([a-z_]+) +\d+ (?:read|new|changed|removed)", rows, re.MULTILINE):
                own = [d for d in MEMBERS if table.removeprefix(f"{d}__") in holders[d] and _may_hold(d, table)]
                assert database == " and ".join(own)
                seen.add(database)
    assert set(MEMBERS) <= seen


def _may_hold(domain: str, table: str) -> bool:
    return "__" not in table or table.startswith(f"{domain}__")


def test_what_a_task_was_made_from_is_as_it_was_until_it_is_changed(own: Shelf) -> None:
    task = tasks_of(own, PAIR)[0]
    before = part(view(own, [task.id]), "What it was made from")
    assert before.count("as on disk") == len(task.hashes)
    assert "all of it is as it was then" in before
    for named in ("trajectories", f"{ONE} blueprint", f"domains/{OTHER}.yaml"):
        assert named in before
    policy = own.file("policy", PAIR, "policy.md").read_text(encoding="utf-8")
    shelves.keep(own.store, "policy", {"policy.md": f"{policy}\nAnd be kind.\n"}, PAIR)
    after = part(view(own, [task.id]), "What it was made from")
    assert after.count("as on disk") == len(task.hashes) - 1
    assert f"policy {task.hashes['policy'][:12]} not what is on disk" in after
    assert f"✗ policy[{PAIR}] was " in after


def test_a_part_of_an_id_that_fits_several_tasks_names_some_of_them(shelf: Shelf, pair: BuiltPair) -> None:
    with pytest.raises(Misuse, match=f"{len(pair.tasks)} tasks of {PAIR} begin with {PAIR}-: {PAIR}-"):
        view(shelf, [f"{PAIR}-"])
    with pytest.raises(Misuse, match=f"did you mean {pair.tasks[0].id}"):
        view(shelf, [f"{pair.tasks[0].id[:-1]}x"])
    with pytest.raises(Misuse, match=f"did you mean {PAIR}"):
        view(shelf, [f"{PAIR[:-1]}-0000"])


def test_a_pair_is_one_page(shelf: Shelf, pair: BuiltPair) -> None:
    text = view(shelf, [PAIR])
    fusion, contract = pair.contract.fusion, pair.contract
    assert fusion is not None
    assert text.startswith(f"{contract.title} ({PAIR})")
    assert [line for line in text.splitlines() if len(line) > PAGE] == []
    flowing = part(text, "What goes over from one to the other")
    assert all(flow.phrase in flowing and flow.parameter.replace("_", " ") in flowing for flow in fusion.flows)
    spanning = part(text, "Rules over both")
    assert all(rule.rule in spanning and rule.tool in spanning for rule in fusion.rules)
    conduct = part(text, "How conduct was harmonised")
    for settled in fusion.resolutions:
        assert f"{settled.kind.replace('_', ' ')} {settled.resolution}: {settled.reason}" in conduct
        assert all(rule in conduct for rule in (*settled.rules, settled.clause))
    assert all(entity in part(text, "What both share") for entity in fusion.shared)
    pruning = pair.json("trajectories", "pruning.json")
    walks = part(text, "Walks, and what was left out before anything was executed")
    assert f"{pruning['thought_of']:,} thought of" in walks
    assert f"{pruning['saved_executions']:,} executions that this saved" in walks
    assert all(f"{count:,} left out: {reason}" in walks for reason, count in pruning["left_out"].items())
    tasks = part(text, "Tasks")
    assert tasks.startswith(f"{len(pair.tasks)}: ")
    assert all(f"{len(pair.of_kind(task.kind))} {task.kind}" in tasks for task in pair.tasks)
    assert "opens with" in tasks


def test_a_domain_names_its_pairs(shelf: Shelf) -> None:
    for domain in MEMBERS:
        assert part(view(shelf, [domain]), "Its pairs").startswith(f"skiller show {PAIR}")


def test_an_artifact_of_a_pair_goes_by_either_name(shelf: Shelf) -> None:
    assert view(shelf, ["fused_policy", PAIR]) == view(shelf, ["policy", PAIR])
    assert view(shelf, ["policy", PAIR]).startswith(f"policy[{PAIR}]: good")
    with pytest.raises(Misuse, match="did you mean policy"):
        view(shelf, ["fused_policy", ONE])


def test_the_ranking_tells_who_was_chosen_and_why_and_who_was_not(own: Shelf) -> None:
    def scored(pair: str, *reasons: str) -> dict[str, object]:
        return {"pair": pair, "score": 0.7, "parts": {"human": 1.0}, "reasons": reasons, "bridges": []}

    ranking = {
        "target": 2,
        "chosen": [scored(PAIR, "Wine is tasted and taught."), scored("a__b", "A goes with B.")],
        "spare": [scored("a__c", "A would go with C.")],
        "refused": [{"pair": "b__c", "reason": "they count in different currencies"}],
        "pruned": {"no bridge": 3},
        "coverage": {"domains": 5, "paired": 4, "unpaired": {"c": "no bridge"}, "contexts": {}, "left_out": {"d": "?"}},
    }
    shelves.keep(own.store, "domain_pairs", {"pairs.json": as_json(ranking)}, None)
    text = view(own, ["domain_pairs"])
    chosen = part(text, "Chosen, the best first")
    assert f"1. {PAIR} 0.7 human 1.0 · Wine is tasted and taught." in chosen
    assert "2. a__b 0.7, not in the registry" in chosen
    assert part(text, "Next in line") == "a__c 0.7: A would go with C."
    assert part(text, "What cannot be a pair") == "b__c: they count in different currencies 3 no bridge"
    assert part(text, "Domains") == "4 of 5 are in a pair in no pair: c no bridge left out: d ?"
    assert part(view(own, [PAIR]), "Why these two").endswith("· Wine is tasted and taught.")


def _keep_tasks(shelf: Shelf, tasks: list[Task]) -> None:
    lines = "".join(f"{_line(task)}\n" for task in tasks)
    shelves.keep(shelf.store, "validated_tasks", {"tasks.jsonl": lines}, PAIR)


def _line(task: Task) -> str:
    return " ".join(as_json(task.as_json()).split("\n"))
