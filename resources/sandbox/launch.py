"""The first thing inside a sandbox: takes on the limits of a process, becomes nobody, and is then the program.

    python -I -S -B launch.py '{"uid": 1879048199 or null, "limits": {"RLIMIT_AS": 1073741824, …}}' program words…

The limit on processes has to be set in here: outside, it would count all processes of the user. Standard library only.
"""

from __future__ import annotations

import json
import os
import resource
import sys


def main() -> None:
    """Read what is wanted and become the program. Does not return."""
    wanted = json.loads(sys.argv[1])
    for name, most in wanted["limits"].items():
        resource.setrlimit(getattr(resource, name), (most, most))
    uid = wanted["uid"]
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    os.execv(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
