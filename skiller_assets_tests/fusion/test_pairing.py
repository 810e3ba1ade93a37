"""Which pairs are chosen, from contracts alone."""

from __future__ import annotations

import pickle
import random
from collections import Counter
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from skiller_assets.contract.load import contract_from
from skiller_assets.fusion.flows import flow_candidates
from skiller_assets.fusion.pairing import MOST_REFUSED, SAME_STORY, choose_pairs
from skiller_assets.fusion.pairing_words import all_bridges_in_words
from skiller_assets.fusion.plausible import context_affinity, plausible, subjects_in
from skiller_assets.fusion.ports import Ports
from skiller_assets.fusion.profiles import DomainProfile, quick_profile, with_amounts
from skiller_assets.fusion.scoring import Scored, impossible, scored
from skiller_assets_tests.composed import catalogue
from skiller_assets_tests.fusion.profiled import NAMES, full_profile, profile, profiles
from skiller_assets_tests.worlds import patched

ALL = len(list(combinations(NAMES, 2)))


def score(one: str, other: str) -> Scored:
    found = scored(profile(one), profile(other))
    assert isinstance(found, Scored)
    return found


def uses(keys: list[str]) -> Counter[str]:
    return Counter(domain for key in keys for domain in key.split("__"))


@pytest.mark.parametrize("name", ["car_claims", "city_hotels", "vet_clinic"])
def test_a_profile_needs_only_what_reads_show(name: str) -> None:
    assert profile(name) == full_profile(name)
    assert pickle.loads(pickle.dumps(profile(name))) == profile(name)


def test_bridges_are_those_of_the_flows_that_are_possible() -> None:
    pair = score("bike_insurance", "bike_workshop")
    flows = [
        *flow_candidates(pair.one.domain, pair.one.ports, pair.other.domain, pair.other.ports),
        *flow_candidates(pair.other.domain, pair.other.ports, pair.one.domain, pair.one.ports),
    ]
    assert set(pair.affinities) == {(flow.giver, flow.affinity) for flow in flows}


def test_the_choice_does_not_depend_on_the_order_of_domains() -> None:
    shuffled = profiles()
    random.Random(1).shuffle(shuffled)
    assert choose_pairs(shuffled, 8) == choose_pairs(profiles(), 8)


def test_a_larger_target_adds_to_the_smaller_choice() -> None:
    small, large = choose_pairs(profiles(), 5), choose_pairs(profiles(), 12)
    assert [p.key for p in large.chosen[:5]] == [p.key for p in small.chosen]


def test_every_pair_is_chosen_spare_refused_or_pruned() -> None:
    pairing = choose_pairs(profiles(), 6)
    put_back = pairing.pruned.get(SAME_STORY, 0)
    pruned = sum(pairing.pruned.values()) - put_back
    assert len(pairing.chosen) + len(pairing.spare) + pruned == ALL
    assert not {p.key for p in pairing.chosen} & {p.key for p in pairing.spare}


@pytest.mark.parametrize("target", range(1, 30, 4))
def test_no_domain_is_in_three_pairs_before_every_other_one_is_in_a_pair(target: int) -> None:
    pairing = choose_pairs(profiles(), target)
    used = uses([pair.key for pair in pairing.chosen])
    assert len(pairing.chosen) <= target
    if max(used.values()) > 2:
        assert set(used) == set(NAMES) - set(pairing.alone)


def test_what_one_person_does_comes_before_what_nobody_does() -> None:
    chosen = [pair.key for pair in choose_pairs(profiles(), 6).chosen]
    assert "bike_insurance__bike_workshop" in chosen
    assert "holiday_homes__luggage_forwarding" in chosen
    assert "bike_insurance__vet_clinic" not in chosen


def test_a_role_or_a_subject_in_common_counts() -> None:
    near, far = score("bike_insurance", "bike_workshop"), score("bike_insurance", "city_hotels")
    assert near.score > far.score
    assert near.parts["subject"] > far.parts["subject"]
    assert subjects_in(("vet_clinic", "pet_owner")) == {"pets", "health"}
    assert subjects_in(("parcels",)) == frozenset()


def test_twice_the_same_kind_of_work_is_dull() -> None:
    assert score("city_hotels", "holiday_homes").parts["work"] == 0
    assert score("city_hotels", "luggage_forwarding").parts["work"] == 1


def test_walks_of_life_count_in_any_order_and_unknown_ones_little() -> None:
    assert context_affinity("travel", "hospitality") == context_affinity("hospitality", "travel") == 1
    assert context_affinity("travel", "alchemy") == plausible().contexts.unknown
    assert context_affinity("manufacturing", "sports") < plausible().contexts.others


def test_every_walk_of_life_of_the_catalogue_is_known() -> None:
    known = {name for pairs in plausible().contexts.together.values() for pair in pairs for name in pair}
    assert {service.context for service in catalogue().services.values()} <= known


def silent(profile: DomainProfile) -> DomainProfile:
    return replace(profile, ports=Ports((), ()))


def test_without_a_bridge_there_is_no_pair() -> None:
    pairing = choose_pairs([silent(p) for p in profiles()], 8)
    assert pairing.chosen == ()
    assert pairing.pruned == {"no bridge": ALL}
    assert pairing.alone == tuple(sorted(NAMES))


def test_a_single_way_from_one_to_the_other_is_too_few() -> None:
    one, other = profile("bike_insurance"), profile("bike_workshop")
    taken = next(
        f for f in flow_candidates(one.domain, one.ports, other.domain, other.ports) if f.affinity.weight > 0.5
    )
    narrow = replace(one, ports=Ports((taken.outlet,), ())), replace(other, ports=Ports((), (taken.inlet,)))
    assert scored(*narrow) == "too few ways"


def test_without_a_person_who_would_do_both_there_is_no_pair() -> None:
    strangers = [
        replace(p, context=f"planet_{n}", principal=f"being_{n}", subjects=frozenset())
        for n, p in enumerate(profiles())
    ]
    pairing = choose_pairs(strangers, 8)
    assert pairing.chosen == ()
    assert pairing.pruned["nobody would do both"] > 0


def test_what_tells_the_same_story_is_put_back() -> None:
    hotel, claims = profile("city_hotels"), profile("travel_claims")
    twins = [hotel, replace(hotel, domain="hotel_twin"), claims, replace(claims, domain="claims_twin")]
    pairing = choose_pairs(twins, 2)
    joined = [set(pair.key.split("__")) for pair in pairing.chosen]
    assert len(joined) == 2
    assert sum(len(pair & {"city_hotels", "hotel_twin"}) == 1 for pair in joined) == 1
    assert pairing.pruned[SAME_STORY] >= 1


def refusals(changed: DomainProfile) -> dict[str, str]:
    others = [p for p in profiles() if p.domain != changed.domain]
    pairing = choose_pairs([*others, changed], ALL)
    refused = dict(pairing.refused)
    assert not refused.keys() & {pair.key for pair in (*pairing.chosen, *pairing.spare)}
    return refused


def test_two_currencies_are_refused() -> None:
    refused = refusals(replace(profile("car_rental"), currency="EUR"))
    assert len(refused) == len(NAMES) - 1
    assert refused["car_rental__vet_clinic"] == "car_rental counts in EUR and vet_clinic in USD"


def test_a_name_that_becomes_too_long_is_refused_and_named() -> None:
    name = "list_" + "very_" * 11 + "old"
    refused = refusals(replace(profile("car_rental"), too_long=name))
    assert "car_rental__vet_clinic" in refused
    assert f"car_rental__{name} has 75 characters and may have 64" in refused["car_rental__vet_clinic"]


def test_an_entity_that_two_domains_declare_differently_is_refused_for_them_alone() -> None:
    workshop = profile("bike_workshop")
    changed = replace(workshop, declared={**workshop.declared, "bicycle": "otherwise"})
    reason = "bike_insurance and bike_workshop declare the entity bicycle differently: rename one"
    assert refusals(changed) == {"bike_insurance__bike_workshop": reason}
    assert impossible(profile("bike_insurance"), workshop) is None


@pytest.mark.parametrize(
    ("place", "value", "differs"),
    [
        ("entities.book.attributes.title.unique", True, True),
        ("entities.book.attributes.shelf.optional", True, True),
        ("entities.book.describe", "Something to read.", False),
    ],
)
def test_entities_differ_where_rows_or_rules_do(place: str, value: object, differs: bool) -> None:
    as_it_is, changed = (
        quick_profile(contract_from(patched(patch), "library.yaml")).declared["book"] for patch in ({}, {place: value})
    )
    assert (as_it_is != changed) == differs


def test_refusals_are_bounded() -> None:
    many = [
        replace(profile("vet_clinic"), domain=f"vet_{'x' * n}", currency=("USD", "EUR")[n % 2]) for n in range(1, 120)
    ]
    pairing = choose_pairs(many, 0)
    assert len(pairing.refused) == MOST_REFUSED
    assert pairing.pruned["different currency"] == 59 * 60


def test_reasons_are_few_and_name_bridges_that_exist() -> None:
    pairing = choose_pairs(profiles(), 12)
    for pair in (*pairing.chosen, *pairing.spare):
        one, other = (profile(name) for name in pair.key.split("__"))
        bridges = all_bridges_in_words(one, other)
        assert 2 <= len(pair.reasons) <= 4
        assert pair.bridges
        assert set(pair.bridges) <= set(bridges)
        assert set(pair.reasons) & set(pair.bridges)
        assert max(bridges[bridge] for bridge in pair.bridges) >= plausible().least.bridge
        assert one.title in pair.reasons[0]
        assert other.title in pair.reasons[0]
        assert "{" not in " ".join(pair.reasons)


def test_scores_are_the_weighted_sum_of_their_parts() -> None:
    for pair in choose_pairs(profiles(), 12).chosen:
        assert all(0 <= part <= 1 for part in pair.parts.values())
        weighted = sum(plausible().weights[name] * part for name, part in pair.parts.items())
        assert pair.score == pytest.approx(weighted, abs=1e-4)


def a_claim(amount: float) -> dict[str, Any]:
    return {"calls": [{"tool": "file_claim", "arguments": {"amount": amount}, "result": {"claim_id": "C-1"}}]}


def a_bill(amount: float) -> dict[str, Any]:
    return {"calls": [{"tool": "list_my_charges", "arguments": {}, "result": [{"amount": amount}, {"amount": None}]}]}


@pytest.mark.parametrize(("bills", "passes"), [((20.0, 45.0), False), ((20.0, 320.0), True), ((), True)])
def test_amounts_of_another_order_than_were_ever_taken_are_no_bridge(bills: tuple[float, ...], passes: bool) -> None:
    giver = with_amounts(profile("car_rental"), [a_bill(amount) for amount in bills])
    taker = with_amounts(profile("car_claims"), [a_claim(300.0), a_claim(900.0)])
    money = {(o.tool, o.path[-1]) for o in giver.ports.outlets if o.carries == "money"}
    assert ("list_my_charges", "amount") in money
    assert giver.may_pass("list_my_charges.amount", taker, "file_claim.amount") is passes
