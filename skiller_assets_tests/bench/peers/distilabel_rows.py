"""The rows by distilabel."""

from __future__ import annotations

from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration
from rows import IN_FLIGHT, Towns, arguments, prompt, report


def main() -> None:
    url, folder = arguments()

    def run(count: int, name: str) -> int:
        rows = [{"instruction": prompt(f"{name} {n}")} for n in range(count)]
        form = {"schema": Towns}
        model = OpenAILLM(model="quick", base_url=url, api_key="any", structured_output=form, timeout=60)
        with Pipeline(name, cache_dir=folder) as pipeline:
            load = LoadDataFromDicts(data=rows, batch_size=IN_FLIGHT)
            load >> TextGeneration(llm=model, input_batch_size=IN_FLIGHT)
        found = pipeline.run(use_cache=False)["default"]["train"]
        return sum(len(Towns.model_validate_json(text).towns) == 3 for text in found["generation"])

    report(run)


if __name__ == "__main__":
    main()
