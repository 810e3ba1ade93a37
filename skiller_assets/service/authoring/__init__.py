"""How a contract is authored: asked for in three parts, each merged and tried before the next is asked for."""
