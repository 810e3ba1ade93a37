"""The embedded author behind the loopback server, for any process: what a prompt was made of is in the journal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resources.offline import OfflineAuthor
from skiller_assets.ask import Prompt
from skiller_assets.ask.errors import Turn
from skiller_assets.ask.journal import name_of
from skiller_assets.ask.money import tokens_of
from skiller_assets_tests.loopback.memory import Memory
from skiller_assets_tests.loopback.server import Answer, Script


def journalled(asks: Path, seed: int = 1) -> Script:
    """What the embedded author would write, with tokens counted by the length of texts; ``asks`` is where a project
    keeps what it sent.
    """
    writer, memory = OfflineAuthor(seed), Memory()
    others = {"predicates": memory.predicates, "server_patch": memory.server_patch}

    def script(number: int, request: Mapping[str, Any]) -> Answer:
        texts = [str(message["content"]) for message in request["messages"]]
        record = json.loads((asks / "prompts" / f"{name_of(texts[0])}.json").read_text(encoding="utf-8"))
        rejected = tuple(Turn(reply, ()) for reply in texts[1::2])
        prompt = Prompt(record["name"], record["role"], record["text"], record["variables"], {}, rejected)
        if prompt.name in others:
            return counted(json.dumps(others[prompt.name](prompt)), texts)
        text = writer.complete(prompt).text
        memory.learn(prompt, text)
        return counted(text, texts)

    return script


def counted(text: str, sent: list[str]) -> Answer:
    """A chat completion that says how many tokens were read and written."""
    tokens_in, tokens_out = sum(map(tokens_of, sent)), tokens_of(text)
    usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    body = {"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage}
    return Answer(body=json.dumps(body).encode())
