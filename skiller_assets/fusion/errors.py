"""What can go wrong when two services become one."""

from __future__ import annotations

NO_PAIR = "name the pair in pairs.leave_out of skiller.yaml, and another one takes its place"
"""What to do about a pair that cannot be."""


class FusionError(Exception):
    """Two domains that cannot become one service; says what stands in the way, where, and what to do."""
