"""``skiller check``: every fault of domain files, found without building anything."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from skiller_assets.commands.exits import BAD, GOOD
from skiller_assets.commands.faults import Misuse
from skiller_assets.commands.terminal import counted, seconds
from skiller_assets.contract.compile import CompiledContract, compile_contract
from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.load import load_contract
from skiller_assets.planning import plan
from skiller_assets.registry import PAIR_SEPARATOR
from skiller_assets.service.evidence import evidence_faults, gather_evidence
from skiller_assets.service.profile import profile_problems
from skiller_assets.settings import Settings, load_settings
from skiller_assets.world.generate import WorldSpec, generate
from skiller_assets.world.image import make_world


def execute(arguments: Namespace) -> int:
    """Checks the named files, or all of the project; 1 when one of them is bad. Raises Misuse."""
    settings = load_settings()
    named = [_domain_file(name, settings.root / "domains") for name in arguments.files]
    paths = named or sorted((settings.root / "domains").glob("*.yaml"))
    if not paths:
        raise Misuse(f"there is no domain file in {settings.root / 'domains'}: write one, or name a file")
    ill_named = [] if arguments.files else list(plan(settings, None).problems)
    for problem in ill_named:
        print(problem)
    bad = [path for path in paths if not check_file(path, settings)]
    return BAD if bad or ill_named else GOOD


def _domain_file(name: str, folder: Path) -> Path:
    """The file that a name means: a path, or a domain of the project. Raises Misuse for a pair, which has none."""
    path = Path(name)
    if PAIR_SEPARATOR in path.name and not path.exists():
        raise Misuse(f"{name} is a pair, and pairs have no file: check its domains, or ask skiller status")
    return path if path.exists() or path.suffix else folder / f"{name}.yaml"


def check_file(path: Path, settings: Settings) -> bool:
    """Prints what is wrong with a domain file, or that nothing is; whether it is good."""
    began = time.perf_counter()
    compiled, problems = file_problems(path, settings)
    if compiled is None or problems:
        print(f"{path}: {len(problems)} problem{'s' if len(problems) > 1 else ''}")
        for problem in problems:
            print(f"  {problem}")
        return False
    contract = compiled.contract
    rules = sum(len(contract.rules_of(name)) for name in contract.tools)
    holds = counted({"tables": len(contract.tables), "tools": len(contract.tools), "rules": rules})
    print(f"{path}: good ({holds}; {seconds(time.perf_counter() - began)})")
    return True


def file_problems(path: Path, settings: Settings) -> tuple[CompiledContract | None, Sequence[str]]:
    """The compiled contract and what is wrong: gate by gate, because a later one makes no sense after an earlier."""
    try:
        compiled = compile_contract(load_contract(path), path.name)
        problems = [str(problem) for problem in profile_problems(compiled)]
        spec = WorldSpec(settings.seed, settings.now, settings.world.rows)
        world = make_world(compiled, generate(compiled.contract, spec).image, settings.now)
    except ContractError as error:
        return None, [str(problem) for problem in error.problems]
    return compiled, [*problems, *(f"{path.name}: {fault}" for fault in evidence_faults(gather_evidence(world)))]
