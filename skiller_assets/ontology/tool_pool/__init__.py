"""Tools first: from a pool of tool descriptions to draft contracts, one for each community of tools."""
