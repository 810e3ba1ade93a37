"""Fusion: two services become one contract, one world, one policy, with bridges between them."""
