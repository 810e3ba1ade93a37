"""The names of everything that is asked, by which a setting or an account speaks of it."""

from typing import Literal

AskName = Literal[
    "blueprint_data", "blueprint_talk", "blueprint_tools", "domain_topics", "entities", "entity_relations",
    "mediation", "outline", "pair_story", "personas", "policy_background", "predicates", "query", "seed_topics",
    "server_code", "server_patch", "storylines", "task_templates", "template_judge", "tool_edges",
]  # fmt: skip
