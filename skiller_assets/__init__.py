"""Skiller: service domains in, executable tool-use environments and verified tasks out, as a Dagster asset graph."""
