"""The toy project as a code location, for a real code server. ``TOY_ROOT`` says where it lies."""

import os
from pathlib import Path

from skiller_assets.launch import compose
from skiller_assets_tests.toys import project

defs = compose(project(Path(os.environ["TOY_ROOT"])), sensor_seconds=3)
