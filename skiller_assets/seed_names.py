"""The topics to begin with as ``skiller.yaml`` names them: a name each, or a name and a sentence of the user's own."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from skiller_assets.contract.vocabulary import DOMAIN, LONGEST_DOMAIN

SHORTEST_DESCRIBE, LONGEST_DESCRIBE = 12, 300
"""Characters of the sentence that describes a topic, whoever writes it."""

_FORMS = "a name such as yoga_school, or a name and its sentence such as {yoga_school: A school with small classes.}"


class SeedName(BaseModel):
    """One topic to begin with; ``says`` is the user's sentence on it, "" where there is none."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str
    says: str = ""

    @model_validator(mode="after")
    def _can_be_a_topic(self) -> SeedName:
        if not re.match(DOMAIN, self.name) or len(self.name) > LONGEST_DOMAIN:
            raise ValueError(
                f"no domain can be called {self.name!r}: one to three lower-case words joined by _, at most "
                f"{LONGEST_DOMAIN} characters"
            )
        if self.says and not SHORTEST_DESCRIBE <= len(self.says) <= LONGEST_DESCRIBE:
            length = f"{SHORTEST_DESCRIBE} to {LONGEST_DESCRIBE} are wanted"
            raise ValueError(f"the sentence on {self.name} has {len(self.says)} characters; {length}")
        return self


def _fields(value: Any) -> Any:
    """``yoga_school`` and ``{yoga_school: A school…}`` as the fields of a seed."""
    if isinstance(value, str):
        return {"name": value}
    if isinstance(value, SeedName):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError(f"must be {_FORMS}")
    ((name, says),) = value.items()
    if not isinstance(name, str) or not isinstance(says, str) or not says.strip():
        raise ValueError(f"must be {_FORMS}")
    return {"name": name, "says": says.strip()}


SeedEntry = Annotated[SeedName, BeforeValidator(_fields)]
"""An entry of ``topics.seeds``."""
