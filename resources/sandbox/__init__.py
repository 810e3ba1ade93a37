"""Where code that nobody has vouched for runs: a process that sees, changes and takes next to nothing."""

from resources.sandbox.limits import Limits
from resources.sandbox.sandbox import Finished, Sandbox, SandboxUnavailable
from resources.sandbox.unconfined import Unconfined

__all__ = ["Finished", "Limits", "Sandbox", "SandboxUnavailable", "Unconfined"]
