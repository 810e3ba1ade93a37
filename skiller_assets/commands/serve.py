"""``skiller serve``: a domain as an MCP server. Over stdio nothing but the protocol may go to standard output."""

from __future__ import annotations

import sys
from argparse import Namespace

from skiller_assets.commands.exits import GOOD
from skiller_assets.commands.faults import Fault
from skiller_assets.commands.shelf import open_shelf


def execute(arguments: Namespace) -> int:
    """Serves until the client leaves (stdio) or Ctrl-C (HTTP). Raises Fault, Misuse."""
    shelf = open_shelf()
    shelf.expect_key(arguments.key)
    world = shelf.world(arguments.key)
    from skiller_assets.world.mcp_host import HttpAddress, serve  # seconds of imports that an error does not need

    where = f"http://{arguments.host}:{arguments.port}/mcp" if arguments.http else "stdio"
    print(f"skiller: {world.contract.title} ({arguments.key}), {len(world.contract.tools)} tools, at {where}",
          file=sys.stderr, flush=True)  # fmt: skip
    try:
        serve(world, "http" if arguments.http else "stdio", HttpAddress(arguments.host, arguments.port))
    except OSError as error:
        raise Fault(f"{where} cannot be served: {error.strerror or error}") from error
    return GOOD
