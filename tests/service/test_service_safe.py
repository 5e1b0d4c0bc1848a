"""Nobody sees another's data, nothing sent does harm, and every refusal says why."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from clusterlane.instances import files
from clusterlane.instances import tables as tab
from clusterlane.instances.findings import InputError
from clusterlane.optimizer.service import access, tables, uploads, webhooks
from clusterlane.optimizer.service.client import ServiceError
from clusterlane.optimizer.service.problems import Problem
from clusterlane.optimizer.service.schemas import JobView
from conftest import Live, running
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import bench, change

SLOWLY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def done(live: Live) -> JobView:
    with live.client("owner") as client:
        return client.wait(client.submit(demo="tiny").id, 300)


def paths_of(job: str) -> list[tuple[str, str]]:
    ways = [
        "",
        "/result",
        "/result.zip",
        "/result.xlsx",
        "/network",
        "/events",
        "/statement?firm=f",
        "/report",
    ]
    return [("GET", f"/v1/jobs/{job}{way}") for way in ways] + [
        ("DELETE", f"/v1/jobs/{job}"),
        ("DELETE", f"/v1/jobs/{job}?erase=true"),
        ("PUT", f"/v1/jobs/{job}/published"),
        ("POST", f"/v1/jobs/{job}/report"),
    ]


def test_another_tenants_job_is_as_if_it_were_not_there(live: Live, done: JobView) -> None:
    stranger = live.headers("stranger")
    nowhere = "0" * 32
    for (method, path), (_, none) in zip(paths_of(done.id), paths_of(nowhere), strict=True):
        body = {"published": True} if method == "PUT" else None
        mine = live.http.request(method, path, headers=stranger, json=body)
        other = live.http.request(method, none, headers=stranger, json=body)
        assert (mine.status_code, mine.json()) == (404, other.json()), path
    assert live.http.get("/v1/jobs", headers=stranger).json()["jobs"] == []
    assert live.http.get(f"/v1/jobs?before={done.id}", headers=stranger).status_code == 404
    with live.client("owner") as client:
        assert client.job(done.id).status == "done"


def test_every_route_wants_a_key_except_health_and_page(live: Live) -> None:
    described = live.http.get("/openapi.json").json()["paths"]
    for path, methods in described.items():
        for method in methods:
            answer = live.http.request(method, path.replace("{job_id}", "x").replace("{kind}", "report"))
            open_to_all = path.startswith("/health") or path == "/metrics"
            assert answer.status_code == (200 if open_to_all else 401), (method, path)


def test_roles_may_do_what_they_need_and_no_more(live: Live, done: JobView) -> None:
    network = files.load("tiny")
    firm = network.rows(tab.Firm)[0].firm
    with live.client("owner") as platform, live.client("owner", "planner") as planner:
        with pytest.raises(ServiceError, match="403"):
            planner.audit()
        with pytest.raises(ServiceError, match="403"):
            planner.erase(done.id)
        with live.client("owner", "firm", firm) as one:
            platform.publish(done.id, False)
            with pytest.raises(ServiceError, match="404"):
                one.statement(done.id)
            assert one.jobs().jobs == []
            planner.publish(done.id)
            assert one.statement(done.id).firm == firm
            shown = one.jobs().jobs[0]
            assert (shown.plan, shown.progress, shown.options) == (None, None, {})
            for forbidden in (lambda: one.statement(done.id, "another"), lambda: one.result(done.id)):
                with pytest.raises(ServiceError, match="403"):
                    forbidden()
            with pytest.raises(ServiceError, match="403"):
                one.submit(demo="tiny")


def test_a_revoked_key_ends_at_once_and_none_is_stored(live: Live) -> None:
    key = live.key("owner", "planner")
    headers = {"Authorization": f"Bearer {key}"}
    assert live.http.get("/v1/me", headers=headers).json()["role"] == "planner"
    stored = live.service.database.rows(sa.select(tables.keys))
    assert all(key.split("_", 2)[2] not in str(row) for row in stored)
    access.revoke_key(live.service.database, key.split("_")[1])
    refused = live.http.get("/v1/me", headers=headers)
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("key", ["", "cl", "cl__", "cl_x_y", "Bearer", "cl_" + "a" * 500, "cl_\u00e9_x"])
def test_odd_keys_are_unknown_keys(live: Live, key: str) -> None:
    assert access.authenticate(live.service.database, key) is None


def test_the_audit_trail_says_who_did_what_on_which_data(live: Live) -> None:
    with live.client("audited") as client:
        job = client.submit(demo="tiny")
        client.stop(job.id)
        lines = client.audit()
    assert [(line.action, line.job_id) for line in lines] == [("stop", job.id), ("submit", job.id)]
    assert lines[1].sha256 == files.load("tiny").sha256
    assert lines[1].address == "127.0.0.1"


def archive(*entries: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries:
            packed.writestr(name, content)
    return out.getvalue()


def upload(live: Live, content: bytes, name: str = "network.zip", who: str = "uploader") -> httpx.Response:
    return live.http.post("/v1/validate", files={"file": (name, content)}, headers=live.headers(who))


def test_bombs_are_refused_before_they_are_unpacked(live: Live) -> None:
    zeros = archive(*[(f"t{i}.csv", bytes(30_000_000)) for i in range(10)])
    assert len(zeros) < 1_000_000
    assert upload(live, zeros).status_code == 413
    assert upload(live, archive(*[(f"{i}.csv", b"") for i in range(600)])).status_code == 413
    assert upload(live, bytes(40 * 2**20)).status_code == 413


def test_a_body_of_unstated_length_is_cut_off(live: Live) -> None:
    def endless() -> Any:
        for _ in range(50):
            yield bytes(2**20)

    headers = {**live.headers("uploader"), "Content-Type": "application/json"}
    assert live.http.post("/v1/jobs", content=endless(), headers=headers).status_code == 413


@pytest.mark.parametrize("name", ["../../settings.csv", "/etc/settings.csv", "a/../../b/settings.csv"])
def test_paths_in_an_archive_lead_nowhere(live: Live, name: str) -> None:
    answer = upload(live, archive((name, b"name,start\nx,2026-01-01\n")))
    assert answer.status_code == 422
    assert answer.json()["title"] == "broken archive"


def test_xml_entities_in_a_workbook_do_not_explode(live: Live, tmp_path: Path) -> None:
    files.write(bench(), tmp_path / "n.xlsx")
    laughs = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10 if i else b"&a;" * 10) for i in range(12)
    )
    with zipfile.ZipFile(tmp_path / "n.xlsx") as book:
        parts = [(info.filename, book.read(info)) for info in book.infolist()]
    bomb = [(n, laughs + b"]><workbook>&a11;</workbook>" if n == "xl/workbook.xml" else c) for n, c in parts]
    answer = upload(live, archive(*bomb), "n.xlsx")
    assert answer.status_code == 200
    assert answer.json()["findings"][0]["code"] == "broken-xlsx"


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "tiny/../anhui", "tiny.json", "\0"])
def test_a_demo_is_a_name_never_a_path(live: Live, name: str) -> None:
    answer = live.http.post("/v1/validate", json={"demo": name}, headers=live.headers("uploader"))
    assert answer.status_code == 404


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)"])
def test_texts_that_a_spreadsheet_would_run_are_refused(live: Live, text: str) -> None:
    evil = change(bench(), tab.Firm, notes=text)
    with live.client("uploader") as client:
        found = client.validate(evil)
    assert (found.ok, found.findings[0].code, found.findings[0].column) == (False, "formula-text", "notes")


def test_numbers_as_ids_are_no_formulas() -> None:
    assert uploads.unsafe_texts(change(bench(), tab.Firm, notes="-12.5")) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://[::1]/",
        "http://10.0.0.1",
        "http://192.168.1.1:8080/",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost/",
        "http://0.0.0.0/",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
        "http://100.64.0.1/",
        "file:///etc/passwd",
        "ftp://93.184.216.34/",
        "http://user:pass@93.184.216.34/",
        "http://",
        "http://[",
        "nonsense",
    ],
)
def test_webhooks_go_to_no_address_inside(url: str) -> None:
    with pytest.raises(webhooks.Refused):
        webhooks.check_url(url, private=False)


def test_a_public_address_is_taken_as_it_resolves() -> None:
    assert webhooks.check_url("https://93.184.216.34/hook", private=False) == ("93.184.216.34", 443)


def test_limits_answer_429_and_say_when_to_come_back(tmp_path: Path) -> None:
    with running(tmp_path, queued_per_tenant=2, requests_per_minute=8) as live:
        live.service.jobs.claim = lambda service: None  # type: ignore[method-assign]
        headers = live.headers()
        answers = [live.http.post("/v1/jobs", json={"demo": "tiny"}, headers=headers) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [202, 202, 429]
        assert answers[2].json()["title"] == "queue full"
        more = [live.http.get("/v1/me", headers=headers) for _ in range(8)]
        assert more[-1].status_code == 429
        assert int(more[-1].headers["Retry-After"]) >= 1


def test_unstorable_texts_are_findings(live: Live) -> None:
    for text in ("\ud800", "a\0b"):
        evil = change(bench(), tab.Firm, notes=text)
        assert uploads.unsafe_texts(evil)[0].code == "unwritable-text"


SEEDS = [
    json.dumps({"settings": [{"name": "x", "start": "2026-01-01"}]}).encode(),
    archive(("settings.csv", b"name,start\nx,2026-01-01\n"), ("firms.csv", b"firm,cluster\nf,c\n")),
]


@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8))
@SLOWLY
def test_damaged_uploads_are_never_our_fault(seed: bytes, damage: list[tuple[int, int]]) -> None:
    content = bytearray(seed)
    for place, value in damage:
        content[place % len(content)] = value
    never_a_fault(bytes(content))


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=200).map(lambda b: b"PK\x03\x04" + b)))
@SLOWLY
def test_any_bytes_are_never_our_fault(content: bytes) -> None:
    never_a_fault(content)


def never_a_fault(content: bytes) -> None:
    """What an upload may do: give a network, or a refusal with a reason."""
    try:
        uploads.network_of_file(content, 10_000_000)
    except Problem as problem:
        assert problem.status in (413, 415, 422)  # noqa: PT017
    except InputError as error:
        assert error.findings  # noqa: PT017


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["settings", "firms", "products", "x"]), JSON, max_size=3))
@SLOWLY
def test_any_json_as_a_network_is_never_our_fault(live: Live, network: dict[str, Any]) -> None:
    body = json.dumps({"network": network})
    headers = {**live.headers("uploader"), "Content-Type": "application/json"}
    answer = live.http.post("/v1/jobs?validate_only=true", content=body, headers=headers)
    assert answer.status_code in (200, 422)
