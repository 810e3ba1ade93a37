"""The blueprint of an authored domain: asked for in three parts, and each tried out before it is accepted.

First how records arise, around the tables of the outline; then what tools do, fitted to the data of a trial world; then
how people talk about it. Whatever is found to be dead, invented or missing is a complaint, and the part is mended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from skiller_assets.ask import Ask, Door
from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.language import language
from skiller_assets.service.authoring.gates import SecondReader, Trial, try_contract, try_data, try_talk
from skiller_assets.service.authoring.merge import Raw, contract_of, outlined, with_data, with_talk, with_tools
from skiller_assets.service.authoring.parts import DataPart, TalkPart, ToolsPart
from skiller_assets.service.authoring.shown import populations
from skiller_assets.service.profile import wanted
from skiller_assets.world.generate import WorldSpec

_PROMPTS = Path(__file__).parent / "prompts"

Part = TypeVar("Part", bound=BaseModel)


def author_blueprint(
    topic: Mapping[str, Any],
    outline: Mapping[str, Any],
    spec: WorldSpec,
    door: Door,
    again: SecondReader | None = None,
) -> Trial:
    """The accepted contract of an authored domain with the evidence for it.

    ``topic`` is its line in ``topics.jsonl``, ``outline`` its tables as the entity graph has them, ``again`` reads the
    tools once more when they have stood every other gate. Raises :class:`~skiller_assets.ask.AskFailed` with the
    transcript when a part did not stand its trial.
    """
    author = _Author(topic, spec, again, outlined(topic["domain"], outline))
    told = {"language": language(), "wanted": wanted()}
    door.ask(
        Ask(
            name="blueprint_data",
            role="coding",
            template=_PROMPTS / "blueprint_data.md",
            variables=author.so_far(),
            told=told,
            reply=DataPart,
            validators=(author.judge(with_data, author.data_complaints),),
            mends="patch",
        )
    )
    door.ask(
        Ask(
            name="blueprint_tools",
            role="coding",
            template=_PROMPTS / "blueprint_tools.md",
            variables=author.so_far(),
            told=told,
            reply=ToolsPart,
            validators=(author.judge(with_tools, author.tools_complaints),),
            mends="patch",
        )
    )
    door.ask(
        Ask(
            name="blueprint_talk",
            role="semantic",
            template=_PROMPTS / "blueprint_talk.md",
            variables=author.so_far(),
            told=told,
            reply=TalkPart,
            validators=(author.judge(with_talk, author.talk_complaints),),
            mends="patch",
        )
    )
    return Trial(contract_of(author.raw), author.evidence, ())


@dataclass
class _Author:
    """The contract so far, what the trials of it have shown, and every complaint that was made on the way."""

    topic: Mapping[str, Any]
    spec: WorldSpec
    again: SecondReader | None
    raw: Raw
    world: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    complained: list[str] = field(default_factory=list)

    def so_far(self) -> dict[str, Any]:
        """What the next part is asked for with."""
        return {
            "topic": dict(self.topic),
            "contract": self.raw,
            "world": dict(self.world),
            "rows": self.spec.rows,
            "populations": populations(self.raw),
            "earlier": list(self.complained),
        }

    def judge(
        self, merge: Callable[[Raw, Part], Raw], complaints: Callable[[Raw], tuple[str, ...]]
    ) -> Callable[[Part], list[str]]:
        """What is wrong with a part once it is merged into the contract as it stands now."""
        before = self.raw

        def judged(reply: Part) -> list[str]:
            try:
                self.raw = merge(before, reply)
                found = list(dict.fromkeys(complaints(self.raw)))
            except ContractError as error:
                found = str(error).splitlines()
            self.complained += found
            return found

        return judged

    def data_complaints(self, raw: Raw) -> tuple[str, ...]:
        """What is wrong with the data of the contract so far; its world is remembered."""
        self.world, found = try_data(contract_of(raw), self.spec)
        return found

    def tools_complaints(self, raw: Raw) -> tuple[str, ...]:
        """What is wrong with what the contract so far does; the evidence is remembered."""
        contract = contract_of(raw)
        _, found = try_data(contract, self.spec)
        if found:
            return found
        trial = try_contract(contract, self.spec, self.again)
        self.evidence = trial.evidence
        return trial.faults

    def talk_complaints(self, raw: Raw) -> tuple[str, ...]:
        """What is wrong with the whole contract; what it does was tried before."""
        return try_talk(contract_of(raw))
