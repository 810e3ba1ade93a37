"""The rows by NeMo Data Designer."""

from __future__ import annotations

import os

os.environ["NEMO_TELEMETRY_ENABLED"] = "false"

import data_designer.config as dd
import tiktoken
from data_designer.interface import DataDesigner
from rows import IN_FLIGHT, Towns, Whitespace, arguments, prompt, report

tiktoken.get_encoding = lambda *_: Whitespace()


def main() -> None:
    url, folder = arguments()
    parameters = dd.ChatCompletionInferenceParams(max_parallel_requests=IN_FLIGHT, timeout=60)
    model = dd.ModelConfig(
        alias="writer", model="quick", provider="quick", inference_parameters=parameters, skip_health_check=True
    )
    builder = dd.DataDesignerConfigBuilder(model_configs=[model])
    river = dd.SamplerColumnConfig(name="river", sampler_type=dd.SamplerType.UUID, params=dd.UUIDSamplerParams())
    builder.add_column(river)
    builder.add_column(
        dd.LLMStructuredColumnConfig(
            name="towns", prompt=prompt("{{ river }}"), model_alias="writer", output_format=Towns
        )
    )
    provider = dd.ModelProvider(name="quick", endpoint=url, api_key="any")
    designer = DataDesigner(artifact_path=folder, model_providers=[provider])
    designer.set_run_config(dd.RunConfig(disable_early_shutdown=True, otel_metrics_port=None))

    def run(count: int, name: str) -> int:
        rows = designer.create(builder, num_records=count, dataset_name=name).load_dataset()
        return sum(len(towns["towns"]) == 3 for towns in rows["towns"])

    report(run)


if __name__ == "__main__":
    main()
