"""Checks of the choice of pairs, recomputed from its file and from the contracts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from skiller_assets.artifact import Finding, Inputs
from skiller_assets.contract.rename import SEPARATOR
from skiller_assets.fusion.pairing import MOST_SPARE, explained, explained_in_order
from skiller_assets.fusion.pairing_inputs import coverage_of, left_out, profiles_from, target_of
from skiller_assets.fusion.pairing_records import pair_record
from skiller_assets.fusion.pairing_words import all_bridges_in_words
from skiller_assets.fusion.plausible import plausible
from skiller_assets.fusion.profiles import DomainProfile
from skiller_assets.fusion.scoring import Scored, impossible, scored
from skiller_assets.ontology.checks import found

_REASONS = range(2, 5)


def pairs_are_well_formed(inputs: Inputs) -> Finding:
    """Every pair joins two different usable domains, in order, and stands there once, chosen, spare or refused."""
    pairing, domains = _pairing(inputs), {profile.domain for profile in profiles_from(inputs)}
    names = [entry["pair"] for part in ("chosen", "spare", "refused") for entry in pairing[part]]
    faults = [f"{name} is there {names.count(name)} times" for name in sorted({n for n in names if names.count(n) > 1})]
    for name in names:
        members = name.split(SEPARATOR)
        if len(members) != 2 or members[0] >= members[1]:
            faults.append(f"{name} does not join two different domains in order")
        faults += [f"{name} names {domain}, which cannot be used" for domain in members if domain not in domains]
    return found(faults, pairs=len(names))


def bridges_are_there(inputs: Inputs) -> Finding:
    """Every chosen pair can be, and has a strong bridge that is found again between its two contracts."""
    by_name = {profile.domain: profile for profile in profiles_from(inputs)}
    faults: list[str] = []
    for entry, one, other in _members(_pairing(inputs)["chosen"], by_name):
        if why := impossible(one, other):
            faults.append(f"{entry['pair']} cannot be: {why[1]}")
        bridges = all_bridges_in_words(one, other)
        faults += [f"{entry['pair']}: there is no such bridge: {b}" for b in entry["bridges"] if b not in bridges]
        if max((bridges.get(b, 0.0) for b in entry["bridges"]), default=0.0) < plausible().least.bridge:
            faults.append(f"{entry['pair']} has no bridge that a reader believes in")
    return found(faults)


def quota_is_kept(inputs: Inputs) -> Finding:
    """No more pairs than asked for, no fewer while there are others, and no more spare ones than promised."""
    pairing, target = _pairing(inputs), target_of(inputs)
    chosen, spare = len(pairing["chosen"]), len(pairing["spare"])
    faults = [] if pairing["target"] == target else [f"{target} pairs are asked for, the file says {pairing['target']}"]
    faults += [f"{chosen} pairs are chosen, {target} are asked for"] if chosen > target else []
    faults += [f"{chosen} of {target} pairs are chosen, and {spare} are left"] if chosen < target and spare else []
    faults += [f"{spare} spare pairs, at most {MOST_SPARE} are kept"] if spare > MOST_SPARE else []
    return found(faults, chosen=chosen, target=target)


def coverage_is_as_said(inputs: Inputs) -> Finding:
    """Which domains and walks of life are in pairs is what the file says, and who is in none is named."""
    pairing, profiles = _pairing(inputs), profiles_from(inputs)
    names = [e["pair"] for e, *_ in _members(pairing["chosen"], {p.domain: p for p in profiles})]
    true = coverage_of(names, profiles, ()) | {"left_out": left_out(inputs)}
    said = pairing["coverage"]
    faults = [
        f"coverage: {part} is {said.get(part)!r} in the file, and in truth {true[part]!r}"
        for part in ("domains", "paired", "contexts", "left_out")
        if said.get(part) != true[part]
    ]
    missing, named = set(true["unpaired"]), set(said["unpaired"])
    faults += [f"{domain} is in no pair and is not named" for domain in sorted(missing - named)]
    return found(faults + [f"{domain} is named and is in a pair" for domain in sorted(named - missing)])


def reasons_are_true(inputs: Inputs) -> Finding:
    """Two to four reasons a pair, and they, the score and its parts are those that the contracts give."""
    pairing, by_name = _pairing(inputs), {p.domain: p for p in profiles_from(inputs)}
    faults, chosen, spare = [], list[Scored](), list[Scored]()
    for part, again in (("chosen", chosen), ("spare", spare)):
        for entry, one, other in _members(pairing[part], by_name):
            pair = scored(one, other)
            if isinstance(pair, str):
                faults.append(f"{entry['pair']}: {pair}")
            else:
                again.append(pair)
    true = [*explained_in_order(chosen), *map(explained, spare)]
    said = {entry["pair"]: entry for part in ("chosen", "spare") for entry in pairing[part]}
    for record in map(pair_record, true):
        faults += _differences(said[record["pair"]], record)
    return found(faults, pairs=len(said))


def _differences(said: Mapping[str, Any], true: Mapping[str, Any]) -> Iterator[str]:
    if len(said["reasons"]) not in _REASONS:
        yield f"{said['pair']} has {len(said['reasons'])} reasons; a reader gets two to four"
    for part in sorted(true.keys() - {"pair"}):
        if said[part] != true[part]:
            yield f"{said['pair']}: its {part} are {said[part]!r}, and by the contracts {true[part]!r}"


def _members(
    entries: Sequence[Mapping[str, Any]], by_name: Mapping[str, DomainProfile]
) -> Iterator[tuple[Mapping[str, Any], DomainProfile, DomainProfile]]:
    """The entries of pairs whose domains can be used, with both; others are a matter of another check."""
    possible = {f"{one}{SEPARATOR}{other}": (one, other) for one, other in combinations(sorted(by_name), 2)}
    for entry in entries:
        if entry["pair"] in possible:
            one, other = possible[entry["pair"]]
            yield entry, by_name[one], by_name[other]


def _pairing(inputs: Inputs) -> Any:
    return inputs.json("domain_pairs", "pairs.json")
