"""A real code server, webserver and daemon on loopback, and the questions that the tests put to them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
_LOCATION = "skiller"
_TOYS = "skiller_assets_tests.dagster_live.toy_definitions"
_REPOSITORY = Path(__file__).parents[2]
_PATIENCE = 120.0
# Runs start at once, and not when the daemon next looks at its queue.
_DAGSTER_YAML = """
telemetry: {enabled: false}
nux: {enabled: false}
run_coordinator: {module: dagster.core.run_coordinator, class: DefaultRunCoordinator}
"""


class Servers:
    """The running servers of one project, by default one of toys. ``module`` has its definitions."""

    def __init__(self, root: Path, module: str = _TOYS) -> None:
        self.root = root
        self.url = f"http://127.0.0.1:{free_port()}"
        self._module = module
        self._environ = {name: value for name, value in os.environ.items() if name != "SKILLER_HOME"} | {
            "TOY_ROOT": str(root),
            "DAGSTER_HOME": str(root / "data" / "dagster"),
            "PYTHONPATH": str(_REPOSITORY),
        }
        self._processes: list[subprocess.Popen[bytes]] = []

    @contextmanager
    def running(self) -> Iterator[Servers]:
        """Starts the code server and the webserver, and ends whatever was started."""
        grpc = free_port()
        workspace = self.root / "workspace.yaml"
        workspace.write_text(
            f"load_from:\n- grpc_server: {{host: 127.0.0.1, port: {grpc}, location_name: {_LOCATION}}}\n"
        )
        home = Path(self._environ["DAGSTER_HOME"])
        home.mkdir(parents=True, exist_ok=True)
        (home / "dagster.yaml").write_text(_DAGSTER_YAML)
        try:
            self._start("dagster", "code-server", "start", "-m", self._module, "-h", "127.0.0.1", "-p", str(grpc))
            wait_for(lambda: _listens(grpc), "the code server to listen")
            port = self.url.rpartition(":")[2]
            self._start("dagster-webserver", "-w", str(workspace), "-h", "127.0.0.1", "-p", port)
            wait_for(self._is_up, "the webserver to know the code location")
            yield self
        finally:
            for process in reversed(self._processes):
                process.terminate()
            for process in self._processes:
                _end(process)

    def reload(self) -> None:
        """Reloads the code location, as the button in the UI does: keys that the registry gained or lost are seen."""
        data = self.ask(_RELOAD, location=_LOCATION)["reloadRepositoryLocation"]
        assert data["__typename"] == "WorkspaceLocationEntry", data
        assert data["locationOrLoadError"]["__typename"] == "RepositoryLocation", data

    def start_daemon(self) -> None:
        """Starts the daemon, which evaluates sensors and takes runs from the queue."""
        self._start("dagster-daemon", "run", "-w", str(self.root / "workspace.yaml"))

    def ask(self, query: str, **variables: Any) -> Any:
        """The data that a GraphQL query gives; an error of it fails the test."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as reply:
            answer = json.load(reply)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def launch(self, artifacts: list[str], *keys: str, tags: dict[str, str] | None = None) -> str:
        """Launches one run as the UI does, waits for its end and returns its status."""
        named = {"dagster/partition": keys[0]} if len(keys) == 1 else {}
        if len(keys) > 1:
            named = {"dagster/asset_partition_range_start": keys[0], "dagster/asset_partition_range_end": keys[-1]}
        every = [{"key": k, "value": v} for k, v in {**named, **(tags or {})}.items()]
        data = self.ask(
            _LAUNCH,
            params={
                "selector": {
                    "repositoryName": "__repository__",
                    "repositoryLocationName": _LOCATION,
                    "pipelineName": "__ASSET_JOB",
                    "assetSelection": [{"path": [name]} for name in artifacts],
                },
                "mode": "default",
                "runConfigData": {},
                "executionMetadata": {"tags": every},
            },
        )["launchRun"]
        assert "run" in data, data
        return self.finished(data["run"]["runId"])

    def finished(self, run: str) -> str:
        """The final status of a run."""

        def over() -> str | None:
            status: str = self.ask(_STATUS, run=run)["runOrError"]["status"]
            return status if status in ("SUCCESS", "FAILURE", "CANCELED") else None

        return wait_for(over, f"run {run} to end")

    def staleness(self, artifact: str, key: str | None) -> str:
        """FRESH, STALE or MISSING, as the UI says of one key."""
        return str(self._node(artifact, key)["staleStatus"])

    def causes(self, artifact: str, key: str) -> list[str]:
        """Why the UI calls a key stale."""
        return [cause["reason"] for cause in self._node(artifact, key)["staleCauses"]]

    def keys_by_status(self, artifact: str) -> dict[str, list[str]]:
        """The keys of an artifact that the UI shows as made, failed and missing."""
        statuses = self.ask(_PARTITIONS, key={"path": [artifact]})["assetNodeOrError"]["assetPartitionStatuses"]
        return {name.removesuffix("Partitions"): sorted(keys) for name, keys in statuses.items()}

    def check(self, artifact: str, check: str, key: str) -> str:
        """The status of the newest evaluation of a check of one key."""
        found = self.ask(_CHECK, key={"path": [artifact]}, check=check, partition=key)["assetCheckExecutions"]
        return str(found[0]["status"])

    def checks(self, artifact: str) -> list[str]:
        """The names of an artifact's checks."""
        found = self.ask(_CHECKS, key={"path": [artifact]})["assetNodeOrError"]["assetChecksOrError"]["checks"]
        return [check["name"] for check in found]

    def newest(self, artifact: str, key: str) -> dict[str, str]:
        """The tags and the texts of the newest materialization of a key."""
        found = self.ask(_NEWEST, key={"path": [artifact]}, partition=key)["assetNodeOrError"]
        event = found["assetMaterializations"][0]
        texts = {entry["label"]: entry["text"] for entry in event["metadataEntries"] if "text" in entry}
        return texts | {tag["key"]: tag["value"] for tag in event["tags"]}

    def reasons(self) -> str:
        """Why the newest run failed, as its page says."""
        events = self.ask(_FAILURES, run=self.runs()[0]["id"])["logsForRun"]["events"]
        return "\n".join(event["failureMetadata"]["description"] for event in events if event.get("failureMetadata"))

    def start_sensor(self, name: str) -> None:
        """Starts a sensor, as its switch in the UI does."""
        selector = {"repositoryName": "__repository__", "repositoryLocationName": _LOCATION, "sensorName": name}
        data = self.ask(_START, selector=selector)["startSensor"]
        assert data["__typename"] == "Sensor", data

    def ticks(self, sensor: str) -> int:
        """How often a sensor was evaluated to the end."""
        selector = {"repositoryName": "__repository__", "repositoryLocationName": _LOCATION, "sensorName": sensor}
        ticks = self.ask(_TICKS, selector=selector)["sensorOrError"]["sensorState"]["ticks"]
        assert all(tick["status"] != "FAILURE" for tick in ticks), ticks
        return sum(tick["status"] in ("SUCCESS", "SKIPPED") for tick in ticks)

    def runs(self) -> list[dict[str, Any]]:
        """Every run, newest first: id, status, tags, artifacts."""
        found = self.ask(_RUNS)["runsOrError"]["results"]
        return [
            {
                "id": run["runId"],
                "status": run["status"],
                "tags": {tag["key"]: tag["value"] for tag in run["tags"]},
                "artifacts": sorted(key["path"][0] for key in run["assetSelection"] or []),
            }
            for run in found
        ]

    def _node(self, artifact: str, key: str | None) -> Any:
        return self.ask(_NODE, key={"path": [artifact]}, partition=key)["assetNodeOrError"]

    def _is_up(self) -> bool:
        try:
            data = self.ask("{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }")
        except (urllib.error.URLError, ConnectionError):
            return False
        return bool(data["repositoriesOrError"]["nodes"])

    def _start(self, program: str, *arguments: str) -> None:
        path = Path(sys.executable).with_name(program)
        log = (self.root / f"{program}.log").open("ab")
        self._processes.append(
            subprocess.Popen(
                [path, *arguments], cwd=self.root, env=self._environ, stdout=log, stderr=log, start_new_session=True
            )
        )


def wait_for(probe: Callable[[], T | None], what: str, patience: float = _PATIENCE) -> T:
    """The first true answer of a probe. Fails the test when there is none in time."""
    deadline = time.monotonic() + patience
    while not (answer := probe()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.3)
    return answer


def _end(process: subprocess.Popen[bytes]) -> None:
    """Waits for a server that was told to end; one that does not hear is killed with its children."""
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def free_port() -> int:
    """A port that nobody listens to now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


_LAUNCH = """
mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) {
  ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }
"""
_STATUS = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
_NODE = """
query ($key: AssetKeyInput!, $partition: String) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  staleStatus(partition: $partition) staleCauses(partition: $partition) { reason } } } }
"""
_PARTITIONS = """
query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode { assetPartitionStatuses {
  ... on DefaultPartitionStatuses { materializedPartitions failedPartitions unmaterializedPartitions } } } } }
"""
_RUNS = """
{ runsOrError { ... on Runs { results { runId status tags { key value } assetSelection { path } } } } }
"""
_CHECK = """
query ($key: AssetKeyInput!, $check: String!, $partition: String!) {
  assetCheckExecutions(assetKey: $key, checkName: $check, partition: $partition, limit: 1) { status } }
"""
_RELOAD = """
mutation ($location: String!) { reloadRepositoryLocation(repositoryLocationName: $location) {
  __typename ... on WorkspaceLocationEntry { locationOrLoadError { __typename ... on PythonError { message } } } } }
"""
_CHECKS = """
query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode { assetChecksOrError {
  ... on AssetChecks { checks { name } } } } } }
"""
_NEWEST = """
query ($key: AssetKeyInput!, $partition: String!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  assetMaterializations(partitions: [$partition], limit: 1) {
    tags { key value } metadataEntries { label ... on TextMetadataEntry { text } } } } } }
"""
_FAILURES = """
query ($run: ID!) { logsForRun(runId: $run) { ... on EventConnection { events {
  ... on ExecutionStepFailureEvent { failureMetadata { description } } } } } }
"""
_START = """
mutation ($selector: SensorSelector!) { startSensor(sensorSelector: $selector) {
  __typename ... on PythonError { message } } }
"""
_TICKS = """
query ($selector: SensorSelector!) { sensorOrError(sensorSelector: $selector) { ... on Sensor { sensorState {
  ticks(limit: 1000) { status error { message } } } } } }
"""
