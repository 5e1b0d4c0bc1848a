"""Jobs over HTTP: submitted, followed, stopped, fetched, checked, announced."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from clusterlane.instances import files
from clusterlane.instances import tables as tab
from clusterlane.instances.generate import generate
from clusterlane.optimizer import check, solve
from clusterlane.optimizer.service import results, webhooks
from clusterlane.optimizer.service.client import Client, ServiceError
from clusterlane.optimizer.service.schemas import SCENARIOS, JobView, Kind, Options
from conftest import Live
from small import bench, change


@pytest.fixture(scope="session")
def done(live: Live) -> JobView:
    """A job of the tenant acme that has ended with a plan of the network tiny."""
    with live.client() as client:
        return client.wait(client.submit(demo="tiny").id, 300)


def test_a_network_becomes_a_checked_plan_on_either_database(each_live: Live) -> None:
    with each_live.client() as client:
        job = client.submit(bench(), options=Options(gap=0.0), name="first")
        assert job.status == "queued"
        events = list(client.events(job.id))
        ended = client.job(job.id)
        found = client.result(job.id)
    assert [event.data["status"] for event in events if event.kind == "status"] == [
        "queued",
        "running",
        "done",
    ]
    progress = [event.data for event in events if event.kind == "progress"]
    assert progress[-1]["incumbent"] == pytest.approx(progress[-1]["bound"])
    assert ended.plan is not None
    assert ended.plan["status"] == "optimal"
    assert ended.plan["objective"] == pytest.approx(solve(bench(), gap=0.0).objective)
    assert found.plan == ended.plan
    assert found.tables["deliveries"]


def test_the_events_of_an_ended_job_go_on_after_the_last_one_seen(live: Live, done: JobView) -> None:
    with live.client() as client:
        events = list(client.events(done.id))
        assert list(client.events(done.id, last=events[2].id)) == events[3:]


def test_the_archive_holds_the_folder_that_solve_writes(live: Live, done: JobView) -> None:
    with live.client() as client:
        plan = results.stored_plan(client.archive(done.id))
    assert check(files.load("tiny"), plan) == []


def test_the_workbook_has_a_sheet_per_table(live: Live, done: JobView) -> None:
    with live.client() as client:
        book = openpyxl.load_workbook(io.BytesIO(client.workbook(done.id)))
        found = client.result(done.id)
    assert book["deliveries"].max_row == 1 + len(found.tables["deliveries"])
    assert {"plan", "ledger", *found.tables} == set(book.sheetnames)


@pytest.mark.parametrize("kind", ["xlsx", "zip", "json"])
def test_an_uploaded_file_of_any_format_is_the_same_network(live: Live, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"net.{kind}"
    if kind == "zip":
        files.write(bench(), tmp_path / "net")
        with zipfile.ZipFile(path, "w") as archive:
            for each in (tmp_path / "net").iterdir():
                archive.write(each, f"net/{each.name}")
    else:
        files.write(bench(), path)
    with live.client() as client:
        found = client.validate(path)
        assert client.submit(path).sha256 == bench().sha256
    assert (found.ok, found.sha256) == (True, bench().sha256)


def test_the_same_idempotency_key_makes_one_job(each_live: Live) -> None:
    with each_live.client() as client:
        first = client.submit(demo="tiny", idempotency_key="order-7")
        assert client.submit(demo="tiny", idempotency_key="order-7").id == first.id
        with pytest.raises(ServiceError) as refused:
            client.submit(bench(), idempotency_key="order-7")
    assert refused.value.problem.status == 409


def test_validate_only_stores_nothing(live: Live) -> None:
    headers = live.headers("validators")
    answer = live.http.post("/v1/jobs?validate_only=true", json={"demo": "tiny"}, headers=headers)
    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    assert live.http.get("/v1/jobs", headers=headers).json()["jobs"] == []


def test_a_bad_network_is_refused_with_the_findings_of_the_command_line(live: Live) -> None:
    broken = change(bench(), tab.Sale, price=-1.0)
    with live.client() as client:
        found = client.validate(broken)
        with pytest.raises(ServiceError) as refused:
            client.submit(broken)
    problem = refused.value.problem
    assert problem.status == 422
    assert problem.type == "urn:clusterlane:problem:bad-input"
    assert not found.ok
    first = next(finding for finding in problem.findings if finding.severity == "error")
    assert (first.table, first.column) == ("sales", "price")
    assert first.remedy


def test_a_network_without_a_plan_ends_as_infeasible(live: Live) -> None:
    never = change(bench(), tab.Sale, unmet_share=0)
    with live.client() as client:
        job = client.wait(client.submit(never).id, 300)
        with pytest.raises(ServiceError, match="no plan"):
            client.result(job.id)
    assert job.plan is not None
    assert (job.status, job.plan["status"], job.plan["objective"]) == ("done", "infeasible", None)


def test_delete_stops_early_and_keeps_the_best_plan(live: Live) -> None:
    with live.client() as client:
        job = client.submit(generate("park-4", 1), options=Options(gap=0.0))
        for event in client.events(job.id):
            if event.kind == "progress" and event.data["incumbent"] is not None:
                client.stop(job.id)
                break
        ended = client.wait(job.id, 300)
        assert ended.plan is not None
        assert (ended.status, ended.plan["termination"]) == ("done", "interrupted")
        assert ended.plan["check"]["ok"]
        assert client.result(job.id).tables["deliveries"]


def test_a_queued_job_is_cancelled_and_the_queue_is_bounded(live: Live) -> None:
    with live.client("busy") as client:
        running = client.submit(generate("park-4", 1), options=Options(gap=0.0))
        waiting = client.submit(demo="tiny")
        assert client.stop(waiting.id).status == "cancelled"
        assert client.stop(waiting.id).status == "cancelled"
        client.stop(running.id)
        client.wait(running.id, 300)
        with pytest.raises(ServiceError, match="no plan"):
            client.result(waiting.id)


def test_a_plan_of_the_platforms_own_is_checked(live: Live, done: JobView) -> None:
    network = files.load("tiny")
    with live.client() as client:
        found = client.result(done.id)
        assert client.check(network, found).ok
        bare = {"demo": "tiny", "tables": {k: v for k, v in found.tables.items() if k != "collateral"}}
        alone = live.http.post("/v1/check", json=bare, headers=live.headers()).json()
        assert (alone["ok"], alone["objective"]) == (True, found.plan["objective"])
        short = found.model_copy(deep=True)
        short.tables["deliveries"][0]["quantity"] += 1.0
        verdict = client.check(network, short)
        assert not verdict.ok
        short.tables["deliveries"][0]["nonsense"] = "x"
        with pytest.raises(ServiceError) as refused:
            client.check(network, short)
    assert refused.value.problem.findings[0].column == "nonsense"


def test_a_firms_statement_has_its_lines_alone(live: Live, done: JobView) -> None:
    network = files.load("tiny")
    firm = network.rows(tab.Firm)[0].firm
    with live.client() as client:
        found = client.statement(done.id, firm)
    assert found.ledger
    assert all(firm in (line["payer"], line["payee"]) for line in found.ledger)
    assert found.paid == pytest.approx(sum(line["amount"] for line in found.ledger if line["payer"] == firm))


def test_an_erased_job_is_gone_with_its_data(live: Live) -> None:
    with live.client() as client:
        job = client.wait(client.submit(bench()).id, 300)
        client.erase(job.id)
        with pytest.raises(ServiceError) as refused:
            client.job(job.id)
    assert refused.value.problem.status == 404
    assert live.service.jobs.blob(job.id, "plan") is None


def test_the_list_goes_page_by_page(live: Live) -> None:
    with live.client("lister") as client:
        made = [client.submit(bench(), name=f"job {i}").id for i in range(3)]
        first = client.jobs(limit=2)
        second = client.jobs(limit=2, before=first.next)
        assert [job.id for job in first.jobs + second.jobs] == made[::-1]
        assert second.next is None


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[bytes, str]]]]:
    taken: list[tuple[bytes, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((body, self.headers[webhooks.SIGNATURE]))
            self.send_response(500 if len(taken) == 1 else 204)  # the first time it fails
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/ended", taken
    server.shutdown()


def test_an_ended_job_is_announced_signed_until_it_is_taken(
    live: Live, receiver: tuple[str, list[tuple[bytes, str]]]
) -> None:
    url, taken = receiver
    with live.client("hooked") as client:
        secret = client.set_webhook(url).secret or ""
        job = client.wait(client.submit(bench()).id, 300)
        deadline = time.monotonic() + 20
        while len(taken) < 2 and time.monotonic() < deadline:
            time.sleep(0.1)
    body, header = taken[-1]
    assert webhooks.verify(secret, body, header)
    assert not webhooks.verify(secret, body + b" ", header)
    assert not webhooks.verify("other", body, header)
    assert json.loads(body)["job"] == job.id
    assert json.loads(taken[0][0])["delivery"] == json.loads(body)["delivery"]


def test_scenario_sets_and_demos_are_listed(live: Live) -> None:
    with live.client("lists") as client:
        made = client.add_scenarios("more", SCENARIOS)
        with pytest.raises(ServiceError, match="422"):
            client.add_scenarios("broken", "[[scenario]]")
        assert {"tiny", "anhui"} <= {demo.name for demo in client.demos()}
    mine = live.http.get("/v1/scenario-sets", headers=live.headers("lists")).json()
    assert [each["id"] for each in mine] == [made.id]


def test_an_unknown_key_is_refused(live: Live) -> None:
    with Client(live.url, "cl_nobody") as client, pytest.raises(ServiceError, match="401"):
        client.me()


@pytest.mark.parametrize("kind", ["explanation", "shares", "report", "sweep"])
def test_a_finished_plan_is_followed_up_in_a_job_of_its_own(live: Live, done: JobView, kind: Kind) -> None:
    with live.client() as client:
        with pytest.raises(ServiceError, match="not worked out yet"):
            client.followed_up(done.id, kind)
        chosen = client.add_scenarios("more", SCENARIOS).id if kind == "sweep" else None
        job = client.request(done.id, kind, time_limit=60, scenario_set=chosen)
        assert client.wait(job.id, 300).status == "done"
        found = client.followed_up(done.id, kind)
        assert client.request(done.id, kind, time_limit=60, scenario_set=chosen).id == job.id
    if kind == "report":
        assert found.lstrip().lower().startswith(b"<!doctype html")
    else:
        key = {"explanation": "text", "shares": "table", "sweep": "results"}[kind]
        assert json.loads(found)[key]


def test_the_map_is_a_picture(live: Live, done: JobView) -> None:
    with live.client() as client:
        assert client.map(done.id, "zh").startswith(b"<svg")
