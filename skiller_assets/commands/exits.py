"""Exit codes of the ``skiller`` command."""

GOOD = 0
BAD = 1
"""Something failed, was rejected or is not there; it is listed."""
MISUSED = 2
"""A wrong word, option, setting or registry: nothing was begun."""
INTERRUPTED = 130
"""Ctrl-C; what was finished is kept."""
