"""A service of the catalogue becomes a domain file that says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from resources.offline.catalogue_files import load_catalogue
from resources.offline.composer import compose
from skiller_assets.cli import main
from skiller_assets.commands.compose import domain_file
from skiller_assets.commands.exits import GOOD, MISUSED
from skiller_assets.commands.faults import Misuse
from skiller_assets.contract.compile import compile_contract
from skiller_assets.contract.load import contract_from, load_contract
from skiller_assets.settings import Settings
from skiller_assets_tests.catalogues import PATTERN, service, write_catalogue


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(root=tmp_path, home=tmp_path / "data")


def test_what_is_printed_can_be_taken_over_as_it_is(settings: Settings) -> None:
    path = settings.root / f"{PATTERN}.yaml"
    path.write_text(domain_file(PATTERN, settings), encoding="utf-8")
    assert load_contract(path) == contract_from(compose(load_catalogue(), PATTERN, settings.seed), "here")
    assert compile_contract(load_contract(path))


def test_texts_of_several_lines_stand_as_they_are_and_nothing_is_an_alias(settings: Settings) -> None:
    text = domain_file(PATTERN, settings)
    assert "background: |\n" in text
    assert "&id" not in text


def test_a_service_of_the_users_own_catalogue_is_known(settings: Settings) -> None:
    write_catalogue(settings.root, services={"goat_yoga": service(title="Goats and Mats")})
    assert domain_file("goat_yoga", settings).startswith("contract: 1\ndomain: goat_yoga\ntitle: Goats and Mats\n")


def test_an_unknown_service_is_misuse_with_the_nearest(settings: Settings) -> None:
    with pytest.raises(Misuse, match="the nearest that it knows: yoga_school"):
        domain_file("yoga_skool", settings)


def test_a_catalogue_that_cannot_be_used_is_misuse_with_its_line(settings: Settings) -> None:
    path = write_catalogue(settings.root, services={"goat_yoga": service(context="moon")})
    with pytest.raises(Misuse) as fault:
        domain_file(PATTERN, settings)
    assert str(fault.value).startswith(f"{path}: services: goat_yoga: there is no context moon")


def test_the_command_prints_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["compose", PATTERN]) == GOOD
    assert capsys.readouterr().out.startswith("contract: 1\n")
    assert main(["compose", "yoga_skool"]) == MISUSED
    assert list(tmp_path.iterdir()) == []
