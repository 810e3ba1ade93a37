"""What a fusion must not lose: every table, tool, rule and clause of both domains, once, saying the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from skiller_assets.contract.model import Contract
from skiller_assets.contract.wording import render
from skiller_assets.fusion.harmonise import JOINT
from skiller_assets.fusion.identity import LINK
from skiller_assets.fusion.members import Member


def survival_faults(fused: Contract, one: Member, other: Member) -> list[str]:
    """What of two domains is missing in their fused contract, stands there twice or says something else."""
    found: list[str] = []
    for member in (one, other):
        found += _tables(fused, member)
        found += _tools(fused, member)
        found += _clauses(fused, member)
    return found + list(_strangers(fused, one, other))


def _tables(fused: Contract, member: Member) -> Iterator[str]:
    shared = set(fused.fusion.shared) if fused.fusion else set()
    for name in member.contract.tables:
        under = member.under(name)
        own, wanted = fused.tables.get(under), member.renamed.contract.tables[under]
        if own is None:
            yield f"table {name} of {member.domain} is missing"
        elif own != wanted and (name not in shared or set(own.attributes) != set(wanted.attributes)):
            yield f"table {name} of {member.domain} is declared otherwise"
    for name, constant in member.renamed.contract.constants.items():
        if fused.constants.get(name) != constant:
            yield f"constant {name} is another one or missing"


def _tools(fused: Contract, member: Member) -> Iterator[str]:
    for name in member.contract.tools:
        under = member.under(name)
        place = f"tool {name} of {member.domain}"
        if under not in fused.tools:
            yield f"{place} is missing"
            continue
        own, wanted = fused.tools[under], member.renamed.contract.tools[under]
        other = [
            part
            for part in type(own).model_fields
            if part not in ("principal", "rules") and getattr(own, part) != getattr(wanted, part)
        ]
        if other:
            yield f"{place} has other {' and '.join(other)}"
        if fused.principal_of(under) != member.principal:
            yield f"{place} serves another role"
        yield from _rules(fused, member, name, place)


def _rules(fused: Contract, member: Member, tool: str, place: str) -> Iterator[str]:
    """Each original rule once, in its order, with its sentence and its predicate; only rules over both may be new."""
    spanning = {r.rule for r in fused.fusion.rules} if fused.fusion else set()
    there = fused.rules_of(member.under(tool))
    wanted = member.renamed.contract.rules_of(member.under(tool))
    originals = member.contract.rules_of(tool)
    counts = Counter(rule.id for rule in there)
    for rule, original in zip(wanted, originals, strict=True):
        if counts[rule.id] != 1:
            yield f"{place}: rule {original.id} stands there {counts[rule.id]} times"
            continue
        own = next(r for r in there if r.id == rule.id)
        if (own.check, own.by, own.kind) != (rule.check, rule.by, rule.kind):
            yield f"{place}: rule {original.id} asks for something else"
        if render(fused, own.says) != render(member.contract, original.says):
            yield f"{place}: rule {original.id} says something else"
    if [r.id for r in there if r.id not in spanning] != [r.id for r in wanted]:
        yield f"{place}: its rules stand in another order, or there are new ones that do not span both"


def _clauses(fused: Contract, member: Member) -> Iterator[str]:
    renamed = member.renamed.contract
    for what, own, theirs in (
        ("conduct", renamed.conduct, fused.conduct),
        ("out of scope", renamed.out_of_scope, fused.out_of_scope),
        ("invariant", renamed.invariants, fused.invariants),
    ):
        counts = Counter(item.id for item in theirs)
        for item in own:
            if counts[item.id] != 1:
                yield f"{what} {item.id} stands there {counts[item.id]} times"
            elif item not in theirs:
                yield f"{what} {item.id} says something else"


def _strangers(fused: Contract, one: Member, other: Member) -> Iterator[str]:
    known = {m.under(name) for m in (one, other) for name in m.contract.tools}
    yield from (f"tool {name} is of neither domain" for name in fused.tools if name not in known)
    tables = {m.under(name) for m in (one, other) for name in m.contract.tables} | {LINK}
    yield from (f"table {name} is of neither domain" for name in fused.tables if name not in tables)
    clauses = {m.under(c.id) for m in (one, other) for c in m.contract.conduct}
    for clause in fused.conduct:
        if clause.id not in clauses and not clause.id.startswith(f"{JOINT}__"):
            yield f"conduct {clause.id} is of neither domain, and no rule of the joint desk"
