"""What a call comes to, and what of it the caller sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["ok", "invalid", "unauthorized", "denied", "needs_confirmation", "error"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one call.

    ``result`` is the data of an ``ok`` call (or the preview of one that needs confirmation), ``rule`` the id of the
    rule that denied, ``message`` the reason in words, ``violations`` the ``by: agent`` rules that an ``ok`` call broke.
    """

    status: Status
    result: Any = None
    rule: str | None = None
    message: str = ""
    violations: tuple[str, ...] = ()

    @property
    def visible(self) -> Any:
        """What the agent is told: the data, or a status with its reason. Violations are never shown."""
        if self.status == "ok":
            return self.result
        if self.status == "needs_confirmation":
            return {"status": self.status, "message": self.message, "preview": self.result}
        if self.status == "error":
            return {"status": "error", "message": "The system could not carry this out."}
        return {"status": self.status, "message": self.message}

    @property
    def is_error(self) -> bool:
        """Whether a transport should flag the reply as an error."""
        return self.status not in ("ok", "needs_confirmation")
