"""The page in a real Chromium: upload → findings → run → plan → compare, in both languages, on a phone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clusterlane.instances import files
from clusterlane.instances import tables as tab
from clusterlane.instances.generate import generate
from conftest import Live
from small import bench, change

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (package chromium)"),
]
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-proxy-server",
]
SECONDS_FOR_THE_PAGE, SECONDS_FOR_A_JOB = 60, 180
"""Far more than any needs, for a machine with much else to do; a fault that the page shows ends a wait."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as engine:
        found = engine.chromium.launch(executable_path=CHROMIUM, args=QUIET, timeout=120_000)
        yield found
        found.close()


@pytest.fixture
def visit(browser: Any, live: Live) -> Iterator[Callable[..., Any]]:
    """Opens the service's page.  At the end: what the page shows (seen where a test fails), and no faults."""
    rooms, faults = list[Any](), list[str]()

    def note(request: Any) -> None:
        if not request.url.startswith((live.url, "blob:", "data:")):
            faults.append(f"asked elsewhere: {request.url}")

    def opened(path: str = "/", **options: Any) -> Any:
        rooms.append(browser.new_context(**{"locale": "en-GB", "accept_downloads": True, **options}))
        rooms[-1].set_default_timeout(SECONDS_FOR_THE_PAGE * 1000)
        page = rooms[-1].new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", note)
        page.on("console", lambda message: print(f"console: {message.text}"))
        page.on("response", lambda answer: print(answer.status, answer.url) if answer.status > 399 else None)
        page.goto(live.url + path)
        return page

    yield opened
    for room in rooms:
        print(*(f"{page.url}\n{page.evaluate('document.body.innerText')}" for page in room.pages), sep="\n")
        room.close()
    assert faults == []


@pytest.fixture
def page(visit: Callable[..., Any], live: Live) -> Any:
    found = visit(f"/#key={live.key('page')}")
    see(found, "#file")
    return found


def see(page: Any, wanted: str, seconds: float = SECONDS_FOR_THE_PAGE) -> None:
    """Wait for an element, or for the page to say that something failed."""
    fault = page.locator("[role=alert]:not(:empty)")
    page.locator(wanted).or_(fault).first.wait_for(timeout=seconds * 1000)
    assert fault.count() == 0, fault.first.inner_text()


def shot(page: Any, name: str) -> None:
    folder = os.environ.get("CLUSTERLANE_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def upload_and_run(page: Any, path: Path, limit: str = "300") -> None:
    page.set_input_files("#file", path)
    see(page, "text=/it can be planned/i")
    page.fill("#gap", "0")  # so that it goes on until it is stopped
    page.fill("#limit", limit)
    page.click("#start")


def test_upload_run_plan_compare(page: Any, live: Live, tmp_path: Path) -> None:
    broken, good = tmp_path / "broken.xlsx", tmp_path / "park.xlsx"
    files.write(change(bench(), tab.Sale, price=-1.0), broken)
    files.write(generate("park-4", 1), good)
    page.set_input_files("#file", broken)
    page.get_by_text("It cannot be planned yet").wait_for()
    assert "sales" in page.inner_text("#findings")
    shot(page, "1-findings")

    upload_and_run(page, good)
    see(page, ".chart path", SECONDS_FOR_A_JOB)
    shot(page, "2-running")
    page.click("#stop")
    see(page, "text=Checked: the plan keeps every rule.", SECONDS_FOR_A_JOB)
    shot(page, "3-plan")
    for view, wanted in (("map", "img.map"), ("tables", "#view tbody tr"), ("money", "#view tbody tr")):
        page.click(f"#view-{view}")
        see(page, wanted)
        shot(page, f"4-{view}")
    page.click(".brand")
    see(page, "#demo")
    page.select_option("#demo", "tiny")
    page.click("#start")
    see(page, "text=Checked: the plan keeps every rule.", SECONDS_FOR_A_JOB)
    page.click("#view-shares")
    page.click("#work-out-shares")
    see(page, "#view tbody tr", SECONDS_FOR_A_JOB)
    shot(page, "5-shares")
    page.click("#view-report")
    page.click("#work-out-report")
    see(page, "#get-report", SECONDS_FOR_A_JOB)
    with page.expect_download() as report:
        page.click("#get-report")
    assert "<html" in Path(report.value.path()).read_text(encoding="utf-8").lower()
    with page.expect_download() as book:
        page.click("#get-workbook")
    assert Path(book.value.path()).read_bytes().startswith(b"PK")

    page.click(".brand")
    boxes = page.locator("tbody input[type=checkbox]")
    boxes.nth(1).wait_for()
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.click("#compare")
    see(page, "#comparison tbody tr")
    shot(page, "6-compare")
    assert "Containers" in page.inner_text("#comparison")


def test_by_keyboard_in_chinese_on_a_phone(browser: Any, live: Live) -> None:
    room = browser.new_context(locale="zh-CN", viewport={"width": 360, "height": 740}, has_touch=True)
    page = room.new_page()
    page.set_default_timeout(90_000)
    page.goto(live.url)
    page.keyboard.type(live.key("phone"))
    page.keyboard.press("Enter")
    see(page, "text=新建方案")
    assert page.evaluate("document.documentElement.lang") == "zh"
    page.focus("#demo")
    page.keyboard.type("tiny")
    page.focus("#start")
    page.keyboard.press("Enter")
    see(page, "text=已核验", SECONDS_FOR_A_JOB)
    shot(page, "7-phone")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, "the page is wider than the phone"
    page.focus("#view-map")
    page.keyboard.press("Enter")
    see(page, "img.map")
    shot(page, "8-phone-map")


def test_text_of_a_network_is_never_markup(page: Any, live: Live) -> None:
    evil = "<img src=x onerror=document.title='caught'>"
    network = bench()
    with live.client("page") as client:
        client.wait(client.submit(network, name=evil).id, 300)
    page.reload()
    page.get_by_text(evil).first.wait_for()
    assert page.title() == "clusterlane"


def test_a_wrong_key_says_so(visit: Callable[..., Any]) -> None:
    page = visit()
    page.fill("#key", "cl_wrong_key")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("API key").wait_for()
