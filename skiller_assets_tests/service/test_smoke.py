"""Servers over the wire, driven by the official client."""

from __future__ import annotations

from pathlib import Path

from skiller_assets.service.smoke import smoke_cases, smoke_over_mcp
from skiller_assets_tests.service.servers import laid_out, library_suite, server_source, spoiled


def test_the_generated_server_answers_over_stdio_and_http_as_the_engine_does(tmp_path: Path) -> None:
    assert smoke_over_mcp(*laid_out(tmp_path, server_source()), library_suite()) == []


def test_a_server_whose_clients_share_a_session_is_caught_over_http(tmp_path: Path) -> None:
    shared = spoiled(
        server_source(), ('client = context.request.headers.get("mcp-session-id")', 'client = "everybody"')
    )
    complaints = smoke_over_mcp(*laid_out(tmp_path, shared), library_suite())
    assert complaints
    assert all(complaint.startswith("http: ") for complaint in complaints)


def test_a_server_that_hides_a_refusal_is_caught_over_both_transports(tmp_path: Path) -> None:
    hiding = spoiled(
        server_source(), ('meta = {"skiller/status": answer["status"]}', 'meta = {"skiller/status": "ok"}')
    )
    complaints = smoke_over_mcp(*laid_out(tmp_path, hiding), library_suite())
    assert {complaint.partition(":")[0] for complaint in complaints} == {"stdio", "http"}


def test_the_smoke_cases_are_of_different_kinds_and_one_of_them_writes() -> None:
    cases = smoke_cases(library_suite())
    assert len({case.about for case in cases}) == len(cases) >= 4
    assert any(diff for case in cases for diff in case.diffs)
