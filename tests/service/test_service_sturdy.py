"""Whatever is killed, at whatever moment: no finished plan is lost, and no job stays running."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import httpx
import pytest
from clusterlane.instances.generate import generate
from clusterlane.optimizer.service import supervisor
from clusterlane.optimizer.service.client import Client
from clusterlane.optimizer.service.schemas import Options
from conftest import Live, Postgres, running
from small import bench

psutil = pytest.importorskip("psutil", reason="psutil is not installed (it comes with the extra [batch])")


def wait_until(true: object, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Live]:
    with running(tmp_path / "service") as live:
        yield live


def worker_of(live: Live) -> int:
    queue = live.service.supervisor
    assert queue is not None
    wait_until(lambda: queue.runs)
    return int(queue.runs[0].process.pid or 0)


def test_a_killed_worker_does_not_cost_the_job(own: Live) -> None:
    with own.client() as client:
        job = client.submit(generate("park-4", 1), options=Options(gap=0.05))
        os.kill(worker_of(own), signal.SIGKILL)
        ended = client.wait(job.id, 300)
        stages = [event.data for event in client.events(job.id) if event.kind == "status"]
    assert ended.status == "done"
    assert [stage["status"] for stage in stages] == ["queued", "running", "queued", "running", "done"]
    assert stages[2]["lost"]


def test_a_job_that_loses_every_worker_fails_with_the_reason(own: Live) -> None:
    with own.client() as client:
        job = client.submit(generate("park-4", 1), options=Options(gap=0.0))
        for _ in range(own.service.settings.attempts):
            worker = worker_of(own)
            os.kill(worker, signal.SIGKILL)
            wait_until(lambda worker=worker: not psutil.pid_exists(worker))
            wait_until(lambda worker=worker: worker not in pids(own))
        ended = client.wait(job.id, 300)
    assert ended.status == "failed"
    assert ended.problem is not None
    assert ended.problem["title"] == "worker lost"


def pids(live: Live) -> list[int]:
    queue = live.service.supervisor
    return [] if queue is None else [int(run.process.pid or 0) for run in list(queue.runs)]


def test_a_job_beyond_its_memory_or_time_fails_with_the_reason(tmp_path: Path) -> None:
    with running(tmp_path / "a", job_memory=450 * 2**20) as live, live.client() as client:
        ended = client.wait(client.submit(generate("park-10", 1)).id, 300)
        assert ended.problem is not None
        assert ended.problem["title"] == "out of memory"
    with running(tmp_path / "b", job_time=1.0, grace=-0.9) as live, live.client() as client:
        ended = client.wait(client.submit(generate("park-4", 1)).id, 300)
        assert ended.problem is not None
        assert ended.problem["title"] == "out of time"


def test_a_worker_without_a_processor_until_its_time_is_over_still_leaves_its_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "STARVED", 1000)  # this machine may be overloaded in earnest
    with running(tmp_path, grace=8.0) as live, live.client() as client:
        job = client.submit(generate("park-4", 1), options=Options(gap=0.0, time_limit=200))
        worker, progress = worker_of(live), supervisor_folder(live) / "progress.jsonl"
        wait_until(lambda: progress.exists() and '"incumbent": 1' in progress.read_text())
        os.kill(worker, signal.SIGSTOP)
        the_run(live).limit = time.time() - 9  # its time and the grace are over
        time.sleep(2)
        assert client.job(job.id).status == "running"
        os.kill(worker, signal.SIGCONT)
        ended = client.wait(job.id, 300)
        stages = [event.data["status"] for event in client.events(job.id) if event.kind == "status"]
    assert stages == ["queued", "running", "done"]
    assert ended.plan is not None
    assert ended.plan["objective"] is not None


def test_a_restart_takes_up_what_was_running_and_waiting(tmp_path: Path) -> None:
    with running(tmp_path) as live, live.client() as client:
        jobs = [client.submit(generate("park-4", 1), options=Options(gap=0.05)).id]
        jobs += [client.submit(bench()).id for _ in range(3)]
        worker_of(live)
    with running(tmp_path) as live, live.client() as client:
        assert [client.wait(job, 300).status for job in jobs] == ["done"] * 4


def test_two_services_never_share_a_folder(own: Live, tmp_path: Path) -> None:
    folder = own.service.settings.folder
    other = supervisor.Supervisor(own.service.jobs, own.service.settings)
    with pytest.raises(BlockingIOError):
        other.start()
    assert folder.is_dir()


def test_a_lost_database_loses_no_result(postgres: Postgres, tmp_path: Path) -> None:
    with running(tmp_path, database=postgres.url()) as live, live.client() as client:
        job = client.submit(generate("park-4", 1), options=Options(gap=0.05, time_limit=20))
        worker_of(live)
        postgres.stop()
        refused = live.http.get("/health/ready")
        time.sleep(4)
        postgres.start()
        ended = client.wait(job.id, 300)
        stages = [e.data["status"] for e in client.events(job.id) if e.kind == "status"]
    assert refused.status_code == 503
    assert ended.status == "done"
    assert stages == ["queued", "running", "done"]


def small_disk(folder: Path, size: str) -> None:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.getuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("a small disk can be mounted by root only")


def test_a_full_disk_loses_no_result(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    small_disk(disk, "24m")
    try:
        with running(disk) as live, live.client() as client:
            job = client.submit(generate("park-4", 1), options=Options(gap=0.05))
            worker_of(live)
            wait_until(lambda: (supervisor_folder(live) / "progress.jsonl").exists())
            filler = disk / "filler"
            with filler.open("wb", buffering=0) as out:
                try:
                    while out.write(bytes(4096)):
                        pass
                except OSError:
                    pass
            time.sleep(5)
            assert client.job(job.id).status == "running"
            assert live.http.get("/health/ready").status_code == 503
            filler.unlink()
            assert client.wait(job.id, 300).status == "done"
            assert client.result(job.id).tables["deliveries"]
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def supervisor_folder(live: Live) -> Path:
    return the_run(live).folder


def the_run(live: Live) -> supervisor.Run:
    assert live.service.supervisor is not None
    return live.service.supervisor.runs[0]


class Process:
    """The service as a process of its own, which can be killed."""

    def __init__(self, folder: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder, self.url = folder, f"http://127.0.0.1:{self.port}"

    def verb(self, *arguments: str) -> list[str]:
        start = "from clusterlane.optimizer.cli import main; main()"
        return [sys.executable, "-c", start, *arguments, "--folder", str(self.folder)]

    def start(self) -> None:
        self.launch()
        wait_until(self.answers, 900)

    def launch(self) -> None:
        command = self.verb("serve", "--port", str(self.port), "--workers", "2")
        with (self.folder.parent / "service.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def worked_on(self) -> set[str]:
        """Ids of the jobs that a living process writes the log of."""
        found = set()
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(OSError):
                output = Path(os.readlink(f"/proc/{child.pid}/fd/1"))
                found.add(output.parent.name.rsplit("-", 1)[0])
        return found

    def answers(self) -> bool:
        assert self.process.poll() is None, (self.folder.parent / "service.log").read_text()[-2000:]
        try:
            return httpx.get(f"{self.url}/health/live").status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def key(self) -> str:
        subprocess.run(self.verb("tenant", "add", "acme"), check=True, capture_output=True)
        made = subprocess.run(self.verb("key", "add", "acme", "--json"), check=True, capture_output=True)
        return str(json.loads(made.stdout)["key"])


@pytest.mark.slow
def test_killed_at_random_moments_it_loses_nothing(tmp_path: Path) -> None:
    """The number of kills can be raised: CLUSTERLANE_KILLS=100."""
    service = Process(tmp_path / "service")
    try:
        sent, key = _kill_again_and_again(service)
        service.start()
        with Client(service.url, key) as client:
            ended = [client.wait(job, 900) for job in sent]
            assert [job.status for job in ended] == ["done"] * len(sent)
            assert all(client.result(job.id).tables["deliveries"] for job in ended)
        orphans = [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(p.info["cmdline"])]
        assert {p.pid for p in orphans} <= {service.process.pid}
    finally:
        service.kill()


def _kill_again_and_again(service: Process) -> tuple[list[str], str]:
    """Ids of all jobs sent, and the key; what has been seen finished must stay so."""
    rounds = int(os.environ.get("CLUSTERLANE_KILLS", "5"))
    key, chance = service.key(), Random(rounds)
    sent, finished, before = list[str](), set[str](), dict[str, str]()
    for round_ in range(rounds):
        if round_ % 5 == 4:  # killed while it starts
            service.launch()
            time.sleep(chance.uniform(0, 5.0))
            service.kill()
            continue
        service.start()
        with Client(service.url, key) as client:
            seen = _statuses(client)
            assert all(seen[job] == "done" for job in finished if job in seen), "a result was lost"
            wait_until(lambda client=client: _all_worked_on(service, client), 900)
            sent += [client.submit(bench(), idempotency_key=f"{round_}-{n}").id for n in range(2)]
            if round_ % 2:  # some kills just after a result, the others at any moment
                client.wait(sent[-1], 900)
            time.sleep(chance.uniform(0, 2.0))
            before = _statuses(client)
            finished |= {job for job, status in before.items() if status == "done"}
        service.kill()
        print(f"kill {round_ + 1}: {sorted(Counter(before.values()).items())}", flush=True)
    return sent, key


def _statuses(client: Client) -> dict[str, str]:
    return {job.id: job.status for job in client.jobs(limit=200).jobs}


def _all_worked_on(service: Process, client: Client) -> bool:
    running = {job.id for job in client.jobs(status="running").jobs}
    return running <= service.worked_on()


@pytest.mark.slow
def test_many_clients_and_a_long_queue_make_no_error(tmp_path: Path) -> None:
    """CLUSTERLANE_JOBS=1000 and CLUSTERLANE_CLIENTS=50 for the full size; prints the latencies."""
    count, clients = (
        int(os.environ.get(f"CLUSTERLANE_{n}", d)) for n, d in (("JOBS", "60"), ("CLIENTS", "20"))
    )
    with running(tmp_path, workers=2, queued_per_tenant=5000) as live:
        key, seconds = live.key(), defaultdict[str, list[float]](list)

        def timed(name: str, ask: Callable[[], Any]) -> Any:
            began = time.perf_counter()
            answer = ask()
            seconds[name].append(time.perf_counter() - began)
            return answer

        def work(number: int) -> list[str]:
            with Client(live.url, key, timeout=600) as client:
                made = []
                for _ in range(count // clients):
                    made.append(timed("submit", lambda: client.submit(bench())).id)
                    timed("job", lambda: client.job(made[-1]))
                    timed("list", lambda: client.jobs(limit=10))
                return made

        with ThreadPoolExecutor(clients) as pool:
            sent = [job for made in pool.map(work, range(clients)) for job in made]
        for name, taken in seconds.items():
            middle, slow = (
                quantile * 1000 for quantile in (median(taken), sorted(taken)[-1 - len(taken) // 100])
            )
            print(
                f"{name}, {len(taken)} times by {clients}: median {middle:.0f} ms, 99 % {slow:.0f} ms",
                flush=True,
            )
        began = time.perf_counter()
        with Client(live.url, key, timeout=120) as client:
            assert {client.wait(job, 3000).status for job in sent} == {"done"}
        print(f"the queue was empty {time.perf_counter() - began:.0f} s later")
