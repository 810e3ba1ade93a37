"""The composition root of the code location: the program's chains as assets and checks, its jobs and sensors."""

from __future__ import annotations

from skiller_assets.launch import compose
from skiller_assets.program import ARTIFACTS, current_project

__all__ = ["ARTIFACTS", "current_project", "defs"]

defs = compose(current_project())
