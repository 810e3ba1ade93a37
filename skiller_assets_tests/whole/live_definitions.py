"""The program's own code location with sensors that look more often."""

from skiller_assets.launch import compose
from skiller_assets.program import current_project

defs = compose(current_project(), sensor_seconds=3)
