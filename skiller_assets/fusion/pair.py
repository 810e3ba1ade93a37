"""A pair from its two members: one contract, with bridges that were seen to work."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from skiller_assets.ask import Door
from skiller_assets.contract.compile import CompiledContract, compile_contract
from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.fusion import ValueFlow
from skiller_assets.contract.model import Contract
from skiller_assets.fusion.bridges import differing, proposed_flows
from skiller_assets.fusion.errors import NO_PAIR, FusionError
from skiller_assets.fusion.flow_trials import FlowTrial, FlowTrials
from skiller_assets.fusion.fuse import fuse, with_parts, with_rules
from skiller_assets.fusion.harmonise import ask_mediation, served_elsewhere
from skiller_assets.fusion.identity import linked_people
from skiller_assets.fusion.members import MemberWorld
from skiller_assets.fusion.spanning import ProposedRule, RuleTrial, proposed_rules, trials_as_json, try_rule
from skiller_assets.fusion.stories import PairStory, ask_story
from skiller_assets.fusion.world import merge_worlds
from skiller_assets.service.search import Explorer
from skiller_assets.world.image import World, make_world

_FLOWS_TRIED, _FLOWS_KEPT = 24, 10
_RULES_TRIED = 8
"""In each direction; the first that stands its trial is kept."""


@dataclass(frozen=True)
class Pair:
    """A fused contract, its world as bytes, and how each bridge fared in its trial."""

    contract: Contract
    image: bytes
    flows: tuple[FlowTrial, ...]
    rules: tuple[RuleTrial, ...]

    def evidence(self) -> dict[str, Any]:
        """The content of ``bridges.json``."""
        return {"flows": [asdict(trial) for trial in self.flows], "rules": trials_as_json(self.rules)}


def make_pair(pair: str, one: MemberWorld, other: MemberWorld, door: Door) -> Pair:
    """Fuse two domains, and tie them together. Raises FusionError where no value flows, or where they do not fit."""
    linked = linked_people(one, other)
    contract = fuse(pair, one.member, other.member, len(linked))
    image = merge_worlds(contract, one, other, linked)
    world = _world(contract, image, one)
    flows, flow_trials = _flows(world, one, other)
    rules, rule_trials = _rules(world, one, other, flows)
    contract = with_rules(contract, [(rule.record.tool, rule.rule) for rule in rules])
    if rules:  # which must leave something of every flow
        again = FlowTrials(_world(contract, image, one))
        flow_trials = [trial for flow in flows if (trial := again.run(flow)).passed]
        passed = {trial.flow for trial in flow_trials}
        flows = [flow for flow in flows if flow.id in passed]
    if not flows:
        raise FusionError(
            f"nothing ties {one.member.domain} and {other.member.domain} together: no value that the one shows "
            f"somebody is taken by the other; {NO_PAIR}"
        )
    story = ask_story(contract, one.member, other.member, flows, door)
    told = _told(contract, one, other, flows, rules, story, door)
    _compiled(told)
    return Pair(told, image, tuple(flow_trials), tuple(rule_trials))


def _flows(world: World, one: MemberWorld, other: MemberWorld) -> tuple[list[ValueFlow], list[FlowTrial]]:
    trials = FlowTrials(world)
    tried = [(flow, trials.run(flow)) for flow in proposed_flows(one.member, other.member)[:_FLOWS_TRIED]]
    kept = differing([flow for flow, trial in tried if trial.passed], _FLOWS_KEPT)
    names = {flow.id for flow in kept}
    return kept, [trial for flow, trial in tried if flow.id in names]


def _rules(
    world: World, one: MemberWorld, other: MemberWorld, flows: Sequence[ValueFlow]
) -> tuple[list[ProposedRule], list[RuleTrial]]:
    """At most one rule in each direction, the first by the agent's care and the second by the tool."""
    kept: list[ProposedRule] = []
    trials: list[RuleTrial] = []
    for guard, tools in ((one, other), (other, one)):
        for proposed in _preferred(list(proposed_rules(guard.member, tools.member)), flows)[:_RULES_TRIED]:
            rule = ProposedRule(proposed.record, {**proposed.rule, "by": "tool" if kept else "agent"})
            ruled = _world(with_rules(world.contract, [(rule.record.tool, rule.rule)]), world.image, one)
            trial = try_rule(ruled, Explorer(ruled), rule)
            if trial.passed:
                kept.append(rule)
                trials.append(trial)
                break
    return kept, trials


def _preferred(rules: Sequence[ProposedRule], flows: Sequence[ValueFlow]) -> list[ProposedRule]:
    """Rules of tools into which a value flows first, those that limit the amount before all; otherwise as drawn."""
    into = {flow.takes for flow in flows}

    def rank(rule: ProposedRule) -> tuple[bool, bool, str]:
        drawn = hashlib.sha256(f"{rule.record.tool}|{rule.record.rule}".encode()).hexdigest()
        return rule.record.tool not in into, rule.record.idea != "not_above_cost", drawn

    return sorted((r for r in rules if r.record.idea != "not_above_cost" or r.record.tool in into), key=rank)


def _told(
    contract: Contract,
    one: MemberWorld,
    other: MemberWorld,
    flows: Sequence[ValueFlow],
    rules: Sequence[ProposedRule],
    story: PairStory,
    door: Door,
) -> Contract:
    """The contract with everything that is said about the pair: story, flows in words, harmonised conduct."""
    settlement = ask_mediation(contract, one.member, other.member, door)
    words = {w.id: w for w in story.flows}
    record: Mapping[str, Any] = {
        **(contract.fusion.model_dump(mode="json") if contract.fusion else {}),
        "says": story.says,
        "because": story.because,
        "flows": [
            {**flow.model_dump(mode="json"), "phrase": words[flow.id].phrase, "because": words[flow.id].because}
            for flow in flows
        ],
        "rules": [rule.record.model_dump(mode="json") for rule in rules],
        "resolutions": [resolution.model_dump(mode="json") for resolution, _ in settlement.matters],
        "served_elsewhere": served_elsewhere(one.member, other.member),
    }
    conduct = [c.model_dump(mode="json", exclude_unset=True) for c in contract.conduct]
    clauses = [clause.model_dump(mode="json") for _, clause in settlement.matters if clause]
    return with_parts(contract, {"fusion": record, "conduct": [*conduct, *clauses]})


def _world(contract: Contract, image: bytes, like: MemberWorld) -> World:
    return make_world(_compiled(contract), image, like.world.now)


def _compiled(contract: Contract) -> CompiledContract:
    try:
        return compile_contract(contract, contract.domain)
    except ContractError as error:
        raise FusionError(str(error)) from error
