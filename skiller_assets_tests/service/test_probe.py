"""Evidence about rules and effects: live ones have it, dead ones have none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from skiller_assets.service.probe import EffectEvidence, RuleEvidence, probe_effects, probe_rules
from skiller_assets.service.search import Explorer
from skiller_assets.world.image import World
from skiller_assets_tests.worlds import library_world


def rules_of(world: World) -> dict[tuple[str, str], RuleEvidence]:
    explorer = Explorer(world)
    return {(r.tool, r.rule): r for r in probe_rules(explorer, explorer.explore())}


def effects_of(world: World) -> dict[tuple[str, int], EffectEvidence]:
    explorer = Explorer(world)
    return {(e.tool, e.effect): e for e in probe_effects(explorer, explorer.explore())}


def test_every_rule_of_the_domains_holds_and_fails_on_the_data(generated_world: World) -> None:
    evidence = rules_of(generated_world)
    assert [key for key, rule in evidence.items() if not rule.holds or not rule.fails] == []
    assert len(evidence) == sum(len(tool.rules) for tool in generated_world.program.compiled.tools.values())


def test_every_effect_of_the_domains_shows_in_a_state_diff(generated_world: World) -> None:
    assert [key for key, effect in effects_of(generated_world).items() if not effect.shown] == []


def test_what_a_search_says_of_a_call_is_not_taken_for_evidence() -> None:
    explorer = Explorer(library_world())
    findings = explorer.explore()
    lying = [replace(f, found=tuple(replace(call, fails=("is_open",)) for call in f.found)) for f in findings]
    assert probe_rules(explorer, lying) == probe_rules(explorer, findings)


def test_a_rule_that_never_fails_has_no_failures() -> None:
    always = {"tools.renew_loan.rules.1.check": "SELECT status IS NOT NULL FROM loan WHERE loan_id = :loan_id"}
    rule = rules_of(library_world(always))["renew_loan", "is_open"]
    # A loan that does not exist yields no row, which is no failure of this rule alone.
    assert rule.holds > 0
    assert rule.fails_alone == 0


def test_a_rule_that_never_holds_has_no_successes() -> None:
    never = {"tools.renew_loan.rules.1.check": "SELECT status IS NULL FROM loan WHERE loan_id = :loan_id"}
    assert rules_of(library_world(never))["renew_loan", "is_open"].holds == 0


def test_an_effect_that_sets_what_is_there_already_does_not_show() -> None:
    same = {"tools.renew_loan.effects.0.sql": "UPDATE loan SET renewals = renewals WHERE loan_id = :loan_id"}
    effect = effects_of(library_world(same))["renew_loan", 1]
    assert effect.carried_out > 0
    assert effect.shown == 0


def test_an_effect_behind_a_guard_that_is_never_true_does_not_show() -> None:
    never = {"tools.return_book.let.overdue": {"says": "never", "sql": "SELECT 0 + 0"}}
    assert effects_of(library_world(never))["return_book", 2].shown == 0


def test_an_effect_on_rows_that_few_people_have_is_searched_for() -> None:
    rare: dict[str, Any] = {
        "tools.return_book.effects+": {
            "says": "Fees of the loan count as paid.",
            "sql": "UPDATE fee SET paid = 1 WHERE loan_id = :loan_id AND paid = 0",
            "rows": "any",
        }
    }
    assert effects_of(library_world(rare))["return_book", 3].shown > 0
