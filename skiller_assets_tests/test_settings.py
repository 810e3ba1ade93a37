"""``skiller.yaml``: everything has a default, and what is wrong is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from skiller_assets.ask.names import ASK_NAMES
from skiller_assets.settings import FILE, Settings, SettingsError, load_settings

SHIPPED = Path(__file__).parent.parent / FILE


def load(root: Path, text: str) -> Settings:
    (root / FILE).write_text(text)
    return load_settings(root, {})


def test_the_shipped_file_shows_every_key_with_its_default(tmp_path: Path) -> None:
    shipped = load(tmp_path, SHIPPED.read_text())
    assert shipped == Settings(root=tmp_path, home=tmp_path / "data")

    def keys(node: object) -> object:
        return {key: keys(value) for key, value in node.items()} if isinstance(node, dict) else None

    assert keys(yaml.safe_load(SHIPPED.read_text())) == keys(Settings().model_dump(mode="json"))


def test_a_project_without_a_file_has_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {}) == Settings(root=tmp_path, home=tmp_path / "data")
    assert load(tmp_path, "# nothing\n") == Settings(root=tmp_path, home=tmp_path / "data")


def test_the_environment_says_where_home_is_before_the_file_does(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("home: here")
    assert load_settings(tmp_path, {}).home == tmp_path / "here"
    assert load_settings(tmp_path, {"SKILLER_HOME": str(tmp_path / "there")}).home == tmp_path / "there"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("seeed: 1", ":1: there is no setting seeed; did you mean seed?"),
        ("seed: 1\nworld:\n  row: 3", ":3: there is no setting world.row; did you mean world.rows?"),
        ("tasks: {shares: {refusals: 0.3}}", ":1: there is no setting tasks.shares.refusals; did you mean"),
        ("zzz: 1", ":1: there is no setting zzz; known here: home, seed, now"),
        ("root: /", ":1: there is no setting root"),
        ("world: {rows: '3'}", ":1: world.rows: input should be a valid integer (it is '3')"),
        ("world:\n\n  rows: 0", ":3: world.rows: input should be greater than or equal to 1 (it is 0)"),
        ("world: 3", ":1: world: must have keys of its own (it is 3)"),
        ("seed: true", ":1: seed: input should be a valid integer (it is True)"),
        ("seed: 1\nseed: 2", ":2: seed is given twice, first on line 1"),
        ("tasks:\n  shares: {fulfil: 1.0}", ":2: tasks.shares: the shares of the four kinds must sum to 1"),
        ("pairs:\n  shares: {partial: 0.5}", ":2: pairs.shares: the shares of the five kinds must sum to 1"),
        ("pairs: {shares: {partly: 0.1}}", ":1: there is no setting pairs.shares.partly; did you mean"),
        ("pairs: {targets: 4}", ":1: there is no setting pairs.targets; did you mean pairs.target?"),
        ("pairs: {target: -1}", ":1: pairs.target: input should be greater than or equal to 0 (it is -1)"),
        ("pairs: {target: half}", ":1: pairs.target: input should be a valid integer (it is 'half')"),
        ("now: tomorrow", ":1: now: invalid isoformat string"),
        ("now: 2025-03-10T09:00:00+02:00", ":1: now: an instant without a time zone is needed"),
        ("domains: airline", ":1: domains: must be a list, such as [airline, clinic] (it is 'airline')"),
        ("domains: [airline, 3]", ":1: domains.1: "),
        ("domains:\n  - airline\n  - 3", ":3: domains.1: "),
        ("ask: {provider: nobody}", ":1: ask.provider: "),
        ("ask: {provider: openai}", ":1: ask: the provider openai needs semantic_model, the name of a model"),
        ("ask: {model: small}", ":1: there is no setting ask.model; did you mean ask.models?"),
        ("endpoint: {base_url: here}", ":1: endpoint.base_url: "),
        ("endpoint: {key_variable: sk-1}", ":1: endpoint.key_variable: "),
        ("endpoint: {in_flight: 0}", ":1: endpoint.in_flight: input should be greater than or equal to 1 (it is 0)"),
        ("topics: {target: -1}", ":1: topics.target: input should be greater than or equal to 0 (it is -1)"),
        ("topics:\n  strategies: [role, luck]", ":2: topics.strategies.1: input should be 'same_context'"),
        ("topics: {strategies: [role, role]}", ":1: topics: role stands there twice"),
        ("topics: {seeds: [ski_rental, a, ski_rental]}", ":1: topics: ski_rental stands there twice"),
        ("ask: {models: {qery: small}}", ":1: there is no ask called qery: did you mean query?"),
        ("topics: {seeds: ski_rental}", ":1: topics.seeds: must be a list, such as [airline, clinic]"),
        (
            "topics:\n  seeds:\n    - ski_rental\n    - Ski School",
            ":4: topics.seeds.1: no domain can be called 'Ski School'",
        ),
        ("topics: {seeds: [{ski: Snow.}]}", ":1: topics.seeds.0: the sentence on ski has 5 characters; 12 to 300"),
        ("topics: {seeds: [{a: x, b: y}]}", ":1: topics.seeds.0: must be a name such as yoga_school, or a name and"),
        ("topics: {seeds: [{ski: }]}", ":1: topics.seeds.0: must be a name such as yoga_school, or a name and"),
        ("topics: {seeds: [3]}", ":1: topics.seeds.0: must be a name such as yoga_school"),
        ("topics: {seeds: [ski, {ski: A shop that rents skis.}]}", ":1: topics: ski stands there twice"),
        ("topics:\n  seeds:\n  - {a: x, a: y}", ":3: topics.seeds.0.a is given twice, first on line 3"),
        ("topics: {seed: [ski_rental]}", ":1: there is no setting topics.seed; did you mean topics.seeds?"),
        ("- seed", ":1: must be a list of keys and values"),
        ("seed: [", ":1: is not YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_what_to_do(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, text)
    assert f"{tmp_path / FILE}{complaint}" in str(error.value)


def test_a_seed_is_a_name_or_a_name_with_a_sentence(tmp_path: Path) -> None:
    seeds = load(
        tmp_path, "topics:\n  seeds:\n    - ski_rental\n    - llama_trekking: Day tours with llamas."
    ).topics.seeds
    assert seeds is not None
    assert [(s.name, s.says) for s in seeds] == [("ski_rental", ""), ("llama_trekking", "Day tours with llamas.")]


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, "seeed: 1\nworld: {rows: no}\n")
    assert len(str(error.value).splitlines()) == 2


def test_an_instant_reads_the_same_with_and_without_quotes(tmp_path: Path) -> None:
    assert load(tmp_path, "now: 2025-03-10T09:00:00") == load(tmp_path, 'now: "2025-03-10 09:00"')


def test_the_hash_changes_with_the_keys_it_is_over_and_with_no_other(tmp_path: Path) -> None:
    before, after = load(tmp_path, "seed: 1"), load(tmp_path, "{seed: 2, tasks: {max_calls: 9}}")
    assert before.hash(["seed"]) != after.hash(["seed"])
    assert before.hash(["tasks"]) != after.hash(["tasks"])
    assert before.hash(["world.rows", "tasks.shares"]) == after.hash(["tasks.shares", "world.rows"])


def test_a_setting_that_does_not_exist_has_no_value() -> None:
    with pytest.raises(KeyError, match=r"there is no setting world\.columns"):
        Settings().value("world.columns")


def test_another_model_changes_only_what_it_answers(tmp_path: Path) -> None:
    one = load(tmp_path, "ask: {provider: openai, semantic_model: a}")
    other = load(tmp_path, "ask: {provider: openai, semantic_model: a, coding_model: c, models: {query: b}}")
    embedded = load(tmp_path, "")
    for name in ASK_NAMES:
        same = name not in ("query", "blueprint", "blueprint_data", "blueprint_tools", "server_code", "server_patch")
        assert (one.hash((), (name,)) == other.hash((), (name,))) == same, name
        assert one.hash((), (name,)) != embedded.hash((), (name,))
    assert load(tmp_path, "ask: {semantic_model: x, models: {query: b}}").hash((), ASK_NAMES) == embedded.hash(
        (), ASK_NAMES
    )
