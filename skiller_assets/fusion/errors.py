"""What can go wrong when two services become one."""

from __future__ import annotations


class FusionError(Exception):
    """Two domains that cannot become one service; says what stands in the way, where, and what to do."""
