"""What binds a task: the bridges between its domains with the calls that carry them, and the rules on its goals."""

from __future__ import annotations

from collections.abc import Iterator

from skiller_assets.commands.views.paper import as_json, broken, filled, listed
from skiller_assets.contract.fusion import Fusion, SpanningRule, ValueFlow
from skiller_assets.contract.model import Contract, Rule
from skiller_assets.contract.rename import domain_of
from skiller_assets.contract.wording import render, say_name
from skiller_assets.tasks.records import Task
from skiller_assets.tasks.story import Crossing, crossings

BY = {"tool": "enforced by the tool", "agent": "the agent must keep it"}


def given_told(fusion: Fusion, flow: ValueFlow) -> str:
    """``the due date of my charge: clinic__charge.due_on, which list my charges shows at Kestrel Park Clinic``."""
    given = fusion.titles[domain_of(flow.gives)]
    derived = "the day of " if flow.derivation == "day" else ""
    return f"{flow.phrase}: {derived}{flow.column}, which {say_name(flow.gives)} shows at {given}"


def taken_told(flow: ValueFlow) -> str:
    """``the day of search flights``."""
    return f"the {say_name(flow.parameter)} of {say_name(flow.takes)}"


def bridges_told(task: Task, contract: Contract, fusion: Fusion) -> Iterator[str]:
    """Every bridge of the task: what flows or which rule spans both, and the calls in which that happens."""
    flows = {flow.id: flow for flow in fusion.flows}
    rules = {rule.rule: rule for rule in fusion.rules}
    for bridge in task.bridges:
        yield from broken(bridge, "  ")
        if bridge in flows:
            yield filled(_flow(fusion, flows[bridge]), "    ")
            yield from _carried(task, flows[bridge])
        elif bridge in rules:
            yield from _spanning(task, contract, fusion, rules[bridge])
        else:
            yield "    which the contract on disk does not know any more"
    if not task.bridges:
        yield "  none: the wish lies in one domain"


def _flow(fusion: Fusion, flow: ValueFlow) -> str:
    taker = fusion.titles[domain_of(flow.takes)]
    return f"{given_told(fusion, flow)}, becomes {taken_told(flow)} at {taker}"


def _carried(task: Task, flow: ValueFlow) -> Iterator[str]:
    """The calls between which the value goes."""
    found = [c for c in crossings(task) if carries(flow, c)]
    for crossing in found:
        taker = f"call {crossing.taker}" if crossing.taker else "the forbidden call"
        yield filled(
            f"call {crossing.giver} {crossing.gives} shows {crossing.path}, {taker} {crossing.takes} takes it: "
            f"{crossing.place} = {as_json(crossing.value)}",
            "    carried  ",
        )
    if not found:
        yield "    carried by no call of the gold run"


def carries(flow: ValueFlow, crossing: Crossing) -> bool:
    """Whether a value that crosses over is the one of a flow: what its tool takes, or a lookup on the way there."""
    return crossing.place == flow.parameter and domain_of(crossing.takes) == domain_of(flow.takes)


def _spanning(task: Task, contract: Contract, fusion: Fusion, spanning: SpanningRule) -> Iterator[str]:
    rule = next(r for r in contract.rules_of(spanning.tool) if r.id == spanning.rule)
    yield filled(render(contract, rule.says), "    ")
    yield filled(
        f"a rule of {spanning.tool} that looks at records of {fusion.titles[spanning.over]}; {BY[rule.by]}", "    "
    )
    for number, call in enumerate(task.calls, 1):
        if call.serves == f"rule {spanning.rule}":
            yield f"    looked up  call {number} {call.tool}"
        elif call.tool == spanning.tool:
            yield f"    holds for  call {number} {call.tool}"
    if task.forbidden and task.forbidden.tool == spanning.tool:
        fate = "forbids" if task.rule == spanning.rule else "bears on"
        yield f"    {fate:<9}  the last wish, {task.forbidden.tool}"


def rules_told(task: Task, contract: Contract) -> Iterator[str]:
    """Every rule of what the task is to do or to refuse; of the other calls only which rules there are."""
    fusion = contract.fusion
    spanning = {(rule.tool, rule.rule): rule.over for rule in fusion.rules} if fusion else {}
    goals = dict.fromkeys(goal.tool for goal in task.scenario.goals if goal.tool in contract.tools)
    for tool in goals:
        if rules := contract.rules_of(tool):
            yield f"  of {tool}"
        for rule in rules:
            yield _rule(rule, contract, spanning.get((tool, rule.id), ""), is_broken=rule.id == task.rule)
    called = dict.fromkeys(call.tool for call in task.calls if call.tool in contract.tools)
    others = [tool for tool in called if tool not in goals and contract.rules_of(tool)]
    if others:
        yield "  of the other calls"
        yield from (listed([rule.id for rule in contract.rules_of(tool)], f"    {tool}: ") for tool in others)


def _rule(rule: Rule, contract: Contract, over: str, is_broken: bool) -> str:
    spans = f", over both domains: it looks at {over}" if over else ""
    return filled(
        f"{rule.id} ({BY[rule.by]}{spans}): {render(contract, rule.says)}", f"    {'✗' if is_broken else '·'} ", " " * 8
    )
