"""The rows by Bespoke Curator."""

from __future__ import annotations

import os

from rows import IN_FLIGHT, Towns, Whitespace, arguments, prompt, report

URL, FOLDER = arguments()
os.environ.update(
    CURATOR_CACHE_DIR=str(FOLDER), TELEMETRY_ENABLED="false", OPENAI_API_KEY="any", CURATOR_DISABLE_RICH_DISPLAY="1"
)

import tiktoken  # noqa: E402  curator reads its environment when it is imported
from bespokelabs import curator  # noqa: E402

tiktoken.get_encoding = lambda *_: Whitespace()
NO_LIMIT = 10**9


class Writer(curator.LLM):
    """Three towns of a row's river."""

    response_format = Towns

    def prompt(self, row: dict[str, str]) -> str:
        return prompt(row["river"])

    def parse(self, row: dict[str, str], reply: Towns) -> list[dict[str, object]]:
        return [{"river": row["river"], "towns": len(reply.towns)}]


def main() -> None:
    parameters = {
        "base_url": URL,
        "max_concurrent_requests": IN_FLIGHT,
        "max_requests_per_minute": NO_LIMIT,
        "max_tokens_per_minute": NO_LIMIT,
        "request_timeout": 60,
    }
    writer = Writer(model_name="gpt-4o-mini", backend="openai", backend_params=parameters)
    # It would try the endpoint with a schema of its own, and the server's one answer is not of that.
    writer._request_processor.check_structured_output_support = lambda: True

    def run(count: int, name: str) -> int:
        found = writer([{"river": f"{name} {n}"} for n in range(count)])
        return sum(row["towns"] == 3 for row in getattr(found, "dataset", found))

    report(run)


if __name__ == "__main__":
    main()
